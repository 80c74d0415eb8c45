import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnNames, rowsOf, type Table } from '../../src/series/table.js';
import { csvChunks } from '../../src/tables/csv.js';
import { jsonChunks } from '../../src/tables/json.js';
import { writeParquet } from '../../src/tables/parquet.js';
import { parseTable } from '../../src/tables/read.js';
import { fullRow, measuredTable, metadata, someRow, tableOf } from './some-table.js';

const formats: Record<string, (table: Table) => Uint8Array> = {
  parquet: (table) => writeParquet(table, metadata),
  csv: (table) => new TextEncoder().encode([...csvChunks(table)].join('')),
  json: (table) => new TextEncoder().encode([...jsonChunks(table)].join('')),
};

describe.each(Object.entries(formats))('%s', (extension, write) => {
  const roundTrip = async (table: Table) => [
    ...rowsOf((await parseTable(write(table), `t.${extension}`)).table),
  ];

  it('reads back what it wrote, for any strings, integers, floats and nulls', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(someRow, { maxLength: 40 }), async (rows) => {
        expect(await roundTrip(tableOf(rows))).toEqual(rows.map(fullRow));
      }),
      { numRuns: 200 },
    );
  });

  it('reads back infinities, subnormals, negative zero and the ends of the integers', async () => {
    const base = { setting: 's', measure: 'm', of: '', statistic: null };
    const values = [Infinity, -Infinity, -0, 5e-324, Number.MAX_VALUE, 0.1 + 0.2];
    const rows = values.map((value) => ({
      ...base,
      step: 0x7fff_ffff,
      rel_pos: -0x7fff_ffff,
      rank: 0,
      value,
    }));
    expect(await roundTrip(tableOf(rows))).toEqual(rows.map(fullRow));
  });

  it('writes NaN as null', async () => {
    const row = { setting: 's', step: 1, measure: 'm', of: null, rel_pos: null, rank: null, statistic: null };
    expect(await roundTrip(tableOf([{ ...row, value: Number.NaN }]))).toEqual([
      fullRow({ ...row, value: null }),
    ]);
  });

  it('reads back a table of many row groups and long curves', async () => {
    const table = measuredTable(2, 16_000, 21);
    expect(table.length).toBeGreaterThan(122_880);
    const { table: read } = await parseTable(write(table), `t.${extension}`);
    expect(read.length).toBe(table.length);
    let different = 0;
    const rows = rowsOf(read);
    for (const row of rowsOf(table)) {
      const other = rows.next().value!;
      for (const name of columnNames) if (!Object.is(row[name], other[name])) different++;
    }
    expect(different).toBe(0);
  });

  it('reads back an empty table', async () => {
    expect(await roundTrip(tableOf([]))).toEqual([]);
  });

  it('gives the same bytes for the same table', () => {
    expect(write(measuredTable(1, 500, 11))).toEqual(write(measuredTable(1, 500, 11)));
  });
});

it('keeps the metadata in a Parquet file', async () => {
  const bytes = writeParquet(measuredTable(1, 10, 3), metadata);
  expect((await parseTable(bytes, 'measures.parquet')).metadata).toEqual(metadata);
});

describe('heads of a row', () => {
  it('names writer and reader by what the row is of', () => {
    const base = { setting: 's', step: null, measure: 'm', rel_pos: null, rank: null, statistic: null };
    const table = tableOf(['4.11>5.1', '5.1', '4>5', 'W_q', null].map((of) => ({ ...base, of, value: 1 })));
    expect([...rowsOf(table)].map(({ writer, reader }) => [writer, reader])).toEqual([
      ['4.11', '5.1'],
      ['5.1', null],
      [null, null],
      [null, null],
      [null, null],
    ]);
  });

  it('are found in tables of schema 1, which lack the columns', async () => {
    const csv =
      'setting,step,measure,of,rel_pos,rank,statistic,value\nrun,100,z_score,0.0>1.2,0,,,1.5\nrun,,baseline_match,,,5,mean,0.3\n';
    const json =
      '[{"setting":"run","step":100,"measure":"z_score","of":"0.0>1.2","rel_pos":0,"rank":null,"statistic":null,"value":1.5}]';
    const first = {
      setting: 'run',
      step: 100,
      measure: 'z_score',
      of: '0.0>1.2',
      writer: '0.0',
      reader: '1.2',
    };
    const encode = (text: string) => new TextEncoder().encode(text);
    for (const [file, text] of [
      ['t.csv', csv],
      ['t.json', json],
    ] as const) {
      const [row] = rowsOf((await parseTable(encode(text), file)).table);
      expect(row).toEqual({ ...first, rel_pos: 0, rank: null, statistic: null, value: 1.5 });
    }
  });

  it('are found in Parquet files of schema 1', async () => {
    const parquet = readFileSync(new URL('../golden/tables/schema_1.parquet', import.meta.url));
    const { table, metadata: found } = await parseTable(parquet, 'schema_1.parquet');
    expect(found?.schema_version).toBe(1);
    const pairs = [...rowsOf(table)].filter(({ measure }) => measure === 'z_score');
    expect(pairs.length).toBeGreaterThan(0);
    for (const row of pairs) expect(row).toMatchObject({ of: '0.0>1.0', writer: '0.0', reader: '1.0' });
  });
});
