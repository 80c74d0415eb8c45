import { type FileMetaData, parquetMetadata } from 'hyparquet';
import { InputError } from '../errors.js';
import { ownColumnNames, type Table, TableBuilder } from '../series/table.js';
import { mostRows, tooManyRows } from './cell-checker.js';
import { fromKeyValues, type TableMetadata } from './meta.js';
import { appendGroup, readable } from './parquet-group.js';
import { checkSeal } from './parquet-seal.js';

/**
 * Reads a table and its metadata from a Parquet file, ours or another tool's with the same columns.
 * @param measures whose rows are read; all unless given
 * @throws InputError when the file is damaged, lacks a column, or holds values of another type
 */
export async function parseParquet(
  bytes: Uint8Array,
  file: string,
  measures?: ReadonlySet<string>,
): Promise<{ table: Table; metadata: TableMetadata | undefined }> {
  checkSeal(bytes, file);
  // A Node Buffer may be a small part of a larger ArrayBuffer.
  const whole = isWhole(bytes) ? bytes : new Uint8Array(bytes);
  const footer = await readable(file, () => parquetMetadata(whole.buffer));
  checkColumns(footer, file);
  const metadata = fromKeyValues(footer.key_value_metadata ?? [], file);
  const builder = new TableBuilder();
  let from = 0;
  for (const group of footer.row_groups) {
    await appendGroup(builder, { file, bytes: whole, footer, group, from }, measures);
    from += Number(group.num_rows);
  }
  return { table: builder.build(), metadata };
}

function isWhole(bytes: Uint8Array): bytes is Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer && bytes.byteLength === bytes.buffer.byteLength;
}

function checkColumns({ schema, row_groups: groups }: FileMetaData, file: string): void {
  const [root, ...columns] = schema;
  const flat = columns.every(
    ({ num_children, repetition_type }) => !num_children && repetition_type !== 'REPEATED',
  );
  if (root === undefined || !flat) {
    throw new InputError(`${file}: has nested columns; expected the columns ${ownColumnNames.join(', ')}`);
  }
  for (const name of ownColumnNames) {
    const count = columns.filter((column) => column.name === name).length;
    if (count !== 1) {
      throw new InputError(
        `${file}: has ${count} columns named ${name}; expected ${ownColumnNames.join(', ')}`,
      );
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
