import type { HeadScores } from '../evaluate/head-scores.js';
import { antiCausalNull } from '../measures/anti-causal-null.js';
import { type HeadGrid, type HeadIndex, type HeadPair, layerOfHead } from '../model/heads.js';
import type { ModelColumns } from '../series/model-columns.js';

/** One number of a pair, held against the model's own anti-causal pairs. */
export interface Evidence {
  readonly value: number;
  /** Benjamini–Hochberg over all causal pairs; NaN where a model has too few pairs to compute them. */
  readonly q: number;
}

/** A previous-token head that an induction head could read, and what weights say of that. */
export interface CircuitPair extends HeadPair {
  readonly zScore: Evidence;
  /** QK–OV match, mean cosine. */
  readonly match: Evidence;
  readonly kComposition: Evidence;
  /** Of the three, those whose q-value is below `significant`. */
  readonly standOut: readonly CircuitMeasure[];
}

export type CircuitMeasure = 'z_score' | 'qk_ov_match' | 'k_composition';

/** The heads that make a model copy, where behaviour and weights agree. */
export interface FoundCircuit {
  /** Heads that attend to what followed the same token, the strongest first. */
  readonly readers: readonly HeadIndex[];
  /** Heads of layers before the last of these that attend to the token before, the strongest first. */
  readonly writers: readonly HeadIndex[];
  /** Each reader with each writer in an earlier layer, the highest QK–OV match first. */
  readonly pairs: readonly CircuitPair[];
}

/** A head that attends less than this to what it would be named after attends more to other tokens. */
export const leastScore = 1 / 3;

/** Below this q-value a pair stands out from chance. */
export const significant = 0.05;

/** Heads of either kind: more pairs than some 15 are no picture. */
const mostReaders = 6;
const mostWriters = 3;

/**
 * Finds the circuit: the strongest induction heads by what they do, the previous-token heads in earlier layers, and what
 * weights say of each pair.
 * @param columns z-score, K-composition and match of all pairs of heads
 * Source: paper, sections on induction heads; Elhage et al. 2021 for K-composition.
 */
export function findCircuit(
  grid: HeadGrid,
  scores: Pick<HeadScores, 'induction' | 'previousToken'>,
  columns: ModelColumns,
): FoundCircuit {
  const readers = strongestHeads(scores.induction, mostReaders, leastScore);
  const last = readers.reduce((layer, head) => Math.max(layer, layerOfHead(grid, head)), 0);
  const earlier = scores.previousToken.map((score, head) => (layerOfHead(grid, head) < last ? score : 0));
  const writers = strongestHeads(earlier, mostWriters, leastScore);
  const zScore = evidence(grid, columns, 'z_score', null);
  const match = evidence(grid, columns, 'qk_ov_match', 'mean');
  const kComposition = evidence(grid, columns, 'k_composition', null);
  const pairs = readers.flatMap((reader) =>
    writers
      .filter((writer) => layerOfHead(grid, writer) < layerOfHead(grid, reader))
      .map((writer): CircuitPair => {
        const pair = { writer, reader };
        const found = { zScore: zScore(pair), match: match(pair), kComposition: kComposition(pair) };
        const standOut = (
          [
            ['z_score', found.zScore],
            ['qk_ov_match', found.match],
            ['k_composition', found.kComposition],
          ] as const
        ).flatMap(([measure, { q }]) => (q < significant ? [measure] : []));
        return { ...pair, ...found, standOut };
      }),
  );
  pairs.sort((a, b) => b.match.value - a.match.value);
  return { readers, writers, pairs };
}

/** Heads of the highest values that are at least `least`, the highest first. */
export function strongestHeads(values: Float64Array, most: number, least = 0): HeadIndex[] {
  return [...values.keys()]
    .filter((head) => values[head]! >= least)
    .sort((a, b) => values[b]! - values[a]! || a - b)
    .slice(0, most);
}

function evidence(
  grid: HeadGrid,
  { pairs }: ModelColumns,
  measure: CircuitMeasure,
  statistic: string | null,
): (pair: HeadPair) => Evidence {
  const column = pairs.find(({ key }) => key.measure === measure && key.statistic === statistic);
  if (column === undefined) throw new Error(`a circuit is found from ${measure}, which was not measured`);
  const chance = antiCausalNull(column.values, grid, 'highest');
  return ({ writer, reader }) => {
    const at = reader * grid.layers * grid.heads + writer;
    return { value: column.values[at]!, q: chance?.q[at] ?? Number.NaN };
  };
}
