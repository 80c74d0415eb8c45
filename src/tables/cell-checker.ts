import { InputError } from '../errors.js';
import { type columnNames, nullInt } from '../series/table.js';

/** Most rows a table may have to be read: twenty whole jobs, and some 600 MB of memory. */
export const mostRows = 1 << 24;

type Column = (typeof columnNames)[number];

/** Checks the cells of an untrusted file; a missing cell stands for null. */
export class CellChecker {
  private readonly file: string;
  private readonly before: number;

  /** @param before rows of the file before row 0 */
  constructor(file: string, before: number) {
    this.file = file;
    this.before = before;
  }

  text(row: number, column: Column, cell: unknown): string {
    if (typeof cell !== 'string') throw this.unexpected(row, column, 'a string', cell);
    return cell;
  }

  textOrNull(row: number, column: Column, cell: unknown): string | null {
    if (cell === null || cell === undefined) return null;
    return this.text(row, column, cell);
  }

  integer(row: number, column: Column, cell: unknown): number | null {
    if (cell === null || cell === undefined) return null;
    const number = typeof cell === 'bigint' ? Number(cell) : cell;
    if (
      typeof number !== 'number' ||
      !Number.isInteger(number) ||
      number > 0x7fff_ffff ||
      number <= nullInt
    ) {
      throw this.unexpected(row, column, 'a whole number of 32 bits or null', cell);
    }
    return number;
  }

  number(row: number, column: Column, cell: unknown): number | null {
    if (cell === null || cell === undefined) return null;
    if (typeof cell !== 'number') throw this.unexpected(row, column, 'a number or null', cell);
    return cell;
  }

  private unexpected(row: number, column: Column, expected: string, found: unknown): InputError {
    const shown = typeof found === 'bigint' ? `${found}` : (JSON.stringify(found) ?? 'nothing');
    return new InputError(
      `${this.file}: row ${this.before + row + 1}, column ${column}: expected ${expected}, found ${shown.slice(0, 60)}; give a table that bridgescope measure wrote`,
    );
  }
}

/** A table that has more rows than can be read. */
export function tooManyRows(file: string): InputError {
  return new InputError(`${file}: has more than ${mostRows} rows; split it by setting`);
}
