import { expect, it } from 'vitest';
import type { Curve } from '../../src/series/curves.js';
import { rankedPairs } from '../../src/series/pairs.js';

function zScore(of: string, values: readonly number[]): Curve {
  return {
    key: { setting: 'run', measure: 'z_score', of, rel_pos: 0, rank: null, statistic: null },
    steps: Float64Array.from(values.keys()),
    values: Float64Array.from(values),
  };
}

it('pairs are ranked by the last step that has a value; those that end before it come last', () => {
  const curves = [zScore('0.0>1.0', [9, 1]), zScore('0.0>1.1', [0, 2]), zScore('0.1>1.0', [8, Number.NaN])];
  expect(rankedPairs(curves)).toEqual(['0.0>1.1', '0.0>1.0', '0.1>1.0']);
});

it('pairs of a model with many heads are ranked: 200 000 of them', () => {
  const curves = Array.from({ length: 200_000 }, (_, at) => zScore(String(at), [at % 1000]));
  const ranked = rankedPairs(curves);
  expect(ranked.slice(0, 2)).toEqual(['999', '1999']);
  expect(ranked.length).toBe(200_000);
});
