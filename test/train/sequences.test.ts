import { expect, it } from 'vitest';
import { fromIntegers } from '../../src/tensor/encode.js';
import { fromTestSet } from '../../src/train/sequences.js';

const config = { max_seq_len: 6, vocab_size: 5 };
const set = (token: number, start = 0) => ({
  tokens: fromIntegers([0, 1, 2, 3, 4, 0, 0, 1, 2, 3, token, 0], [2, 6]),
  lengths: fromIntegers([2, 2], [2]),
  starts: fromIntegers([0, 3, start, 4], [2, 2]),
});

it('decodes the sequences of a test set', () => {
  const { tokens, lengths, starts } = fromTestSet(set(4), config);
  expect([...tokens]).toEqual([0, 1, 2, 3, 4, 0, 0, 1, 2, 3, 4, 0]);
  expect([[...lengths], [...starts!]]).toEqual([
    [2, 2],
    [0, 3, 0, 4],
  ]);
});

it.each([
  [set(5), config, /^test\.pth: token 4 of sequence 1 is 5, but vocab_size is 5; take the test set/],
  [set(-1), config, /^test\.pth: token 4 of sequence 1 is -1, but vocab_size is 5/],
  [set(4), { ...config, max_seq_len: 7 }, /^test\.pth: expected sequences of max_seq_len 7, found 6/],
  [set(4, 5), config, /^test\.pth: sequence 1 has a copy of 2 tokens at 5, beyond its 6 tokens/],
])('refuses what the model cannot read (%#)', (test, model, message) => {
  expect(() => fromTestSet(test, model, 'test.pth')).toThrow(message);
});
