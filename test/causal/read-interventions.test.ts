import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { Edit } from '../../src/causal/edit.js';
import { editColumns } from '../../src/causal/edit-columns.js';
import { editOfColumns } from '../../src/causal/edit-of-columns.js';
import { parseInterventions } from '../../src/causal/read-interventions.js';
import { bridgescope, smallRun } from '../cli/run.js';

const scratch = mkdtempSync(join(tmpdir(), 'bridgescope-read-interventions-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const grid = { layers: 3, heads: 4 };
const edits: readonly Edit[] = [
  { kind: 'none' },
  { kind: 'remove', heads: [7, 2] },
  {
    ...{ kind: 'project', component: 'keys', heads: [5], rank: 0, what: 'drop' },
    subspace: { kind: 'written', heads: [1] },
  },
  {
    ...{ kind: 'project', component: 'outputs', heads: [0, 1], rank: 9, what: 'keep' },
    subspace: { kind: 'bridge', heads: [8, 11], relPos: -24 },
  },
  {
    kind: 'exchange',
    circuit: 'OV',
    replacements: [
      { target: 8, source: 9 },
      { target: 9, source: 8 },
    ],
  },
  { kind: 'transplant', part: { kind: 'layer', layer: 2, embedding: true }, step: 300 },
  { kind: 'transplant', part: { kind: 'circuit', heads: [4], circuit: 'QK' }, step: 0 },
];

it.each(edits)('reads from columns the edit that they tell of: $kind', (edit) => {
  expect(editOfColumns(editColumns(edit, grid), grid)).toEqual(edit);
});

it('reads no edit from columns that tell of heads, layers or circuits that are not there', () => {
  const removal = editColumns(edits[1]!, grid);
  const projection = editColumns(edits[2]!, grid);
  const exchange = editColumns(edits[4]!, grid);
  const transplant = editColumns(edits[5]!, grid);
  for (const columns of [
    { ...removal, heads: '3.0' },
    { ...removal, heads: null },
    { ...removal, intervention: 'improve' },
    { ...projection, subspace: 'random' },
    { ...projection, what: 'halve' },
    { ...exchange, sources: '2.1' },
    { ...exchange, component: 'QKV' },
    { ...transplant, heads: '3' },
    { ...transplant, donor_step: null },
  ]) {
    expect(editOfColumns(columns, grid)).toBeUndefined();
  }
});

it('draws from the table what was drawn when it was made', async () => {
  const made = join(scratch, 'made');
  const edits = [
    ...['--remove', 'each', '--project-keys', '0,4,24', '--heads', '1.0', '--written', '0.0'],
    ...['--transplant', '1000,2000', '--steps', '1000,2000', '--draws', '3'],
  ];
  const first = await bridgescope(
    'intervene',
    smallRun,
    ...edits,
    '--out',
    made,
    '--figures',
    'svg',
    '--quiet',
  );
  expect(first.stderr).toBe('');
  const table = join(made, 'interventions.parquet');
  const again = join(scratch, 'again');
  const { status, stdout, stderr } = await bridgescope('plot', table, '--out', again, '--figures', 'svg');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toContain('interventions_small_run  3 figures');
  const folder = 'interventions_small_run';
  const names = readdirSync(join(made, folder)).sort();
  expect(names).toEqual(['edits_over_training.svg', 'error_by_rank.svg', 'removed_heads.svg']);
  for (const name of names) {
    expect(readFileSync(join(again, folder, name), 'utf8')).toBe(
      readFileSync(join(made, folder, name), 'utf8'),
    );
  }
  const [model] = await parseInterventions(readFileSync(table), table);
  expect(model).toMatchObject({ setting: 'small_run', architecture: { layers: 2, heads: 1, width: 24 } });

  // A table that was cut off, and one of another version.
  const bytes = readFileSync(table);
  await expect(parseInterventions(bytes.subarray(0, bytes.length - 40), 'cut.parquet')).rejects.toThrow(
    /^cut\.parquet: cannot be read as a table of interventions: .*make it again with bridgescope intervene$/,
  );
  const other = Buffer.from(bytes);
  const key = 'interventions.schema_version';
  other[other.indexOf('1', other.lastIndexOf(key))] = '9'.charCodeAt(0);
  const path = join(scratch, 'other.parquet');
  writeFileSync(path, other);
  const refused = await bridgescope('plot', path, '--out', again);
  expect(refused.status).toBe(1);
  expect(refused.stderr).toMatch(/columns are of version 9, expected 1/);
});
