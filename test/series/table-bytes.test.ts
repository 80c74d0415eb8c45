import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { openRuns } from '../../src/run/folder.js';
import { measureRuns } from '../../src/series/measure-runs.js';
import { csvChunks } from '../../src/tables/csv.js';

/**
 * SHA-256 of the CSV that 0.1.0 wrote of each run, in its columns: `--ranks 1,2,5 --rel-pos=0,5,-3`. Whatever changes in
 * how models are read and measured, the numbers of these runs keep their bits.
 */
const published: Readonly<Record<string, string>> = {
  '../../examples/small_run': 'deac504aba1b3d00b929beac82c86df795c6dc791fec8eafbddbec531e69eec9',
  '../golden/runs/one_layer': '2d52a21fc2e685b9f343e23a59020653510dc448cb3de0b7215d8295f2c7d594',
  '../golden/runs/four_layers_four_heads': 'aff6d42f6e041aace401a693d0fd38d0276b8bfc88241d353c87920cf4fb4516',
};

it.each(Object.entries(published))('%s keeps the bytes of its table', async (path, expected) => {
  const folder = fileURLToPath(new URL(path, import.meta.url));
  const { table } = await measureRuns(openRuns([folder]), {
    ranks: [1, 2, 5],
    relPos: [0, 5, -3],
    steps: () => true,
    jobs: 1,
    architecture: {},
  });
  const lines = [...csvChunks(table)].join('').split('\n');
  // Names of heads and measures hold no commas, so fields are what stands between them.
  const columns = lines.map((line) => line.split(','));
  expect(columns[0]!.slice(3, 6)).toEqual(['of', 'writer', 'reader']);
  const before = columns.map((fields) => fields.filter((_, at) => at !== 4 && at !== 5).join(','));
  expect(createHash('sha256').update(before.join('\n')).digest('hex')).toBe(expected);
});
