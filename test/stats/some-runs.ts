import { checkConfig, type RunConfig } from '../../src/run/config.js';
import { type Table, TableBuilder } from '../../src/series/table.js';

const noKeys = { of: null, rel_pos: null, rank: null, statistic: null };

/** A made-up run whose transition is known. */
export interface MadeUpRun {
  readonly setting: string;
  readonly poolSize?: number | null;
  readonly seed?: number;
  readonly layers?: number;
  /** Step at which OOD error is one half; null where it stays at chance. */
  readonly oodStep: number | null;
  readonly idStep?: number;
  /** Step of a measure's change over that of the OOD error. */
  readonly lag?: {
    readonly z_score?: number;
    readonly qk_ov_match?: number;
    readonly mismatch_ratio?: number;
  };
  /** Scale of the logistic functions in log steps. */
  readonly scale?: number;
  /** Leaves out the `copy_err` rows. */
  readonly publishedErrorsOnly?: boolean;
  readonly every?: number;
  readonly lastStep?: number;
}

/** Chance on 64 uniform tokens. */
export const chance = 1 - 1 / 64;

export const logistic = (step: number, middle: number, scale: number): number =>
  1 / (1 + Math.exp(-(Math.log(step) - Math.log(middle)) / scale));

/** Tables and configs as `sweep` leaves them, with known transitions. */
export function someRuns(runs: readonly MadeUpRun[]): { table: Table; configs: Map<string, RunConfig> } {
  const builder = new TableBuilder();
  const configs = new Map<string, RunConfig>();
  for (const run of runs) {
    const { setting, scale = 0.1, every = 200, lastStep = 20_000, layers = 2 } = run;
    const options = {
      ...{ vocab_size: 64, distr: 'zipf', num_epoch: lastStep, num_layers: layers },
      ...{ pool_size: run.poolSize ?? null, seed: run.seed ?? 0 },
    };
    configs.set(setting, checkConfig(options, setting).config);
    const append = (measure: string, keys: object, steps: number[], value: (step: number) => number) =>
      builder.appendCurve(
        { setting, measure, ...noKeys, ...keys },
        Int32Array.from(steps),
        Float64Array.from(steps, value),
      );
    const fine = [...new Set(Array.from({ length: 200 }, (_, at) => Math.round(lastStep ** (at / 199))))];
    const drop = (middle: number | null | undefined) => (step: number) =>
      middle == null ? chance : chance * (1 - logistic(step, middle, scale));
    const ood = drop(run.oodStep);
    const id = drop(run.idStep ?? run.oodStep);
    // OOD: 21 masked positions, 20 of them determined. ID: see docs/statistics.md.
    append('err_ood', {}, fine, (step) => (20 * ood(step) + chance) / 21);
    append('err_test', {}, fine, (step) => (9.5 * id(step) + 0.9) / 10.5);
    if (run.publishedErrorsOnly !== true) {
      append('copy_err_ood', {}, fine, ood);
      append('copy_err_test', {}, fine, id);
    }
    if (layers === 1) continue;
    const coarse = Array.from({ length: Math.floor(lastStep / every) + 1 }, (_, at) => at * every);
    const change =
      (before: number, after: number, lag = 1) =>
      (step: number) =>
        before + (run.oodStep === null ? 0 : (after - before) * logistic(step, run.oodStep * lag, scale));
    const pair = { of: '0.0>1.0', rel_pos: 0 };
    append('z_score', pair, coarse, change(0, 2.7, run.lag?.z_score));
    append('mismatch_ratio', pair, coarse, change(0.97, 0, run.lag?.mismatch_ratio));
    const match = change(0.39, 0.7, run.lag?.qk_ov_match);
    append('qk_ov_match', { ...pair, rank: 10, statistic: 'mean' }, coarse, match);
    append('qk_ov_match', { ...pair, rank: 5, statistic: 'mean' }, coarse, match);
  }
  return { table: builder.build(), configs };
}
