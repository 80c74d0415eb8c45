import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UsageError } from '../../src/errors.js';
import { checkConfig } from '../../src/run/config.js';
import { openRun, openRuns, type RunFolder } from '../../src/run/folder.js';
import { lastSavedStep, savedSteps } from '../../src/run/saved-steps.js';
import { refusal } from '../checkpoint/hostile-archives.js';

let root = '';
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'bridgescope-run-'));
});
afterAll(() => rmSync(root, { recursive: true }));

/** A folder of empty files: listing a run opens no checkpoint. */
function makeRun(name: string, files: readonly string[], config?: object): string {
  const path = join(root, name);
  mkdirSync(path, { recursive: true });
  for (const file of files) writeFileSync(join(path, file), '');
  if (config !== undefined) writeFileSync(join(path, 'config.json'), JSON.stringify(config));
  return path;
}

const listing = ({ checkpoints }: RunFolder) =>
  checkpoints.map(({ step, path, twin }) => [
    step,
    basename(path),
    ...(twin === undefined ? [] : [basename(twin)]),
  ]);

const configOf = (options: object) => checkConfig(options, 'test').config;

describe('the checkpoints of a run', () => {
  it('are those named by their step, in order of the number', () => {
    const files = [
      'ckpt_1000.pt',
      'ckpt_200.pt',
      'ckpt_0.pt',
      'ckpt_5.pth',
      'ckpt_30.safetensors',
      'err_arr.json',
    ];
    const run = openRun(makeRun('numbered', [...files, 'test.pth', 'notes.txt', 'ckpt.txt']));
    expect(listing(run)).toEqual([
      [0, 'ckpt_0.pt'],
      [5, 'ckpt_5.pth'],
      [30, 'ckpt_30.safetensors'],
      [200, 'ckpt_200.pt'],
      [1000, 'ckpt_1000.pt'],
    ]);
    expect(run.setting).toBe('numbered');
    expect(run.errorFile).toBe(join(root, 'numbered', 'err_arr.json'));
    expect(run.configFile).toBeUndefined();
    expect(run.notes).toEqual([]);
  });

  it('are read as .pt where the step is there as safetensors too', () => {
    const run = openRun(
      makeRun('twins', ['ckpt_7.safetensors', 'ckpt_7.pt', 'ckpt_8.safetensors', 'ckpt_8.pth']),
    );
    expect(listing(run)).toEqual([
      [7, 'ckpt_7.pt', 'ckpt_7.safetensors'],
      [8, 'ckpt_8.pth', 'ckpt_8.safetensors'],
    ]);
  });

  it('include ckpt.pt as the last step only where no numbered file is that step', () => {
    const config = { num_epoch: 40, n_save: 2 };
    const last = openRun(makeRun('last', ['ckpt_0.pt', 'ckpt_20.pt', 'ckpt.pt', 'ckpt.safetensors'], config));
    expect(listing(last)).toEqual([
      [0, 'ckpt_0.pt'],
      [20, 'ckpt_20.pt'],
      [40, 'ckpt.pt', 'ckpt.safetensors'],
    ]);
    expect(last.notes).toEqual(['no err_arr.json: the figures have no error curves']);
    const both = openRun(
      makeRun('both', ['ckpt_0.pt', 'ckpt_20.pt', 'ckpt_40.safetensors', 'ckpt.pt'], config),
    );
    expect(listing(both).at(-1)).toEqual([40, 'ckpt_40.safetensors']);
  });

  it('do not include ckpt.pt where its step is not known', () => {
    const run = openRun(makeRun('unknown_last', ['ckpt_0.pt', 'ckpt.pt']));
    expect(listing(run)).toEqual([[0, 'ckpt_0.pt']]);
    expect(run.notes).toContain('ckpt.pt was passed over: without config.json its step is not known');
    const path = makeRun('only_last', ['ckpt.pt']);
    expect(refusal(() => openRun(path), path)).toMatch(
      /no checkpoints found \(ckpt\.pt was passed over: without config/,
    );
  });

  it('are not files of other names, which are noted', () => {
    const odd = ['ckpt_-1.pt', 'ckpt_1e3.pt', 'ckpt_best.pt', 'ckpt_9999999999.pt', 'ckpt_5.pt.tmp'];
    const run = openRun(makeRun('odd', ['ckpt_1.pt', 'err_arr.json', ...odd]));
    expect(listing(run)).toEqual([[1, 'ckpt_1.pt']]);
    expect([...run.notes].sort()).toEqual(
      odd.map((name) => `${name} was passed over: its name is not ckpt_STEP.pt`).sort(),
    );
  });
});

describe('checkpoints of other names', () => {
  it.each([
    [['ckpt_00200.pt', 'ckpt_01000.pt', 'ckpt_5.pt'], [5, 200, 1000], null],
    [['step_200.pt', 'step_0.pt', 'notes.txt'], [0, 200], 'step_{N}.pt'],
    [
      ['checkpoint-200.pt', 'checkpoint-400.pt', 'optimizer-400.pt', 'optimizer-200.pt'],
      [200, 400],
      'checkpoint-{N}.pt',
    ],
    [['model_200.pth', 'rng_state_0.pth', 'model-00001-of-00002.safetensors'], [200], 'model_{N}.pth'],
    [
      ['2024_run1_checkpoint_120000.pth', '2024_run1_checkpoint_9.pth'],
      [9, 120000],
      '2024_run1_checkpoint_{N}.pth',
    ],
    [['200.safetensors', '400.safetensors'], [200, 400], '{N}.safetensors'],
    [['net-200.pth.tar', 'net-9.pth.tar', 'net.tar'], [9, 200], 'net-{N}.pth.tar'],
    [['step200.ckpt', 'last.ckpt'], [200], 'step{N}.ckpt'],
    [['net-3.bin', 'scheduler-3.bin'], [3], 'net-{N}.bin'],
    [
      ['epoch=0-step=100.ckpt', 'epoch=1-step=200.ckpt', 'epoch=10-step=1100.ckpt'],
      [100, 200, 1100],
      'epoch=*-step={N}.ckpt',
    ],
    [['epoch_3.pt', 'epoch_4.pt'], [3, 4], 'epoch_{N}.pt'],
  ])('%j', (files, steps, pattern) => {
    const run = openRun(makeRun(`named_${steps.join('_')}_${files.length}`, [...files, 'err_arr.json']));
    expect(run.checkpoints.map(({ step }) => step)).toEqual(steps);
    expect(run.notes).toEqual(
      pattern === null ? [] : [`files named ${pattern} are taken for the checkpoints, {N} for their steps`],
    );
  });

  it('are passed over beside more of another pattern, or taken when asked for', () => {
    const path = makeRun('mixed', ['model_1.pt', 'model_2.pt', 'ema_1.pt', 'err_arr.json']);
    const run = openRun(path);
    expect(run.checkpoints.map((file) => basename(file.path))).toEqual(['model_1.pt', 'model_2.pt']);
    expect(run.notes).toContain('ema_1.pt was passed over: its name is not model_{N}.pt');
    const asked = openRun(path, { pattern: 'ema_{N}.pt', key: 'net' });
    expect(asked.checkpoints).toEqual([{ step: 1, path: join(path, 'ema_1.pt'), key: 'net' }]);
    const any = makeRun('any', ['a1_b2.pt', 'a3_b4.pt', 'ax_b6.pt', 'err_arr.json']);
    expect(openRun(any, { pattern: 'a*_b{N}.pt' }).checkpoints.map(({ step }) => step)).toEqual([2, 4]);
    expect(() => openRun(path, { pattern: 'ema_N.pt' })).toThrow(UsageError);
    expect(() => openRun(path, { pattern: '../{N}.pt' })).toThrow(/expected a name with \{N\} for the step/);
    expect(refusal(() => openRun(path, { pattern: 'none_{N}.pt' }), path)).toMatch(
      /no checkpoints found.*expected files named none_\{N\}\.pt/,
    );
  });

  it('are refused where nothing tells which are meant', () => {
    const path = makeRun('equal', ['net_1.pt', 'net_2.pt', 'ema_1.pt', 'ema_2.pt']);
    expect(refusal(() => openRun(path), path)).toMatch(
      /holds as many ema_\{N\}\.pt as net_\{N\}\.pt; say which are the checkpoints, such as --pattern "ema_\{N\}\.pt"/,
    );
  });
});

describe('steps that a config announces', () => {
  it('are multiples of the interval, and powers of two before the first', () => {
    expect([...savedSteps(configOf({ num_epoch: 1000, n_save: 5 }))]).toEqual([0, 200, 400, 600, 800, 1000]);
    expect([...savedSteps(configOf({ num_epoch: 400, n_save: 2, up_to_first_save: true }))]).toEqual([
      0, 1, 2, 4, 8, 16, 32, 64, 200, 400,
    ]);
    // I = ⌊1000 / 3⌋ = 333, so the last of them is 999.
    expect([...savedSteps(configOf({ num_epoch: 1000, n_save: 3 }))]).toEqual([0, 333, 666, 999]);
    expect([...savedSteps(configOf({ num_epoch: 3, n_save: 7, up_to_first_save: true }))]).toEqual([
      0, 1, 2, 3,
    ]);
  });

  it.each([
    { num_epoch: 1000, n_save: 5 },
    { num_epoch: 1000, n_save: 3, up_to_first_save: true },
    { num_epoch: 3, n_save: 7, up_to_first_save: true },
    { num_epoch: 40, n_save: 1, up_to_first_save: true },
  ])('have a last one up to any step: %o', (options) => {
    const config = configOf(options);
    const all = [...savedSteps(config)];
    for (let step = 0; step <= config.num_epoch + 2; step++) {
      expect(lastSavedStep(config, step)).toBe(Math.max(...all.filter((saved) => saved <= step)));
    }
  });

  it('are known at once where there are a thousand million of them', () => {
    expect(lastSavedStep(configOf({ num_epoch: 1e9, n_save: 1e9 }), 123_456_789)).toBe(123_456_789);
  });

  it('are noted where files lack', () => {
    const config = { num_epoch: 1000, n_save: 10, up_to_first_save: true };
    const notesOf = (name: string, steps: readonly number[]) =>
      openRun(makeRun(name, [...steps.map((step) => `ckpt_${step}.pt`), 'err_arr.json'], config)).notes;
    const all = [...savedSteps(configOf(config))];
    expect(notesOf('whole', all)).toEqual([]);
    expect(notesOf('more', [...all, 3, 150, 2000])).toEqual([]);
    expect(
      notesOf(
        'gaps',
        all.filter((step) => step !== 4 && step !== 300),
      ),
    ).toEqual(['2 of the 17 checkpoints that config.json announces are not there (steps 4, 300)']);
    expect(
      notesOf(
        'short',
        all.filter((step) => step <= 300 && step > 0),
      ),
    ).toEqual([
      '8 of the 17 checkpoints that config.json announces are not there (steps 0, 400, 500, 600, 700, …)',
    ]);
  });

  it('may be a thousand million', () => {
    const path = makeRun('endless', ['ckpt_0.pt', 'ckpt_1.pt', 'ckpt_1000000000.pt', 'err_arr.json'], {
      num_epoch: 1e9,
      n_save: 1e9,
    });
    expect(openRun(path).notes).toEqual([
      '999999998 of the 1000000001 checkpoints that config.json announces are not there (steps 2, 3, 4, 5, 6, …)',
    ]);
  });
});

describe('names', () => {
  it('of settings are those of folders, or given', () => {
    const path = makeRun('some_run', ['ckpt_0.pt']);
    expect(openRun(path).setting).toBe('some_run');
    expect(openRun(`${path}/`).setting).toBe('some_run');
    expect(openRun(join(path, '..', 'some_run', '.')).setting).toBe('some_run');
    expect(openRun(`other=${path}`)).toMatchObject({ setting: 'other', path });
    expect(openRun(`with spaces=${path}`).setting).toBe('with spaces');
  });

  it('may hold = where such a folder is there', () => {
    const path = makeRun('lr=0.1', ['ckpt_0.pt']);
    expect(openRun(path).setting).toBe('lr=0.1');
    expect(openRun(`a=${path}`)).toMatchObject({ setting: 'a', path });
  });

  it.each(['..=', '.=', '\u001b[2J=', `${'x'.repeat(201)}=`])(
    'that cannot be one are refused: %j',
    (name) => {
      const path = makeRun('fine', ['ckpt_0.pt']);
      expect(() => openRun(name + path)).toThrow(UsageError);
      expect(() => openRun(name + path)).toThrow(/cannot name a setting; give it a name with NAME=PATH/);
    },
  );

  it('of two runs must differ', () => {
    const first = makeRun('seed_1/run', ['ckpt_0.pt']);
    const second = makeRun('seed_2/run', ['ckpt_0.pt']);
    expect(() => openRuns([first, second])).toThrow(
      new UsageError(
        `two runs are named run (${first} and ${second}); tell them apart with NAME=PATH, such as run_2=${second}`,
      ),
    );
    expect(openRuns([first, `run_2=${second}`]).map(({ setting }) => setting)).toEqual(['run', 'run_2']);
    expect(() => openRuns([first, first])).toThrow(/two runs are named run/);
  });
});

describe('a folder that is no run', () => {
  it('is named, with what is missing', () => {
    const refuse = (path: string) => refusal(() => openRun(path), path);
    expect(refuse(join(root, 'absent'))).toMatch(
      /no such folder; give the path of a folder with ckpt_\*\.pt files/,
    );
    expect(refuse(makeRun('empty', []))).toMatch(/no checkpoints found; expected files named ckpt_0\.pt/);
    expect(refuse(makeRun('bare', ['err_arr.json'], {}))).toMatch(/no checkpoints found/);
    const file = join(makeRun('holder', ['ckpt_0.pt']), 'ckpt_0.pt');
    expect(refuse(file)).toMatch(
      /expected a run folder, found a file; give the folder that holds the checkpoints/,
    );
    expect(refuse(join(root, 'x'.repeat(300), 'run'))).toMatch(/cannot be read \(ENAMETOOLONG\)/);
  });

  it('has a config that cannot be read', () => {
    const path = makeRun('bad_config', ['ckpt_0.pt', 'config.json']);
    const config = join(path, 'config.json');
    expect(refusal(() => openRun(path), config)).toMatch(/not valid JSON/);
    writeFileSync(config, ' '.repeat(2 ** 24 + 1));
    expect(refusal(() => openRun(path), config)).toMatch(/16777217 bytes are too many for such a file/);
    writeFileSync(config, '{"model_type": "gpt2", "n_head": 12}');
    expect(refusal(() => openRun(path), config)).toMatch(/config of a Hugging Face model/);
    rmSync(config);
    mkdirSync(config);
    expect(refusal(() => openRun(path), config)).toMatch(/expected a file, found a folder/);
    rmSync(config, { recursive: true });
    symlinkSync(join(path, 'nowhere'), config);
    expect(refusal(() => openRun(path), config)).toMatch(/no such file, or a link that leads nowhere/);
  });
});
