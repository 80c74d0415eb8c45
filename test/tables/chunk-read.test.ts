import fc from 'fast-check';
import { parquetMetadata, parquetRead } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import { columnNames, type Table } from '../../src/series/table.js';
import { writeParquet } from '../../src/tables/parquet.js';
import { readKeyRuns, readSteps, readValues } from '../../src/tables/parquet-chunk-read.js';
import type { Runs } from '../../src/tables/run-lengths-read.js';
import { measuredTable, metadata, someRow, tableOf } from './some-table.js';

/** What both readers make of every column of every row group; NaN stands for null in steps and values. */
async function bothReaders(table: Table) {
  const bytes = writeParquet(table, metadata).slice();
  const footer = parquetMetadata(bytes.buffer);
  const columns: { name: string; ours: unknown[] | undefined; theirs: unknown[] }[] = [];
  let from = 0;
  for (const group of footer.row_groups) {
    const rows = Number(group.num_rows);
    for (const name of columnNames) {
      const chunk = group.columns.find(({ meta_data }) => meta_data?.path_in_schema[0] === name)?.meta_data;
      const element = footer.schema.find((column) => column.name === name)!;
      const source = { bytes, chunk, element, rows };
      const isNumber = name === 'step' || name === 'value';
      const read = name === 'step' ? readSteps : readValues;
      const ours = isNumber ? read(source) : cellsOf(readKeyRuns(source));
      const theirs: unknown[] = [];
      await parquetRead({
        file: bytes.buffer,
        metadata: footer,
        columns: [name],
        rowStart: from,
        rowEnd: from + rows,
        onChunk: ({ columnData }) => theirs.push(...columnData),
      });
      columns.push({
        name,
        ours: ours && Array.from<unknown>(ours),
        theirs: theirs.map((cell) => cell ?? (isNumber ? Number.NaN : null)),
      });
    }
    from += rows;
  }
  return columns;
}

function cellsOf(runs: Runs<unknown> | undefined): unknown[] | undefined {
  return runs?.values.flatMap((value, at) =>
    new Array(runs.ends[at]! - (runs.ends[at - 1] ?? 0)).fill(value),
  );
}

describe('chunks read as the runs that they were written as', () => {
  it('hold what the library reads, for any strings, integers, floats and nulls', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(someRow, { minLength: 1, maxLength: 60 }), async (rows) => {
        for (const { name, ours, theirs } of await bothReaders(tableOf(rows))) {
          expect(ours, name).toEqual(theirs);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('hold it in every row group of a measured table', async () => {
    for (const { name, ours, theirs } of await bothReaders(measuredTable(1, 16_000, 11))) {
      expect(ours?.length, name).toBe(theirs.length);
      expect(
        ours!.every((cell, at) => Object.is(cell, theirs[at])),
        name,
      ).toBe(true);
    }
  });
});

it('takes a damaged chunk for one that it cannot read, or reads as many rows as there are', () => {
  const sound = writeParquet(measuredTable(1, 300, 7), metadata).slice();
  const { row_groups, schema } = parquetMetadata(sound.buffer);
  const [group] = row_groups;
  const rows = Number(group!.num_rows);
  const outcomes = { read: 0, refused: 0 };
  fc.assert(
    fc.property(
      fc.constantFrom(...columnNames),
      fc.double({ min: 0, max: 0.999_999, noNaN: true }),
      fc.integer({ min: 1, max: 255 }),
      (name, place, change) => {
        const chunk = group!.columns.find(({ meta_data }) => meta_data!.path_in_schema[0] === name)!
          .meta_data!;
        const start = Number(chunk.dictionary_page_offset ?? chunk.data_page_offset);
        const bytes = sound.slice();
        bytes[start + Math.floor(place * Number(chunk.total_compressed_size))]! ^= change;
        const source = { bytes, chunk, element: schema.find((column) => column.name === name)!, rows };
        const isNumber = name === 'step' || name === 'value';
        const found = isNumber
          ? (name === 'step' ? readSteps : readValues)(source)
          : readKeyRuns(source)?.ends.at(-1);
        outcomes[found === undefined ? 'refused' : 'read']++;
        if (found !== undefined) expect(typeof found === 'number' ? found : found.length).toBe(rows);
      },
    ),
    { numRuns: 3000 },
  );
  expect(Math.min(outcomes.read, outcomes.refused)).toBeGreaterThan(100);
});

it('keeps what looks like a byte order mark at the start of a name', async () => {
  const row = {
    setting: '\ufeffs',
    step: 1,
    measure: 'm',
    of: null,
    rel_pos: null,
    rank: null,
    statistic: null,
  };
  const { parseTable } = await import('../../src/tables/read.js');
  const { table } = await parseTable(writeParquet(tableOf([{ ...row, value: 1 }]), metadata), 't.parquet');
  expect(table.setting.values).toEqual(['\ufeffs']);
});
