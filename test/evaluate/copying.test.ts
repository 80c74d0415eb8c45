import { describe, expect, it } from 'vitest';
import { copyingLost, countCopying } from '../../src/evaluate/copying.js';
import { asRepeatedTokens, repeatedTokens } from '../../src/evaluate/repeated-tokens.js';

describe('repeated tokens', () => {
  it('hold one segment over and over, behind a BOS that is not drawn, and no excluded token', () => {
    const { tokens, length, start } = repeatedTokens({
      ...{ vocabSize: 20, repeats: 3, sequences: 30, segment: 5, bos: 2, excluded: new Set([3, 4]), seed: 1 },
    });
    expect([length, start, tokens.length]).toEqual([16, 1, 30 * 16]);
    const drawn = new Set<number>();
    for (let s = 0; s < 30; s++) {
      const row = [...tokens.subarray(s * 16, (s + 1) * 16)];
      expect(row[0]).toBe(2);
      expect(row.slice(6, 11)).toEqual(row.slice(1, 6));
      expect(row.slice(11)).toEqual(row.slice(1, 6));
      for (const token of row.slice(1)) drawn.add(token);
    }
    // 150 draws of 17 tokens miss one with a probability below 1e-2·17 = 2e-3; the seed is fixed.
    expect([...drawn].sort((a, b) => a - b)).toEqual([
      0,
      1,
      ...Array.from({ length: 15 }, (_, at) => at + 5),
    ]);
  });

  it('refuse sequences without equal parts, and a vocabulary of special tokens', () => {
    expect(() => asRepeatedTokens(new Int32Array(10), 10, 3)).toThrow(/10 tokens do not have 3 equal parts/);
    expect(() => repeatedTokens({ vocabSize: 1, repeats: 2, bos: 0 })).toThrow(/none to draw/);
  });
});

it('copying counts positions L + 4 to 3L - 2, behind a BOS one later', () => {
  for (const bos of [null, 0]) {
    const sequences = repeatedTokens({ vocabSize: 9, repeats: 3, sequences: 2, segment: 6, bos });
    const { tokens, length, start } = sequences;
    const [first, last] = [start + 10, start + 16];
    // Right everywhere but at a counted position of sequence 1, with probability ½ at counted ones and 1 elsewhere.
    const predictions = new Int32Array(2 * length);
    for (let at = 0; at + 1 < tokens.length; at++) predictions[at] = tokens[at + 1]!;
    predictions[length + last] = tokens[length + last + 1]! + 1;
    for (const [s, t] of [
      [0, first - 1],
      [0, last + 1],
    ] as const)
      predictions[s * length + t] = -1;
    const losses = new Float64Array(2 * (length - 1));
    for (let s = 0; s < 2; s++) {
      for (let t = first; t <= last; t++) losses[s * (length - 1) + t] = Math.log(2);
    }
    const { prob, err, wrong, of, wrongOfSequence } = countCopying({ losses, predictions }, sequences);
    expect(prob).toBeCloseTo(0.5, 15);
    expect({ err, wrong, of }).toEqual({ err: 1 / 14, wrong: 1, of: 14 });
    expect([...wrongOfSequence]).toEqual([0, 1]);
  }
  expect(() =>
    countCopying(
      { losses: new Float64Array(5), predictions: new Int32Array(6) },
      asRepeatedTokens(new Int32Array(6), 6, 3),
    ),
  ).toThrow(/segments of 2 tokens leave no position/);
});

it('what is lost of copying is 0 without harm and 1 where nothing is copied', () => {
  expect([copyingLost(0.2, 0.2), copyingLost(1, 0.2), copyingLost(0.6, 0.2)]).toEqual([
    0, 1, 0.49999999999999994,
  ]);
});
