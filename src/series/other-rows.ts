import { nullInt, type Table, type TableBuilder } from './table.js';

/** Which rows of a table are left out. */
export interface LeftOut {
  readonly setting: string;
  readonly measures: ReadonlySet<string>;
}

/** Takes over the rows of a table, in their order, but for those of some measures of one setting. */
export function appendOtherRows(builder: TableBuilder, table: Table, { setting, measures }: LeftOut): void {
  const { curveStarts } = table;
  const text = ({ values, codes }: Table['of'], at: number) => values[codes[at]!] ?? null;
  const integer = (column: Int32Array, at: number) => (column[at] === nullInt ? null : column[at]!);
  curveStarts.forEach((from, curve) => {
    const to = curveStarts[curve + 1] ?? table.length;
    const key = {
      setting: text(table.setting, from) ?? '',
      measure: text(table.measure, from) ?? '',
      of: text(table.of, from),
      rel_pos: integer(table.rel_pos, from),
      rank: integer(table.rank, from),
      statistic: text(table.statistic, from),
    };
    if (key.setting === setting && measures.has(key.measure)) return;
    const steps = Float64Array.from(table.step.subarray(from, to), (step) =>
      step === nullInt ? Number.NaN : step,
    );
    builder.appendCurve(key, steps, table.value.subarray(from, to));
  });
}
