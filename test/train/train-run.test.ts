import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCheckpoint, openTestSet } from '../../src/checkpoint/open.js';
import { createEngine } from '../../src/model/create-engine.js';
import { flatParameters } from '../../src/model/state.js';
import { checkConfig, type RunConfig } from '../../src/run/config.js';
import { openRun } from '../../src/run/folder.js';
import { evaluate } from '../../src/train/evaluate.js';
import { type TrainOptions, trainRun } from '../../src/train/train-run.js';
import { filesOf } from './files-of.js';
import { tinyConfig } from './tiny-config.js';

let scratch: string;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'bridgescope-train-'));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const train = (name: string, options: Partial<TrainOptions> = {}) =>
  trainRun({
    out: join(scratch, name),
    config: tinyConfig(),
    ifThere: 'refuse',
    evalEvery: null,
    jobs: 1,
    fast: false,
    formats: ['pt'],
    version: '0',
    ...options,
  });

const contents = (name: string) => filesOf(join(scratch, name));

const entries = (name: string) =>
  JSON.parse(readFileSync(join(scratch, name, 'err_arr.json'), 'utf8')) as Record<string, number | boolean>[];

describe('trainRun', () => {
  beforeAll(() => train('whole').then(() => {}));

  it('writes a run folder that reads as one', () => {
    const run = openRun(join(scratch, 'whole'));
    expect(run.checkpoints.map(({ step }) => step)).toEqual([0, 10, 20, 30]);
    expect(run.notes).toEqual([]);
    expect(run.configFile?.config).toEqual(tinyConfig());
    expect(Object.keys(contents('whole'))).toEqual(
      expect.arrayContaining(['ckpt.pt', 'manifest.json', 'test.pth', 'test_ood.pth']),
    );
  });

  it('logs every step, evaluated or repeated, as its checkpoints and test sets say', () => {
    const log = entries('whole');
    expect(log.map(({ epoch }) => epoch)).toEqual(Array.from({ length: 30 }, (_, epoch) => epoch));
    expect(log.filter(({ evaluated }) => !evaluated).map(({ epoch }) => epoch)).toContain(27);
    for (const entry of log) expect(entry['loss_step']).toBeGreaterThan(0);
    expect(log[27]).toMatchObject({ loss_test: log[26]!['loss_test'], err_ood: log[26]!['err_ood'] });

    const engine = createEngine(tinyConfig());
    for (const step of [10, 20, 30]) {
      const path = join(scratch, 'whole', `ckpt_${step}.pt`);
      engine.load(flatParameters(openCheckpoint(path).state, engine.layout, path));
      for (const [file, name] of [
        ['test', 'test'],
        ['test_ood', 'ood'],
      ]) {
        const found = evaluate(engine, openTestSet(join(scratch, 'whole', `${file}.pth`)), tinyConfig());
        const entry = log[step - 1]!;
        expect(entry[`loss_${name}`]).toBe(found.loss);
        expect(entry[`err_${name}`]).toBe(found.err);
        expect(entry[`copy_err_${name}`]).toBe(found.copy_err);
      }
    }
  });

  it.each([2, 3, 5])('writes the same bytes with %i workers', async (jobs) => {
    await train(`jobs_${jobs}`, { jobs });
    expect(contents(`jobs_${jobs}`)).toEqual(contents('whole'));
  });

  // Threads have to be started after every stop, so that with two jobs there are fewer.
  it.each([
    { jobs: 1, stepsBetween: 1 },
    { jobs: 2, stepsBetween: 4 },
  ])('resumes to the same bytes after any stop ($jobs jobs)', async ({ jobs, stepsBetween }) => {
    const name = `stopped_${jobs}`;
    let step = 0;
    for (let finished = false, calls = 0; !finished; calls++) {
      expect(calls).toBeLessThan(90);
      const controller = new AbortController();
      let progress = 0;
      const result = await train(name, {
        jobs,
        ifThere: 'resume',
        signal: controller.signal,
        onProgress: () => {
          if (++progress === stepsBetween) controller.abort();
        },
      });
      expect(result.step).toBeGreaterThanOrEqual(step);
      ({ step, finished } = result);
    }
    expect(step).toBe(30);
    expect(contents(name)).toEqual(contents('whole'));
  });

  it('makes again what was written after the state it resumes from', async () => {
    await train('cut', { signal: AbortSignal.abort() });
    const early = contents('cut');
    await train('cut', { ifThere: 'resume' });
    for (const file of ['training_state.safetensors', 'manifest.json']) {
      writeFileSync(join(scratch, 'cut', file), Buffer.from(early[file]!, 'base64'));
    }
    rmSync(join(scratch, 'cut', 'ckpt_30.pt'));
    writeFileSync(join(scratch, 'cut', '.ckpt_30.pt.123.partial'), 'half');
    await train('cut', { ifThere: 'resume' });
    expect(contents('cut')).toEqual(contents('whole'));
  });

  it('refuses a folder that holds a run, and a resume with another config', async () => {
    await expect(train('whole')).rejects.toThrow(/holds a run already.*--resume.*--overwrite/);
    const other = tinyConfig({ lr: 0.5 });
    await expect(train('whole', { config: other, ifThere: 'resume' })).rejects.toThrow(
      /another config \(lr 0.001 there, 0.5 asked for\)/,
    );
    await expect(train('whole', { ifThere: 'resume', fast: true })).rejects.toThrow(/fast/);
  });

  it('overwrites nothing of the folder but the run', async () => {
    await train('over', { config: tinyConfig({ num_epoch: 3 }) });
    writeFileSync(join(scratch, 'over', 'notes.txt'), 'mine');
    await train('over', { ifThere: 'overwrite' });
    const { 'notes.txt': notes, ...run } = contents('over');
    expect(Buffer.from(notes!, 'base64').toString()).toBe('mine');
    expect(run).toEqual(contents('whole'));
  });

  it('stops when the loss is no number, and keeps the last good checkpoint', async () => {
    const diverging = train('nan', { config: tinyConfig({ lr: 1e30 }) });
    await expect(diverging).rejects.toThrow(/diverged.*step 1 .*last good checkpoint is that of step 0/);
    expect(openRun(join(scratch, 'nan')).checkpoints.map(({ step }) => step)).toEqual([0]);
  });

  it('writes safetensors with the same numbers', async () => {
    await train('safe', { formats: ['pt', 'safetensors'] });
    const tensors = (file: string) =>
      [...openCheckpoint(join(scratch, 'safe', file)).state].map(([name, { shape, storage }]) => [
        name,
        shape,
        Buffer.from(storage).toString('base64'),
      ]);
    expect(tensors('ckpt_30.safetensors')).toEqual(tensors('ckpt_30.pt'));
  });
});

describe('the science', () => {
  it('learns to copy patterns longer than any it was trained on', async () => {
    const scaledDown: Partial<RunConfig> = {
      vocab_size: 8,
      d_model: 24,
      max_seq_len: 24,
      rep_l: 6,
      rep_h: 11,
      ood_len_pattern: 11,
      distr: 'unif',
      dropout: 0,
      lr: 5e-3,
      num_epoch: 2000,
      batch_size: 32,
      sample_size_test: 200,
      n_save: 1,
    };
    await train('transition', { config: checkConfig(scaledDown, 'test').config });
    const log = entries('transition');
    expect(log[19]!['copy_err_ood']).toBeGreaterThan(0.5);
    expect(log[1999]!['copy_err_ood']).toBeLessThan(0.1);
  });
});
