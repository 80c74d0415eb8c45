import { type CodedColumn, nullInt, type Table } from '../series/table.js';

/** Rows that are joined into one piece of text. */
const rowsPerChunk = 8192;

/**
 * Writes a table as a JSON array of row objects, one a line, piece by piece. Infinities, which JSON cannot name, are
 * ±1e999: valid JSON that every reader takes for infinity.
 */
export function* jsonChunks(table: Table): Generator<string> {
  const fields = {
    setting: named('setting', table.setting),
    measure: named('measure', table.measure),
    of: named('of', table.of),
    writer: named('writer', table.writer),
    reader: named('reader', table.reader),
    statistic: named('statistic', table.statistic),
  };
  const integer = (column: Int32Array, row: number): string =>
    column[row] === nullInt ? 'null' : String(column[row]);
  for (let from = 0; from < table.length; from += rowsPerChunk) {
    let chunk = '';
    const to = Math.min(table.length, from + rowsPerChunk);
    for (let row = from; row < to; row++) {
      chunk += `${row === 0 ? '[\n' : ',\n'}{${fields.setting(row)},"step":${integer(table.step, row)},${fields.measure(row)},${fields.of(row)},${fields.writer(row)},${fields.reader(row)},"rel_pos":${integer(table.rel_pos, row)},"rank":${integer(table.rank, row)},${fields.statistic(row)},"value":${numberText(table.value[row]!)}}`;
    }
    yield chunk;
  }
  yield table.length === 0 ? '[]\n' : '\n]\n';
}

/** Writes each string of the dictionary once. */
function named(name: string, { values, codes }: CodedColumn): (row: number) => string {
  const members = values.map((value) => `"${name}":${JSON.stringify(value)}`);
  const absent = `"${name}":null`;
  return (row) => members[codes[row]!] ?? absent;
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return 'null';
  if (!Number.isFinite(value)) return value > 0 ? '1e999' : '-1e999';
  return Object.is(value, -0) ? '-0' : String(value);
}
