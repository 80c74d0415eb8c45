import { spawnSync } from 'node:child_process';
import {
  closeSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  openSync,
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
import { differenceBetween } from '../../src/series/difference.js';
import { fromFloat32 } from '../../src/tensor/encode.js';
import { elementCount } from '../../src/tensor/tensor.js';
import { bridgescope, goldenRuns, program, smallRun } from './run.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bridge scope '));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('bridgescope evaluate', () => {
  const golden = JSON.parse(readFileSync(join(goldenRuns, 'small_run.json'), 'utf8'));

  it('counts as PyTorch does, and its losses agree in float32', async () => {
    const { status, stdout } = await bridgescope(
      'evaluate',
      smallRun,
      '--json',
      '--steps',
      '0,500,2000',
      '--quiet',
    );
    expect(status).toBe(0);
    const evaluated = JSON.parse(stdout);
    expect(Object.keys(evaluated)).toEqual(['0', '500', '2000']);
    for (const step of Object.keys(evaluated)) {
      const expected: Record<string, number> = golden.checkpoints[step].errors;
      for (const [name, value] of Object.entries(expected)) {
        // An argmax tie within float32 rounding may go either way in at most two positions of a set.
        const allowed = /^(copy_)?correct_/.test(name)
          ? 2
          : /^loss/.test(name)
            ? 1e-5
            : /^err/.test(name)
              ? 2e-3
              : 0;
        expect(Math.abs(evaluated[step][name] - value), `${name} at ${step}`).toBeLessThanOrEqual(allowed);
      }
    }
  });

  it('prints a table for people', async () => {
    const { stdout } = await bridgescope('evaluate', smallRun, '--steps', '2000', '--quiet', '--jobs', '1');
    const [header, row, end] = stdout.split('\n');
    expect(header!.trim().split(/\s+/)).toEqual([
      ...['step', 'loss_test', 'err_test', 'copy_err_test', 'loss_ood', 'err_ood', 'copy_err_ood'],
    ]);
    expect(row!.trim().split(/\s+/).length).toBe(7);
    expect(end).toBe('');
  });

  it('gives no errors for finite weights that overflow, and says so', async () => {
    const run = join(folder, 'overflowing');
    cpSync(smallRun, run, { recursive: true });
    const path = join(run, 'ckpt_100.pt');
    const { state } = openCheckpoint(path);
    const huge = new Map(
      [...state].map(([name, { shape }]) => {
        const values = Float32Array.from({ length: elementCount(shape) }, (_, at) => (at % 2 ? 3e38 : -3e38));
        return [name, fromFloat32(values, shape)];
      }),
    );
    writeFileSync(path, writeTorchFile(huge, 'ckpt_100'));
    const { status, stdout, stderr } = await bridgescope('evaluate', run, '--steps', '0,100', '--quiet');
    expect(status).toBe(3);
    expect(stderr).toMatch(
      /ckpt_100\.pt: its weights are finite, but so large that the model overflows: the loss on the test set is NaN/,
    );
    expect(stdout).toMatch(/\n +0 /);
    expect(stdout).not.toMatch(/NaN|\n +100 /);
  });

  it.each(['1', '2'])('names a test set that is damaged, or of another run, with %s jobs', async (jobs) => {
    const run = join(folder, `damaged sets ${jobs}`);
    cpSync(smallRun, run, { recursive: true });
    const test = join(run, 'test.pth');
    const refuse = async () => {
      const { status, stderr } = await bridgescope('evaluate', run, '--steps', '0:100', '--jobs', jobs);
      expect(status).toBe(1);
      return stderr;
    };
    writeFileSync(test, readFileSync(test).subarray(0, 900));
    expect(await refuse()).toBe(
      `bridgescope: ${test}: the end of the zip archive is missing, so the file is truncated; copy the file again from where it was written\n`,
    );
    copyFileSync(join(smallRun, 'test.pth'), test);
    const config = JSON.parse(readFileSync(join(run, 'config.json'), 'utf8'));
    writeFileSync(join(run, 'config.json'), JSON.stringify({ ...config, vocab_size: 8 }));
    expect(await refuse()).toMatch(
      /test\.pth: token \d+ of sequence \d+ is \d+, but vocab_size is 8; take the test/,
    );
  });

  it.runIf(existsSync('/dev/full'))('fails where the disk takes no results', () => {
    const full = openSync('/dev/full', 'w');
    const { status, stderr } = spawnSync(
      process.execPath,
      [program, 'evaluate', smallRun, '--steps', '0', '--json'],
      {
        stdio: ['ignore', full, 'pipe'],
        encoding: 'utf8',
      },
    );
    closeSync(full);
    expect(stderr).toBe(
      'bridgescope: standard output: cannot be written: the disk is full; make room or send it elsewhere\n',
    );
    expect(status).toBe(1);
  });

  it('says what a folder without test sets lacks', async () => {
    const { status, stderr } = await bridgescope('evaluate', join(goldenRuns, 'one_layer'));
    expect(status).toBe(1);
    expect(stderr).toMatch(/neither test\.pth nor test_ood\.pth/);
  });
});

