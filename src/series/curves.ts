import { type CurveKey, keyAt } from './curve-key.js';
import { nullInt, type Table } from './table.js';

/** Values over steps, in the order of the table; NaN where the value is null. */
export interface Curve {
  readonly key: Required<CurveKey>;
  readonly steps: Float64Array;
  readonly values: Float64Array;
}

/** Every curve of a table, found by its key. */
export interface Curves {
  readonly all: readonly Curve[];
  /** Keys that are left out stand for null. */
  find(key: CurveKey): Curve | undefined;
}

function nameOf(key: CurveKey): string {
  return JSON.stringify([
    key.setting,
    key.measure,
    key.of ?? null,
    key.rel_pos ?? null,
    key.rank ?? null,
    key.statistic ?? null,
  ]);
}

/**
 * The curves of a table, split in one pass when the first of them is asked for: a model of many heads has half a million,
 * and is mostly looked at by its blocks. Rows that belong to no step have step NaN.
 */
export function curvesOf(table: Table): Curves {
  let split: Curves | undefined;
  const curves = () => {
    split ??= splitTable(table);
    return split;
  };
  return {
    get all() {
      return curves().all;
    },
    find: (key) => curves().find(key),
  };
}

function splitTable(table: Table): Curves {
  const runs = new Map<string, { key: Required<CurveKey>; pieces: [number, number][] }>();
  table.curveStarts.forEach((from, at) => {
    const to = table.curveStarts[at + 1] ?? table.length;
    const key = keyAt(table, from);
    const name = nameOf(key);
    const run = runs.get(name);
    if (run === undefined) runs.set(name, { key, pieces: [[from, to]] });
    else run.pieces.push([from, to]);
  });

  const curves = new Map<string, Curve>();
  for (const [name, { key, pieces }] of runs) {
    const length = pieces.reduce((sum, [from, to]) => sum + to - from, 0);
    const steps = new Float64Array(length);
    const values = new Float64Array(length);
    let at = 0;
    for (const [from, to] of pieces) {
      for (let row = from; row < to; row++, at++) {
        steps[at] = table.step[row] === nullInt ? Number.NaN : table.step[row]!;
        values[at] = table.value[row]!;
      }
    }
    curves.set(name, { key, steps, values });
  }
  return { all: [...curves.values()], find: (key) => curves.get(nameOf(key)) };
}
