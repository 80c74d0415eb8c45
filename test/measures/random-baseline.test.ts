import { describe, expect, it } from 'vitest';
import { transpose } from '../../src/linalg/blocks.js';
import { reference } from '../../src/linalg/reference.js';
import { randomBaseline } from '../../src/measures/random-baseline.js';
import { fill, times } from '../linalg/matrices.js';

/** 5000 draws with numpy, QR of normals, d = 64: mean scores of `mean` and `largest`. */
const numpy = [
  { rank: 5, mean: 0.277, largest: 0.449 },
  { rank: 10, mean: 0.395, largest: 0.669 },
  { rank: 15, mean: 0.484, largest: 0.81 },
  { rank: 20, mean: 0.559, largest: 0.905 },
];

describe('the random baseline', () => {
  it.each(numpy)('agrees with drawn subspaces at rank $rank of 64', ({ rank, mean, largest }) => {
    const baseline = randomBaseline(64, rank);
    // Standard errors of 2000 and 5000 draws, four times over, and the three printed digits.
    expect(Math.abs(baseline.mean.mean - mean)).toBeLessThan(0.004);
    expect(Math.abs(baseline.largest.mean - largest)).toBeLessThan(0.006);
    expect(baseline.mean.q05).toBeLessThan(baseline.mean.mean);
    expect(baseline.mean.q95).toBeGreaterThan(baseline.mean.mean);
  });

  it('has the root mean square √(r/d) that holds for any d and r', () => {
    for (const [d, rank] of [
      [24, 20],
      [16, 8],
      [9, 7],
      [30, 1],
    ] as const) {
      const { mean } = randomBaseline(d, rank);
      // The mean of a root is below the root of the mean by the variance over twice the root.
      expect(mean.mean).toBeLessThanOrEqual(Math.sqrt(rank / d) + 0.003);
      expect(mean.mean).toBeGreaterThan(Math.sqrt(rank / d) - (rank === 1 ? 0.06 : 0.02));
    }
  });

  it('has the quantiles of drawn subspaces', () => {
    const [d, rank, draws] = [12, 4, 1500];
    let state = 1;
    const uniform = () => {
      state = (state * 16807) % 2147483647;
      return state / 2147483647;
    };
    const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
    const scores = { mean: [] as number[], largest: [] as number[] };
    for (let draw = 0; draw < draws; draw++) {
      const basis = () => reference.qr(fill(d, rank, normal)).q;
      const { s } = reference.svd(times(transpose(basis()), basis()));
      scores.largest.push(s[0]!);
      scores.mean.push(Math.sqrt(s.reduce((sum, value) => sum + value * value, 0) / rank));
    }
    const baseline = randomBaseline(d, rank);
    for (const name of ['mean', 'largest'] as const) {
      const sorted = scores[name].sort((a, b) => a - b);
      expect(Math.abs(baseline[name].q05 - sorted[draws * 0.05]!)).toBeLessThan(0.02);
      expect(Math.abs(baseline[name].q95 - sorted[draws * 0.95]!)).toBeLessThan(0.02);
    }
  });

  it('is 1 for the whole space, whose subspaces are all the same', () => {
    expect(randomBaseline(6, 6)).toEqual({
      mean: { mean: 1, q05: 1, q95: 1 },
      largest: { mean: 1, q05: 1, q95: 1 },
    });
  });

  it('is 1 at `largest` where two subspaces must share a direction', () => {
    expect(randomBaseline(6, 4).largest).toEqual({ mean: 1, q05: 1, q95: 1 });
  });

  it('is a function of d and r alone', () => {
    const first = randomBaseline(20, 3);
    randomBaseline(11, 5);
    expect(randomBaseline(20, 3)).toEqual(first);
  });

  it('refuses ranks that no subspace has', () => {
    expect(() => randomBaseline(4, 0)).toThrow(RangeError);
    expect(() => randomBaseline(4, 5)).toThrow(RangeError);
  });
});
