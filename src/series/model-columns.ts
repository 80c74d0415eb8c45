import type { MeasureKey } from '../measures/measure.js';

/** What a column of numbers is, up to the heads that it is of. */
export type ColumnKey = Omit<MeasureKey, 'of'>;

/** One number for every pair of heads of a model, the anti-causal ones included. */
export interface PairColumn {
  readonly key: ColumnKey;
  /** reader·N + writer for N heads; NaN where there is none. */
  readonly values: Float64Array;
}

/** One number for every head of a model; NaN where there is none. */
export interface HeadColumn {
  readonly key: ColumnKey;
  readonly values: Float64Array;
}

/** Everything measured of one checkpoint of a model. */
export interface ModelColumns {
  readonly pairs: readonly PairColumn[];
  readonly heads: readonly HeadColumn[];
}
