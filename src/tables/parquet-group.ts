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
 * Appends the rows of a group, curve by curve: keys are read and checked where they change. Chunks that
 * bridgescope wrote are read run by run, others cell by cell, by the library.
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
  const ownKeys = keyNames.map((name) => readKeyRuns(chunkOf(source, name)));
  const ownSteps = readSteps(chunkOf(source, 'step'));
  const ownValues = readValues(chunkOf(source, 'value'));
  // All remaining columns in one call: the library plans its reading in each.
  const cells = await readCells(source, [
    ...keyNames.filter((_, at) => ownKeys[at] === undefined),
    ...(ownSteps === undefined ? (['step'] as const) : []),
    ...(ownValues === undefined ? (['value'] as const) : []),
  ]);
  const keys: readonly Runs<unknown>[] = keyNames.map((name, at) => ownKeys[at] ?? runsOf(cells(name)));
  const steps = ownSteps === undefined ? stepsOf(cells('step'), checker) : checkedSteps(ownSteps, checker);
  const values = ownValues ?? valuesOf(cells('value'), checker);
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

/** The cells of columns as the library decodes them: nothing is checked yet. */
async function readCells(
  { file, bytes, footer, group, from }: GroupSource,
  names: readonly ColumnName[],
): Promise<(name: ColumnName) => Cells> {
  const rows = Number(group.num_rows);
  const parts = new Map<string, Cells[]>();
  if (names.length > 0) {
    await readable(file, () =>
      parquetRead({
        file: bytes.buffer,
        metadata: footer,
        columns: [...names],
        rowStart: from,
        rowEnd: from + rows,
        onChunk: ({ columnName, columnData }) => {
          const found = parts.get(columnName);
          if (found === undefined) parts.set(columnName, [columnData]);
          else found.push(columnData);
        },
      }),
    );
  }
  return (name) => {
    const cells = joined(parts.get(name) ?? []);
    if (cells.length === rows) return cells;
    throw new InputError(
      `${file}: column ${name} has ${cells.length} of ${rows} rows in a row group; the file is damaged, measure again`,
    );
  };
}

/** Cells of a column, an array of numbers or of anything. */
type Cells = ArrayLike<unknown>;

function joined(parts: readonly Cells[]): Cells {
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return only;
  const cells: unknown[] = [];
  for (const part of parts) for (let at = 0; at < part.length; at++) cells.push(part[at]);
  return cells;
}

function runsOf(cells: Cells): Runs<unknown> {
  const values: unknown[] = [];
  const ends: number[] = [];
  let last: unknown;
  for (let at = 0; at < cells.length; at++) {
    const cell = cells[at];
    if (at > 0 && cell === last) continue;
    if (at > 0) ends.push(at);
    values.push(cell);
    last = cell;
  }
  if (cells.length > 0) ends.push(cells.length);
  return { values, ends };
}

/** Steps as they were written here: NaN stands for null, as curves have it. */
function checkedSteps<Steps extends Int32Array | Float64Array>(steps: Steps, checker: CellChecker): Steps {
  const bad = steps.indexOf(nullInt);
  if (bad >= 0) checker.integer(bad, 'step', nullInt);
  return steps;
}

function stepsOf(cells: Cells, checker: CellChecker): Int32Array | Float64Array {
  if (cells instanceof Int32Array) return checkedSteps(cells, checker);
  const steps = new Float64Array(cells.length);
  for (let at = 0; at < steps.length; at++) steps[at] = checker.integer(at, 'step', cells[at]) ?? Number.NaN;
  return steps;
}

function valuesOf(cells: Cells, checker: CellChecker): Float64Array {
  if (cells instanceof Float64Array) return cells;
  const values = new Float64Array(cells.length);
  for (let at = 0; at < values.length; at++)
    values[at] = checker.number(at, 'value', cells[at]) ?? Number.NaN;
  return values;
}

/** Runs a function that reads a file, and reports what goes wrong in one line. @throws InputError */
export async function readable<T>(file: string, read: () => T | Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new InputError(`${file}: is not a Parquet file that can be read (${reason}); measure again`);
  }
}
