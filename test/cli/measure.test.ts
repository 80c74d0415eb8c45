import { execFileSync, spawn } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCheckpoint } from '../../src/checkpoint/open.js';
import { writeTorchFile } from '../../src/checkpoint/torch-write.js';
import { rowsOf } from '../../src/series/table.js';
import { openTable } from '../../src/tables/save.js';
import { contiguousStrides } from '../../src/tensor/tensor.js';
import { bridgescope, goldenRuns, program, smallRun } from './run.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bridge scope '));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A copy of some checkpoints of the example run, to be broken. */
function copyOf(name: string, steps: readonly number[]): string {
  const run = join(folder, name);
  mkdirSync(run, { recursive: true });
  for (const file of ['config.json', 'err_arr.json', ...steps.map((step) => `ckpt_${step}.pt`)]) {
    copyFileSync(join(smallRun, file), join(run, file));
  }
  return run;
}

async function rows(out: string) {
  return [...rowsOf((await openTable(join(out, 'measures.parquet'))).table)];
}

describe('bridgescope measure', () => {
  it('writes tables in three formats that hold the same rows, and the figures', async () => {
    const out = join(folder, 'all');
    const { status, stdout, stderr } = await bridgescope(
      ...['measure', smallRun, '--out', out, '--format', 'parquet,csv,json', '--figures', 'svg,png,pdf'],
      ...['--quiet', '--ranks', '5,10', '--rel-pos', '-1,0', '--match', 'mean', '--steps', '0:2000:400'],
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('rows');
    const tables = await Promise.all(
      ['parquet', 'csv', 'json'].map(async (format) => [
        ...rowsOf((await openTable(join(out, `measures.${format}`))).table),
      ]),
    );
    expect(tables[1]).toEqual(tables[0]);
    expect(tables[2]).toEqual(tables[0]);
    const figures = readdirSync(join(out, 'train_matching_measure_small_run')).sort();
    expect(figures.length).toBe(12);
    expect(figures).toContain('rank_5_method_mean_rel_pos_-1.svg');
    const golden = JSON.parse(readFileSync(join(goldenRuns, 'small_run.json'), 'utf8'));
    const circuit = golden.checkpoints['2000'].pairs['0.0>1.0']['-1'];
    const z = tables[0]!.find((row) => row.measure === 'z_score' && row.step === 2000 && row.rel_pos === -1);
    expect(Math.abs(z!.value! - circuit.z_score)).toBeLessThan(1e-10);
    const errors = JSON.parse(readFileSync(join(smallRun, 'err_arr.json'), 'utf8'));
    const ood = tables[0]!.filter((row) => row.measure === 'err_ood');
    const evaluated = errors.filter((entry: { evaluated: boolean }) => entry.evaluated);
    expect(ood.length).toBe(evaluated.length);
    expect(ood[0]).toMatchObject({ step: 1, value: errors[0].err_ood });
  });

  it('gives the same bytes at any number of jobs', async () => {
    const files = await Promise.all(
      [1, 2, 3].map(async (jobs) => {
        const out = join(folder, `jobs ${jobs}`);
        const { status } = await bridgescope(
          ...['measure', smallRun, '--out', out, '--jobs', String(jobs), '--figures', 'png', '--ranks', '5'],
        );
        expect(status).toBe(0);
        const figure = 'train_matching_measure_small_run/rank_5_method_mean_rel_pos_0.png';
        return [readFileSync(join(out, 'measures.parquet')), readFileSync(join(out, figure))];
      }),
    );
    expect(files[1]).toEqual(files[0]);
    expect(files[2]).toEqual(files[0]);
  });

  it('goes on past broken checkpoints, names them, and ends with status 3', async () => {
    const run = copyOf('broken', [0, 100, 200, 300]);
    const path = (step: number) => join(run, `ckpt_${step}.pt`);
    writeFileSync(path(100), readFileSync(path(100)).subarray(0, 5000));
    const { state } = openCheckpoint(path(200));
    const bad = state.get('fc.bias')!;
    const values = new Float32Array(bad.shape[0]!).fill(Number.NaN);
    const storage = new Uint8Array(values.buffer);
    const broken = new Map(state).set('fc.bias', {
      ...bad,
      strides: contiguousStrides(bad.shape),
      offset: 0,
      storage,
    });
    writeFileSync(path(200), writeTorchFile(broken, 'ckpt_200'));
    const out = join(folder, 'broken out');
    const { status, stderr } = await bridgescope('measure', run, '--out', out, '--no-figures', '--quiet');
    expect(status).toBe(3);
    const lines = stderr.trim().split('\n');
    expect(lines.length).toBe(2);
    expect(lines[0]).toMatch(/^skipped: .*ckpt_100\.pt: /);
    expect(lines[1]).toMatch(/^skipped: .*ckpt_200\.pt: tensor fc\.bias holds NaN/);
    const z = (await rows(out)).filter((row) => row.measure === 'z_score');
    expect(z.map(({ step, value }) => [step, value === null])).toEqual([
      [0, false],
      [100, true],
      [200, true],
      [300, false],
    ]);
  });

  it('takes training to end where --steps does: in the table errors and checkpoints end there', async () => {
    const out = join(folder, 'until 500');
    const args = ['--steps', '0:500:200', '--ranks', '5', '--no-figures', '--quiet'];
    expect(await bridgescope('measure', smallRun, '--out', out, ...args)).toMatchObject({ status: 0 });
    const all = await rows(out);
    const lastOf = (name: string) =>
      Math.max(...all.flatMap(({ measure, step }) => (measure === name && step !== null ? [step] : [])));
    expect(lastOf('z_score')).toBe(400);
    // Errors are evaluated at all steps at first, and then 5 % apart.
    expect(lastOf('err_ood')).toBeGreaterThan(475);
    expect(lastOf('err_ood')).toBeLessThanOrEqual(500);
  });

  it('names a malformed err_arr.json and measures the rest', async () => {
    const run = copyOf('malformed', [0]);
    writeFileSync(join(run, 'err_arr.json'), '[{"epoch": 0}, {"epoch": "x"}]');
    const out = join(folder, 'malformed out');
    const { status, stderr } = await bridgescope('measure', run, '--out', out, '--no-figures', '--quiet');
    expect(status).toBe(3);
    expect(stderr).toMatch(/^skipped: .*err_arr\.json: entry 1: expected "epoch"/);
  });

  it('waits for no pipe and no device in a run folder', async () => {
    const run = copyOf('pipes', [0, 100]);
    rmSync(join(run, 'err_arr.json'));
    rmSync(join(run, 'ckpt_100.pt'));
    execFileSync('mkfifo', [join(run, 'err_arr.json'), join(run, 'ckpt_100.pt')]);
    const out = join(folder, 'pipes out');
    const { status, stderr } = await bridgescope('measure', run, '--out', out, '--no-figures', '--quiet');
    expect(stderr).toMatch(/^skipped: .*ckpt_100\.pt: expected a file, found a folder or device$/m);
    expect(stderr).toMatch(/^skipped: .*err_arr\.json: expected a file, found a folder or device$/m);
    expect(status).toBe(3);
  });

  it('gives one reason where a config contradicts every checkpoint', async () => {
    const run = copyOf('contradicted', [0, 100, 200]);
    const config = JSON.parse(readFileSync(join(run, 'config.json'), 'utf8'));
    writeFileSync(join(run, 'config.json'), JSON.stringify({ ...config, d_model: 48, num_layer: 3 }));
    const out = join(folder, 'never');
    const { status, stderr } = await bridgescope('measure', run, '--out', out, '--no-figures');
    expect(stderr).toMatch(/^note: contradicted: config\.json: num_layer is no option.* mean num_layers\?$/m);
    const lines = stderr.split('\n').filter((line) => !line.startsWith('note'));
    expect(lines[0]).toMatch(/^skipped: .*ckpt_0\.pt: tensor embed\.embed\.weight is 16×24, but the config/);
    expect(lines.slice(1)).toEqual([
      'skipped: 2 more checkpoints for the same reason',
      'bridgescope: nothing could be measured; see the lines above',
      '',
    ]);
    expect(status).toBe(1);
    expect(existsSync(out)).toBe(false);
  });

  it('looks for a place to write to before it measures', async () => {
    const { status, stderr } = await bridgescope(
      'measure',
      smallRun,
      '--out',
      '/dev/null/below',
      '--no-figures',
    );
    expect(stderr).toBe(
      'bridgescope: /dev/null/below: cannot be written: part of its path is a file; choose another place\n',
    );
    expect(status).toBe(1);
  });

  it('notes what folders lack, with status 0', async () => {
    const run = copyOf('sparse', [0, 300]);
    rmSync(join(run, 'err_arr.json'));
    const out = join(folder, 'sparse out');
    const { status, stderr } = await bridgescope('measure', run, '--out', out, '--no-figures');
    expect(status).toBe(0);
    expect(stderr).toMatch(/note: sparse: .*steps/);
    expect(stderr).toMatch(/note: sparse: no err_arr\.json/);
  });

  it('measures a one-layer model, whose figures say what is missing', async () => {
    const out = join(folder, 'one layer');
    const { status, stderr } = await bridgescope(
      ...['measure', `${goldenRuns}/one_layer`, '--out', out, '--ranks', '5', '--figures', 'svg'],
    );
    expect(status).toBe(0);
    expect(stderr).toContain('one layer');
    const svg = readFileSync(
      join(out, 'train_matching_measure_one_layer/rank_5_method_mean_rel_pos_0.svg'),
      'utf8',
    );
    expect(svg.match(/A model of one layer/g)?.length).toBe(3);
    expect((await rows(out)).some((row) => row.measure === 'wte_ov_match')).toBe(true);
  });

  it('reads folders without config.json with the help of options', async () => {
    const run = copyOf('bare', [0, 100]);
    rmSync(join(run, 'config.json'));
    const out = join(folder, 'bare out');
    const { status, stderr } = await bridgescope(
      'measure',
      run,
      '--out',
      out,
      '--no-figures',
      '--num-heads',
      ...['1', '--pos', 'rotary', '--rotary-theta', '10000'],
    );
    expect(status).toBe(0);
    expect(stderr).toContain('no config.json');
    const named = join(folder, 'named out');
    await bridgescope('measure', `bare=${copyOf('other', [0, 100])}`, '--out', named, '--no-figures');
    const measured = (table: Awaited<ReturnType<typeof rows>>) =>
      table.filter((row) => row.measure === 'qk_ov_match');
    expect(measured(await rows(out))).toEqual(measured(await rows(named)));
  });

  it.each([
    [['measure', 'nowhere'], 1, /nowhere: no such file or folder/],
    [['measure', smallRun, '--ranks', '25'], 2, /rank 25.*d_model 24/],
    [['measure', smallRun, '--ranks', 'five'], 2, /--ranks.*five/],
    [
      ['measure', smallRun, '--rank', '5'],
      2,
      /^bridgescope: unknown option '--rank'; did you mean --ranks\? .*\n$/,
    ],
    [
      ['measure', smallRun, '--format', 'cvs'],
      2,
      /"cvs" is not one of parquet, csv, json; did you mean csv\?/,
    ],
    [['measure', smallRun, '--steps', '0:1e3'], 2, /--steps "0:1e3": expected whole numbers and ranges/],
    [['measure', smallRun, '--steps', '0:'], 2, /--steps "0:": expected/],
    [['measure', smallRun, '--steps', '0:9:1:1'], 2, /--steps "0:9:1:1": expected/],
    [['measure', smallRun, '--steps', '9:0'], 2, /range 9:0 is empty/],
    [['measure', smallRun, '--pos', 'null'], 2, /--pos.*config\.json/],
    [['measure', smallRun, smallRun], 2, /two runs are named small_run.*NAME=PATH/],
    [['measure', smallRun, '--steps', '7'], 1, /none of its 21 checkpoints/],
    [['measure', `${goldenRuns}/learned_positions`, '--ranks', '2', '--rel-pos', '5'], 2, /rotary/],
    [['measure', `${goldenRuns}/one_layer/config.json`], 1, /folder/],
    [['measure'], 2, /missing required argument/],
    [['mesure', smallRun], 2, /^bridgescope: unknown command 'mesure'; did you mean measure\? .*\n$/],
  ])('%j ends with status %i and says what to do', async (args, expected, message) => {
    const { status, stderr } = await bridgescope(...args, '--out', join(folder, 'never'));
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n {4}at /);
    expect(status).toBe(expected);
    expect(existsSync(join(folder, 'never'))).toBe(false);
  });

  it('says that a file is in the way of the results', async () => {
    const out = join(folder, 'a file');
    writeFileSync(out, '');
    const { status, stderr } = await bridgescope('measure', smallRun, '--steps', '0', '--out', out);
    expect(status).toBe(1);
    expect(stderr).toMatch(/a file.*part of its path is a file/);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('stops at %s with what was finished', async (signal, expected) => {
    const many = join(folder, `many ${signal}`);
    cpSync(smallRun, many, { recursive: true });
    for (let step = 3000; step < 9000; step += 10) {
      copyFileSync(join(smallRun, 'ckpt_0.pt'), join(many, `ckpt_${step}.pt`));
    }
    const out = join(folder, `stopped ${signal}`);
    const child = spawn(process.execPath, [
      program,
      'measure',
      many,
      '--out',
      out,
      '--no-figures',
      '--jobs',
      ...['1', '--rel-pos', '0:99'],
    ]);
    const status = new Promise<number | null>((resolve) => child.on('exit', resolve));
    let said = '';
    child.stderr.on('data', (chunk) => {
      // The first line of progress comes after three seconds.
      if (!said.includes('measuring: ') && String(chunk).includes('measuring: ')) child.kill(signal);
      said += chunk;
    });
    expect(await status).toBe(expected);
    expect(readdirSync(out)).toEqual(['measures.parquet']);
    const [, kept] = /stopped early: (\d+) checkpoints were measured and kept/.exec(said) ?? [];
    expect(Number(kept)).toBeLessThan(621);
    const steps = (await rows(out)).filter((row) => row.measure === 'z_score' && row.rel_pos === 7);
    expect(steps.length).toBe(Number(kept));
  });
});
