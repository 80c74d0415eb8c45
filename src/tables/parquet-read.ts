import { type FileMetaData, parquetMetadata, parquetRead } from 'hyparquet';
import { InputError } from '../errors.js';
import { columnNames, type Table, TableBuilder } from '../series/table.js';
import { CellChecker, mostRows, tooManyRows } from './cell-checker.js';
import { fromKeyValues, type TableMetadata } from './meta.js';
import { checkSeal } from './parquet-seal.js';

/**
 * Reads a table and its metadata from a Parquet file, ours or another tool's with the same columns.
 * @throws InputError when the file is damaged, lacks a column, or holds values of another type
 */
export async function parseParquet(
  bytes: Uint8Array,
  file: string,
): Promise<{ table: Table; metadata: TableMetadata | undefined }> {
  checkSeal(bytes, file);
  // A copy: a Node Buffer may be a small part of a larger ArrayBuffer.
  const { buffer } = new Uint8Array(bytes);
  const footer = await readable(file, () => parquetMetadata(buffer));
  checkColumns(footer, file);
  const metadata = fromKeyValues(footer.key_value_metadata ?? [], file);
  const builder = new TableBuilder();
  let from = 0;
  for (const group of footer.row_groups) {
    const rows = Number(group.num_rows);
    const columns = await readGroup(buffer, footer, from, rows, file);
    appendGroup(builder, columns, rows, new CellChecker(file, from));
    from += rows;
  }
  return { table: builder.build(), metadata };
}

type ColumnName = (typeof columnNames)[number];

/** The cells of one row group, as the library decodes them: nothing is checked yet. */
type GroupColumns = Readonly<Record<ColumnName, ArrayLike<unknown>>>;

async function readGroup(
  buffer: ArrayBuffer,
  footer: FileMetaData,
  from: number,
  rows: number,
  file: string,
): Promise<GroupColumns> {
  const pieces = new Map<string, ArrayLike<unknown>[]>(columnNames.map((name) => [name, []]));
  await readable(file, () =>
    parquetRead({
      file: buffer,
      metadata: footer,
      columns: [...columnNames],
      rowStart: from,
      rowEnd: from + rows,
      onChunk: ({ columnName, columnData }) => pieces.get(columnName)!.push(columnData),
    }),
  );
  const column = (name: ColumnName): ArrayLike<unknown> => {
    const own = pieces.get(name)!;
    const found = own.reduce((sum, { length }) => sum + length, 0);
    if (found !== rows) {
      throw new InputError(
        `${file}: column ${name} has ${found} of ${rows} rows in a row group; the file is damaged, measure again`,
      );
    }
    return own.length === 1 ? own[0]! : own.flatMap((piece) => Array.from(piece));
  };
  return Object.fromEntries(columnNames.map((name) => [name, column(name)])) as Record<
    ColumnName,
    ArrayLike<unknown>
  >;
}

/** Appends the rows of a group curve by curve: keys are looked at where they change, and only steps and values row by row. */
function appendGroup(builder: TableBuilder, columns: GroupColumns, rows: number, checker: CellChecker): void {
  const { setting, measure, of, rel_pos, rank, statistic } = columns;
  const steps = stepsOf(columns.step, rows, checker);
  const values = valuesOf(columns.value, rows, checker);
  const keys = [setting, measure, of, rel_pos, rank, statistic];
  const starts = changes(keys, rows);
  starts.forEach((at, place) => {
    const to = starts[place + 1] ?? rows;
    const key = {
      setting: checker.text(at, 'setting', setting[at]),
      measure: checker.text(at, 'measure', measure[at]),
      of: checker.textOrNull(at, 'of', of[at]),
      rel_pos: checker.integer(at, 'rel_pos', rel_pos[at]),
      rank: checker.integer(at, 'rank', rank[at]),
      statistic: checker.textOrNull(at, 'statistic', statistic[at]),
    };
    builder.appendCurve(key, steps.subarray(at, to), values.subarray(at, to));
  });
}

/** The rows at which some column holds another cell than in the row before. */
function changes(columns: readonly ArrayLike<unknown>[], rows: number): number[] {
  const isStart = new Uint8Array(rows);
  for (const column of columns) {
    let before = column[0];
    for (let at = 1; at < rows; at++) {
      const cell = column[at];
      if (cell === before) continue;
      isStart[at] = 1;
      before = cell;
    }
  }
  const starts = rows === 0 ? [] : [0];
  for (let at = isStart.indexOf(1); at >= 0; at = isStart.indexOf(1, at + 1)) starts.push(at);
  return starts;
}

/** Steps, with NaN for null as curves have it. */
function stepsOf(column: ArrayLike<unknown>, rows: number, checker: CellChecker): Float64Array {
  const steps = new Float64Array(rows);
  for (let at = 0; at < rows; at++) steps[at] = checker.integer(at, 'step', column[at]) ?? Number.NaN;
  return steps;
}

function valuesOf(column: ArrayLike<unknown>, rows: number, checker: CellChecker): Float64Array {
  if (column instanceof Float64Array) return column;
  const values = new Float64Array(rows);
  for (let at = 0; at < rows; at++) values[at] = checker.number(at, 'value', column[at]) ?? Number.NaN;
  return values;
}

function checkColumns({ schema, row_groups: groups }: FileMetaData, file: string): void {
  const [root, ...columns] = schema;
  const flat = columns.every(
    ({ num_children, repetition_type }) => !num_children && repetition_type !== 'REPEATED',
  );
  if (root === undefined || !flat) {
    throw new InputError(`${file}: has nested columns; expected the columns ${columnNames.join(', ')}`);
  }
  for (const name of columnNames) {
    const count = columns.filter((column) => column.name === name).length;
    if (count !== 1) {
      throw new InputError(`${file}: has ${count} columns named ${name}; expected ${columnNames.join(', ')}`);
    }
  }
  // A few bytes can claim any number of rows, so the claim is checked before memory is set aside for them.
  const rows = groups.reduce((sum, { num_rows }) => sum + num_rows, 0n);
  if (rows > BigInt(mostRows)) throw tooManyRows(file);
  for (const { columns: chunks, num_rows } of groups) {
    if (num_rows < 0n || chunks.some(({ meta_data }) => meta_data?.num_values !== num_rows)) {
      throw new InputError(
        `${file}: a row group's columns differ in length; the file is damaged, measure again`,
      );
    }
  }
}

async function readable<T>(file: string, read: () => T | Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new InputError(`${file}: is not a Parquet file that can be read (${reason}); measure again`);
  }
}
