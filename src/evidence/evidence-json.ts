import { poolGroups, poolThreshold } from '../stats/pool-threshold.js';
import { familiesOf, type StudiedRun } from '../stats/study.js';
import type { Verdict } from '../stats/verdict.js';
import { statisticOf } from './numbers.js';

/** What the page says, for programs: the verdicts with their numbers, thresholds, and every run's transition. */
export interface EvidenceJson {
  readonly bridgescope: string;
  readonly verdicts: readonly object[];
  readonly thresholds: readonly object[];
  readonly runs: readonly object[];
}

/** The evidence as JSON; an infinite end of an interval is null. The same runs and claims give the same text. */
export function evidenceJson(
  version: string,
  verdicts: readonly Verdict[],
  runs: readonly StudiedRun[],
): EvidenceJson {
  return {
    bridgescope: version,
    verdicts: verdicts.map((verdict) => {
      const { claim, outcome, settings, estimate } = verdict;
      const { id, where, statistic, bound, reason, needs } = claim;
      return {
        ...{
          id,
          claim: claim.claim,
          where,
          statistic,
          meaning: statisticOf(verdict).meaning,
          bound,
          reason,
          needs,
        },
        ...{ outcome, ...estimate, settings },
      };
    }),
    thresholds: familiesOf(runs).flatMap(({ name, runs: own }) => {
      const threshold = poolThreshold(poolGroups(own), 0.95);
      if (threshold === undefined) return [];
      const { poolSize, interval, confidence, runs: count } = threshold;
      return [{ family: name, pool_size: poolSize, ...interval, confidence, runs: count }];
    }),
    runs: runs.map(({ data: { config, rank, method }, transition }) => {
      const { pool_size, seed, num_layers, num_heads, num_epoch } = config;
      return { ...{ pool_size, seed, num_layers, num_heads, num_epoch, rank, method }, ...transition };
    }),
  };
}
