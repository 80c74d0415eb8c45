import { InputError } from '../errors.js';
import { asRepeatedTokens, type RepeatedTokens } from '../evaluate/repeated-tokens.js';
import type { TokenSequences } from './token-file.js';

/** Sequences in which a segment is repeated, and the number of the first one in which it is not; undefined where all are so. */
export interface GivenTokens {
  readonly tokens: RepeatedTokens;
  readonly unlike: number | undefined;
}

/** What the parts are called in messages. */
const partNames = { 2: 'two halves', 3: 'three equal parts' } as const;

/** What repeated sequences are given for. */
const uses = { 2: 'heads are scored', 3: 'copying is judged' } as const;

/** Sequences given by the user as two halves. @throws InputError as `equalParts` */
export function twoHalves(sequences: TokenSequences, file: string): GivenTokens {
  return equalParts(sequences, 2, file);
}

/**
 * Sequences given by the user as equal parts, a segment that stands two or three times; where one token is left over, it stands
 * before the parts and is the same in all sequences.
 * @param file named in errors
 * @throws InputError when lengths differ, or are too short for the parts
 */
export function equalParts(sequences: TokenSequences, repeats: 2 | 3, file: string): GivenTokens {
  const length = sequences[0]!.length;
  const other = sequences.findIndex((sequence) => sequence.length !== length);
  if (other !== -1) {
    throw new InputError(
      `${file}: sequence ${other} has ${sequences[other]!.length} tokens, sequence 0 has ${length}; ${uses[repeats]} on sequences of one length`,
    );
  }
  const start = length % repeats;
  const first = sequences[0]![0];
  if (start > 1 || (start === 1 && sequences.some((sequence) => sequence[0] !== first))) {
    throw new InputError(
      `${file}: sequences of ${length} tokens do not have ${partNames[repeats]}; give ${repeats === 2 ? 'twice' : 'three times'} the same segment, with one and the same token before it or none`,
    );
  }
  const segment = (length - start) / repeats;
  if (segment < 2) {
    throw new InputError(
      `${file}: sequences of ${length} tokens are too short; ${uses[repeats]} on a segment of at least 2 tokens that stands ${repeats === 2 ? 'twice' : 'three times'}`,
    );
  }
  const tokens = new Int32Array(sequences.length * length);
  sequences.forEach((sequence, at) => {
    tokens.set(sequence, at * length);
  });
  const unlike = sequences.findIndex((sequence) =>
    sequence.subarray(start, length - segment).some((id, t) => sequence[start + segment + t] !== id),
  );
  const parts = start === 0 ? asRepeatedTokens(tokens, length, repeats) : { tokens, length, segment, start };
  return { tokens: parts, unlike: unlike === -1 ? undefined : unlike };
}
