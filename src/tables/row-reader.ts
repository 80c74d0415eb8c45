import { InputError } from '../errors.js';
import { type columnNames, nullInt, type Table, TableBuilder } from '../series/table.js';

/** Most rows a table may have to be read: twenty whole jobs, and some 600 MB of memory. */
export const mostRows = 1 << 24;

/** A row as a file holds it, nothing checked yet; a missing member stands for null. */
export type RawRow = Readonly<Partial<Record<(typeof columnNames)[number], unknown>>>;

/** Collects rows of a file that nobody vouches for, and checks each value. */
export class RowReader {
  private readonly builder = new TableBuilder();
  private readonly file: string;
  private rows = 0;

  constructor(file: string) {
    this.file = file;
  }

  /** @throws InputError naming the row (from 1), the column, what was expected and what was found */
  add(row: RawRow): void {
    this.rows++;
    if (this.rows > mostRows) throw tooManyRows(this.file);
    this.builder.append({
      setting: this.text('setting', row.setting),
      step: this.integer('step', row.step),
      measure: this.text('measure', row.measure),
      of: this.textOrNull('of', row.of),
      rel_pos: this.integer('rel_pos', row.rel_pos),
      rank: this.integer('rank', row.rank),
      statistic: this.textOrNull('statistic', row.statistic),
      value: this.number('value', row.value),
    });
  }

  build(): Table {
    return this.builder.build();
  }

  private text(column: string, value: unknown): string {
    if (typeof value !== 'string') throw this.unexpected(column, 'a string', value);
    return value;
  }

  private textOrNull(column: string, value: unknown): string | null {
    if (value === null || value === undefined) return null;
    return this.text(column, value);
  }

  private integer(column: string, value: unknown): number | null {
    if (value === null || value === undefined) return null;
    const number = typeof value === 'bigint' ? Number(value) : value;
    if (
      typeof number !== 'number' ||
      !Number.isInteger(number) ||
      number > 0x7fff_ffff ||
      number <= nullInt
    ) {
      throw this.unexpected(column, 'a whole number of 32 bits or null', value);
    }
    return number;
  }

  private number(column: string, value: unknown): number | null {
    if (value === null || value === undefined) return null;
    if (typeof value !== 'number') throw this.unexpected(column, 'a number or null', value);
    return value;
  }

  private unexpected(column: string, expected: string, found: unknown): InputError {
    const shown = typeof found === 'bigint' ? `${found}` : (JSON.stringify(found) ?? 'nothing');
    return new InputError(
      `${this.file}: row ${this.rows}, column ${column}: expected ${expected}, found ${shown.slice(0, 60)}; give a table that bridgescope measure wrote`,
    );
  }
}

export function tooManyRows(file: string): InputError {
  return new InputError(`${file}: has more than ${mostRows} rows; split it by setting`);
}
