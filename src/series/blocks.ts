import { nullInt, type Table } from './table.js';

/** What identifies a block of a table: every key of a row but its step and what it is measured on. */
export interface BlockKey {
  readonly setting: string;
  readonly measure: string;
  readonly rel_pos: number | null;
  readonly rank: number | null;
  readonly statistic: string | null;
}

/**
 * All values of one measure of one run: over training a subject's curve is a column, and what a heat map of all subjects
 * shows at one step is a row. A model of ten thousand pairs of heads is a few dozen blocks instead of half a million curves.
 */
export interface Block {
  readonly key: BlockKey;
  /** In the order of the table; NaN for rows that belong to no step. */
  readonly steps: Float64Array;
  /** What is measured: heads, pairs of heads, matrices; null where a measure has no such thing. */
  readonly subjects: readonly (string | null)[];
  /** steps × subjects, row-major; NaN where the table has no value. */
  readonly values: Float64Array;
}

/** The blocks of a table, in the order in which their first rows stand there. */
export function blocksOf(table: Table): Block[] {
  const groups = groupCurves(table);
  return groups.map(({ curves }) => blockOf(table, curves));
}

/** Stretches of the table that belong to one block, as numbers of their first rows and the rows after their last. */
interface Group {
  readonly curves: { readonly from: number; readonly to: number }[];
}

function groupCurves(table: Table): Group[] {
  const groups: Group[] = [];
  const bySetting = new Map<number, Map<number, Map<number, Map<number, Map<number, Group>>>>>();
  table.curveStarts.forEach((from, at) => {
    const to = table.curveStarts[at + 1] ?? table.length;
    const byMeasure = within(bySetting, table.setting.codes[from]!);
    const byStatistic = within(byMeasure, table.measure.codes[from]!);
    const byRank = within(byStatistic, table.statistic.codes[from]!);
    const byRelPos = within(byRank, table.rank[from]!);
    const relPos = table.rel_pos[from]!;
    let group = byRelPos.get(relPos);
    if (group === undefined) {
      group = { curves: [] };
      groups.push(group);
      byRelPos.set(relPos, group);
    }
    group.curves.push({ from, to });
  });
  return groups;
}

function within<Value>(outer: Map<number, Map<number, Value>>, key: number): Map<number, Value> {
  let inner = outer.get(key);
  if (inner === undefined) {
    inner = new Map();
    outer.set(key, inner);
  }
  return inner;
}

function blockOf(table: Table, curves: Group['curves']): Block {
  const rowOfStep = new Map<number, number>();
  const columnOfSubject = new Map<number, number>();
  for (const { from, to } of curves) {
    const subject = table.of.codes[from]!;
    if (!columnOfSubject.has(subject)) columnOfSubject.set(subject, columnOfSubject.size);
    for (let row = from; row < to; row++) {
      const step = table.step[row]!;
      if (!rowOfStep.has(step)) rowOfStep.set(step, rowOfStep.size);
    }
  }
  const values = new Float64Array(rowOfStep.size * columnOfSubject.size).fill(Number.NaN);
  for (const { from, to } of curves) {
    const column = columnOfSubject.get(table.of.codes[from]!)!;
    for (let row = from; row < to; row++) {
      values[rowOfStep.get(table.step[row]!)! * columnOfSubject.size + column] = table.value[row]!;
    }
  }
  const [first] = curves;
  const at = first!.from;
  const number = (column: Int32Array): number | null => (column[at] === nullInt ? null : column[at]!);
  return {
    key: {
      setting: table.setting.values[table.setting.codes[at]!] ?? '',
      measure: table.measure.values[table.measure.codes[at]!] ?? '',
      rel_pos: number(table.rel_pos),
      rank: number(table.rank),
      statistic: table.statistic.values[table.statistic.codes[at]!] ?? null,
    },
    steps: Float64Array.from(rowOfStep.keys(), (step) => (step === nullInt ? Number.NaN : step)),
    subjects: [...columnOfSubject.keys()].map((code) => table.of.values[code] ?? null),
    values,
  };
}
