import {
  type AntiCausalNull,
  antiCausalNull,
  firstAtLeast,
  quantileOf,
} from '../measures/anti-causal-null.js';
import type { MeasureKey } from '../measures/measure.js';
import { strongestEnd } from '../measures/model-plan.js';
import { type HeadGrid, headName, pairName } from '../model/heads.js';
import type { ColumnKey, ModelColumns, PairColumn } from './model-columns.js';
import { causalPairs, namedPairs, type PairRequest } from './pair-request.js';

/** Models of up to so many pairs have rows for all of them by default. */
export const mostPairs = 20_000;

/** Up to so many rows a column, of all steps of a series together. */
export const mostPairsOfSeries = 400_000;

/** Pairs of each column that have rows where there are more. */
export const strongestPairs = 1000;

/** Which pairs have rows, the same for every step of a series. */
export interface PairChoice {
  readonly rows: 'all' | 'strongest' | 'named';
  /** Pairs of each column of numbers, as reader·N + writer, in the order of the table. */
  readonly pairs: readonly Int32Array[];
  /** Whether pairs of layers are summarised besides. */
  readonly isSummarised: boolean;
}

/**
 * Chooses the pairs that have rows.
 * @param columns of the last step of a series, whose strongest pairs count   @param steps how many steps there are
 * @param model named in errors
 * @throws UsageError for heads that the model does not have
 */
export function choosePairs(
  columns: readonly PairColumn[],
  grid: HeadGrid,
  request: PairRequest,
  steps: number,
  model: string,
): PairChoice {
  const all = causalPairs(grid);
  const same = (pairs: Int32Array) => columns.map(() => pairs);
  if (request.kind === 'named') {
    return { rows: 'named', pairs: same(namedPairs(request.names, grid, model)), isSummarised: false };
  }
  const fits = all.length <= mostPairs && all.length * steps <= mostPairsOfSeries;
  if (request.kind === 'all' || (request.kind === 'usual' && fits)) {
    return { rows: 'all', pairs: same(all), isSummarised: false };
  }
  const count = request.kind === 'strongest' ? request.count : strongestPairs;
  return {
    rows: 'strongest',
    pairs: columns.map((column) => strongest(column, all, count)),
    isSummarised: true,
  };
}

/** The strongest pairs in the order of the table; of equally strong ones the first. */
function strongest({ key, values }: PairColumn, all: Int32Array, count: number): Int32Array {
  const sign = strongestEnd(key.measure) === 'highest' ? -1 : 1;
  // NaN sorts last.
  const sorted = Float64Array.from(all, (pair) => sign * values[pair]!).sort();
  const last = sorted[count - 1];
  if (last === undefined || Number.isNaN(last)) return all.filter((pair) => !Number.isNaN(values[pair]!));
  let ties = count - firstAtLeast(sorted, last);
  return all.filter((pair) => {
    const value = sign * values[pair]!;
    return value < last || (value === last && ties-- > 0);
  });
}

/** Numbers of the table that differ in what they are of alone. */
export interface RowGroup {
  readonly key: Omit<MeasureKey, 'of'>;
  readonly of: readonly (string | null)[];
  /** One for each of `of`. */
  readonly values: ArrayLike<number>;
}

/**
 * The rows of one checkpoint, the same keys in the same order for every step: column by column the chosen pairs, their
 * p-values and q-values (`p`, `q`; `mean_p`, `mean_q` where the column is a statistic), the quantiles of the anti-causal
 * null, summaries of pairs of layers; then the measures of heads.
 */
export function* modelRows(columns: ModelColumns, choice: PairChoice, grid: HeadGrid): Generator<RowGroup> {
  const total = grid.layers * grid.heads;
  const namesOf = new Map<Int32Array, readonly string[]>();
  for (const [at, { key, values }] of columns.pairs.entries()) {
    const pairs = choice.pairs[at]!;
    let of = namesOf.get(pairs);
    if (of === undefined) {
      of = Array.from(pairs, (pair) =>
        pairName(grid, { writer: pair % total, reader: Math.floor(pair / total) }),
      );
      namesOf.set(pairs, of);
    }
    const chosen = (all: ArrayLike<number> | undefined) =>
      Float64Array.from(pairs, (pair) => all?.[pair] ?? Number.NaN);
    yield { key, of, values: chosen(values) };
    const chance = antiCausalNull(values, grid, strongestEnd(key.measure));
    if (pairsHaveChance(grid)) {
      for (const name of ['p', 'q'] as const) {
        yield { key: { ...key, statistic: statisticOf(key, name) }, of, values: chosen(chance?.[name]) };
      }
      yield* nullRows(key, chance);
    }
    if (choice.isSummarised) yield* summaryRows(key, values, grid);
  }
  const heads = Array.from({ length: total }, (_, head) => headName(grid, head));
  for (const { key, values } of columns.heads) {
    yield { key, of: heads.slice(0, values.length), values };
  }
}

/** Whether pairs are held against chance: a single one needs no q-value, and has too few anti-causal ones beside it. */
export function pairsHaveChance({ layers, heads }: HeadGrid): boolean {
  return heads * heads * layers * (layers - 1) > 2;
}

/** Whether a run of `train` has these rows whatever the number of its heads. */
export function isOfEveryRun({ measure, statistic }: Omit<MeasureKey, 'of'>): boolean {
  if (measure === 'qk_ov_match' || measure === 'wte_ov_match')
    return statistic === 'largest' || statistic === 'mean';
  return (measure === 'z_score' || measure === 'mismatch_ratio') && statistic === null;
}

/** `q`, or `mean_q` where the column is a statistic itself. */
function statisticOf({ statistic }: ColumnKey, name: string): string {
  return statistic === null ? name : `${statistic}_${name}`;
}

function* nullRows(key: ColumnKey, chance: AntiCausalNull | undefined): Generator<RowGroup> {
  for (const name of ['count', 'q05', 'q50', 'q95', 'q99'] as const) {
    const value = chance?.[name] ?? Number.NaN;
    const ofNull = { ...key, measure: `${key.measure}_null`, statistic: statisticOf(key, name) };
    yield { key: ofNull, of: [null], values: [value] };
  }
}

function* summaryRows(
  key: ColumnKey,
  values: Float64Array,
  { layers, heads }: HeadGrid,
): Generator<RowGroup> {
  const total = layers * heads;
  for (let from = 0; from < layers; from++) {
    for (let to = from + 1; to < layers; to++) {
      const found: number[] = [];
      for (let reader = to * heads; reader < (to + 1) * heads; reader++) {
        for (let writer = from * heads; writer < (from + 1) * heads; writer++) {
          const value = values[reader * total + writer]!;
          if (!Number.isNaN(value)) found.push(value);
        }
      }
      const sorted = Float64Array.from(found).sort();
      const quantile = (share: number) => (sorted.length === 0 ? Number.NaN : quantileOf(sorted, share));
      const summary = {
        count: sorted.length,
        mean: sorted.reduce((sum, value) => sum + value, 0) / sorted.length,
        median: quantile(0.5),
        q95: quantile(0.95),
        maximum: quantile(1),
      };
      for (const [name, value] of Object.entries(summary)) {
        const statistic = statisticOf(key, name);
        yield { key: { ...key, statistic }, of: [`${from}>${to}`], values: [value] };
      }
    }
  }
}
