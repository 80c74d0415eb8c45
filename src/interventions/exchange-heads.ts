import { columnsOf, rowsOfMatrix } from '../linalg/blocks.js';
import type { Matrix } from '../linalg/matrix.js';
import { type Architecture, keyHeadOf } from '../model/architecture.js';
import { type HeadIndex, headInLayer, layerOfHead } from '../model/heads.js';
import type { AttentionWeights, LinearMap, ModelWeights } from '../model/weights.js';
import { mapOfMatrix, matrixOfMap, setColumns, setRows } from './head-blocks.js';
import { type Intervention, withAttention } from './intervention.js';

/** One of a head's two circuits: W_q and W_k, or W_v and W_o. */
export type HeadCircuit = 'QK' | 'OV';

/** A head and the one whose circuit it gets. */
export interface HeadReplacement {
  readonly target: HeadIndex;
  readonly source: HeadIndex;
}

/**
 * Heads get the QK or the OV matrices of others, all as they were before: for permuted pairs an exchange. Biases stay where
 * they are. A key head that several targets share is edited once, by the first of them.
 * Source: paper, shuffling of QK and OV among induction heads.
 */
export function exchangeHeads(replacements: readonly HeadReplacement[], circuit: HeadCircuit): Intervention {
  return (weights) => replaceCircuits(weights, weights, replacements, { circuit, biases: false });
}

/** What heads get. */
export interface ReplacedParts {
  readonly circuit: HeadCircuit;
  /** Whether the rows' biases come along; the bias of W_o, which belongs to no head, stays. */
  readonly biases: boolean;
}

/**
 * Heads of one model get circuits of another of the same architecture: of itself in an exchange, of another checkpoint of
 * the run, with their biases, in a transplant.
 */
export function replaceCircuits(
  weights: ModelWeights,
  donor: ModelWeights,
  replacements: readonly HeadReplacement[],
  { circuit, biases }: ReplacedParts,
): ModelWeights {
  const { architecture } = weights;
  const byTarget = new Map<number, HeadReplacement[]>();
  for (const replacement of replacements) {
    const layer = layerOfHead(architecture, replacement.target);
    byTarget.set(layer, [...(byTarget.get(layer) ?? []), replacement]);
  }
  return withAttention(
    weights,
    new Map(
      [...byTarget].map(([layer, own]) => [
        layer,
        (attention) => {
          const donors = openDonors(donor);
          return circuit === 'QK'
            ? {
                ...attention,
                query: replaceRows(attention, 'query', own, { donors, biases }, architecture),
                key: replaceRows(attention, 'key', own, { donors, biases }, architecture),
              }
            : {
                ...attention,
                value: replaceRows(attention, 'value', own, { donors, biases }, architecture),
                output: replaceColumns(attention.output, own, donors, architecture),
              };
        },
      ]),
    ),
  );
}

/** Attention of the donor's layers, each read once an edit. */
type Donors = (layer: number) => AttentionWeights;

function openDonors(donor: ModelWeights): Donors {
  const opened = new Map<number, AttentionWeights>();
  return (layer) => {
    const attention = opened.get(layer) ?? donor.layer(layer).attention();
    opened.set(layer, attention);
    return attention;
  };
}

function replaceRows(
  attention: AttentionWeights,
  part: 'query' | 'key' | 'value',
  replacements: readonly HeadReplacement[],
  { donors, biases }: { readonly donors: Donors; readonly biases: boolean },
  architecture: Architecture,
): LinearMap {
  const { headWidth } = architecture;
  const place = (index: HeadIndex) => {
    const head = headInLayer(architecture, index);
    return headWidth * (part === 'query' ? head : keyHeadOf(architecture, head));
  };
  const edited = matrixOfMap(attention[part]);
  const bias = attention[part].bias?.slice() ?? null;
  const decoded = new Map<number, Matrix>();
  const done = new Set<number>();
  for (const { target, source } of replacements) {
    const [to, from] = [place(target), place(source)];
    if (done.has(to)) continue;
    done.add(to);
    const layer = layerOfHead(architecture, source);
    const map = donors(layer)[part];
    const whole = decoded.get(layer) ?? matrixOfMap(map);
    decoded.set(layer, whole);
    setRows(edited, to, rowsOfMatrix(whole, from, headWidth));
    if (biases && bias !== null && map.bias !== null) {
      bias.set(map.bias.subarray(from, from + headWidth), to);
    }
  }
  return mapOfMatrix(edited, bias);
}

function replaceColumns(
  output: LinearMap,
  replacements: readonly HeadReplacement[],
  donors: Donors,
  architecture: Architecture,
): LinearMap {
  const { headWidth } = architecture;
  const edited = matrixOfMap(output);
  const decoded = new Map<number, Matrix>();
  for (const { target, source } of replacements) {
    const layer = layerOfHead(architecture, source);
    const whole = decoded.get(layer) ?? matrixOfMap(donors(layer).output);
    decoded.set(layer, whole);
    const columns = columnsOf(whole, headInLayer(architecture, source) * headWidth, headWidth);
    setColumns(edited, headInLayer(architecture, target) * headWidth, columns);
  }
  return mapOfMatrix(edited, output.bias);
}
