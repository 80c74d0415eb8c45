import { type CurveKey, keyAt } from './curve-key.js';
import type { Table, TableBuilder } from './table.js';

/** Takes over curves of a table, in their order. @param takes whether a curve of this key is taken over */
export function appendCurves(
  builder: TableBuilder,
  table: Table,
  takes: (key: Required<CurveKey>) => boolean,
): void {
  table.curveStarts.forEach((from, at) => {
    const key = keyAt(table, from);
    if (!takes(key)) return;
    const to = table.curveStarts[at + 1] ?? table.length;
    builder.appendCurve(key, table.step.subarray(from, to), table.value.subarray(from, to));
  });
}
