import { type Curves, curvesOf } from '../../src/series/curves.js';
import { TableBuilder } from '../../src/series/table.js';

const noKeys = { of: null, rel_pos: null, rank: null, statistic: null };

/** What a made-up run is like. */
export interface SomeRun {
  readonly setting?: string;
  readonly layers?: number;
  readonly heads?: number;
  /** Steps of checkpoints: 0, every, 2 every, … */
  readonly every?: number;
  readonly checkpoints?: number;
  /** Steps that have errors: 1, 2, … */
  readonly errors?: number;
  readonly relPos?: readonly number[];
  readonly ranks?: readonly number[];
  /** Replaces a value: of which measure, at which checkpoint. */
  readonly change?: (value: number, measure: string, checkpoint: number) => number;
}

/** From 0 to 1 around x = 0.3. */
const rise = (x: number): number => 1 / (1 + Math.exp(-20 * (x - 0.3)));

/** A run in which the pair `0.0>1.0` learns to work together; with more heads, the others do so by less. */
export function someCurves(run: SomeRun = {}): Curves {
  const { setting = 'some_run', layers = 2, heads = 1, every = 200, checkpoints = 8, errors = 1400 } = run;
  const { relPos = [0], ranks = [10], change = (value) => value } = run;
  const table = new TableBuilder();
  const epochs = Int32Array.from({ length: errors }, (_, at) => at + 1);
  for (const [measure, level] of [
    ['err_test', 0.1],
    ['err_ood', 0.05],
  ] as const) {
    const values = Float64Array.from(epochs, (step, at) =>
      change(1 - (1 - level) * rise(step / errors - level), measure, at),
    );
    table.appendCurve({ setting, measure, ...noKeys }, epochs, values);
  }
  const steps = Int32Array.from({ length: checkpoints }, (_, at) => at * every);
  const append = (measure: string, keys: object, value: (x: number) => number): void => {
    const values = Float64Array.from(steps, (_, at) => change(value(at / (checkpoints - 1)), measure, at));
    table.appendCurve({ setting, measure, ...noKeys, ...keys }, steps, values);
  };
  for (const { of, share } of pairs(layers, heads)) {
    for (const t of relPos) {
      append('z_score', { of, rel_pos: t }, (x) => 3 * share * rise(x) + t / 100);
      append('mismatch_ratio', { of, rel_pos: t }, (x) => 1 - share * rise(x));
      for (const rank of ranks) {
        const keys = { of, rel_pos: t, rank, statistic: 'mean' };
        append('qk_ov_match', keys, (x) => 0.4 + 0.3 * share * rise(x) - 0.1 * x + rank / 1000);
      }
    }
  }
  for (let layer = 0; layer < Math.max(1, layers - 1); layer++) {
    for (let head = 0; head < heads; head++) {
      for (const rank of ranks) {
        const keys = { of: `${layer}.${head}`, rank, statistic: 'mean' };
        append('wte_ov_match', keys, (x) => 0.4 - (0.3 * x) / (1 + head));
      }
    }
  }
  for (const rank of ranks) {
    const keys = { setting, step: null, measure: 'baseline_match', ...noKeys, rank };
    table.append({ ...keys, statistic: 'mean', value: 0.395 });
    table.append({ ...keys, statistic: 'mean_q05', value: 0.355 });
    table.append({ ...keys, statistic: 'mean_q95', value: 0.433 });
  }
  return curvesOf(table.build());
}

function pairs(layers: number, heads: number): { of: string; share: number }[] {
  const found: { of: string; share: number }[] = [];
  for (let writer = 0; writer < layers; writer++) {
    for (let reader = writer + 1; reader < layers; reader++) {
      for (let from = 0; from < heads; from++) {
        for (let to = 0; to < heads; to++) {
          found.push({ of: `${writer}.${from}>${reader}.${to}`, share: 1 / (1 + found.length) });
        }
      }
    }
  }
  return found;
}
