import {
  fitLogisticRegression,
  type Interval,
  type LogisticRegression,
  probabilityInterval,
  successProbability,
  type Trials,
  thresholdInterval,
  thresholdOf,
} from './logistic-regression.js';
import type { StudiedRun } from './study.js';

/** Runs of one pool size: how many there are, and how many generalise. */
export interface PoolGroup {
  /** null for the infinite pool. */
  readonly poolSize: number | null;
  readonly runs: readonly StudiedRun[];
  readonly generalising: number;
}

/** Probability of generalising against pool size. */
export interface PoolThreshold {
  /** Pool size at which a run generalises with probability ½. */
  readonly poolSize: number;
  readonly interval: Interval;
  readonly confidence: number;
  /** Finite pools behind the fit. */
  readonly runs: number;
  /** Probability and its interval at a pool size. */
  readonly probability: (poolSize: number) => number;
  readonly probabilityInterval: (poolSize: number) => Interval;
}

/** Quantiles of χ² with one degree of freedom, scipy.stats.chi2.ppf. */
const chi2 = { 0.9: 2.705543454095404, 0.95: 3.841458820694124 } as const;

/** Groups runs whose OOD error is known by their pool size, smallest first, infinite last. */
export function poolGroups(runs: readonly StudiedRun[]): PoolGroup[] {
  const groups = new Map<number | null, StudiedRun[]>();
  for (const run of runs) {
    if (run.transition.generalises === null) continue;
    const size = run.data.config.pool_size;
    const group = groups.get(size);
    if (group === undefined) groups.set(size, [run]);
    else group.push(run);
  }
  return [...groups]
    .sort(([a], [b]) => (a ?? Number.POSITIVE_INFINITY) - (b ?? Number.POSITIVE_INFINITY))
    .map(([poolSize, group]) => ({
      poolSize,
      runs: group,
      generalising: group.filter(({ transition }) => transition.generalises).length,
    }));
}

/**
 * The pool size at which runs begin to generalise: logistic regression of the outcome on log₁₀ pool size with Firth's penalty,
 * and profile penalised-likelihood intervals. Infinite pools have no place on that axis and are left out.
 * @returns undefined with fewer than two finite pool sizes, or where all runs end alike
 */
export function poolThreshold(
  groups: readonly PoolGroup[],
  confidence: keyof typeof chi2,
): PoolThreshold | undefined {
  const data: Trials[] = groups.flatMap(({ poolSize, runs, generalising }) =>
    poolSize === null ? [] : [{ x: Math.log10(poolSize), trials: runs.length, successes: generalising }],
  );
  const fit: LogisticRegression | undefined = fitLogisticRegression(data);
  if (fit === undefined) return undefined;
  const { low, high } = thresholdInterval(data, fit, chi2[confidence]);
  return {
    poolSize: 10 ** thresholdOf(fit),
    interval: { low: 10 ** low, high: 10 ** high },
    confidence,
    runs: data.reduce((sum, { trials }) => sum + trials, 0),
    probability: (poolSize) => successProbability(fit, Math.log10(poolSize)),
    probabilityInterval: (poolSize) => probabilityInterval(data, fit, Math.log10(poolSize), chi2[confidence]),
  };
}
