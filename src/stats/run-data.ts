import type { RunConfig } from '../run/config.js';
import { type Curve, curvesOf } from '../series/curves.js';
import { rankedPairs } from '../series/pairs.js';
import type { Table } from '../series/table.js';

/** Values over steps from 1 on, in the order of steps, all finite. */
export interface Series {
  readonly steps: Float64Array;
  readonly values: Float64Array;
}

/** Which numbers of the table the statistics look at. */
export interface RunSelection {
  /** Rank r of the subspaces. */
  readonly rank: number;
  readonly method: 'mean' | 'largest';
  /** t of the relative-position matrix R(t). */
  readonly relPos: number;
}

export const defaultSelection: RunSelection = { rank: 10, method: 'mean', relPos: 0 };

/** Measures of a run whose changes are compared with the drop of its OOD error. */
export const trackedMeasures = ['z_score', 'qk_ov_match', 'mismatch_ratio'] as const;

export type TrackedMeasure = (typeof trackedMeasures)[number];

/** One run as the statistics read it. */
export interface RunData {
  readonly setting: string;
  readonly config: RunConfig;
  /** Errors by name, such as `copy_err_ood`; names that the table lacks are missing. */
  readonly errors: ReadonlyMap<string, Series>;
  /** Measures of the pair of heads with the strongest z-score at the end; none in a one-layer model. */
  readonly measures: ReadonlyMap<TrackedMeasure, Series>;
  /** Step and value of everything, 0 included: for figures over checkpoints. */
  readonly match: Series;
  /** The rank that `qk_ov_match` has: the one that was asked for, or else the nearest that was measured. */
  readonly rank: number;
  readonly method: RunSelection['method'];
  /** Whether its `copy_err` rows were made afterwards, from its checkpoints. */
  readonly evaluated: boolean;
}

const errorNames = ['err_test', 'err_ood', 'copy_err_test', 'copy_err_ood'];

/** The measures of the table that the statistics look at: some tenth of its rows. */
export const studiedMeasures: ReadonlySet<string> = new Set([...errorNames, ...trackedMeasures]);

/**
 * Splits a table into runs. Runs without a config are left out: nothing would say what they are.
 * @param configs by setting   @param evaluated settings whose `copy_err` rows were made afterwards
 */
export function runsOf(
  table: Table,
  configs: ReadonlyMap<string, RunConfig>,
  selection: RunSelection = defaultSelection,
  evaluated: ReadonlySet<string> = new Set(),
): RunData[] {
  const bySetting = new Map<string, Curve[]>();
  for (const curve of curvesOf(table).all) {
    const own = bySetting.get(curve.key.setting);
    if (own === undefined) bySetting.set(curve.key.setting, [curve]);
    else own.push(curve);
  }
  return [...bySetting].flatMap(([setting, curves]) => {
    const config = configs.get(setting);
    if (config === undefined) return [];
    return [runOf(setting, config, curves, selection, evaluated.has(setting))];
  });
}

/**
 * One run from its curves.
 * @param curves of this setting alone   @param evaluated whether their `copy_err` was made afterwards
 */
export function runOf(
  setting: string,
  config: RunConfig,
  curves: readonly Curve[],
  selection: RunSelection = defaultSelection,
  evaluated = false,
): RunData {
  const { method, relPos } = selection;
  const errors = new Map<string, Series>();
  for (const curve of curves) {
    if (errorNames.includes(curve.key.measure)) errors.set(curve.key.measure, seriesOf(curve, 1));
  }
  const matches = curves.filter(
    ({ key }) => key.measure === 'qk_ov_match' && key.statistic === method && key.rel_pos === relPos,
  );
  const ranks = [...new Set(matches.flatMap(({ key }) => key.rank ?? []))];
  const rank = ranks.reduce(
    (best, other) => (Math.abs(other - selection.rank) < Math.abs(best - selection.rank) ? other : best),
    ranks[0] ?? selection.rank,
  );
  const zScores = curves.filter(({ key }) => key.measure === 'z_score' && key.rel_pos === relPos);
  const pair = zScores.length === 0 ? undefined : rankedPairs(zScores)[0];
  const measures = new Map<TrackedMeasure, Series>();
  let match: Series = { steps: new Float64Array(0), values: new Float64Array(0) };
  for (const curve of curves) {
    const { measure, of, rel_pos, rank: r, statistic } = curve.key;
    if (pair === undefined || of !== pair || rel_pos !== relPos) continue;
    if (measure === 'qk_ov_match') {
      if (r !== rank || statistic !== method) continue;
      match = seriesOf(curve, 0);
    }
    if ((trackedMeasures as readonly string[]).includes(measure)) {
      measures.set(measure as TrackedMeasure, seriesOf(curve, 1));
    }
  }
  return { setting, config, errors, measures, match, rank, method, evaluated };
}

/** The finite values from a step on, in the order of steps, whatever the order of the table's rows. */
function seriesOf({ steps, values }: Curve, from: number): Series {
  const kept: number[] = [];
  let ordered = true;
  for (let at = 0; at < steps.length; at++) {
    if (!(steps[at]! >= from && Number.isFinite(values[at]))) continue;
    if (kept.length > 0 && steps[at]! <= steps[kept.at(-1)!]!) ordered = false;
    kept.push(at);
  }
  if (!ordered) kept.sort((a, b) => steps[a]! - steps[b]!);
  // Of rows that a table holds twice, the later one counts.
  const unique = ordered ? kept : kept.filter((at, place) => steps[at] !== steps[kept[place + 1]!]);
  return {
    steps: Float64Array.from(unique, (at) => steps[at]!),
    values: Float64Array.from(unique, (at) => values[at]!),
  };
}
