import { InputError, UsageError } from '../errors.js';
import type { Table } from '../series/table.js';
import { parseCsv } from './csv-read.js';
import { parseJsonTable } from './json-read.js';
import type { TableMetadata } from './meta.js';
import { parseParquet } from './parquet-read.js';

/** A table as it was read; CSV and JSON have their metadata in another file. */
export interface ReadTable {
  readonly table: Table;
  readonly metadata: TableMetadata | undefined;
}

/** Whether a name is that of a table, by its extension. */
export function isTableName(name: string): boolean {
  return /\.(parquet|csv|json)$/i.test(name);
}

/**
 * Reads a table from the bytes of a file, in the format that its extension says.
 * @param measures whose rows are read; all unless given
 * @throws InputError when it is not such a table, in one line
 * @throws UsageError when the extension is none of .parquet, .csv and .json
 */
export async function parseTable(
  bytes: Uint8Array,
  file: string,
  measures?: ReadonlySet<string>,
): Promise<ReadTable> {
  const extension = /\.([^.]*)$/.exec(file)?.[1]?.toLowerCase();
  switch (extension) {
    case 'parquet':
      return parseParquet(bytes, file, measures);
    case 'csv':
      return { table: parseCsv(decode(bytes, file), file, measures), metadata: undefined };
    case 'json':
      return { table: parseJsonTable(decode(bytes, file), file, measures), metadata: undefined };
    default:
      throw new UsageError(`${file}: a table is named .parquet, .csv or .json`);
  }
}

function decode(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new InputError(`${file}: is not UTF-8 text, or longer than this machine can read; try Parquet`);
  }
}
