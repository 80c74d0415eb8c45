import { headsOf } from './heads-of.js';
import type { OwnRow, Row } from './row.js';

/** Strings by dictionary: row i holds `values[codes[i]]`, or null where the code is -1. */
export interface CodedColumn {
  readonly values: readonly string[];
  readonly codes: Int32Array;
}

/** The integer that stands for null in `step`, `rel_pos` and `rank`. */
export const nullInt = -0x8000_0000;

/**
 * The tidy table as columns, since a run has a hundred thousand rows and most of them repeat their keys.
 * Null integers are `nullInt`, a null value is NaN.
 */
export interface Table {
  readonly length: number;
  readonly setting: CodedColumn;
  readonly step: Int32Array;
  readonly measure: CodedColumn;
  readonly of: CodedColumn;
  /** The heads that `of` names: derived from it, never stored beside it. */
  readonly writer: CodedColumn;
  readonly reader: CodedColumn;
  readonly rel_pos: Int32Array;
  readonly rank: Int32Array;
  readonly statistic: CodedColumn;
  readonly value: Float64Array;
  /** First rows of the stretches in which no key but the step changes; the first is row 0. */
  readonly curveStarts: Int32Array;
}

/** The columns of the table in their published order. */
export const columnNames = [
  'setting',
  'step',
  'measure',
  'of',
  'writer',
  'reader',
  'rel_pos',
  'rank',
  'statistic',
  'value',
] as const satisfies readonly (keyof Row)[];

/** Columns that `of` determines: written for readers of the file, and passed over when a table is read. */
export const derivedColumnNames = ['writer', 'reader'] as const;

/** The columns that make up a table; a file that lacks one of them is not a table. */
export const ownColumnNames = columnNames.filter(
  (name): name is Exclude<(typeof columnNames)[number], (typeof derivedColumnNames)[number]> =>
    !(derivedColumnNames as readonly string[]).includes(name),
);

class Dictionary {
  readonly values: string[] = [];
  private readonly codeOf = new Map<string, number>();

  code(value: string | null): number {
    if (value === null) return -1;
    let code = this.codeOf.get(value);
    if (code === undefined) {
      code = this.values.length;
      this.values.push(value);
      this.codeOf.set(value, code);
    }
    return code;
  }
}

/** Collects rows into a `Table`; the order of the rows is kept. */
export class TableBuilder {
  private length = 0;
  private capacity = 0;
  private readonly dictionaries = {
    setting: new Dictionary(),
    measure: new Dictionary(),
    of: new Dictionary(),
    statistic: new Dictionary(),
  };
  private codes = {
    setting: new Int32Array(0),
    measure: new Int32Array(0),
    of: new Int32Array(0),
    statistic: new Int32Array(0),
    step: new Int32Array(0),
    rel_pos: new Int32Array(0),
    rank: new Int32Array(0),
  };
  private value = new Float64Array(0);
  private readonly curveStarts: number[] = [];

  append(row: OwnRow): void {
    this.reserve(1);
    const at = this.length++;
    this.codes.setting[at] = this.dictionaries.setting.code(row.setting);
    this.codes.measure[at] = this.dictionaries.measure.code(row.measure);
    this.codes.of[at] = this.dictionaries.of.code(row.of);
    this.codes.statistic[at] = this.dictionaries.statistic.code(row.statistic);
    this.codes.step[at] = row.step ?? nullInt;
    this.codes.rel_pos[at] = row.rel_pos ?? nullInt;
    this.codes.rank[at] = row.rank ?? nullInt;
    this.value[at] = row.value ?? Number.NaN;
    if (!this.continuesCurve(at)) this.curveStarts.push(at);
  }

  /** Appends one curve, values over steps, that shares all other keys. Step NaN stands for null, as in `Curve`. */
  appendCurve(
    key: Omit<OwnRow, 'step' | 'value'>,
    steps: ArrayLike<number>,
    values: ArrayLike<number>,
  ): void {
    this.reserve(steps.length);
    const from = this.length;
    const to = from + steps.length;
    this.codes.setting.fill(this.dictionaries.setting.code(key.setting), from, to);
    this.codes.measure.fill(this.dictionaries.measure.code(key.measure), from, to);
    this.codes.of.fill(this.dictionaries.of.code(key.of), from, to);
    this.codes.statistic.fill(this.dictionaries.statistic.code(key.statistic), from, to);
    this.codes.rel_pos.fill(key.rel_pos ?? nullInt, from, to);
    this.codes.rank.fill(key.rank ?? nullInt, from, to);
    this.codes.step.set(steps, from);
    for (let i = 0; i < steps.length; i++) if (Number.isNaN(steps[i])) this.codes.step[from + i] = nullInt;
    this.value.set(values, from);
    this.length = to;
    if (to > from && !this.continuesCurve(from)) this.curveStarts.push(from);
  }

