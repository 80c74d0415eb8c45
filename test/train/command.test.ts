import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bridgescope, program } from '../cli/run.js';

let scratch: string;
let tiny: readonly string[];
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'bridgescope-command-'));
  const file = join(scratch, 'tiny.yaml');
  const options = 'vocab_size: 9\nd_model: 8\nmax_seq_len: 20\nrep_l: 6\nrep_h: 9\nood_len_pattern: 9';
  writeFileSync(file, `${options}\nnum_epoch: 2000\nn_save: 4\nsample_size_test: 40\nbatch_size: 6\n`);
  tiny = ['--config', file, '--quiet'];
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const contents = (folder: string) =>
  readdirSync(folder)
    .sort()
    .map((file) => [file, readFileSync(join(folder, file)).toString('base64')]);

/** Starts a training run and stops it by a signal once it has trained a while. */
async function interrupted(out: string, signal: NodeJS.Signals): Promise<number | null> {
  const child = spawn(process.execPath, [program, 'train', '--out', out, ...tiny, '--resume']);
  const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
  while (!existsSync(join(out, 'training_state.safetensors'))) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  child.kill(signal);
  return ended;
}

describe('bridgescope train', () => {
  it('goes on to the same bytes after Ctrl-C, SIGTERM and kill -9', async () => {
    const whole = join(scratch, 'whole');
    expect(await bridgescope('train', '--out', whole, ...tiny)).toMatchObject({ status: 0, stderr: '' });
    for (const [signal, status] of [
      ['SIGINT', 130],
      ['SIGTERM', 143],
      ['SIGKILL', null],
    ] as const) {
      const out = join(scratch, signal);
      expect(await interrupted(out, signal)).toBe(status);
      const resumed = await bridgescope('train', '--out', out, '--resume', '--quiet');
      expect(resumed).toMatchObject({ status: 0, stderr: '' });
      expect(resumed.stdout).toContain('2000 steps');
      expect(contents(out)).toEqual(contents(whole));
    }
  });

  it.each<[string[], number, RegExp]>([
    [['--num_heads', '3'], 2, /num_heads: 3 heads do not divide d_model 8/],
    [['--rep-h', '11'], 2, /--rep_h: two copies with background/],
    [['--lr=-1'], 2, /^bridgescope: --lr: .* \(found -1\)\n$/],
    [['--lr', 'fast'], 2, /--lr: expected a number/],
    [['--pool_sise', '4'], 2, /--pool_size/],
    [['--preset', 'small_pool'], 2, /did you mean small_pool_size/],
    [['--resume', '--overwrite'], 2, /exclude each other/],
    [['--config', 'nowhere.yaml'], 2, /nowhere\.yaml/],
  ])('refuses %j before anything is written', async (options, status, message) => {
    const out = join(scratch, 'refused');
    const outcome = await bridgescope('train', '--out', out, ...tiny, ...options);
    expect(outcome.status).toBe(status);
    expect(outcome.stderr).toMatch(message);
    expect(existsSync(out)).toBe(false);
  });
});
