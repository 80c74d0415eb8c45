import type { Architecture } from '../../model/architecture.js';
import { keyHeadOf } from '../../model/architecture.js';
import type { HeadIndex } from '../../model/heads.js';
import type { AttentionWeights, NormWeights } from '../../model/weights.js';
import { toFloat32 } from '../../tensor/decode.js';
import { applyMap } from './linear-map.js';
import type { ForwardMachine } from './machine.js';
import { applyNorm, type PlacedNorm, placeNorm } from './norm.js';
import { type Panels, panelBytes } from './panels.js';
import type { PassMemory } from './plan.js';

/** Takes the attention map of a head, T×T on the machine's memory, of one of the pass's sequences. */
export type TakeMap = (head: HeadIndex, sequence: number, map: Float32Array) => void;

/** What is wanted of a layer's attention. */
export interface AttentionWish {
  /** Heads whose map is taken. */
  readonly heads: ReadonlySet<HeadIndex>;
  readonly take: TakeMap;
  /** Nothing but the maps: values and output are left out. */
  readonly mapsAlone: boolean;
}

/** What attention of a layer adds to the residual stream, into `memory.branch`. */
export function attentionBranch(
  machine: ForwardMachine,
  memory: PassMemory,
  architecture: Architecture,
  weights: AttentionWeights,
  layer: number,
  wish: AttentionWish,
): void {
  const { panels, query, key, value, branch } = memory;
  const input = normedInput(machine, memory, architecture, weights.norm);
  const { clip } = architecture.attention;
  const project = (map: AttentionWeights['query'], to: Panels) => {
    applyMap(machine, memory.weights, map, input, to, panels);
    if (clip !== null) machine.kernels.clip(to.at, panels * panelBytes(to), clip);
  };
  project(weights.query, query);
  project(weights.key, key);
  if (!wish.mapsAlone) project(weights.value, value);
  attendAll(machine, memory, architecture, weights, layer, wish);
  if (wish.mapsAlone) return;
  // Each head's result has taken the place of its queries.
  applyMap(machine, memory.weights, weights.output, query, branch, panels);
  normInPlace(machine, memory, architecture, weights.outputNorm, branch);
}

/** The residual stream as a branch reads it: through its norm, into `memory.y`, or as it is. */
export function normedInput(
  machine: ForwardMachine,
  { x, y, norm: room, panels }: PassMemory,
  { norm, width }: Architecture,
  weights: NormWeights | null,
): Panels {
  if (norm === null || weights === null) return x;
  const placed = placeNorm(machine, room, width, norm, weights);
  applyNorm(machine, placed, x.at, y.at, { row: 32, blocks: panels, step: panelBytes(x) });
  return y;
}

/** A branch's result through its own norm, where it has one. */
export function normInPlace(
  machine: ForwardMachine,
  { norm: room, panels }: PassMemory,
  { norm, width }: Architecture,
  weights: NormWeights | null,
  branch: Panels,
): void {
  if (norm === null || weights === null) return;
  const placed = placeNorm(machine, room, width, norm, weights);
  applyNorm(machine, placed, branch.at, branch.at, { row: 32, blocks: panels, step: panelBytes(branch) });
}

/** All heads of all sequences: keys and values of a group are prepared once. */
function attendAll(
  machine: ForwardMachine,
  memory: PassMemory,
  architecture: Architecture,
  weights: AttentionWeights,
  layer: number,
  wish: AttentionWish,
): void {
  const { kernels } = machine;
  const { heads, keyHeads, headWidth: h, norm, positions } = architecture;
  const { kind, scale, softcap, windows } = architecture.attention;
  const { sequences, tokens, length, query, key, value, head: own } = memory;
  const { row } = own;
  const headNorm = (room: PlacedNormRoom, found: NormWeights | null) =>
    norm && found && placeNorm(machine, room, h, norm, found);
  const queryNorm = headNorm(own.queryNorm, weights.queryNorm);
  const keyNorm = headNorm(own.keyNorm, weights.keyNorm);
  const bias = weights.scoreBias && {
    values: toFloat32(weights.scoreBias),
    size: weights.scoreBias.shape[1]!,
  };

  /** Copies features of a sequence into rows of time, normed and rotated. */
  const prepare = (from: Panels, group: number, sequence: number, to: number, placed: PlacedNorm | null) => {
    const first = from.at + 32 * group * h;
    kernels.gatherTokens(first, panelBytes(from), sequence * tokens, tokens, length, h, to, row);
    if (placed) applyNorm(machine, placed, to, to, { row, blocks: length / 8, step: 32 });
    if (positions.kind === 'rotary') kernels.rotate(to, own.rotary, row, 1, h, length, 1, 1);
  };
  const wanted = (head: number) => wish.heads.has(layer * heads + head);
  const window = Math.min(windows[layer] ?? length, length);

  for (let group = 0; group < keyHeads; group++) {
    const readers = Array.from({ length: heads }, (_, head) => head).filter(
      (head) => keyHeadOf(architecture, head) === group && (!wish.mapsAlone || wanted(head)),
    );
    for (let sequence = 0; sequence < sequences && readers.length > 0; sequence++) {
      prepare(key, group, sequence, own.key, keyNorm);
      if (!wish.mapsAlone) {
        const first = value.at + 32 * group * h;
        kernels.gatherTokens(first, panelBytes(value), sequence * tokens, tokens, length, h, own.value, row);
      }
      for (const head of readers) {
        if (bias !== null) placeBias(machine, memory, bias.values, bias.size, head);
        prepare(query, head, sequence, own.query, queryNorm);
        kernels.attendColumns(
          ...[own.query, own.key, own.value, own.p, wish.mapsAlone ? 0 : own.out, own.bias, own.zeros],
          ...[h, length, row, scale, softcap ?? 0, window],
          kind === 'linear',
        );
        if (!wish.mapsAlone) {
          const to = query.at + 32 * head * h;
          kernels.scatterTokens(own.out, row, to, panelBytes(query), sequence * tokens, tokens, h);
        }
        if (wanted(head)) {
          kernels.writeMap(own.p, row, tokens, own.map);
          wish.take(layer * heads + head, sequence, machine.floats(own.map, tokens * tokens));
        }
      }
    }
  }
}

type PlacedNormRoom = { readonly gain: number; readonly shift: number };

/** A head's bias of scores, key by query as the scores lie. @param size positions a side of `values` */
function placeBias(
  machine: ForwardMachine,
  { tokens, length, head: { bias, row } }: PassMemory,
  values: Float32Array,
  size: number,
  head: number,
): void {
  const target = machine.floats(bias, (row / 4) * length).fill(0);
  for (let i = 0; i < tokens; i++) {
    for (let j = 0; j <= i; j++) target[(j * row) / 4 + i] = values[(head * size + i) * size + j]!;
  }
}
