import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parquetReadObjects } from 'hyparquet';
import { afterAll, describe, expect, it } from 'vitest';
import { bridgescope, smallRun as example } from '../cli/run.js';

const folder = mkdtempSync(join(tmpdir(), 'bridgescope-intervene-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('bridgescope intervene', () => {
  it('writes what was done in columns, and prints what is lost', async () => {
    const out = join(folder, 'a');
    const words = [
      'intervene',
      example,
      '--remove',
      '1.0',
      '--project-keys',
      '4',
      '--written',
      '0.0',
      '--heads',
      '1.0',
    ];
    const { status, stdout } = await bridgescope(
      ...words,
      '--keep',
      '--steps',
      '2000',
      '--draws',
      '3',
      '--out',
      out,
    );
    expect(status).toBe(0);
    expect(stdout).toMatch(/small_run · step 2000 · copy_err_ood +error +lost +control/);
    expect(stdout).toMatch(/remove 1\.0 +0\.9300 +0\.904/);
    expect(stdout).toMatch(
      /keys of 1\.0 keep 4 dimensions of what 0\.0 writes +0\.5486 +0\.379 +0\.\d{4} \[.*random subspaces/,
    );
    const bytes = readFileSync(join(out, 'interventions.parquet'));
    const rows = await parquetReadObjects({
      file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length),
    });
    // No edit, the removal, the projection and its three draws, each with three numbers of two sets.
    expect(rows).toHaveLength(6 * 6);
    expect(rows.find((row) => row['draw'] === 2 && row['measure'] === 'copy_err_ood')).toMatchObject({
      ...{
        setting: 'small_run',
        step: 2000,
        intervention: 'project',
        component: 'keys',
        heads: '1.0',
        what: 'keep',
      },
      ...{ subspace: 'written', subspace_of: '0.0', rank: 4, rel_pos: null, control: 'random_subspace' },
    });
  });

  it('prints the same bytes at any number of jobs', async () => {
    const words = ['intervene', example, '--project-outputs', '0:24:8', '--heads', '0.0', '--bridge', '1.0'];
    const [one, two] = await Promise.all(
      [1, 2].map((jobs) =>
        bridgescope(
          ...words,
          '--steps',
          '1000:2000:1000',
          '--draws',
          '4',
          '--json',
          '--jobs',
          String(jobs),
          '--out',
          join(folder, `j${jobs}`),
        ),
      ),
    );
    expect(one!.status).toBe(0);
    expect(JSON.parse(one!.stdout)).toHaveLength(2 * (1 + 2 * 4));
    expect(two!.stdout).toBe(one!.stdout);
  });

  it('leaves no journal behind when the table is written', () => {
    expect(existsSync(join(folder, 'j1', 'interventions.parquet'))).toBe(true);
    expect(existsSync(join(folder, 'j1', '.interventions.jsonl'))).toBe(false);
  });

  it.each([
    [
      'a head that is not there',
      ['--remove', '2.0'],
      2,
      /--remove: the model has no head 2\.0; it has 2 layers of 1/,
    ],
    ['no head', ['--remove', 'nine'], 2, /--remove: expected heads such as 5\.1,6\.9/],
    [
      'a rank beyond the width',
      ['--project-keys', '25', '--heads', '1.0', '--bridge', '1.0'],
      2,
      /rank 25 is not between 0 and 24/,
    ],
    ['how without what', ['--keep'], 2, /--keep says how, but nothing says what/],
    [
      'two subspaces',
      ['--project-keys', '1', '--bridge', '1.0', '--written', '0.0'],
      2,
      /name two subspaces/,
    ],
    ['an exchange of one head', ['--exchange', '1.0'], 2, /one head has no other/],
    [
      'a step that is not there',
      ['--transplant', '17'],
      1,
      /has no checkpoint of step 17; it has 21 from 0 to 2000/,
    ],
  ])('refuses %s in one line', async (_, words, status, message) => {
    const result = await bridgescope(
      'intervene',
      example,
      ...words,
      '--steps',
      '2000',
      '--out',
      join(folder, 'bad'),
    );
    expect(result.stderr).toMatch(message);
    expect(result.stderr.trim().split('\n')).toHaveLength(1);
    expect(result.status).toBe(status);
  });
});
