import { InputError } from '../errors.js';
import type { ForwardOutput, ForwardPass, ForwardStart } from '../forward/forward-pass.js';
import type { ModelWeights } from '../model/weights.js';
import type { RepeatedTokens } from './repeated-tokens.js';

/** How well a model copies a segment that it has seen before. */
export interface Copying {
  /** Mean probability of the next token. */
  readonly prob: number;
  /** Share of positions at which another token has the largest logit, wrong / of. */
  readonly err: number;
  readonly wrong: number;
  readonly of: number;
  /** Wrong predictions of each sequence; each has of / N positions. */
  readonly wrongOfSequence: Int32Array;
}

/** Tokens at the beginning of the second segment that are not counted: the model may need some to find its place. */
const ignored = 4;

/**
 * Copying on a segment that stands three times: over positions t from L + 4 to 3L - 2, the mean probability of token t + 1
 * and the share where it is not the likeliest.
 * @throws InputError when no position counts
 * Source: paper, copying error of repeated random tokens.
 */
export function copyingOf(
  forward: ForwardPass,
  weights: ModelWeights,
  sequences: RepeatedTokens,
  from?: ForwardStart,
): Copying {
  const { tokens, length } = sequences;
  const predictions = copiedPositions(sequences);
  const output = forward(weights, { tokens, length, predictions, ...(from && { start: from }) });
  return countCopying(output, sequences);
}

/**
 * Positions t from L + 4 to 3L - 2 of every sequence, at which copying is judged.
 * @throws InputError when there are none
 */
export function copiedPositions({ length, segment, start }: RepeatedTokens): number[] {
  const first = start + segment + ignored;
  const count = length - 1 - first;
  if (count < 1) {
    throw new InputError(
      `segments of ${segment} tokens leave no position to judge copying at; take longer ones`,
    );
  }
  return Array.from({ length: count }, (_, at) => first + at);
}

/** The same from a forward pass that has been made, with predictions at these positions at least. */
export function countCopying(
  { losses, predictions }: Pick<ForwardOutput, 'losses' | 'predictions'>,
  judged: RepeatedTokens,
): Copying {
  const { tokens, length } = judged;
  const sequences = tokens.length / length;
  const positions = copiedPositions(judged);
  if (losses === undefined || predictions === undefined) {
    throw new Error(
      'copying is judged by losses and predictions, and the forward pass was asked for neither',
    );
  }
  const wrongOfSequence = new Int32Array(sequences);
  let probability = 0;
  for (let sequence = 0; sequence < sequences; sequence++) {
    for (const t of positions) {
      const at = sequence * length + t;
      probability += Math.exp(-losses[sequence * (length - 1) + t]!);
      if (predictions[at] !== tokens[at + 1]) wrongOfSequence[sequence]!++;
    }
  }
  const of = sequences * positions.length;
  const wrong = wrongOfSequence.reduce((sum, count) => sum + count, 0);
  return { prob: probability / of, err: wrong / of, wrong, of, wrongOfSequence };
}

/**
 * Share of the copying that an edit takes away, (err - base) / (1 - base): 0 where it does no harm, 1 where nothing is copied
 * any more, negative where the model copies better.
 */
export function copyingLost(err: number, base: number): number {
  return (err - base) / (1 - base);
}
