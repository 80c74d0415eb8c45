import type { Estimate } from '../stats/intervals.js';
import { type Statistic, statisticNamed } from '../stats/statistics.js';
import { fewestRuns, type Verdict } from '../stats/verdict.js';

/** A number with three digits that matter: 0.0111, 2.5, 411, 12300. */
export function shown(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '∞';
  if (value === Number.NEGATIVE_INFINITY) return '−∞';
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1e6 || size < 1e-3) return value.toExponential(1).replaceAll('-', '−');
  const digits = Math.max(0, 2 - Math.floor(Math.log10(size)));
  return String(Number(value.toFixed(digits))).replace('-', '−');
}

/** A value of a statistic as people say it: `12 of 14`, `×1.44`, `411 patterns`. */
export function shownValue({ unit }: Statistic, { value, runs }: Estimate): string {
  if (unit === 'share') return `${Math.round(value * runs)} of ${runs}`;
  if (unit === 'factor') return `×${shown(value)}`;
  return unit === 'patterns' ? `${shown(value)} patterns` : shown(value);
}

/** The interval of an estimate: `0.55 to 1 (90 %)`. */
export function shownInterval({ low, high, confidence, runs }: Estimate): string {
  if (confidence === 0) return runs === 1 ? 'one run has no interval' : 'no interval';
  return `${shown(low)} to ${shown(high)} (${Math.floor(100 * confidence + 1e-9)} %)`;
}

/** A bound in words. */
export function shownBound({ at_least, at_most }: Verdict['claim']['bound']): string {
  if (at_least !== undefined && at_most !== undefined) return `from ${shown(at_least)} to ${shown(at_most)}`;
  if (at_least !== undefined) return `at least ${shown(at_least)}`;
  return at_most === undefined ? 'any value' : `at most ${shown(at_most)}`;
}

/** From what on a claim can be judged: `5 runs of 2000 steps`. */
export function neededRuns(claim: Verdict['claim']): string {
  const { steps } = claim.needs;
  const count = fewestRuns(claim);
  return `${count} ${count === 1 ? 'run' : 'runs'}${steps === 0 ? '' : ` of ${steps} steps`}`;
}

/** The statistic that a claim names. */
export function statisticOf({ claim }: Verdict): Statistic {
  return statisticNamed(claim.statistic);
}
