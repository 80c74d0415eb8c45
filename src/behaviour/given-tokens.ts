import { InputError } from '../errors.js';
import { asRepeatedTokens, type RepeatedTokens } from '../evaluate/repeated-tokens.js';
import type { TokenSequences } from './token-file.js';

/** Sequences in which a segment stands twice, and the number of the first one in which it does not; undefined where all are so. */
export interface GivenTokens {
  readonly tokens: RepeatedTokens;
  readonly unlike: number | undefined;
}

/**
 * Sequences given by the user as two halves; where their length is odd, the first token of all of them stands before the halves.
 * @param file named in errors
 * @throws InputError when lengths differ, or are too short for two halves
 */
export function twoHalves(sequences: TokenSequences, file: string): GivenTokens {
  const length = sequences[0]!.length;
  const other = sequences.findIndex((sequence) => sequence.length !== length);
  if (other !== -1) {
    throw new InputError(
      `${file}: sequence ${other} has ${sequences[other]!.length} tokens, sequence 0 has ${length}; heads are scored on sequences of one length`,
    );
  }
  const start = length % 2;
  if (length - start < 4) {
    throw new InputError(
      `${file}: sequences of ${length} tokens are too short to score heads on; give a segment of at least 2 tokens twice`,
    );
  }
  const segment = (length - start) / 2;
  const first = sequences[0]![0];
  if (start === 1 && sequences.some((sequence) => sequence[0] !== first)) {
    throw new InputError(
      `${file}: sequences of ${length} tokens do not have two halves; give twice the same segment, with one and the same token before it or none`,
    );
  }
  const tokens = new Int32Array(sequences.length * length);
  sequences.forEach((sequence, at) => {
    tokens.set(sequence, at * length);
  });
  const unlike = sequences.findIndex((sequence) =>
    sequence.subarray(start, start + segment).some((id, t) => sequence[start + segment + t] !== id),
  );
  const halves = start === 0 ? asRepeatedTokens(tokens, length, 2) : { tokens, length, segment, start };
  return { tokens: halves, unlike: unlike === -1 ? undefined : unlike };
}
