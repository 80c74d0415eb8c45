import type { MeasureKey } from '../measures/measure.js';
import type { Baseline } from '../measures/random-baseline.js';
import { type ErrorCurves, errorMeasures } from '../run/error-curves.js';
import type { TableBuilder } from './table.js';

/** Everything measured on one run, as it goes into the table. */
export interface RunMeasures {
  readonly setting: string;
  /** Steps of the checkpoints, in order. */
  readonly steps: readonly number[];
  readonly keys: readonly MeasureKey[];
  /** values[checkpoint][key]; undefined for a checkpoint that could not be measured. */
  readonly values: readonly (Float64Array | undefined)[];
  readonly baselines: ReadonlyMap<number, Baseline>;
  readonly errors: ErrorCurves | undefined;
}

/** Appends a run to the table: its errors, its measures as curves over steps, and the random baseline. */
export function appendRun(table: TableBuilder, run: RunMeasures): void {
  const { setting } = run;
  if (run.errors !== undefined) {
    for (const measure of errorMeasures) {
      const values = run.errors.values.get(measure);
      if (values === undefined) continue;
      const key = { setting, measure, of: null, rel_pos: null, rank: null, statistic: null };
      table.appendCurve(key, run.errors.steps, values);
    }
  }
  run.keys.forEach((key, at) => {
    const curve = run.values.map((values) => values?.[at] ?? Number.NaN);
    table.appendCurve({ setting, ...key }, run.steps, curve);
  });
  for (const [rank, baseline] of run.baselines) {
    for (const statistic of ['largest', 'mean'] as const) {
      const key = { setting, step: null, measure: 'baseline_match', of: null, rel_pos: null, rank };
      table.append({ ...key, statistic, value: baseline[statistic].mean });
      table.append({ ...key, statistic: `${statistic}_q05`, value: baseline[statistic].q05 });
      table.append({ ...key, statistic: `${statistic}_q95`, value: baseline[statistic].q95 });
    }
  }
}
