import { InputError } from '../errors.js';
import type { Table } from '../series/table.js';
import { type RawRow, RowReader } from './row-reader.js';

/**
 * Reads a table from JSON text: an array of row objects. The rows are parsed one by one, so that a table of a million
 * rows does not become a million objects at once.
 * @param measures whose rows are kept; all unless given
 * @throws InputError naming the row
 */
export function parseJsonTable(text: string, file: string, measures?: ReadonlySet<string>): Table {
  const reader = new RowReader(file, measures);
  let row = 0;
  for (const source of objectsOf(text, file)) {
    row++;
    let parsed: RawRow;
    try {
      parsed = JSON.parse(source);
    } catch (error) {
      throw new InputError(`${file}: row ${row} is not JSON (${(error as Error).message}); export it again`);
    }
    reader.add(parsed);
  }
  return reader.build();
}

/** The texts of the objects of a top-level array. */
function* objectsOf(text: string, file: string): Generator<string> {
  const malformed = (at: number, expected: string): InputError => {
    const found = at < text.length ? JSON.stringify(text[at]) : 'the end';
    return new InputError(
      `${file}: expected ${expected} at character ${at}, found ${found}; a table is a JSON array of row objects`,
    );
  };
  let at = skipSpace(text, text.charCodeAt(0) === 0xfeff ? 1 : 0);
  if (text[at] !== '[') throw malformed(at, '"["');
  at = skipSpace(text, at + 1);
  if (text[at] !== ']') {
    while (true) {
      if (text[at] !== '{') throw malformed(at, 'a row object');
      const end = objectEnd(text, at);
      if (end < 0) throw malformed(text.length, '"}"');
      yield text.slice(at, end);
      at = skipSpace(text, end);
      if (text[at] === ']') break;
      if (text[at] !== ',') throw malformed(at, '"," or "]"');
      at = skipSpace(text, at + 1);
    }
  }
  at = skipSpace(text, at + 1);
  if (at < text.length) throw malformed(at, 'the end');
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && ' \n\r\t'.includes(text[at]!)) at++;
  return at;
}

/** Where the object that begins at `from` ends, or -1: braces outside strings, counted. */
function objectEnd(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === 0x22) {
      at = stringEnd(text, at + 1);
      if (at < 0) return -1;
    } else if (char === 0x7b) depth++;
    else if (char === 0x7d && --depth === 0) return at + 1;
  }
  return -1;
}

function stringEnd(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === 0x5c) at++;
    else if (char === 0x22) return at;
  }
  return -1;
}
