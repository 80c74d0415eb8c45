// A table as Parquet: written and read here, and by hyparquet with its writer, which decode and encode cell by cell.
//
//     npm run bench -- parquet
//
// CPU time of one process, the least of five rounds after one that does not count. Checked first: every reader finds the same
// rows in every file. Files that others wrote are decoded by the library here too, so reading them must cost no more than it does.
import { parquetMetadata, parquetRead } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { columnNames, nullInt, ownColumnNames, TableBuilder } from '../dist/series/table.js';
import { tableMetadata } from '../dist/tables/meta.js';
import { writeParquet } from '../dist/tables/parquet.js';
import { parseParquet } from '../dist/tables/parquet-read.js';
import { machine, table as markdown, writeResults } from './report.js';

/** A deterministic stand-in for measured values. */
let state = 1;
const random = () => {
  state = (state * 16807) % 2147483647;
  return state / 2147483647;
};

/** Runs of the published size: 227 evaluations of 8 errors, 101 checkpoints of 74 measures. */
function makeTable(runs) {
  const builder = new TableBuilder();
  const none = { of: null, rel_pos: null, rank: null, statistic: null };
  const evaluated = Int32Array.from({ length: 227 }, (_, at) => at * 88);
  const saved = Int32Array.from({ length: 101 }, (_, at) => at * 200);
  for (let run = 0; run < runs; run++) {
    const add = (measure, keys, steps) =>
      builder.appendCurve(
        { setting: `run_${run}`, measure, ...none, ...keys },
        steps,
        Float64Array.from(steps, random),
      );
    for (const kind of ['err', 'copy_err', 'loss', 'margin'])
      for (const set of ['test', 'ood']) add(`${kind}_${set}`, {}, evaluated);
    for (let at = 0; at < 74; at++) {
      const statistic = at % 2 === 0 ? 'largest' : 'mean';
      add('qk_ov_match', { of: '0.0>1.0', rel_pos: -(at % 9), rank: 5 * (1 + (at % 4)), statistic }, saved);
    }
  }
  return builder.build();
}

/** A column of the table as cells, which is what the library's writer takes. */
function cellsOf(table, name) {
  const column = table[name];
  if ('codes' in column) return Array.from(column.codes, (code) => (code < 0 ? null : column.values[code]));
  const absent = name === 'value' ? Number.isNaN : (cell) => cell === nullInt;
  return Array.from(column, (cell) => (absent(cell) ? null : cell));
}

const integers = ['step', 'rel_pos', 'rank'];
const typeOf = (name) => (name === 'value' ? 'DOUBLE' : integers.includes(name) ? 'INT32' : 'STRING');

/** All cells of a file as the library decodes them, unchecked. */
async function readByLibrary(buffer) {
  const parts = {};
  await parquetRead({
    file: buffer,
    columns: [...ownColumnNames],
    onChunk: ({ columnName, columnData }) => {
      parts[columnName] ??= [];
      parts[columnName].push(columnData);
    },
  });
  return parts;
}

async function leastMilliseconds(work) {
  let least = Number.POSITIVE_INFINITY;
  await work();
  for (let round = 0; round < 5; round++) {
    const start = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(start);
    least = Math.min(least, (user + system) / 1000);
  }
  return least;
}

function checkValues(found, table, what) {
  if (found.length !== table.length) throw new Error(`${what}: ${found.length} rows, not ${table.length}`);
  for (let at = 0; at < found.length; at++) {
    if (!Object.is(found[at], table.value[at])) throw new Error(`${what}: row ${at} differs`);
  }
}

const table = makeTable(66);
const metadata = tableMetadata('bench', {});
const columnData = columnNames.map((name) => ({ name, data: cellsOf(table, name), type: typeOf(name) }));
const files = [
  ['bridgescope', writeParquet(table, metadata)],
  ['hyparquet-writer', new Uint8Array(parquetWriteBuffer({ columnData }))],
  [
    'hyparquet-writer, groups of 1000 rows',
    new Uint8Array(parquetWriteBuffer({ columnData, rowGroupSize: 1000 })),
  ],
].map(([writer, bytes]) => ({ writer, bytes: bytes.slice() }));

const writing = [
  await leastMilliseconds(() => writeParquet(table, metadata)),
  await leastMilliseconds(() => parquetWriteBuffer({ columnData })),
];
const rows = [];
for (const { writer, bytes } of files) {
  const { table: found } = await parseParquet(bytes, writer);
  checkValues(found.value, table, `${writer}, read here`);
  const library = await readByLibrary(bytes.buffer);
  checkValues(
    library.value.flatMap((part) => [...part]),
    table,
    `${writer}, read by hyparquet`,
  );
  const own = await leastMilliseconds(() => parseParquet(bytes, writer));
  const theirs = await leastMilliseconds(() => readByLibrary(bytes.buffer));
  const groups = parquetMetadata(bytes.buffer).row_groups.length;
  rows.push([
    `reading a file of ${writer}`,
    ...[`${(bytes.length / 1e6).toFixed(1)} MB, ${groups} groups`, own.toFixed(0), theirs.toFixed(0)],
    `${(theirs / own).toFixed(1)}×`,
  ]);
}

writeResults(
  'parquet',
  `# Tables as Parquet

${machine()} CPU milliseconds of one process, the least of five rounds.

A table of ${table.length} rows, 66 runs of the published size. Checked before timing: every reader finds the same values in every file.
Here a file is read into a table whose cells are checked; the library's figures are those of decoding its columns alone.

${markdown(
  ['', 'file', 'here', 'hyparquet', 'ratio'],
  [
    [
      ...['writing', '', writing[0].toFixed(0), writing[1].toFixed(0)],
      `${(writing[1] / writing[0]).toFixed(1)}×`,
    ],
    ...rows,
  ],
  [0, 1],
)}
`,
);
