import { InputError } from '../errors.js';
import { ownColumnNames, type Table } from '../series/table.js';
import { type RawRow, RowReader } from './row-reader.js';

/** A field and whether it stood in quotes: only an unquoted empty field is null. */
interface Field {
  readonly text: string;
  readonly quoted: boolean;
}

/**
 * Reads a table from CSV text (RFC 4180, any line ends). The first line names the columns, in any order; others than
 * the table's own, and `writer` and `reader`, which follow from `of`, are passed over.
 * @param measures whose rows are kept; all unless given
 * @throws InputError naming the line or the row
 */
export function parseCsv(text: string, file: string, measures?: ReadonlySet<string>): Table {
  const reader = new RowReader(file, measures);
  let columns: readonly (string | undefined)[] | undefined;
  let line = 0;
  for (const fields of records(text, file)) {
    line++;
    if (columns === undefined) {
      columns = headerOf(fields, file);
      continue;
    }
    if (fields.length !== columns.length) {
      throw new InputError(
        `${file}: record ${line} has ${fields.length} fields, but the header names ${columns.length}; export it again`,
      );
    }
    reader.add(rowOf(fields, columns));
  }
  if (columns === undefined)
    throw new InputError(`${file}: is empty; expected the header ${ownColumnNames.join(',')}`);
  return reader.build();
}

function headerOf(fields: readonly Field[], file: string): (string | undefined)[] {
  const names = fields.map(({ text }) => text);
  for (const name of ownColumnNames) {
    const count = names.filter((other) => other === name).length;
    if (count !== 1) {
      throw new InputError(
        `${file}: the header names column ${name} ${count} times; expected ${ownColumnNames.join(',')}`,
      );
    }
  }
  return names.map((name) => ownColumnNames.find((known) => known === name));
}

function rowOf(fields: readonly Field[], columns: readonly (string | undefined)[]): RawRow {
  const row: Record<string, unknown> = {};
  for (let at = 0; at < fields.length; at++) {
    const name = columns[at];
    if (name === undefined) continue;
    const { text, quoted } = fields[at]!;
    if (text === '' && !quoted) row[name] = null;
    else row[name] = isNumeric(name) ? numberOf(text) : text;
  }
  return row;
}

function isNumeric(name: string): boolean {
  return name === 'step' || name === 'rel_pos' || name === 'rank' || name === 'value';
}

/** A number as CSV writers spell it; anything else stays text, which the row's check then names. */
function numberOf(text: string): unknown {
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return Number(text);
  if (/^[+-]?inf(inity)?$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  if (/^nan$/i.test(text)) return null;
  return text;
}

function* records(text: string, file: string): Generator<Field[]> {
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  let fields: Field[] = [];
  let record = 1;
  while (at < text.length) {
    let field: Field;
    if (text[at] === '"') {
      const from = at + 1;
      let end = text.indexOf('"', from);
      while (end >= 0 && text[end + 1] === '"') end = text.indexOf('"', end + 2);
      if (end < 0)
        throw new InputError(`${file}: record ${record} has a quote that never closes; export it again`);
      field = { text: text.slice(from, end).replaceAll('""', '"'), quoted: true };
      at = end + 1;
    } else {
      const from = at;
      while (at < text.length && text[at] !== ',' && text[at] !== '\n' && text[at] !== '\r') at++;
      field = { text: text.slice(from, at), quoted: false };
    }
    fields.push(field);
    if (text[at] === ',') {
      at++;
      if (at < text.length) continue;
      fields.push({ text: '', quoted: false });
    } else if (at < text.length && text[at] !== '\n' && text[at] !== '\r') {
      throw new InputError(
        `${file}: record ${record} has ${JSON.stringify(text[at])} after a closing quote; export it again`,
      );
    }
    if (text[at] === '\r') at++;
    if (text[at] === '\n') at++;
    yield fields;
    fields = [];
    record++;
  }
}
