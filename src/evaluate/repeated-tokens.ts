import { InputError } from '../errors.js';
import { createStream } from '../random/stream.js';

/** Sequences of one random segment, repeated. */
export interface RepeatedTokens {
  /** N×T token ids, row-major; T = repeats·segment, and one more with a BOS. */
  readonly tokens: Int32Array;
  /** T. */
  readonly length: number;
  /** L, the length of the segment. */
  readonly segment: number;
  /** First position of the first segment: 1 behind a BOS, otherwise 0. */
  readonly start: number;
}

/** Which repeated tokens to draw. */
export interface RepeatedTokensOptions {
  readonly vocabSize: number;
  /** How often the segment stands in a sequence: twice to see what heads attend to, three times for copying. */
  readonly repeats: number;
  readonly sequences?: number;
  readonly segment?: number;
  /** A token before each sequence, for models that want one; null for none. */
  readonly bos?: number | null;
  /** Tokens that are not drawn, such as a tokenizer's special ones. */
  readonly excluded?: ReadonlySet<number>;
  readonly seed?: number;
}

/** The paper's sizes: segments of 25 tokens, 50 sequences. */
export const usualSegment = 25;
export const usualSequences = 50;

/**
 * Tokens uniform over the vocabulary: nothing but copying can predict a repeated segment.
 * @throws InputError when every token is excluded
 * Source: paper, repeated random tokens.
 */
export function repeatedTokens({
  vocabSize,
  repeats,
  sequences = usualSequences,
  segment = usualSegment,
  bos = null,
  excluded = new Set(),
  seed = 0,
}: RepeatedTokensOptions): RepeatedTokens {
  const drawn = Array.from({ length: vocabSize }, (_, token) => token).filter(
    (token) => token !== bos && !excluded.has(token),
  );
  if (drawn.length === 0) {
    throw new InputError(`a vocabulary of ${vocabSize} tokens, all of them special, has none to draw`);
  }
  const start = bos === null ? 0 : 1;
  const length = start + repeats * segment;
  const tokens = new Int32Array(sequences * length);
  for (let sequence = 0; sequence < sequences; sequence++) {
    const { below } = createStream(seed, 'repeated', 0, sequence);
    const at = sequence * length;
    if (bos !== null) tokens[at] = bos;
    for (let t = 0; t < segment; t++) {
      const token = drawn[below(drawn.length)]!;
      for (let copy = 0; copy < repeats; copy++) tokens[at + start + copy * segment + t] = token;
    }
  }
  return { tokens, length, segment, start };
}

/** N×T tokens given as they are, in `repeats` equal parts. @throws InputError when T is no multiple of that */
export function asRepeatedTokens(tokens: Int32Array, length: number, repeats: number): RepeatedTokens {
  if (length === 0 || length % repeats !== 0) {
    throw new InputError(
      `sequences of ${length} tokens do not have ${repeats} equal parts; give ${repeats} times the same segment`,
    );
  }
  return { tokens, length, segment: length / repeats, start: 0 };
}
