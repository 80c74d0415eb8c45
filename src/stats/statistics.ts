import { sampleCorrelation } from 'simple-statistics';
import { InputError, showValue } from '../errors.js';
import { copyErrorOf } from './copy-error.js';
import { halfError } from './error-fall.js';
import { type Estimate, medianEstimate, proportion } from './intervals.js';
import { poolGroups, poolThreshold } from './pool-threshold.js';
import type { TrackedMeasure } from './run-data.js';
import type { StudiedRun } from './study.js';

/** Two-sided 90 %: a bound on one side is then kept at 95 %. */
export const verdictConfidence = 0.9;

/** A number over runs that claims are about. */
export interface Statistic {
  /** What it is, in words that follow "the". */
  readonly meaning: string;
  /** How it is made of the runs. */
  readonly kind: 'share' | 'median' | 'fit';
  /** How to print its values. */
  readonly unit: 'share' | 'factor' | 'patterns' | 'number';
  /** @returns undefined when no run has what it needs */
  readonly of: (runs: readonly StudiedRun[]) => Estimate | undefined;
}

function share(meaning: string, outcome: (run: StudiedRun) => boolean | null | undefined): Statistic {
  return {
    meaning,
    kind: 'share',
    unit: 'share',
    of: (runs) => {
      const known = runs.map(outcome).filter((value) => value !== null && value !== undefined);
      const successes = known.filter(Boolean).length;
      return known.length === 0 ? undefined : proportion(successes, known.length, verdictConfidence);
    },
  };
}

function medianOf(
  meaning: string,
  unit: Statistic['unit'],
  value: (run: StudiedRun) => number | null | undefined,
): Statistic {
  return {
    meaning,
    kind: 'median',
    unit,
    of: (runs) => {
      const values = runs.map(value).filter((number) => number !== null && number !== undefined);
      const finite = values.filter(Number.isFinite);
      return finite.length === 0 ? undefined : medianEstimate(finite, verdictConfidence);
    },
  };
}

const change = (run: StudiedRun, measure: TrackedMeasure) => run.transition.changes[measure];

function lag(measure: TrackedMeasure, name: string): Statistic {
  return medianOf(
    `median over runs of (step at which half of the change of ${name} is done) / (step at which the OOD error crosses one half)`,
    'factor',
    (run) => {
      const value = change(run, measure)?.lag;
      return value == null ? null : Math.exp(value);
    },
  );
}

/** Every statistic that a claim may name. To add one: a line here, and one in docs/statistics.md. */
export const statistics: ReadonlyMap<string, Statistic> = new Map<string, Statistic>([
  [
    'generalising_share',
    share(
      'share of runs whose last OOD copy error is below one half',
      ({ transition }) => transition.generalises,
    ),
  ],
  [
    'memorising_share',
    share(
      'share of runs whose last copy error is below one half in distribution, but not out of it',
      ({ transition: { id, ood } }) =>
        id === null || ood === null ? null : id.final < halfError && ood.final >= halfError,
    ),
  ],
  [
    'match_above_chance_share',
    share(
      'share of runs whose last QK–OV match is above the 95 % quantile of unrelated subspaces',
      ({ transition: { matchAfter } }) => (matchAfter === null ? null : matchAfter.tail <= 0.05),
    ),
  ],
  [
    'match_rises_share',
    share(
      'share of runs in which the QK–OV match is higher at the end than before the OOD error fell',
      ({ transition: { matchBefore, matchAfter } }) =>
        matchBefore === null || matchAfter === null ? null : matchAfter.score > matchBefore.score,
    ),
  ],
  [
    'threshold_pool_size',
    {
      meaning: 'pool size at which a run generalises with probability one half',
      kind: 'fit',
      unit: 'patterns',
      of: (runs) => {
        const threshold = poolThreshold(poolGroups(runs), verdictConfidence);
        return (
          threshold && {
            value: threshold.poolSize,
            ...threshold.interval,
            confidence: threshold.confidence,
            runs: threshold.runs,
          }
        );
      },
    },
  ],
  [
    'ood_drop_width',
    medianOf(
      'median over runs of the factor by which steps grow while the OOD copy error goes from 10 % to 90 % of its drop',
      'factor',
      ({ transition }) => transition.ood?.width,
    ),
  ],
  [
    'id_before_ood',
    medianOf(
      'median over runs of (step at which the OOD error crosses one half) / (step at which the ID error does)',
      'factor',
      ({ transition: { id, ood } }) => (id?.step == null || ood?.step == null ? null : ood.step / id.step),
    ),
  ],
  ['lag_z_score', lag('z_score', 'the z-score')],
  ['lag_qk_ov_match', lag('qk_ov_match', 'the QK–OV match')],
  ['lag_mismatch_ratio', lag('mismatch_ratio', 'the mismatch ratio')],
  [
    'final_ood_error',
    medianOf(
      'median over runs of the last OOD copy error',
      'number',
      ({ transition }) => transition.ood?.final,
    ),
  ],
  [
    'final_id_error',
    medianOf(
      'median over runs of the last ID copy error',
      'number',
      ({ transition }) => transition.id?.final,
    ),
  ],
  [
    'final_z_score',
    medianOf('median over runs of the last z-score', 'number', (run) => change(run, 'z_score')?.final),
  ],
  [
    'final_mismatch_ratio',
    medianOf(
      'median over runs of the last mismatch ratio',
      'number',
      (run) => change(run, 'mismatch_ratio')?.final,
    ),
  ],
  [
    'match_error_correlation',
    medianOf(
      'median over runs of the correlation between QK–OV match and OOD copy error over checkpoints',
      'number',
      matchErrorCorrelation,
    ),
  ],
]);

/** Fewer checkpoints give no correlation worth the name. */
const fewestCheckpoints = 5;

/**
 * Pearson's correlation between match and OOD error over a run's checkpoints; null where either stands still. Not that of
 * ranks: once the error has fallen it differs by parts of a percent, which ranks would weigh as much as the drop.
 */
function matchErrorCorrelation(run: StudiedRun): number | null {
  const pairs = matchAndError(run);
  if (pairs.length < fewestCheckpoints) return null;
  const value = sampleCorrelation(
    pairs.map(({ match }) => match),
    pairs.map(({ error }) => error),
  );
  return Number.isFinite(value) ? value : null;
}

/** Match and OOD copy error of every checkpoint; an error is that of the nearest evaluation at or before it. */
export function matchAndError({ data }: StudiedRun): { step: number; match: number; error: number }[] {
  const error = copyErrorOf(data, 'ood');
  if (error === undefined) return [];
  const { steps, values } = data.match;
  let place = -1;
  const pairs: { step: number; match: number; error: number }[] = [];
  for (let at = 0; at < steps.length; at++) {
    while (place + 1 < error.steps.length && error.steps[place + 1]! <= steps[at]!) place++;
    if (place >= 0) pairs.push({ step: steps[at]!, match: values[at]!, error: error.values[place]! });
  }
  return pairs;
}

/** The statistic of a name that has been checked. @throws InputError where there is none of that name */
export function statisticNamed(name: string): Statistic {
  const found = statistics.get(name);
  if (found === undefined) {
    throw new InputError(`no statistic ${showValue(name)}; there are ${[...statistics.keys()].join(', ')}`);
  }
  return found;
}
