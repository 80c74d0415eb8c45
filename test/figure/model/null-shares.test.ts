import { expect, test } from 'vitest';
import { nullShares } from '../../../src/figure/model/null-shares.js';
import { antiCausalNull } from '../../../src/measures/anti-causal-null.js';
import { layerOfHead } from '../../../src/model/heads.js';
import { gpt2Grid, somePairValues } from './some-model.js';

const total = gpt2Grid.layers * gpt2Grid.heads;
const isCausal = (at: number) =>
  layerOfHead(gpt2Grid, at % total) < layerOfHead(gpt2Grid, Math.floor(at / total));

test.each([['highest' as const], ['lowest' as const]])(
  'p-values give back how anti-causal pairs are distributed, where the %s are strong',
  (strongest) => {
    const values = somePairValues(gpt2Grid, 3);
    const { p, count } = antiCausalNull(values, gpt2Grid, strongest)!;
    const causal = values.map((value, at) => (isCausal(at) ? value : Number.NaN));
    const [low, high, bins] = [0.15, 0.9, 25];
    const found = nullShares(causal, p, count, strongest)!.shares(bins, low, high);
    const expected = new Float64Array(bins);
    values.forEach((value, at) => {
      const bin = Math.floor(((value - low) / (high - low)) * bins);
      if (!isCausal(at)) expected[Math.max(0, Math.min(bins - 1, bin))]! += 1 / count;
    });
    expect(found.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
    // Between two of 9504 causal pairs lie about one of 11 232 others: an edge is right within a few of them, but for the tails.
    for (const [bin, share] of expected.entries())
      expect(Math.abs(found[bin]! - share)).toBeLessThan(5 / count);
    expect(Math.max(...expected)).toBeGreaterThan(0.1);
  },
);

test('there is none without p-values or null values', () => {
  expect(nullShares(Float64Array.of(1), Float64Array.of(Number.NaN), 3, 'highest')).toBeUndefined();
  expect(nullShares(Float64Array.of(1), Float64Array.of(0.5), Number.NaN, 'highest')).toBeUndefined();
});
