import type { ForwardPass } from '../forward/forward-pass.js';
import type { HeadIndex } from '../model/heads.js';
import type { ModelWeights } from '../model/weights.js';
import type { RepeatedTokens } from './repeated-tokens.js';

/** What a head attends to on a segment that stands twice; by head, layer by layer. */
export interface HeadScores {
  /** Mean of A[t, t - 1]. */
  readonly previousToken: Float64Array;
  /** Mean of A[t, t - L + 1] for t ≥ L. */
  readonly induction: Float64Array;
  /** Mean of A[t, t - L] for t ≥ L. */
  readonly duplicateToken: Float64Array;
  /** The two that the paper ranks heads by, as published. */
  readonly published: { readonly previousToken: Float64Array; readonly induction: Float64Array };
}

/**
 * Scores of every head from its attention on a segment of L tokens that stands twice, a layer at a time.
 * Source: paper and its public code, attention on repeated random tokens.
 */
export function headScores(
  forward: ForwardPass,
  weights: ModelWeights,
  { tokens, length, segment, start }: RepeatedTokens,
): HeadScores {
  const { layers, heads } = weights.architecture;
  const count = layers * heads;
  const scores = {
    previousToken: new Float64Array(count),
    induction: new Float64Array(count),
    duplicateToken: new Float64Array(count),
    published: { previousToken: new Float64Array(count), induction: new Float64Array(count) },
  };
  const all: HeadIndex[] = Array.from({ length: count }, (_, head) => head);
  // A sequence at a time bounds the memory: the maps of all heads.
  const sequences = tokens.length / length;
  for (let sequence = 0; sequence < sequences; sequence++) {
    const own = tokens.subarray(sequence * length, (sequence + 1) * length);
    const { attention } = forward(weights, { tokens: own, length, attention: all, predictions: false });
    for (const [head, map] of attention ?? []) {
      const at = (t: number, s: number) => map[t * length + s]!;
      scores.previousToken[head]! += diagonal(at, 1, start + 1, length) / sequences;
      scores.induction[head]! += diagonal(at, segment - 1, start + segment, length) / sequences;
      scores.duplicateToken[head]! += diagonal(at, segment, start + segment, length) / sequences;
      const rows = renormalised(map, length);
      const published = (t: number, s: number) => rows[t * length + s]!;
      scores.published.previousToken[head]! += diagonal(published, 1, 2, length) / sequences;
      scores.published.induction[head]! += diagonal(published, segment - 1, segment, length) / sequences;
    }
  }
  return scores;
}

/** Mean of a[t, t - distance] from row `first` on. */
function diagonal(
  a: (t: number, s: number) => number,
  distance: number,
  first: number,
  length: number,
): number {
  let sum = 0;
  for (let t = first; t < length; t++) sum += a(t, t - distance);
  return sum / (length - first);
}

/** The first column is dropped and rows divided by Σ (A[t, s] + 1e-6), t, s ≥ 1: attention on the first token is rest. */
function renormalised(map: ArrayLike<number>, length: number): Float64Array {
  const rows = new Float64Array(length * length);
  for (let t = 1; t < length; t++) {
    let sum = 0;
    for (let s = 1; s < length; s++) sum += map[t * length + s]! + 1e-6;
    for (let s = 1; s < length; s++) rows[t * length + s] = map[t * length + s]! / sum;
  }
  return rows;
}
