/**
 * One number of the tidy table that figures, reports and users read. A null key means "does not apply";
 * a null value means "cannot be computed".
 */
export interface Row {
  /** Name of the run folder. */
  readonly setting: string;
  /** Updates done, 0 for the initial model; null for what belongs to no step. */
  readonly step: number | null;
  readonly measure: string;
  /** What it is measured on, such as `0.0>1.0` (writer layer.head > reader layer.head) or `W_q`. */
  readonly of: string | null;
  /** The head that writes, `layer.head`: of a pair the first one, of a measure of one head that head. */
  readonly writer: string | null;
  /** The head that reads, `layer.head`: of a pair the second one. */
  readonly reader: string | null;
  /** t of the relative-position matrix R(t). */
  readonly rel_pos: number | null;
  /** Rank r of a subspace. */
  readonly rank: number | null;
  /** Which summary: `largest`, `mean`, `token_mean`, … */
  readonly statistic: string | null;
  readonly value: number | null;
}

/** A row without what follows from `of`. */
export type OwnRow = Omit<Row, 'writer' | 'reader'>;
