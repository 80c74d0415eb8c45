import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/errors.js';
import { writeParquet } from '../../src/tables/parquet.js';
import { parseTable } from '../../src/tables/read.js';
import { measuredTable, metadata } from './some-table.js';

const header = 'setting,step,measure,of,rel_pos,rank,statistic,value';
const row = '"setting":"s","step":1,"measure":"m","of":null,"rel_pos":null,"rank":null,"statistic":null';
const bytesOf = (text: string) => new TextEncoder().encode(text);

async function failure(text: string, file: string): Promise<string> {
  const error = await parseTable(bytesOf(text), file).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(InputError);
  const { message } = error as InputError;
  expect(message).not.toContain('\n');
  return message;
}

describe('a table that is not one is named in one line', () => {
  it.each([
    ['t.csv', '', /t\.csv: is empty/],
    ['t.csv', 'a,b\n1,2\n', /column setting 0 times/],
    ['t.csv', `${header},step\n`, /column step 2 times/],
    ['t.csv', `${header}\ns,1,m\n`, /record 2 has 3 fields.*8/],
    ['t.csv', `${header}\ns,one,m,,,,,1\n`, /row 1, column step: expected a whole number.*"one"/],
    ['t.csv', `${header}\ns,1.5,m,,,,,1\n`, /row 1, column step.*1\.5/],
    ['t.csv', `${header}\ns,4294967296,m,,,,,1\n`, /row 1, column step/],
    ['t.csv', `${header}\ns,1,,,,,,1\n`, /row 1, column measure: expected a string, found null/],
    ['t.csv', `${header}\ns,1,m,,,,,0x10\n`, /column value.*0x10/],
    ['t.csv', `${header}\n"s,1,m,,,,,1\n`, /record 2 has a quote that never closes/],
    ['t.csv', `${header}\n"s"x,1,m,,,,,1\n`, /"x" after a closing quote/],
    ['t.json', '', /expected "\[" at character 0, found the end/],
    ['t.json', '{}', /expected "\["/],
    ['t.json', '[1]', /expected a row object at character 1/],
    ['t.json', `[{${row},"value":1}`, /expected "," or "\]"/],
    ['t.json', `[{${row},"value":1},]`, /expected a row object/],
    ['t.json', `[{${row},"value":1}] x`, /expected the end/],
    ['t.json', `[{${row},"value":"1"}]`, /row 1, column value: expected a number or null, found "1"/],
    ['t.json', `[{${row},"value":}]`, /row 1 is not JSON/],
    ['t.json', '[{"setting":"s\\"}', /expected "}"/],
    ['t.json', '[{"step":1}]', /row 1, column setting: expected a string, found nothing/],
    ['t.parquet', '', /is not a Parquet file/],
    ['t.parquet', 'PAR1PAR1PAR1', /is not a Parquet file/],
    ['t.txt', '', /named \.parquet, \.csv or \.json/],
  ])('%s %s', async (file, text, message) => {
    expect(await failure(text, file)).toMatch(message);
  });

  it('rejects text that is not UTF-8', async () => {
    await expect(parseTable(Uint8Array.of(0x5b, 0xff, 0x5d), 't.json')).rejects.toThrow(/not UTF-8/);
  });

  it('survives any damage to a Parquet file: a table or an InputError', async () => {
    const sound = writeParquet(measuredTable(1, 200, 5), metadata);
    await fc.assert(
      fc.asyncProperty(
        fc.nat(sound.length - 1),
        fc.integer({ min: 1, max: 255 }),
        fc.boolean(),
        async (at, change, cut) => {
          const bytes = sound.slice(0, cut ? at : sound.length);
          if (!cut) bytes[at]! ^= change;
          await parseTable(bytes, 't.parquet').catch((error: unknown) =>
            expect(error).toBeInstanceOf(InputError),
          );
        },
      ),
      { numRuns: 300 },
    );
  });

  it('refuses a table of a later schema', async () => {
    const bytes = writeParquet(measuredTable(1, 10, 2), { ...metadata, schema_version: 3 });
    await expect(parseTable(bytes, 't.parquet')).rejects.toThrow(
      /schema 3, but this version reads 2; update/,
    );
  });
});

describe('tables by other hands', () => {
  it('reads CSV with CRLF, a byte order mark, columns in another order and more of them', async () => {
    const text =
      '\ufeffvalue,extra,step,setting,measure,of,rel_pos,rank,statistic\r\n1e-3,x,7,s,m,"",-5,,"a ""b"""';
    const { table } = await parseTable(bytesOf(text), 't.csv');
    expect(table.length).toBe(1);
    expect([table.value[0], table.step[0], table.rel_pos[0]]).toEqual([1e-3, 7, -5]);
    expect([table.of.values, table.statistic.values]).toEqual([[''], ['a "b"']]);
  });

  it('reads indented JSON with members in another order, left out or unknown', async () => {
    const text = '[ {\n "value": 0.5, "measure": "m{", "setting": "}\\"", "other": {"a": [1]}\n} ]';
    const { table } = await parseTable(bytesOf(text), 't.json');
    expect([table.setting.values, table.measure.values, table.value[0]]).toEqual([['}"'], ['m{'], 0.5]);
  });
});
