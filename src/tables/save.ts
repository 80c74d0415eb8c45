import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { InputError } from '../errors.js';
import type { Table } from '../series/table.js';
import { csvChunks } from './csv.js';
import { jsonChunks } from './json.js';
import { metadataName, parseMetadata, type TableMetadata } from './meta.js';
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
  if (formats.includes('parquet')) save('measures.parquet', writeParquet(table, metadata));
  if (formats.includes('csv')) save('measures.csv', csvChunks(table));
  if (formats.includes('json')) save('measures.json', jsonChunks(table));
  if (formats.includes('csv') || formats.includes('json')) {
    save(metadataName('measures.csv'), [`${JSON.stringify(metadata, null, 1)}\n`]);
  }
  return saved;
}

/**
 * Reads a table file, with the metadata beside it where it is CSV or JSON.
 * @throws InputError when it cannot be read or is not a table
 */
export async function openTable(path: string): Promise<ReadTable> {
  const result = await parseTable(read(path), path);
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

function read(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new InputError(`${path}: cannot be read (${(error as NodeJS.ErrnoException).code ?? error})`);
  }
}

/**
 * Writes a file under a temporary name beside it and renames it when all bytes are on the disk, so that no half-written
 * file ever has the final name. The folder is made if need be.
 * @throws InputError when the disk is full or the folder cannot be written
 */
export function writeFileAtomically(path: string, data: Uint8Array | Iterable<string>): void {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.partial`);
  try {
    mkdirSync(dirname(path), { recursive: true });
    const file = openSync(temporary, 'w');
    try {
      if (data instanceof Uint8Array) writeFully(file, data);
      else for (const chunk of data) writeFully(file, Buffer.from(chunk));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    discard(temporary);
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    const reason = reasons.get(code) ?? `it failed with ${code}`;
    throw new InputError(`${path}: cannot be written: ${reason}; make room or choose another --out`);
  }
}

/** Removes what is left of a file; where even that fails, the first error is the one to tell. */
function discard(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {}
}

const reasons = new Map([
  ['ENOSPC', 'the disk is full'],
  ['EDQUOT', 'the disk quota is used up'],
  ['EACCES', 'permission denied'],
  ['EPERM', 'permission denied'],
  ['EROFS', 'the file system is read-only'],
  ['ENOTDIR', 'part of its path is a file'],
  ['EEXIST', 'part of its path is a file'],
  ['EISDIR', 'a folder has its name'],
]);

/** `writeSync` may write less than it was given. */
function writeFully(file: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
}
