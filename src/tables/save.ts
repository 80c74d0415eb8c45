import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomically } from '../files/atomic-file.js';
import { readWhole } from '../files/read-whole.js';
import type { Table } from '../series/table.js';
import { csvChunks } from './csv.js';
import { jsonChunks } from './json.js';
import { metadataName, parseMetadata, type TableMetadata, tableName } from './meta.js';
import { writeParquet } from './parquet.js';
import { parseTable, type ReadTable } from './read.js';

export type TableFormat = 'parquet' | 'csv' | 'json';

/**
 * Writes `measures.parquet`, `.csv`, `.json` into a folder, which is made if need be, and `measures.meta.json` beside
 * CSV and JSON.
 * @returns the paths written
 * @throws InputError when the disk does not take them
 */
export function saveTable(
  table: Table,
  metadata: TableMetadata,
  folder: string,
  formats: readonly TableFormat[],
): string[] {
  const saved: string[] = [];
  const save = (name: string, data: Uint8Array | Iterable<string>): void => {
    const path = join(folder, name);
    writeFileAtomically(path, data);
    saved.push(path);
  };
  if (formats.includes('parquet')) save(tableName, writeParquet(table, metadata));
  if (formats.includes('csv')) save('measures.csv', csvChunks(table));
  if (formats.includes('json')) save('measures.json', jsonChunks(table));
  if (formats.includes('csv') || formats.includes('json')) {
    save(metadataName('measures.csv'), [`${JSON.stringify(metadata, null, 1)}\n`]);
  }
  return saved;
}

/** The tables that a folder holds, as `saveTable` names them; the first is the one to read. */
export function savedTables(folder: string): string[] {
  return [tableName, 'measures.csv', 'measures.json']
    .map((name) => join(folder, name))
    .filter((path) => existsSync(path));
}

/**
 * Reads a table file, with the metadata beside it where it is CSV or JSON.
 * @param measures whose rows are read; all unless given
 * @throws InputError when it cannot be read or is not a table
 */
export async function openTable(path: string, measures?: ReadonlySet<string>): Promise<ReadTable> {
  const result = await parseTable(readWhole(path), path, measures);
  if (result.metadata !== undefined || path.toLowerCase().endsWith('.parquet')) return result;
  const beside = metadataName(path);
  let text: string;
  try {
    text = readFileSync(beside, 'utf8');
  } catch {
    return result;
  }
  return { ...result, metadata: parseMetadata(text, beside) };
}
