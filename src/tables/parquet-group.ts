import { type FileMetaData, parquetRead, type RowGroup } from 'hyparquet';
import { InputError } from '../errors.js';
import { nullInt, type ownColumnNames, type TableBuilder } from '../series/table.js';
import { CellChecker } from './cell-checker.js';
import { type ChunkSource, readKeyRuns, readSteps, readValues } from './parquet-chunk-read.js';
import type { Runs } from './run-lengths-read.js';

/** A row group of a Parquet file whose columns are those of the table. */
export interface GroupSource {
  readonly file: string;
  /** The whole file, and nothing else in its buffer. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly footer: FileMetaData;
  readonly group: RowGroup;
  /** Rows of the file before the group. */
  readonly from: number;
}

type ColumnName = (typeof ownColumnNames)[number];

const keyNames = ['setting', 'measure', 'of', 'rel_pos', 'rank', 'statistic'] as const;

/**
 * Appends the rows of a group, curve by curve: keys are read and checked where they change. Chunks that bridgescope has
 * laid out are read as the runs that they are, and others by the library, cell by cell.
 * @param measures whose rows are appended; all unless given
 * @throws InputError when a chunk cannot be read, or holds what does not belong there
 */
export async function appendGroup(
  builder: TableBuilder,
  source: GroupSource,
  measures?: ReadonlySet<string>,
): Promise<void> {
  const rows = Number(source.group.num_rows);
  const checker = new CellChecker(source.file, source.from);
  const keys: Runs<unknown>[] = [];
  for (const name of keyNames) {
    keys.push(readKeyRuns(chunkOf(source, name)) ?? runsOf(await readCells(source, name)));
  }
  const steps = checkedSteps(
    readSteps(chunkOf(source, 'step')) ?? (await readCells(source, 'step')),
    checker,
  );
  const values =
    readValues(chunkOf(source, 'value')) ?? checkedValues(await readCells(source, 'value'), checker);
  const runs = keys.map(() => 0);
  for (let at = 0; at < rows; ) {
    const cell = (key: number) => keys[key]!.values[runs[key]!];
    const key = {
      setting: checker.text(at, 'setting', cell(0)),
      measure: checker.text(at, 'measure', cell(1)),
      of: checker.textOrNull(at, 'of', cell(2)),
      rel_pos: checker.integer(at, 'rel_pos', cell(3)),
      rank: checker.integer(at, 'rank', cell(4)),
      statistic: checker.textOrNull(at, 'statistic', cell(5)),
    };
    const to = Math.min(...keys.map(({ ends }, place) => ends[runs[place]!]!));
    if (measures === undefined || measures.has(key.measure)) {
      builder.appendCurve(key, steps.subarray(at, to), values.subarray(at, to));
    }
    keys.forEach(({ ends }, place) => {
      if (ends[runs[place]!] === to) runs[place]!++;
    });
    at = to;
  }
}

function chunkOf({ bytes, footer, group }: GroupSource, name: ColumnName): ChunkSource {
  const at = group.columns.findIndex(({ meta_data }) => meta_data?.path_in_schema[0] === name);
  const element = footer.schema.find((column) => column.name === name)!;
  return { bytes, chunk: group.columns[at]?.meta_data, element, rows: Number(group.num_rows) };
}

/** The cells of a column as the library decodes them: nothing is checked yet. */
async function readCells(
  { file, bytes, footer, group, from }: GroupSource,
  name: ColumnName,
): Promise<unknown[]> {
  const rows = Number(group.num_rows);
  const cells: unknown[] = [];
  await readable(file, () =>
    parquetRead({
      file: bytes.buffer,
      metadata: footer,
      columns: [name],
      rowStart: from,
      rowEnd: from + rows,
      onChunk: ({ columnData }) => {
        for (let at = 0; at < columnData.length; at++) cells.push(columnData[at]);
      },
    }),
  );
  if (cells.length === rows) return cells;
  throw new InputError(
    `${file}: column ${name} has ${cells.length} of ${rows} rows in a row group; the file is damaged, measure again`,
  );
}

function runsOf(cells: readonly unknown[]): Runs<unknown> {
  const values: unknown[] = [];
  const ends: number[] = [];
  cells.forEach((cell, at) => {
    if (at > 0 && cell === values.at(-1)) ends[ends.length - 1] = at + 1;
    else {
      values.push(cell);
      ends.push(at + 1);
    }
  });
  return { values, ends };
}

/** Steps, with NaN for null as curves have it. */
function checkedSteps(
  cells: Int32Array | Float64Array | readonly unknown[],
  checker: CellChecker,
): Int32Array | Float64Array {
  if (cells instanceof Int32Array || cells instanceof Float64Array) {
    const bad = cells.indexOf(nullInt);
    if (bad >= 0) checker.integer(bad, 'step', nullInt);
    return cells;
  }
  return Float64Array.from(cells, (cell, at) => checker.integer(at, 'step', cell) ?? Number.NaN);
}

function checkedValues(cells: readonly unknown[], checker: CellChecker): Float64Array {
  return Float64Array.from(cells, (cell, at) => checker.number(at, 'value', cell) ?? Number.NaN);
}

/** Does what reads a file, and tells what goes wrong in one line. @throws InputError */
export async function readable<T>(file: string, read: () => T | Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new InputError(`${file}: is not a Parquet file that can be read (${reason}); measure again`);
  }
}
