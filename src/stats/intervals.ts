/// <reference path="./jstat.d.ts" />
import jstat from 'jstat';
import { median } from 'simple-statistics';

/** An estimate with an interval, and how sure the interval is. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** Probability with which the interval covers the truth, at least. */
  readonly confidence: number;
  /** Runs behind it. */
  readonly runs: number;
}

/**
 * Proportion with its exact interval: both tails of the binomial distribution, as quantiles of beta distributions.
 * @throws RangeError unless 0 ≤ successes ≤ trials and 1 ≤ trials
 * Source: Clopper, Pearson, "The use of confidence or fiducial limits illustrated in the case of the binomial", Biometrika 1934.
 */
export function proportion(successes: number, trials: number, confidence: number): Estimate {
  if (!(trials >= 1 && successes >= 0 && successes <= trials)) {
    throw new RangeError(`${successes} of ${trials} is no proportion`);
  }
  const tail = (1 - confidence) / 2;
  return {
    value: successes / trials,
    low: successes === 0 ? 0 : jstat.jStat.beta.inv(tail, successes, trials - successes + 1),
    high: successes === trials ? 1 : jstat.jStat.beta.inv(1 - tail, successes + 1, trials - successes),
    confidence,
    runs: trials,
  };
}

/**
 * Median with its exact interval between two order statistics, whatever the distribution: [x₍ₖ₎, x₍ₙ₊₁₋ₖ₎] covers the
 * median with probability 1 - 2 P(Bin(n, ½) < k). The narrowest with at least the requested confidence; where even the smallest
 * and the largest value are not, those two, with the confidence that they have (1 - 2¹⁻ⁿ: 75 % for three values).
 * @param values at least one, finite
 * Source: the sign test, inverted; Conover, "Practical nonparametric statistics".
 */
export function medianEstimate(values: readonly number[], confidence: number): Estimate {
  const sorted = [...values].sort((a, b) => a - b);
  const count = sorted.length;
  // log P(Bin(n, ½) = j), from j = 0 on.
  let logTerm = -count * Math.LN2;
  let tail = Math.exp(logTerm);
  let rank = 0;
  let reached = 1 - 2 * tail;
  for (let j = 1; j <= (count - 1) / 2; j++) {
    logTerm += Math.log((count - j + 1) / j);
    tail += Math.exp(logTerm);
    if (1 - 2 * tail < confidence) break;
    rank = j;
    reached = 1 - 2 * tail;
  }
  return {
    value: median(sorted),
    low: sorted[rank]!,
    high: sorted[count - 1 - rank]!,
    confidence: Math.max(0, reached),
    runs: count,
  };
}
