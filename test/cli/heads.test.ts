import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTable } from '../../src/tables/save.js';
import { goldenModelPath, goldenModelValues } from '../model/families/golden-models.js';
import { bridgescope, smallRun } from './run.js';

let folder: string;
const inside = (name: string) => join(folder, name);
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'heads '));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('bridgescope heads', () => {
  it('prints the scores of PyTorch for given tokens', async () => {
    const golden = goldenModelValues('llama');
    writeFileSync(inside('ids.json'), JSON.stringify(golden.input_ids));
    const { status, stdout } = await bridgescope(
      ...['heads', goldenModelPath('llama'), '--tokens', inside('ids.json'), '--json', '--jobs', '1'],
    );
    expect(status).toBe(0);
    const found = JSON.parse(stdout);
    for (const kind of ['previous_token', 'induction', 'duplicate_token']) {
      expect(found.scores[kind]).toHaveLength(golden.scores[kind].length);
      golden.scores[kind].flat().forEach((value: number, at: number) => {
        expect(Math.abs(found.scores[kind].flat()[at] - value)).toBeLessThan(1e-4);
      });
    }
    for (const kind of ['previous', 'induction']) {
      golden.scores_published[kind].flat().forEach((value: number, at: number) => {
        expect(Math.abs(found.scores_published[kind].flat()[at] - value)).toBeLessThan(1e-4);
      });
    }
  });

  it('adds rows to a table that is there, with figures and the circuit beside it', async () => {
    const out = inside('out');
    const steps = ['--steps', '0,1000,2000', '--out', out, '--quiet', '--jobs', '1'];
    const measured = await bridgescope('measure', smallRun, '--ranks', '5', '--no-figures', ...steps);
    expect(measured.status).toBe(0);
    const before = await openTable(join(out, 'measures.parquet'));
    const first = await bridgescope('heads', smallRun, '--figures', 'svg', ...steps);
    expect(first).toMatchObject({ status: 0, stderr: '' });
    expect(first.stdout).toMatch(/previous token {2}0\.0 +0\.\d+ .*\n.*induction +1\.0/s);
    // A second time, rows are replaced rather than doubled.
    await bridgescope('heads', smallRun, '--no-figures', ...steps);
    const { table, metadata } = await openTable(join(out, 'measures.parquet'));
    // Two heads, five scores, and two numbers on copying, at three steps.
    expect(table.length).toBe(before.table.length + 3 * (2 * 5 + 2));
    expect(metadata!.runs).toEqual(before.metadata!.runs);
    expect(table.measure.values).toEqual(expect.arrayContaining(['qk_ov_match', 'induction', 'copying_err']));
    expect(readdirSync(join(out, 'heads_small_run')).sort()).toEqual([
      ...['behaviour.svg', 'circuit.csv', 'circuit.svg', 'induction_over_training.svg'],
      'previous_token_over_training.svg',
    ]);
    expect(readFileSync(join(out, 'heads_small_run/circuit.csv'), 'utf8')).toMatch(/\n0\.0,1\.0,2000,0\.5/);
  });

  it('keeps its rows when the model is measured again', async () => {
    const out = inside('out');
    const args = ['measure', smallRun, '--ranks', '5', '--no-figures', '--steps', '0,2000', '--out', out];
    const again = await bridgescope(...args, '--quiet', '--jobs', '1');
    expect(again.status).toBe(0);
    const { table } = await openTable(join(out, 'measures.parquet'), new Set(['induction', 'copying_err']));
    // Those of a run's other steps stay too.
    expect(table.length).toBe(3 * (2 + 1));
    const replaced = await bridgescope(...args, '--quiet', '--jobs', '1', '--overwrite');
    expect(replaced.status).toBe(0);
    expect((await openTable(join(out, 'measures.parquet'), new Set(['induction']))).table.length).toBe(0);
  });

  it('leaves a table of another model by the same name as it is', async () => {
    const out = inside('out');
    const bytes = readFileSync(join(out, 'measures.parquet'));
    const { status, stderr } = await bridgescope(
      ...['heads', `small_run=${goldenModelPath('gpt2')}`, '--out', out, '--quiet', '--jobs', '1'],
    );
    expect(status).toBe(1);
    expect(stderr).toMatch(/measures\.parquet: holds small_run of another model; choose another --out/);
    expect(readFileSync(join(out, 'measures.parquet'))).toEqual(bytes);
  });
});
