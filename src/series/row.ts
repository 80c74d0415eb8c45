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
  /** t of the relative-position matrix R(t). */
  readonly rel_pos: number | null;
  /** Rank r of a subspace. */
  readonly rank: number | null;
  /** Which summary: `largest`, `mean`, `token_mean`, … */
  readonly statistic: string | null;
  readonly value: number | null;
}
