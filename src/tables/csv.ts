import { type CodedColumn, columnNames, nullInt, type Table } from '../series/table.js';

/** Rows that are joined into one piece of text. */
const rowsPerChunk = 8192;

/**
 * Writes a table as CSV (RFC 4180, but lines end in a bare newline) piece by piece. Null is an empty field, an empty
 * string is `""`; numbers have the fewest digits that read back to the same float64, infinities are `Infinity`.
 */
export function* csvChunks(table: Table): Generator<string> {
  yield `${columnNames.join(',')}\n`;
  const fields = {
    setting: quoted(table.setting),
    measure: quoted(table.measure),
    of: quoted(table.of),
    writer: quoted(table.writer),
    reader: quoted(table.reader),
    statistic: quoted(table.statistic),
  };
  const integer = (column: Int32Array, row: number): string =>
    column[row] === nullInt ? '' : String(column[row]);
  for (let from = 0; from < table.length; from += rowsPerChunk) {
    let chunk = '';
    const to = Math.min(table.length, from + rowsPerChunk);
    for (let row = from; row < to; row++) {
      const value = table.value[row]!;
      chunk += `${fields.setting(row)},${integer(table.step, row)},${fields.measure(row)},${fields.of(row)},${fields.writer(row)},${fields.reader(row)},${integer(table.rel_pos, row)},${integer(table.rank, row)},${fields.statistic(row)},${Number.isNaN(value) ? '' : numberText(value)}\n`;
    }
    yield chunk;
  }
}

/** Quotes each string of the dictionary once. */
function quoted({ values, codes }: CodedColumn): (row: number) => string {
  const fields = values.map((value) =>
    value === '' || /[",\r\n]|^\s|\s$/.test(value) ? `"${value.replaceAll('"', '""')}"` : value,
  );
  return (row) => fields[codes[row]!] ?? '';
}

/** Keeps the sign of zero, which `String` drops. */
function numberText(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}
