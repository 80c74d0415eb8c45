import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeFileAtomically } from '../../src/files/atomic-file.js';
import { openTable, saveTable } from '../../src/tables/save.js';
import { measuredTable, metadata } from './some-table.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bridgescope-save-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('writes each format once, the metadata beside CSV and JSON, and nothing else', () => {
  const out = join(folder, 'a', 'b');
  const saved = saveTable(measuredTable(1, 10, 2), metadata, out, ['parquet', 'csv', 'json']);
  expect(readdirSync(out).sort()).toEqual([
    'measures.csv',
    'measures.json',
    'measures.meta.json',
    'measures.parquet',
  ]);
  expect(saved.map((path) => path.slice(out.length + 1)).sort()).toEqual(readdirSync(out).sort());
  expect(JSON.parse(readFileSync(join(out, 'measures.meta.json'), 'utf8'))).toEqual(metadata);
});

it('opens every format with its metadata', async () => {
  const table = measuredTable(1, 10, 2);
  saveTable(table, metadata, folder, ['parquet', 'csv', 'json']);
  for (const extension of ['parquet', 'csv', 'json']) {
    const opened = await openTable(join(folder, `measures.${extension}`));
    expect(opened.table.length).toBe(table.length);
    expect(opened.metadata).toEqual(metadata);
  }
});

it('opens CSV that stands alone', async () => {
  saveTable(measuredTable(1, 10, 2), metadata, folder, ['csv']);
  rmSync(join(folder, 'measures.meta.json'));
  expect((await openTable(join(folder, 'measures.csv'))).metadata).toBeUndefined();
});

it('leaves the old file and no other when writing stops half-way', () => {
  const path = join(folder, 'measures.csv');
  writeFileSync(path, 'old');
  function* interrupted(): Generator<string> {
    yield 'half a ';
    throw new Error('stopped');
  }
  expect(() => writeFileAtomically(path, interrupted())).toThrow('stopped');
  expect(readFileSync(path, 'utf8')).toBe('old');
  expect(readdirSync(folder)).toEqual(['measures.csv']);
});

it('says in one line why the disk does not take a file', () => {
  writeFileSync(join(folder, 'file'), '');
  expect(() => writeFileAtomically(join(folder, 'file', 'x.csv'), ['a'])).toThrow(
    /x\.csv: cannot be written: part of its path is a file; choose another place$/,
  );
  mkdirSync(join(folder, 'taken'));
  expect(() => writeFileAtomically(join(folder, 'taken'), ['a'])).toThrow(
    /taken: cannot be written: a folder has its name/,
  );
});

it('tells a full disk and leaves nothing', () => {
  const path = join(folder, 'full.csv');
  const full = function* () {
    yield 'setting';
    throw Object.assign(new Error('write'), { code: 'ENOSPC' });
  };
  expect(() => writeFileAtomically(path, full())).toThrow(/full\.csv: cannot be written: the disk is full/);
  expect(readdirSync(folder).filter((name) => name.includes('full'))).toEqual([]);
});

it('names a table that is not there', async () => {
  await expect(openTable(join(folder, 'none.csv'))).rejects.toThrow(
    /none\.csv: no such file; check the path/,
  );
});
