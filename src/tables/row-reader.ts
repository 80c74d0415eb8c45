import type { OwnRow } from '../series/row.js';
import { type ownColumnNames, type Table, TableBuilder } from '../series/table.js';
import { CellChecker, mostRows, tooManyRows } from './cell-checker.js';

/** A row as a file holds it, nothing checked yet; a missing member stands for null. */
export type RawRow = Readonly<Partial<Record<(typeof ownColumnNames)[number], unknown>>>;

/** Collects the rows of an untrusted file, and checks each value. */
export class RowReader {
  private readonly builder = new TableBuilder();
  private readonly file: string;
  private readonly cells: CellChecker;
  private readonly measures: ReadonlySet<string> | undefined;
  private rows = 0;

  /** @param measures whose rows are kept; all unless given */
  constructor(file: string, measures?: ReadonlySet<string>) {
    this.file = file;
    this.measures = measures;
    this.cells = new CellChecker(file, 0);
  }

  /** @throws InputError naming the row (from 1), the column, what was expected and what was found */
  add(row: RawRow): void {
    const { cells } = this;
    const at = this.rows++;
    if (this.rows > mostRows) throw tooManyRows(this.file);
    const checked: OwnRow = {
      setting: cells.text(at, 'setting', row.setting),
      step: cells.integer(at, 'step', row.step),
      measure: cells.text(at, 'measure', row.measure),
      of: cells.textOrNull(at, 'of', row.of),
      rel_pos: cells.integer(at, 'rel_pos', row.rel_pos),
      rank: cells.integer(at, 'rank', row.rank),
      statistic: cells.textOrNull(at, 'statistic', row.statistic),
      value: cells.number(at, 'value', row.value),
    };
    if (this.measures?.has(checked.measure) ?? true) this.builder.append(checked);
  }

  build(): Table {
    return this.builder.build();
  }
}
