import type { ForwardPass, ForwardStart } from '../forward/forward-pass.js';
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

/** Scores of a head on one sequence: the three, then the two published ones. */
const scoresPerHead = 5;

/**
 * Scores of every head from its attention on a segment of L tokens that stands twice.
 * Source: paper and its public code, attention on repeated random tokens.
 */
export function headScores(forward: ForwardPass, weights: ModelWeights, tokens: RepeatedTokens): HeadScores {
  return meanScores(scoresBySequence(forward, weights, tokens));
}

/**
 * Scores of every head on each sequence, a layer at a time: every weight is read once, and the maps of one layer's heads are
 * all that is held.
 * @returns sequences × heads × scores, row-major; of a sequence they do not depend on the others
 */
export function scoresBySequence(
  forward: ForwardPass,
  weights: ModelWeights,
  { tokens, length, segment, start }: RepeatedTokens,
): SequenceScores {
  const { layers, heads } = weights.architecture;
  const total = layers * heads;
  const sequences = tokens.length / length;
  const values = new Float64Array(sequences * total * scoresPerHead);
  let below: ForwardStart | undefined;
  for (let layer = 0; layer < layers; layer++) {
    const { attention, residuals } = forward(weights, {
      ...{ tokens, length, predictions: false },
      attention: Array.from({ length: heads }, (_, head) => layer * heads + head),
      ...(layer + 1 < layers && { residuals: [layer + 1] }),
      ...(below && { start: below }),
    });
    const residual = residuals?.get(layer + 1);
    below = residual && { layer: layer + 1, residual };
    for (const [head, maps] of attention!) {
      for (let sequence = 0; sequence < sequences; sequence++) {
        const map = maps.subarray(sequence * length ** 2, (sequence + 1) * length ** 2);
        values.set(scoresOfMap(map, { length, segment, start }), (sequence * total + head) * scoresPerHead);
      }
    }
  }
  return { heads: total, values };
}

/** Scores of all heads of a model on some sequences. */
export interface SequenceScores {
  /** All heads of the model. */
  readonly heads: number;
  /** sequences × heads × scores. */
  readonly values: Float64Array;
}

/** Means over sequences, taken in their order. */
export function meanScores({ heads, values }: SequenceScores): HeadScores {
  const size = heads * scoresPerHead;
  const sequences = values.length / size;
  const mean = (score: number) =>
    Float64Array.from({ length: heads }, (_, head) => {
      let sum = 0;
      for (let sequence = 0; sequence < sequences; sequence++) {
        sum += values[sequence * size + head * scoresPerHead + score]!;
      }
      return sum / sequences;
    });
  const [previousToken, induction, duplicateToken] = [mean(0), mean(1), mean(2)];
  return {
    ...{ previousToken, induction, duplicateToken },
    published: { previousToken: mean(3), induction: mean(4) },
  };
}

function scoresOfMap(
  map: ArrayLike<number>,
  { length, segment, start }: Omit<RepeatedTokens, 'tokens'>,
): number[] {
  const rows = renormalised(map, length);
  return [
    diagonal(map, length, 1, start + 1),
    diagonal(map, length, segment - 1, start + segment),
    diagonal(map, length, segment, start + segment),
    diagonal(rows, length, 1, 2),
    diagonal(rows, length, segment - 1, segment),
  ];
}

/** Mean of a[t, t - distance] from row `first` on. */
function diagonal(a: ArrayLike<number>, length: number, distance: number, first: number): number {
  let sum = 0;
  for (let t = first; t < length; t++) sum += a[t * length + t - distance]!;
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
