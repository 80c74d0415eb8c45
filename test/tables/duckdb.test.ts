import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, describe, expect, it } from 'vitest';
import { rowsOf } from '../../src/series/table.js';
import { saveTable } from '../../src/tables/save.js';
import { fullRow, measuredTable, metadata, tableOf } from './some-table.js';

const folder = mkdtempSync(join(tmpdir(), 'bridgescope-tables-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function query(sql: string): Promise<Record<string, unknown>[]> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  try {
    return (await connection.runAndReadAll(sql)).getRowObjectsJS();
  } finally {
    connection.closeSync();
  }
}

const table = measuredTable(2, 10_000, 11);
const columns = { setting: 'VARCHAR', step: 'INTEGER', measure: 'VARCHAR', of: 'VARCHAR' };
const heads = { writer: 'VARCHAR', reader: 'VARCHAR' };
const types = {
  ...columns,
  ...heads,
  rel_pos: 'INTEGER',
  rank: 'INTEGER',
  statistic: 'VARCHAR',
  value: 'DOUBLE',
};
const [parquet, csv, json] = saveTable(table, metadata, folder, ['parquet', 'csv', 'json']);

describe('DuckDB', () => {
  it('finds the published columns and types in Parquet', async () => {
    const described = await query(`describe select * from '${parquet}'`);
    expect(described.map(({ column_name, column_type }) => [column_name, column_type])).toEqual(
      Object.entries(types),
    );
  });

  it('reads every value and null of Parquet', async () => {
    expect(await query(`select * from '${parquet}'`)).toEqual([...rowsOf(table)]);
  });

  it('reads CSV, where empty is null', async () => {
    const struct = Object.entries(types)
      .map(([name, type]) => `'${name}': '${type}'`)
      .join(', ');
    expect(await query(`select * from read_csv('${csv}', header = true, columns = {${struct}})`)).toEqual([
      ...rowsOf(table),
    ]);
  });

  it('reads JSON', async () => {
    const struct = Object.entries(types)
      .map(([name, type]) => `'${name}': '${type}'`)
      .join(', ');
    expect(await query(`select * from read_json('${json}', columns = {${struct}})`)).toEqual([
      ...rowsOf(table),
    ]);
  });

  it('finds the metadata in Parquet', async () => {
    const pairs = await query(
      `select decode(key) as key, decode(value) as value from parquet_kv_metadata('${parquet}')`,
    );
    const found = new Map(pairs.map(({ key, value }) => [key, value]));
    expect(found.get('bridgescope.schema_version')).toBe('2');
    expect(found.get('bridgescope.version')).toBe('0.1.0');
    expect(JSON.parse(String(found.get('bridgescope.runs')))).toEqual(metadata.runs);
  });

  it('reads odd strings, an empty string beside null, and columns that are null throughout', async () => {
    const rows = ['', 'a"b', 'ü,\n', '日本 🦆', 'x'.repeat(300)].map((of, at) => ({
      setting: `s${of}`,
      step: null,
      measure: 'm',
      of: at === 4 ? null : of,
      rel_pos: null,
      rank: at,
      statistic: null,
      value: null,
    }));
    const [path] = saveTable(tableOf(rows), metadata, join(folder, 'odd'), ['parquet']);
    expect(await query(`select * from '${path}'`)).toEqual(rows.map(fullRow));
  });
});
