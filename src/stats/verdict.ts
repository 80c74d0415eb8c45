import { type Bound, type Claim, keeps, runsOfClaim } from './claims.js';
import type { Estimate } from './intervals.js';
import { statisticNamed, verdictConfidence } from './statistics.js';
import type { StudiedRun } from './study.js';

export type Outcome = 'held' | 'failed' | 'not enough runs';

/** What the runs say of a claim. */
export interface Verdict {
  readonly claim: Claim;
  readonly outcome: Outcome;
  /** Names of the runs it is about. */
  readonly settings: readonly string[];
  /** The number and its interval; null where no run has what it needs. */
  readonly estimate: Estimate | null;
}

/**
 * Holds claims against runs. A claim holds when the whole interval of its statistic keeps the bound, fails when the whole
 * interval breaks it, and is open while the interval does both, or while runs are fewer than it needs or too few for an
 * interval this sure.
 *
 * Intervals are two-sided at 90 %, so that a bound on one side is kept or broken at 95 %, and one on two sides is an
 * equivalence test at 5 % (two one-sided tests).
 * Source: Schuirmann, "A comparison of the two one-sided tests procedure …", J. Pharmacokinet. Biopharm. 1987.
 */
export function verdictsOf(claims: readonly Claim[], runs: readonly StudiedRun[]): Verdict[] {
  return claims.map((claim) => {
    const own = runsOfClaim(claim, runs);
    const estimate = own.length === 0 ? undefined : statisticNamed(claim.statistic).of(own);
    return {
      claim,
      outcome:
        estimate === undefined || own.length < claim.needs.runs
          ? 'not enough runs'
          : outcomeOf(claim.bound, estimate),
      settings: own.map(({ data }) => data.setting),
      estimate: estimate ?? null,
    };
  });
}

/** Held, failed or open, by where an interval lies. */
export function outcomeOf(bound: Bound, { low, high, confidence }: Estimate): Outcome {
  if (confidence < verdictConfidence) return 'not enough runs';
  if (keeps(bound, low) && keeps(bound, high)) return 'held';
  const { at_least, at_most } = bound;
  const above = at_most !== undefined && low > at_most;
  const below = at_least !== undefined && high < at_least;
  return above || below ? 'failed' : 'not enough runs';
}

/**
 * The fewest runs, all in favour, with which a claim could hold: those that it needs, or more. For shares, the first n at
 * which n of n keeps the bound at 95 %; for medians five, whose smallest and largest value enclose the median with 93 %.
 */
export function fewestRuns({ statistic, bound, needs }: Claim): number {
  const { kind } = statisticNamed(statistic);
  if (kind === 'median') return Math.max(5, needs.runs);
  const share = bound.at_least ?? 1 - (bound.at_most ?? 0);
  if (kind !== 'share' || !(share > 0 && share < 1)) return needs.runs;
  return Math.max(needs.runs, Math.ceil(Math.log((1 - verdictConfidence) / 2) / Math.log(share)));
}