describe('bridgescope inspect and convert', () => {
  it('list tensors, and turn one format into the other and back without a changed bit', async () => {
    const original = join(smallRun, 'ckpt_0.pt');
    const tensors = join(folder, 'a.safetensors');
    const back = join(folder, 'b.pt');
    expect((await bridgescope('convert', original, tensors)).status).toBe(0);
    expect((await bridgescope('convert', tensors, back)).status).toBe(0);
    const { state } = openCheckpoint(original);
    expect(differenceBetween(state, openCheckpoint(tensors).state)).toBeUndefined();
    expect(differenceBetween(state, openCheckpoint(back).state)).toBeUndefined();
    const listed = JSON.parse((await bridgescope('inspect', tensors, '--json')).stdout);
    expect(listed.length).toBe(state.size);
    expect(listed.find(({ name }: { name: string }) => name === 'fc.bias')).toEqual({
      name: 'fc.bias',
      dtype: 'float32',
      shape: [16],
    });
    expect((await bridgescope('inspect', original)).stdout).toMatch(/embed\.embed\.weight +float32 +16 × 24/);
  });

  it('list the arrays of a test set', async () => {
    const { status, stdout } = await bridgescope('inspect', join(smallRun, 'test.pth'), '--json');
    expect(status).toBe(0);
    expect(JSON.parse(stdout).map(({ shape }: { shape: number[] }) => shape)).toEqual([
      [200, 32],
      [200],
      [200, 2],
    ]);
  });

  it('refuse to overwrite, and extensions that say nothing', async () => {
    const there = join(folder, 'there.safetensors');
    writeFileSync(there, 'precious');
    const outcome = await bridgescope('convert', join(smallRun, 'ckpt_0.pt'), there);
    expect([outcome.status, readFileSync(there, 'utf8')]).toEqual([2, 'precious']);
    const other = await bridgescope('convert', join(smallRun, 'ckpt_0.pt'), join(folder, 'x.onnx'));
    expect(other.status).toBe(2);
    expect(other.stderr).toContain('.safetensors');
  });

  it('name the file and the reason where it is no checkpoint', async () => {
    const path = join(folder, 'text.pt');
    writeFileSync(path, 'not a zip archive');
    for (const args of [
      ['inspect', path],
      ['convert', path, join(folder, 'never.safetensors')],
    ]) {
      const { status, stderr } = await bridgescope(...args);
      expect(status).toBe(1);
      expect(stderr).toMatch(/^bridgescope: .*text\.pt: .*\n$/);
    }
    expect(existsSync(join(folder, 'never.safetensors'))).toBe(false);
  });
});

describe('bridgescope plot', () => {
  it('draws from a table the same figures as measure, byte for byte', async () => {
    const measured = join(folder, 'measured');
    const plotted = join(folder, 'plotted');
    await bridgescope(
      'measure',
      smallRun,
      '--out',
      measured,
      '--ranks',
      '5,10',
      '--figures',
      'svg,png',
      '--format',
      'parquet,csv',
    );
    for (const table of ['measures.parquet', 'measures.csv']) {
      const { status } = await bridgescope(
        ...['plot', join(measured, table), '--out', plotted, '--figures', 'svg,png', '--quiet'],
      );
      expect(status).toBe(0);
      const inner = 'train_matching_measure_small_run';
      const names = readdirSync(join(measured, inner));
      expect(readdirSync(join(plotted, inner)).sort()).toEqual(names.sort());
      for (const name of names) {
        expect(readFileSync(join(plotted, inner, name))).toEqual(readFileSync(join(measured, inner, name)));
      }
      rmSync(plotted, { recursive: true });
    }
  });

  it('measures a run first, and writes no table', async () => {
    const out = join(folder, 'from run');
    const { status } = await bridgescope(
      'plot',
      smallRun,
      '--out',
      out,
      '--ranks',
      '10',
      '--figures',
      'svg',
      '--quiet',
    );
    expect(status).toBe(0);
    expect(readdirSync(out)).toEqual(['train_matching_measure_small_run']);
  });

  it('says what a table holds when asked for something else', async () => {
    const table = join(folder, 'measured/measures.parquet');
    const { status, stderr } = await bridgescope(
      'plot',
      table,
      '--ranks',
      '7',
      '--out',
      join(folder, 'none'),
    );
    expect(status).toBe(2);
    expect(stderr).toMatch(/--ranks 7: .*holds 5, 10 for small_run/);
  });

  it('refuses two sources of one setting, and tables that are none', async () => {
    const table = join(folder, 'measured/measures.parquet');
    const copy = join(folder, 'copy.parquet');
    copyFileSync(table, copy);
    expect((await bridgescope('plot', table, copy, '--out', folder)).stderr).toMatch(
      /small_run is a setting of both/,
    );
    writeFileSync(copy, 'PAR1');
    const { status, stderr } = await bridgescope('plot', copy, '--out', folder);
    expect([status, stderr.split('\n').length]).toEqual([1, 2]);
  });
});

describe('help', () => {
  it.each(['', 'measure', 'plot', 'evidence', 'evaluate', 'inspect', 'convert'])(
    'teaches: %s',
    async (command) => {
      const { status, stdout } = await bridgescope(...command.split(' ').filter(Boolean), '--help');
      expect(status).toBe(0);
      expect(stdout).toContain('Examples:');
    },
  );

  it('spells options with dashes or underscores', async () => {
    const out = join(folder, 'spelled');
    const { status } = await bridgescope(
      'measure',
      smallRun,
      '--rel_pos',
      '-1',
      '--steps',
      '0',
      '--no_figures',
      '--out',
      out,
      '--quiet',
    );
    expect(status).toBe(0);
  });
});