  /**
   * Appends curves that differ in what they are of alone.
   * @param of different ones   @param values of all curves at each of the steps, in the order of `of`
   */
  appendCurves(
    key: Omit<OwnRow, 'of' | 'step' | 'value'>,
    of: readonly (string | null)[],
    steps: readonly number[],
    values: readonly ArrayLike<number>[],
  ): void {
    this.reserve(of.length * steps.length);
    const from = this.length;
    const to = from + of.length * steps.length;
    this.codes.setting.fill(this.dictionaries.setting.code(key.setting), from, to);
    this.codes.measure.fill(this.dictionaries.measure.code(key.measure), from, to);
    this.codes.statistic.fill(this.dictionaries.statistic.code(key.statistic), from, to);
    this.codes.rel_pos.fill(key.rel_pos ?? nullInt, from, to);
    this.codes.rank.fill(key.rank ?? nullInt, from, to);
    of.forEach((text, at) => {
      const start = from + at * steps.length;
      this.codes.of.fill(this.dictionaries.of.code(text), start, start + steps.length);
      steps.forEach((step, i) => {
        this.codes.step[start + i] = Number.isNaN(step) ? nullInt : step;
        this.value[start + i] = values[i]![at]!;
      });
      if (steps.length > 0 && (at > 0 || !this.continuesCurve(start))) this.curveStarts.push(start);
    });
    this.length = to;
  }

  build(): Table {
    const { codes, dictionaries, length } = this;
    const coded = (name: keyof typeof dictionaries): CodedColumn => ({
      values: dictionaries[name].values,
      codes: codes[name].subarray(0, length),
    });
    const of = coded('of');
    return {
      length,
      setting: coded('setting'),
      step: codes.step.subarray(0, length),
      measure: coded('measure'),
      of,
      writer: derivedColumn(of, (text) => headsOf(text).writer),
      reader: derivedColumn(of, (text) => headsOf(text).reader),
      rel_pos: codes.rel_pos.subarray(0, length),
      rank: codes.rank.subarray(0, length),
      statistic: coded('statistic'),
      value: this.value.subarray(0, length),
      curveStarts: Int32Array.from(this.curveStarts),
    };
  }

  private continuesCurve(at: number): boolean {
    const { setting, measure, of, rel_pos, rank, statistic } = this.codes;
    const before = at - 1;
    return (
      at > 0 &&
      setting[at] === setting[before] &&
      measure[at] === measure[before] &&
      of[at] === of[before] &&
      rel_pos[at] === rel_pos[before] &&
      rank[at] === rank[before] &&
      statistic[at] === statistic[before]
    );
  }

  private reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.capacity) return;
    this.capacity = Math.max(needed, 2 * this.capacity, 1024);
    const grow = (old: Int32Array): Int32Array<ArrayBuffer> => {
      const grown = new Int32Array(this.capacity);
      grown.set(old);
      return grown;
    };
    this.codes = {
      setting: grow(this.codes.setting),
      measure: grow(this.codes.measure),
      of: grow(this.codes.of),
      statistic: grow(this.codes.statistic),
      step: grow(this.codes.step),
      rel_pos: grow(this.codes.rel_pos),
      rank: grow(this.codes.rank),
    };
    const value = new Float64Array(this.capacity);
    value.set(this.value);
    this.value = value;
  }
}

/** A column whose cells follow from those of another one; each string of that one is looked at once. */
function derivedColumn({ values, codes }: CodedColumn, derive: (text: string) => string | null): CodedColumn {
  const dictionary = new Dictionary();
  const codeOf = Int32Array.from(values, (text) => dictionary.code(derive(text)));
  return { values: dictionary.values, codes: codes.map((code) => (code < 0 ? -1 : codeOf[code]!)) };
}

/** The rows one by one, as plain records. */
export function* rowsOf(table: Table): Generator<Row> {
  const text = (column: CodedColumn, at: number): string | null => column.values[column.codes[at]!] ?? null;
  const integer = (column: Int32Array, at: number): number | null =>
    column[at] === nullInt ? null : column[at]!;
  for (let at = 0; at < table.length; at++) {
    const value = table.value[at]!;
    yield {
      setting: text(table.setting, at) ?? '',
      step: integer(table.step, at),
      measure: text(table.measure, at) ?? '',
      of: text(table.of, at),
      writer: text(table.writer, at),
      reader: text(table.reader, at),
      rel_pos: integer(table.rel_pos, at),
      rank: integer(table.rank, at),
      statistic: text(table.statistic, at),
      value: Number.isNaN(value) ? null : value,
    };
  }
}
