import type { TestSetTensors } from '../checkpoint/test-set.js';
import { InputError } from '../errors.js';
import type { ModelConfig } from '../model/config.js';
import { toInt32 } from '../tensor/decode.js';
import { fromIntegers } from '../tensor/encode.js';

/** Sequences of the copying task with what is known about their patterns: a batch, or a test set. */
export interface Sequences {
  /** N×T, row-major. */
  readonly tokens: Int32Array;
  /** N: the length L of each sequence's pattern. */
  readonly lengths: Int32Array;
  /** N×2: where the two copies start; null for simple repetition, which fills the sequence with copies. */
  readonly starts: Int32Array | null;
}

/**
 * Decodes a `test.pth`.
 * @param config of the model that is to read it   @param name of the file, for errors
 * @throws InputError when sequences have another length or tokens that the model lacks, or a copy does not lie within its
 * sequence
 */
export function fromTestSet(
  test: TestSetTensors,
  { max_seq_len: length, vocab_size: size }: Pick<ModelConfig, 'max_seq_len' | 'vocab_size'>,
  name = 'test set',
): Sequences {
  const [, found] = test.tokens.shape;
  if (found !== length) {
    throw new InputError(
      `${name}: expected sequences of max_seq_len ${length}, found ${found}; take the test set of this run`,
    );
  }
  const tokens = toInt32(test.tokens, `${name}: tokens`);
  const wrong = tokens.findIndex((token) => token < 0 || token >= size);
  if (wrong !== -1) {
    throw new InputError(
      `${name}: token ${wrong % length} of sequence ${Math.floor(wrong / length)} is ${tokens[wrong]}, but vocab_size is ${size}; take the test set of this run`,
    );
  }
  const lengths = toInt32(test.lengths, `${name}: lengths`);
  const starts = test.starts && toInt32(test.starts, `${name}: starts`);
  lengths.forEach((patternLength, s) => {
    if (patternLength < 1 || patternLength > length) {
      throw new InputError(
        `${name}: sequence ${s} has a pattern of ${patternLength} tokens; expected 1 to ${length}`,
      );
    }
    for (const start of starts?.subarray(2 * s, 2 * s + 2) ?? []) {
      if (start < 0 || start + patternLength > length) {
        throw new InputError(
          `${name}: sequence ${s} has a copy of ${patternLength} tokens at ${start}, beyond its ${length} tokens`,
        );
      }
    }
  });
  return { tokens, lengths, starts };
}

/** As the tensors of a `test.pth`. */
export function toTestSet({ tokens, lengths, starts }: Sequences): TestSetTensors {
  const count = lengths.length;
  return {
    tokens: fromIntegers(tokens, [count, count === 0 ? 0 : tokens.length / count]),
    lengths: fromIntegers(lengths, [count]),
    starts: starts && fromIntegers(starts, [count, 2]),
  };
}

/** Sequences `from` to `to` - 1, as views. */
export function slice({ tokens, lengths, starts }: Sequences, from: number, to: number): Sequences {
  const length = lengths.length === 0 ? 0 : tokens.length / lengths.length;
  return {
    tokens: tokens.subarray(from * length, to * length),
    lengths: lengths.subarray(from, to),
    starts: starts?.subarray(2 * from, 2 * to) ?? null,
  };
}
