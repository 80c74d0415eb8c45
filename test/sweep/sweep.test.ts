import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTable } from '../../src/tables/save.js';
import { bridgescope } from '../cli/run.js';
import { pause, results, start, tinyPlan, tinyRun, tinySettings, until } from './tiny-sweep.js';

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
    stdout: `${join(whole, 'measures.parquet')}  6 runs\n`,
    stderr: '',
  });
  expected = results(whole);
}, 60_000);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function planFile(name: string, text: string): string {
  const path = join(scratch, `${name}.yaml`);
  writeFileSync(path, text);
  return path;
}

const summary = (folder: string) =>
  JSON.parse(readFileSync(join(folder, 'sweep.json'), 'utf8')) as {
    axes: string[];
    runs: { setting: string; axes: object; status: string; seconds: number | null; error: string | null }[];
  };

describe('bridgescope sweep', () => {
  it('leaves runs, their tables, one table of all, and how each run stands', async () => {
    expect(readdirSync(whole).sort()).toEqual(
      ['locks', 'measures.parquet', 'plan.yaml', 'runs', 'sweep.json', 'work'].sort(),
    );
    expect(readdirSync(join(whole, 'locks'))).toEqual([]);
    expect(readdirSync(join(whole, 'work'))).toEqual([]);
    expect(readFileSync(join(whole, 'plan.yaml'), 'utf8')).toBe(tinyPlan);
    expect(readdirSync(join(whole, 'runs')).sort()).toEqual([...tinySettings].sort());
    // keep: [400, 1200]
    expect(readdirSync(join(whole, 'runs', tinySettings[0]!)).sort()).toEqual(
      [
        ...['ckpt_1200.pt', 'ckpt_400.pt', 'config.json', 'err_arr.json', 'manifest.json'],
        ...['measures.parquet', 'run.json', 'test.pth', 'test_ood.pth'],
      ].sort(),
    );
    const { axes, runs } = summary(whole);
    expect(axes).toEqual(['pool_size', 'seed']);
    expect(runs.map(({ setting }) => setting)).toEqual(tinySettings);
    expect(runs[3]).toMatchObject({ axes: { pool_size: null, seed: 1 }, status: 'done', error: null });
    expect(runs.every(({ seconds }) => seconds !== null && seconds > 0)).toBe(true);
  });

  it('trains and measures what train and measure do', async () => {
    const alone = join(scratch, 'alone', tinySettings[1]!);
    const config = planFile('config', `{${tinyRun}, num_epoch: 1200, n_save: 6, pool_size: 4, seed: 2}`);
    await bridgescope('train', '--out', alone, '--config', config, '--quiet');
    await bridgescope('measure', alone, '--out', join(scratch, 'alone'), '--ranks', '2,4', '--no-figures');
    const own = join(whole, 'runs', tinySettings[1]!);
    for (const name of ['ckpt_400.pt', 'err_arr.json', 'manifest.json', 'test.pth']) {
      expect(readFileSync(join(own, name)).equals(readFileSync(join(alone, name)))).toBe(true);
    }
    const [ours, theirs] = await Promise.all(
      [join(own, 'measures.parquet'), join(scratch, 'alone/measures.parquet')].map(openTable),
    );
    expect(ours).toEqual(theirs);
    const all = await openTable(join(whole, 'measures.parquet'));
    expect(Object.keys(all.metadata!.runs)).toEqual(tinySettings);
    expect(all.metadata!.runs[tinySettings[1]!]).toEqual(theirs!.metadata!.runs[tinySettings[1]!]);
  });

  it('does nothing again', async () => {
    const before = tinySettings.map((run) => statSync(join(whole, 'runs', run, 'run.json')).mtimeMs);
    const table = statSync(join(whole, 'measures.parquet')).mtimeMs;
    const again = await bridgescope('sweep', plan, '--out', whole);
    expect(again).toMatchObject({ status: 0, stderr: 'note: 6 of 6 runs are done already\n' });
    expect(tinySettings.map((run) => statSync(join(whole, 'runs', run, 'run.json')).mtimeMs)).toEqual(before);
    expect(statSync(join(whole, 'measures.parquet')).mtimeMs).toBe(table);
  });

  it('goes on to the same bytes, whenever it was stopped', async () => {
    const out = join(scratch, 'stopped');
    for (const signal of ['SIGKILL', 'SIGKILL', 'SIGINT', 'SIGKILL', 'SIGTERM', 'SIGKILL'] as const) {
      const { child, ended } = start('sweep', plan, '--out', out, '--jobs', '2', '--quiet');
      const locks = join(out, 'locks');
      const isAtWork = () =>
        child.exitCode !== null ||
        (existsSync(locks) && readdirSync(locks).some((name) => name.includes(`-${child.pid}-`)));
      await until(isAtWork);
      await pause(Math.random() * 1500);
      child.kill(signal);
      const { status, output } = await ended;
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
  }, 60_000);

  it('is made in shards that share the folder, in any order', async () => {
    const out = join(scratch, 'shards');
    const shards = ['2/3', '1/3', '3/3'].map((shard) =>
      bridgescope('sweep', plan, '--out', out, '--quiet', '--jobs', '1', '--shard', shard),
    );
    for (const outcome of await Promise.all(shards)) expect(outcome).toMatchObject({ status: 0, stderr: '' });
    expect(results(out)).toEqual(expected);
    expect(summary(out).runs.every(({ status }) => status === 'done')).toBe(true);
  }, 60_000);

  it('lets no other sweep into its folder while it is at work', async () => {
    const out = join(scratch, 'busy');
    const { child, ended } = start('sweep', plan, '--out', out, '--jobs', '1', '--quiet', '--shard', '1/2');
    await until(() => existsSync(join(out, 'work')));
    child.kill('SIGSTOP');
    const other = planFile('other', tinyPlan.replace('1..3', '1..4'));
    for (const [args, message] of [
      [[plan], /: shard 1\/2 of a sweep is at work here \(process \d+ on /],
      [[plan, '--shard', '1/2'], /shard 1\/2 of a sweep is at work/],
      [[plan, '--shard', '2/3'], /shard 1\/2 of a sweep is at work/],
      [[other, '--shard', '2/2'], /shard 1\/2 of a sweep with another plan is at work/],
    ] as const) {
      const refused = await bridgescope('sweep', ...args, '--out', out);
      expect(refused).toMatchObject({ status: 1, stdout: '' });
      expect(refused.stderr).toMatch(message);
    }
    child.kill('SIGKILL');
    await ended;
    // A lock of the dead is no obstacle, nor one of another machine that has long been silent.
    const dead = { host: 'elsewhere', pid: 1, started: null, role: { index: 1, of: 1 }, plan: '' };
    const path = join(out, 'locks/elsewhere.json');
    writeFileSync(path, JSON.stringify(dead));
    expect((await bridgescope('sweep', plan, '--out', out)).stderr).toContain('(process 1 on elsewhere)');
    utimesSync(path, new Date(0), new Date(0));
    expect(await bridgescope('sweep', plan, '--out', out, '--quiet')).toMatchObject({ status: 0 });
    expect(results(out)).toEqual(expected);
  }, 60_000);

  it('tells a process from another one that has its number now', async () => {
    const out = join(scratch, 'reused');
    mkdirSync(join(out, 'locks'), { recursive: true });
    const holder = { host: hostname(), pid: process.pid, started: 'another time', role: 'queue', plan: '' };
    writeFileSync(join(out, 'locks/old.json'), JSON.stringify(holder));
    const one = planFile('one', `base: {${tinyRun}, num_epoch: 20}\nmeasure: {ranks: 2}`);
    expect(await bridgescope('sweep', one, '--out', out, '--quiet')).toMatchObject({ status: 0 });
  });

  it('lists runs that fail at the end, and makes the others', async () => {
    const out = join(scratch, 'failing');
    const failing = planFile(
      'failing',
      `base: {${tinyRun}, num_epoch: 300}\naxes: {lr: [0.001, 1e30, 0.002]}\nmeasure: {ranks: 2}`,
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
    const all = planFile('all', `base: {${tinyRun}, num_epoch: 300, lr: 1e30}\nmeasure: {ranks: 2}`);
    expect(await bridgescope('sweep', all, '--out', join(scratch, 'all'))).toMatchObject({ status: 1 });
  });

  it('refuses a folder that holds other runs, before anything is done', async () => {
    const refuse = async (text: string, message: RegExp, out = whole) => {
      const outcome = await bridgescope('sweep', planFile('changed', text), '--out', out);
      expect(outcome).toMatchObject({ status: 1, stdout: '' });
      expect(outcome.stderr).toMatch(message);
    };
    await refuse(
      tinyPlan.replace('num_epoch: 1200', 'num_epoch: 600'),
      /pool_size_4-seed_1: holds a run of another config \(num_epoch 1200, not 600\); choose another --out/,
    );
    await refuse(
      tinyPlan.replace('[2, 4]', '[2, 3]'),
      /was measured with \{"ranks":\[2,4\].*"ranks":\[2,3\]/,
    );
    await refuse('base: {}', /tiny\.yaml: expected a folder for the sweep, found a file/, plan);
    const foreign = join(scratch, 'foreign');
    mkdirSync(join(foreign, 'runs', tinySettings[0]!), { recursive: true });
    await refuse(tinyPlan, /holds a run that no sweep made/, foreign);
    writeFileSync(join(foreign, 'runs', tinySettings[0]!, 'run.json'), '{"hash": 3}');
    await refuse(tinyPlan, /run\.json: not the record of a finished run; remove the folder/, foreign);
    expect(results(whole)).toEqual(expected);
  });

  it('makes only what a longer plan adds', async () => {
    const out = join(scratch, 'longer');
    const short = planFile('short', tinyPlan.replace('1..3', '1..2'));
    await bridgescope('sweep', short, '--out', out, '--quiet');
    const record = join(out, 'runs', tinySettings[0]!, 'run.json');
    const before = statSync(record).mtimeMs;
    const { stderr, status } = await bridgescope('sweep', plan, '--out', out);
    expect(status).toBe(0);
    expect(stderr).toContain('4 of 6 runs are done already');
    expect(statSync(record).mtimeMs).toBe(before);
    expect(results(out)).toEqual(expected);
  });

  it('tells in a dry run what it would do, and does nothing', async () => {
    const out = join(scratch, 'dry');
    const { status, stdout } = await bridgescope('sweep', plan, '--dry-run', '--out', out);
    expect(status).toBe(0);
    expect(stdout).toMatch(/tiny\.yaml: 6 runs \(2 pool_size × 3 seed\), 7 200 steps/);
    expect(stdout).toMatch(/disk .*keep: 2 steps/);
    expect(stdout).toMatch(/time .*an estimate/);
    for (const setting of tinySettings) expect(stdout).toContain(setting);
    expect(existsSync(out)).toBe(false);
    const done = await bridgescope('sweep', plan, '--dry-run', '--out', whole, '--shard', '1/2');
    expect(done.stdout).toMatch(
      /6 runs .*, 3 of them in this shard, 3 600 steps\n {2}done already {2}3 runs/,
    );
    expect(results(whole)).toEqual(expected);
  });

  it('keeps what the plan says', async () => {
    for (const [keep, files] of [
      [
        'all',
        ['ckpt.pt', 'ckpt_0.pt', 'ckpt_100.pt', 'ckpt_200.pt', 'test.pth', 'training_state.safetensors'],
      ],
      ['none', []],
      ['last', ['ckpt.pt', 'test.pth']],
    ] as const) {
      const out = join(scratch, `keep-${keep}`);
      const text = `base: {${tinyRun}, num_epoch: 200, n_save: 2}\nkeep: ${keep}\nmeasure: {ranks: 2, match: mean}`;
      await bridgescope('sweep', planFile('keep', text), '--out', out, '--quiet');
      const found = readdirSync(join(out, 'runs/run')).filter((name) => /^(ckpt|test\.|training)/.test(name));
      expect(found.sort()).toEqual([...files].sort());
      const { table } = await openTable(join(out, 'measures.parquet'));
      expect(table.statistic.values).toContain('mean_q95');
      expect(table.statistic.values.filter((name) => name.startsWith('largest'))).toEqual([]);
    }
  });

  it.each<[string[], number, RegExp]>([
    [[], 2, /missing required argument/],
    [['nowhere.yaml', '--out', 'x'], 1, /nowhere\.yaml: cannot be read \(ENOENT\)/],
    [['PLAN'], 2, /--out: expected the folder/],
    [['PLAN', '--out', 'x', '--shard', '3/2'], 2, /--shard: expected I\/N/],
    [['PLAN', '--out', 'x', '--shard', '0/2'], 2, /--shard: expected I\/N/],
    [['PLAN', '--out', 'x', '--shard', '7/7'], 2, /the plan has 6 runs, so there is none for this shard/],
    [['PLAN', '--out', 'x', '--jobs', '0'], 2, /--jobs/],
  ])('refuses %j', async (args, status, message) => {
    const words = args.map((word) => (word === 'PLAN' ? plan : word === 'x' ? join(scratch, 'x') : word));
    const outcome = await bridgescope('sweep', ...words);
    expect(outcome.status).toBe(status);
    expect(outcome.stderr).toMatch(message);
    expect(existsSync(join(scratch, 'x'))).toBe(false);
  });
});
