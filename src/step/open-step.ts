import { readCheckpoint } from '../checkpoint/read.js';
import { InputError } from '../errors.js';
import type { LinearAlgebra } from '../linalg/algebra.js';
import { Circuits, headName, type Pair, pairName } from '../measures/circuits.js';
import { type AttentionWeights, attentionWeights, firstNonFinite, type Head } from '../measures/weights.js';
import { headsOfPairName } from '../model/heads.js';
import type { RunConfig } from '../run/config.js';
import type { StateDict } from '../tensor/tensor.js';

/** One checkpoint, opened: its weights, and what was decomposed of them so far. */
export interface OpenedStep {
  /** What errors name. */
  readonly file: string;
  readonly config: RunConfig;
  readonly state: StateDict;
  readonly weights: AttentionWeights;
  readonly algebra: LinearAlgebra;
  /** Circuits of the pairs looked at last, newest first. */
  readonly recent: { name: string; circuits: PairCircuits }[];
}

/** A head that writes with a later head that reads it, or the writer alone in a model of one layer. */
export interface PairCircuits {
  readonly writer: Head;
  readonly reader: Head | null;
  /** A model of these two heads alone, so that nothing is decomposed for heads that nobody looks at. */
  readonly circuits: Circuits;
  /** The pair as `circuits` knows it; null without a reader. */
  readonly pair: Pair | null;
}

/** Pairs whose decompositions are kept: a reader goes back and forth between a few. */
const mostPairs = 3;

/**
 * Opens a checkpoint.
 * @param file named in errors
 * @throws CheckpointError when the bytes are no checkpoint; InputError when tensors are missing, contradict the config, or
 * hold NaN or infinity
 */
export function openStep(
  bytes: Uint8Array,
  config: RunConfig,
  file: string,
  algebra: LinearAlgebra,
): OpenedStep {
  return stepOfState(readCheckpoint(bytes, file), config, file, algebra);
}

/** The same for a state dict that was read already. @throws InputError as `openStep` */
export function stepOfState(
  state: StateDict,
  config: RunConfig,
  file: string,
  algebra: LinearAlgebra,
): OpenedStep {
  const bad = firstNonFinite(state);
  if (bad !== undefined) {
    throw new InputError(`${file}: tensor ${bad} holds NaN or infinity; the run had diverged by this step`);
  }
  const weights = attentionWeights(state, config, file);
  return { file, config, state, weights, algebra, recent: [] };
}

/** Names of all pairs `0.0>1.0` of a model, or of its writers `0.0` where it has one layer, in the order of the table. */
export function choicesOf(config: Pick<RunConfig, 'num_layers' | 'num_heads'>): string[] {
  const { num_layers: layers, num_heads: heads } = config;
  const names: string[] = [];
  const inLayer = (layer: number) => Array.from({ length: heads }, (_, head) => headName({ layer, head }));
  if (layers === 1) return inLayer(0);
  for (let layer = 0; layer < layers; layer++) {
    for (const writer of inLayer(layer)) {
      for (let later = layer + 1; later < layers; later++) {
        for (const reader of inLayer(later)) names.push(`${writer}>${reader}`);
      }
    }
  }
  return names;
}

/** Columns of subspaces that are kept at least: as many as the table's usual ranks need. */
const leastColumns = 20;

/**
 * Circuits of a pair of heads; those of the last few pairs are kept, so that another rank or relative position reuses
 * whatever does not depend on it.
 * @param name `0.0>1.0`, or `0.0` in a model of one layer
 * @param rank the largest that is asked for; beyond the columns kept so far the pair is decomposed again
 * @throws InputError when the model has no such pair
 */
export function pairCircuits(step: OpenedStep, name: string, rank = 1): PairCircuits {
  const { recent, config } = step;
  const at = recent.findIndex((entry) => entry.name === name);
  const [kept] = at < 0 ? [] : recent.splice(at, 1);
  let columns = Math.min(kept?.circuits.circuits.maxRank ?? leastColumns, config.d_model);
  // Doubled, so that a slider that climbs through all ranks decomposes a few times and not at every one.
  while (columns < rank && columns < config.d_model) columns = Math.min(2 * columns, config.d_model);
  const isEnough = kept?.circuits.circuits.maxRank === columns;
  const entry = isEnough ? kept : { name, circuits: circuitsOf(step, name, columns) };
  recent.unshift(entry);
  recent.length = Math.min(recent.length, mostPairs);
  return entry.circuits;
}

function circuitsOf(
  { weights, config, algebra, file }: OpenedStep,
  name: string,
  columns: number,
): PairCircuits {
  const { writer: writerName, reader: readerName } = headsOfPairName(name);
  const find = (wanted: string | undefined) =>
    weights.heads.flat().find((head) => headName(head) === wanted) ?? null;
  const writer = find(writerName);
  const reader = find(readerName);
  const isPair = writer !== null && reader !== null && reader.layer > writer.layer;
  const isWriterOfOneLayer = writer !== null && readerName === undefined && config.num_layers === 1;
  if (writer === null || !(isPair || isWriterOfOneLayer)) {
    throw new InputError(
      `${file}: heads ${JSON.stringify(name)}: expected a head and one of a later layer, such as ${choicesOf(config)[0]}`,
    );
  }
  // Renumbered, the two heads are a model of two layers of its own, and every measure applies to it as it is.
  const first = { ...writer, layer: 0, head: 0 };
  const second = reader && { ...reader, layer: 1, head: 0 };
  const alone = {
    wte: weights.wte,
    heads: second === null ? [[first]] : [[first], [second]],
    firstWq: weights.firstWq,
    firstWk: weights.firstWk,
  };
  const circuits = new Circuits(alone, { ...config, num_layers: alone.heads.length }, algebra, columns);
  return { writer, reader, circuits, pair: second && { writer: first, reader: second } };
}

/** `writer>reader` as the table spells it, or `writer` alone. */
export function choiceName({ writer, reader }: Pick<PairCircuits, 'writer' | 'reader'>): string {
  return reader === null ? headName(writer) : pairName({ writer, reader });
}
