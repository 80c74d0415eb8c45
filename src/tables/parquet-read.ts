import { type FileMetaData, parquetMetadata, parquetRead } from 'hyparquet';
import { InputError } from '../errors.js';
import { columnNames, type Table } from '../series/table.js';
import { fromKeyValues, type TableMetadata } from './meta.js';
import { checkSeal } from './parquet-seal.js';
import { mostRows, RowReader, tooManyRows } from './row-reader.js';

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
  const reader = new RowReader(file);
  let from = 0;
  for (const group of footer.row_groups) {
    const rows = Number(group.num_rows);
    const columns = new Map<string, unknown[]>(columnNames.map((name) => [name, new Array(rows)]));
    const filled = new Map<string, number>();
    await readable(file, () =>
      parquetRead({
        file: buffer,
        metadata: footer,
        columns: [...columnNames],
        rowStart: from,
        rowEnd: from + rows,
        onChunk: ({ columnName, columnData, rowStart }) => {
          const column = columns.get(columnName)!;
          for (let at = 0; at < columnData.length; at++) column[rowStart - from + at] = columnData[at];
          filled.set(columnName, (filled.get(columnName) ?? 0) + columnData.length);
        },
      }),
    );
    for (const name of columnNames) {
      if (filled.get(name) !== rows) {
        throw new InputError(
          `${file}: column ${name} has ${filled.get(name) ?? 0} of ${rows} rows in a row group; the file is damaged, measure again`,
        );
      }
    }
    for (let row = 0; row < rows; row++) {
      reader.add(Object.fromEntries(columnNames.map((name) => [name, columns.get(name)![row]])));
    }
    from += rows;
  }
  return { table: reader.build(), metadata };
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
