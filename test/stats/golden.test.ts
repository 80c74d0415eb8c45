import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { baselineDraws, baselineTail } from '../../src/measures/random-baseline.js';
import { antitonicFit } from '../../src/stats/antitonic.js';
import { changePoints } from '../../src/stats/change-points.js';
import { medianEstimate, proportion } from '../../src/stats/intervals.js';
import { fitLogisticCurve } from '../../src/stats/logistic-curve.js';
import {
  fitLogisticRegression,
  probabilityInterval,
  successProbability,
  thresholdInterval,
  thresholdOf,
} from '../../src/stats/logistic-regression.js';

interface Golden {
  readonly antitonic: { values: number[]; fit: number[] }[];
  readonly curves: (Record<'before' | 'after' | 'midpoint' | 'scale' | 'explained', number> & {
    steps: number[];
    values: number[];
  })[];
  readonly changes: { values: number[]; at: number[] }[];
  readonly firth: {
    x: number[];
    trials: number[];
    successes: number[];
    intercept: number;
    slope: number;
    likelihood: number;
    threshold: [number | null, number, number | null];
    probability: [number, number, number];
    at: number;
  }[];
  readonly proportions: Record<'successes' | 'trials' | 'confidence' | 'low' | 'high', number>[];
  readonly medians: Record<'count' | 'confidence' | 'rank' | 'reached', number>[];
  readonly chi2: Record<'0.9' | '0.95', number>;
  readonly lines: { score: number; tail: number }[];
}

/** By scipy and statsmodels: tools/make_stats_golden.py. */
const golden: Golden = JSON.parse(readFileSync(new URL('../golden/stats.json', import.meta.url), 'utf8'));

const near = (found: number, expected: number, tolerance: number): void =>
  expect(Math.abs(found - expected) / Math.max(1, Math.abs(expected))).toBeLessThan(tolerance);

describe('statistics agree with scipy and statsmodels', () => {
  it.each(golden.antitonic)('antitonic fit %#', ({ values, fit }) => {
    [...antitonicFit(values)].forEach((value, at) => {
      near(value, fit[at]!, 1e-9);
    });
  });

  it.each(golden.curves)('logistic curve %#', (expected) => {
    const found = fitLogisticCurve(expected.steps, expected.values)!;
    // Where least squares are flat, two optimisers stop a little apart.
    for (const name of ['before', 'after', 'midpoint', 'scale', 'explained'] as const) {
      near(found[name], expected[name], 1e-6);
    }
    near(found.width, Math.exp(2 * Math.log(9) * expected.scale), 1e-5);
  });

  it.each(golden.changes)('change points %#', ({ values, at }) => {
    expect(changePoints(values).map((point) => point.at)).toEqual(at);
  });

  it.each(golden.firth)('logistic regression with Firth’s penalty %#', (expected) => {
    const data = expected.x.map((x, at) => ({
      x,
      trials: expected.trials[at]!,
      successes: expected.successes[at]!,
    }));
    const fit = fitLogisticRegression(data)!;
    near(fit.likelihood, expected.likelihood, 1e-10);
    // A maximiser without derivatives knows the place to the root of the likelihood's precision.
    near(fit.slope, expected.slope, 1e-4);
    near(fit.intercept, expected.intercept, 1e-4);
    near(thresholdOf(fit), expected.threshold[1], 1e-5);
    const { low, high } = thresholdInterval(data, fit, golden.chi2['0.95']);
    if (expected.threshold[0] === null) expect(low).toBe(Number.NEGATIVE_INFINITY);
    else near(low, expected.threshold[0], 1e-6);
    if (expected.threshold[2] === null) expect(high).toBe(Number.POSITIVE_INFINITY);
    else near(high, expected.threshold[2], 1e-6);
    near(successProbability(fit, expected.at), expected.probability[1], 1e-6);
    const chance = probabilityInterval(data, fit, expected.at, golden.chi2['0.95']);
    near(chance.low, expected.probability[0], 1e-6);
    near(chance.high, expected.probability[2], 1e-6);
  });

  it.each(golden.proportions)('proportion $successes of $trials', (expected) => {
    const { low, high } = proportion(expected.successes, expected.trials, expected.confidence);
    near(low, expected.low, 1e-9);
    near(high, expected.high, 1e-9);
  });

  it.each(golden.medians)('median of $count', ({ count, confidence, rank, reached }) => {
    const values = Array.from({ length: count }, (_, at) => count - at);
    const { low, high, confidence: found, value } = medianEstimate(values, confidence);
    expect([low, high]).toEqual([rank + 1, count - rank]);
    near(found, reached, 1e-12);
    expect(value).toBe((count + 1) / 2);
  });

  it.each(golden.lines)('tail of the random baseline for lines at $score', ({ score, tail }) => {
    // Four standard errors of 2000 draws.
    const error = 4 * Math.sqrt((tail * (1 - tail)) / 2000) + 1 / 2001;
    expect(Math.abs(baselineTail(baselineDraws(64, 1).mean, score) - tail)).toBeLessThan(error);
  });
});
