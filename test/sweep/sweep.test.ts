import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputError } from '../../src/errors.js';
import { checkConfig } from '../../src/run/config.js';
import { openRun } from '../../src/run/folder.js';
import { measureRuns } from '../../src/series/measure-runs.js';
import { lockFolder } from '../../src/sweep/lock.js';
import { runHere } from '../../src/sweep/run-here.js';
import { runsToLookAt } from '../../src/sweep/runs-to-look-at.js';
import { openSweep } from '../../src/sweep/sweep.js';
import { openTable } from '../../src/tables/save.js';
import { trainRun } from '../../src/train/train-run.js';
import { bridgescope } from '../cli/run.js';
import {
  momentsBelow,
  patient,
  pause,
  results,
  start,
  tinyPlan,
  tinyRun,
  tinySettings,
  until,
} from './tiny-sweep.js';

let scratch: string;
let plan: string;
let whole: string;
let expected: Record<string, string>;
beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'bridgescope-sweep-'));
  plan = planFile('tiny', tinyPlan);
  whole = join(scratch, 'whole');
  expect(await bridgescope('sweep', plan, '--out', whole, '--quiet', '--jobs', '2')).toEqual({
    status: 0,
    stdout: `${join(whole, 'measures.parquet')}  4 runs\n`,
    stderr: '',
  });
  expected = results(whole);
}, patient);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function planFile(name: string, text: string): string {
  const path = join(scratch, `${name}.yaml`);
  writeFileSync(path, text);
  return path;
}

/** Carries out a plan in this process, with one thread for its runs. */
async function carryOut(text: string, out: string) {
  const sweep = await openSweep(planFile('plan', text), out, '0.1.0');
  return runHere(sweep, { jobs: 1, shard: { index: 1, of: 1 }, signal: new AbortController().signal });
}

const summary = (folder: string) =>
  JSON.parse(readFileSync(join(folder, 'sweep.json'), 'utf8')) as {
    axes: string[];
    runs: { setting: string; axes: object; status: string; seconds: number | null; error: string | null }[];
  };

