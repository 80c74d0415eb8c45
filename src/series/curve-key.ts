import { type CodedColumn, nullInt, type Table } from './table.js';

/** What identifies a curve of the table: every key of a row but its step. */
export interface CurveKey {
  readonly setting: string;
  readonly measure: string;
  readonly of?: string | null;
  readonly rel_pos?: number | null;
  readonly rank?: number | null;
  readonly statistic?: string | null;
}

/** The key of a row. */
export function keyAt(table: Table, at: number): Required<CurveKey> {
  const text = ({ values, codes }: CodedColumn) => values[codes[at]!] ?? null;
  const integer = (column: Int32Array) => (column[at] === nullInt ? null : column[at]!);
  return {
    setting: text(table.setting) ?? '',
    measure: text(table.measure) ?? '',
    of: text(table.of),
    rel_pos: integer(table.rel_pos),
    rank: integer(table.rank),
    statistic: text(table.statistic),
  };
}