describe(
  'bridgescope sweep',
  () => {
    it('leaves runs, their tables, one table of all, and how each run stands', () => {
      expect(readdirSync(whole).sort()).toEqual(
        ['locks', 'measures.parquet', 'plan.yaml', 'runs', 'sweep.json', 'work'].sort(),
      );
      expect(readdirSync(join(whole, 'locks'))).toEqual([]);
      expect(readdirSync(join(whole, 'work'))).toEqual([]);
      expect(readFileSync(join(whole, 'plan.yaml'), 'utf8')).toBe(tinyPlan);
      expect(readdirSync(join(whole, 'runs')).sort()).toEqual([...tinySettings].sort());
      // keep: [200, 600]
      expect(readdirSync(join(whole, 'runs', tinySettings[0]!)).sort()).toEqual(
        [
          ...['ckpt_200.pt', 'ckpt_600.pt', 'config.json', 'err_arr.json', 'manifest.json'],
          ...['measures.parquet', 'run.json', 'test.pth', 'test_ood.pth'],
        ].sort(),
      );
      const { axes, runs } = summary(whole);
      expect(axes).toEqual(['pool_size', 'seed']);
      expect(runs.map(({ setting }) => setting)).toEqual(tinySettings);
      expect(runs[2]).toMatchObject({ axes: { pool_size: null, seed: 1 }, status: 'done', error: null });
      expect(runs.every(({ seconds }) => seconds !== null && seconds > 0)).toBe(true);
    });

    it('trains and measures what trainRun and measureRuns do', async () => {
      const setting = tinySettings[1]!;
      const alone = join(scratch, 'alone', setting);
      const { config } = checkConfig(
        JSON.parse(readFileSync(join(whole, 'runs', setting, 'config.json'), 'utf8')),
        'config',
      );
      expect(config).toMatchObject({ pool_size: 4, seed: 2, num_epoch: 600, vocab_size: 9 });
      await trainRun({
        ...{ out: alone, config, ifThere: 'refuse', evalEvery: null, jobs: 1, fast: false },
        ...{ formats: ['pt'], version: '0.1.0' },
      });
      const measured = await measureRuns([openRun(alone)], {
        ...{ ranks: [2, 4], relPos: [0], steps: () => true, jobs: 1, architecture: {} },
      });
      const own = join(whole, 'runs', setting);
      for (const name of ['ckpt_200.pt', 'err_arr.json', 'manifest.json', 'test.pth']) {
        expect(readFileSync(join(own, name)).equals(readFileSync(join(alone, name)))).toBe(true);
      }
      const ours = await openTable(join(own, 'measures.parquet'));
      expect(ours.table).toEqual(measured.table);
      expect(ours.metadata!.runs).toEqual(measured.runs);
      const all = await openTable(join(whole, 'measures.parquet'));
      expect(Object.keys(all.metadata!.runs)).toEqual(tinySettings);
      expect(all.table.setting.values).toEqual(tinySettings);
    });

    it('does nothing again', async () => {
      const times = () =>
        [...tinySettings.map((run) => `runs/${run}/run.json`), 'measures.parquet'].map(
          (path) => statSync(join(whole, path)).mtimeMs,
        );
      const before = times();
      const again = await bridgescope('sweep', plan, '--out', whole);
      expect(again).toMatchObject({ status: 0, stderr: 'note: 4 of 4 runs are done already\n' });
      expect(times()).toEqual(before);
    });

    it('goes on to the same bytes, whenever it was stopped', async () => {
      const out = join(scratch, 'stopped');
      const moment = momentsBelow(1000, 2);
      for (const signal of ['SIGKILL', 'SIGINT', 'SIGKILL', 'SIGTERM', 'SIGKILL'] as const) {
        const one = start(['sweep', plan, '--out', out, '--jobs', '2', '--quiet']);
        const locks = join(out, 'locks');
        const isAtWork = () =>
          existsSync(locks) && readdirSync(locks).some((name) => name.includes(`-${one.child.pid}-`));
        await until(isAtWork, one);
        await pause(moment());
        one.child.kill(signal);
        const { status, output } = await one.ended;
        // It may have been done in time.
        if (status !== 0) expect(status).toBe({ SIGKILL: null, SIGINT: 130, SIGTERM: 143 }[signal]);
        expect(output.replace(/^.*measures\.parquet {2}\d runs\n/, '')).toBe('');
      }
      expect(await bridgescope('sweep', plan, '--out', out, '--quiet')).toMatchObject({
        status: 0,
        stderr: '',
      });
      expect(results(out)).toEqual(expected);
      expect(readdirSync(join(out, 'work'))).toEqual([]);
      expect(readdirSync(join(out, 'locks'))).toEqual([]);
    });

    it('is made in shards that share the folder', async () => {
      const out = join(scratch, 'shards');
      const shards = ['2/2', '1/2'].map((shard) =>
        bridgescope('sweep', plan, '--out', out, '--quiet', '--jobs', '1', '--shard', shard),
      );
      for (const outcome of await Promise.all(shards))
        expect(outcome).toMatchObject({ status: 0, stderr: '' });
      expect(results(out)).toEqual(expected);
      expect(summary(out).runs.every(({ status }) => status === 'done')).toBe(true);
    });

    it('is kept out of a folder where another one is at work', async () => {
      const release = await lockFolder(whole, { index: 1, of: 1 }, 'plan');
      const refused = await bridgescope('sweep', plan, '--out', whole);
      expect(refused).toMatchObject({ status: 1, stdout: '' });
      expect(refused.stderr).toMatch(
        /whole: a sweep is at work here \(process \d+ on .*\); wait for it, stop it, or/,
      );
      release();
    });

    it('lists runs that fail at the end, makes the others, and tries them again', async () => {
      const out = join(scratch, 'failing');
      const failing = planFile(
        'failing',
        `base: {${tinyRun}, num_epoch: 200}\naxes: {lr: [0.001, 1e30, 0.002]}\nmeasure: {ranks: 2}`,
      );
      for (const _ of ['first', 'again']) {
        const outcome = await bridgescope('sweep', failing, '--out', out, '--quiet');
        expect(outcome).toMatchObject({ status: 3, stdout: `${join(out, 'measures.parquet')}  2 runs\n` });
        expect(outcome.stderr).toMatch(
          /^failed: lr_1e\+30: training diverged: .*\n1 run failed .*tries it again\n$/,
        );
        expect(summary(out).runs.map(({ status }) => status)).toEqual(['done', 'failed', 'done']);
        expect(summary(out).runs[1]!.error).toContain('diverged');
      }
    });

    // A file of a run that stands on a device which is always full: the kernel's own ENOSPC.
    it.skipIf(!existsSync('/dev/full')).each(['ckpt_600.pt', 'measures.parquet', 'run.json'])(
      'ends in one line when the disk is full at %s, and goes on to the same bytes',
      async (name) => {
        const out = join(scratch, `full-${name}`);
        const work = join(out, 'work', `${tinySettings[0]}.1`);
        const timer = setInterval(() => {
          if (!existsSync(join(work, 'config.json'))) return;
          symlinkSync('/dev/full', join(work, `.${name}.${process.pid}.partial`));
          clearInterval(timer);
        }, 1);
        const error = await carryOut(tinyPlan, out).catch((caught: Error) => caught);
        expect(error).toBeInstanceOf(InputError);
        expect((error as Error).message).toMatch(
          /seed_1\.1\/\S+: cannot be written: the disk is full; make room .*; what is done is kept, and with room the same command goes on/,
        );
        expect(existsSync(join(out, 'failed'))).toBe(false);
        expect(await carryOut(tinyPlan, out)).toMatchObject({ done: 4, left: 0 });
        expect(results(out)).toEqual(expected);
      },
    );

    it('refuses a folder that holds other runs, before anything is done', async () => {
      await expect(carryOut(tinyPlan.replace('num_epoch: 600', 'num_epoch: 300'), whole)).rejects.toThrow(
        /pool_size_4-seed_1: holds a run of another config \(num_epoch 600, not 300\); choose another --out/,
      );
      await expect(carryOut(tinyPlan.replace('[2, 4]', '[2, 3]'), whole)).rejects.toThrow(
        /was measured with \{"ranks":\[2,4\].*"ranks":\[2,3\].*checkpoints were not all kept.*choose another --out/,
      );
      await expect(carryOut('base: {}', plan)).rejects.toThrow(
        /expected a folder for the sweep, found a file/,
      );
      const foreign = join(scratch, 'foreign');
      const run = join(foreign, 'runs', tinySettings[0]!);
      mkdirSync(run, { recursive: true });
      await expect(carryOut(tinyPlan, foreign)).rejects.toThrow(/holds a run that no sweep made/);
      writeFileSync(join(run, 'run.json'), '{"hash": 3}');
      await expect(carryOut(tinyPlan, foreign)).rejects.toThrow(
        /run\.json: not the record of a finished run/,
      );
      const begun = join(scratch, 'begun');
      mkdirSync(join(begun, 'work', `${tinySettings[0]}.3`), { recursive: true });
      writeFileSync(join(begun, 'work', `${tinySettings[0]}.3`, 'config.json'), '{"seed": 5}');
      await expect(carryOut(tinyPlan, begun)).rejects.toThrow(
        /seed_1\.3: a run of another config was begun here/,
      );
      expect(results(whole)).toEqual(expected);
      expect(existsSync(join(foreign, 'plan.yaml'))).toBe(false);
    });

    it('is explored while it is at work: finished runs by their tables, others followed', async () => {
      const folder = join(scratch, 'at work');
      cpSync(whole, folder, { recursive: true });
      const [begun = '', ...finished] = tinySettings;
      renameSync(join(folder, 'runs', begun), join(folder, 'work', `${begun}.1`));
      const exploring = start(['explore', folder, '--no-open', '--port', '0', '--quiet']);
      await until(() => exploring.output().includes('\n'), exploring);
      const answer = await fetch(`${exploring.output().trim()}api/runs`);
      const { runs } = (await answer.json()) as { runs: { name: string; config: { pool_size: unknown } }[] };
      expect(runs.map(({ name }) => name)).toEqual([...[...finished].sort(), begun]);
      expect(runs.at(-1)!.config.pool_size).toBe(4);
      exploring.child.kill('SIGINT');
      expect((await exploring.ended).status).toBe(130);
      // Without its runs the table that it made is shown; before the first run has begun there is nothing to look at.
      for (const name of ['runs', 'work']) rmSync(join(folder, name), { recursive: true });
      expect(runsToLookAt([folder])).toEqual([join(folder, 'measures.parquet')]);
      rmSync(join(folder, 'measures.parquet'));
      const { status, stderr } = await bridgescope('explore', folder, '--no-open');
      expect([status, stderr]).toEqual([
        1,
        expect.stringMatching(/at work: this sweep has begun no run yet/),
      ]);
    });

    it('makes only what a longer plan adds', async () => {
      const out = join(scratch, 'longer');
      expect(await carryOut(tinyPlan.replace('1..2', '1'), out)).toMatchObject({
        done: 2,
        table: { runs: 2 },
      });
      const record = join(out, 'runs', tinySettings[0]!, 'run.json');
      const before = statSync(record).mtimeMs;
      expect(await carryOut(tinyPlan, out)).toMatchObject({ done: 4, left: 0, table: { runs: 4 } });
      expect(statSync(record).mtimeMs).toBe(before);
      expect(results(out)).toEqual(expected);
    });

    it('measures anew what keeps its checkpoints, without training it again', async () => {
      const all = tinyPlan.replace('[200, 600]', 'all').replace('[4, null]', '4');
      const out = join(scratch, 'anew');
      await carryOut(all, out);
      const checkpoint = join(out, 'runs', tinySettings[0]!, 'ckpt_600.pt');
      const before = statSync(checkpoint).mtimeMs;
      const other = all.replace('[2, 4]', '[3]');
      const { stdout } = await bridgescope('sweep', planFile('other', other), '--dry-run', '--out', out);
      expect(stdout).toContain('  measure anew  2 runs');
      expect(await carryOut(other, out)).toMatchObject({ done: 2, left: 0, table: { runs: 2 } });
      expect(statSync(checkpoint).mtimeMs).toBe(before);
      const fresh = join(scratch, 'fresh');
      await carryOut(other, fresh);
      expect(results(out)).toEqual(results(fresh));
      expect(readdirSync(join(out, 'work'))).toEqual([]);
    });

    it('does not measure a run that has lost checkpoints', async () => {
      const out = join(scratch, 'lacking');
      const text = tinyPlan.replace('[4, null]', '4').replace('1..2', '1');
      const controller = new AbortController();
      const sweep = await openSweep(planFile('lacking', text), out, '0.1.0');
      const work = join(out, 'work', `${tinySettings[0]}.1`);
      const stopped = runHere(sweep, {
        ...{ jobs: 1, shard: { index: 1, of: 1 }, signal: controller.signal },
        onProgress: () => existsSync(join(work, 'ckpt_0.pt')) && controller.abort(),
      });
      expect(await stopped).toMatchObject({ done: 0, left: 1, table: null });
      rmSync(join(work, 'ckpt_0.pt'));
      const { failed } = await carryOut(text, out);
      expect(failed.get(tinySettings[0]!)).toMatch(
        /ckpt_0\.pt is missing; remove the folder to make the run again/,
      );
    });

    it('tells in a dry run what it would do, and does nothing', async () => {
      const longer = planFile('longer', tinyPlan.replace('1..2', '1..4'));
      const { status, stdout } = await bridgescope(
        'sweep',
        longer,
        '--dry-run',
        '--out',
        whole,
        '--shard',
        '1/2',
      );
      expect(status).toBe(0);
      expect(stdout).toMatch(
        /^longer\.yaml: 8 runs \(2 pool_size × 4 seed\), 4 of them in this shard, 2 400 steps\n {2}done already {2}2 runs\n {2}to do +2 runs, 1 200 steps, 2 ranks/,
      );
      expect(stdout).toMatch(/ disk .*keep: 2 steps/);
      expect(stdout).toMatch(/ time .*an estimate/);
      expect(stdout).toContain('  pool_size_4-seed_1  done\n  pool_size_4-seed_3\n');
      expect(results(whole)).toEqual(expected);
      expect(readFileSync(join(whole, 'plan.yaml'), 'utf8')).toBe(tinyPlan);
    });

    it('keeps what the plan says', async () => {
      for (const [keep, files] of [
        [
          'all',
          [
            ...['ckpt.pt', 'ckpt_0.pt', 'ckpt_100.pt', 'ckpt_200.pt', 'config.json', 'err_arr.json'],
            ...['manifest.json', 'measures.parquet', 'run.json', 'test.pth', 'test_ood.pth'],
            'training_state.safetensors',
          ],
        ],
        ['none', ['config.json', 'manifest.json', 'measures.parquet', 'run.json']],
        [
          'last',
          [
            ...['ckpt.pt', 'config.json', 'err_arr.json', 'manifest.json', 'measures.parquet', 'run.json'],
            ...['test.pth', 'test_ood.pth'],
          ],
        ],
      ] as const) {
        const out = join(scratch, `keep-${keep}`);
        await carryOut(
          `base: {${tinyRun}, num_epoch: 200, n_save: 2}\nkeep: ${keep}\nmeasure: {ranks: 2, match: mean}`,
          out,
        );
        expect(readdirSync(join(out, 'runs/run')).sort()).toEqual([...files].sort());
        const { table } = await openTable(join(out, 'measures.parquet'));
        expect(table.statistic.values).toContain('mean_q95');
        expect(table.statistic.values.filter((name) => name.startsWith('largest'))).toEqual([]);
      }
    });

    it.each<[string[], number, RegExp]>([
      [['nowhere.yaml', '--out', 'x'], 2, /nowhere\.yaml: cannot be read \(ENOENT\)/],
      [['PLAN'], 2, /--out: expected the folder/],
      [['PLAN', '--out', 'x', '--shard', '3/2'], 2, /--shard: expected I\/N/],
      [['PLAN', '--out', 'x', '--shard', '5/5'], 2, /the plan has 4 runs, so there is none for this shard/],
      [['PLAN', '--out', 'x', '--redis', 'r', '--shard', '1/2'], 2, /--redis and --shard exclude each other/],
    ])('refuses %j', async (args, status, message) => {
      const words = args.map((word) => (word === 'PLAN' ? plan : word === 'x' ? join(scratch, 'x') : word));
      const outcome = await bridgescope('sweep', ...words);
      expect(outcome.status).toBe(status);
      expect(outcome.stderr).toMatch(message);
      expect(existsSync(join(scratch, 'x'))).toBe(false);
    });
  },
  patient,
);
