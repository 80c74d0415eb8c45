import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openRuns } from '../../src/run/folder.js';
import { curvesOf } from '../../src/series/curves.js';
import { measureRuns } from '../../src/series/measure-runs.js';
import type { PerformSeriesTask } from '../../src/series/task.js';
import work from '../../src/series/worker.js';
import { FollowedRun } from '../../src/server/followed-run.js';
import { Growth } from '../../src/server/growth.js';
import { tableMetadata } from '../../src/tables/meta.js';
import { writeParquet } from '../../src/tables/parquet.js';
import { parseParquet } from '../../src/tables/parquet-read.js';
import { resultOf } from '../../src/threads/answer.js';
import { smallRun } from '../cli/run.js';

const perform = (async (task: Parameters<typeof work>[0]) => resultOf(await work(task))) as PerformSeriesTask;

describe('a run that is followed', () => {
  let folder: string;
  let changes = 0;

  beforeEach(() => {
    folder = join(mkdtempSync(join(tmpdir(), 'bridgescope-follow-')), 'run');
    mkdirSync(folder);
    changes = 0;
  });
  afterEach(() => rmSync(join(folder, '..'), { recursive: true, force: true }));

  const take = (...names: string[]) => {
    for (const name of names) cpSync(join(smallRun, name), join(folder, name));
  };
  const follow = (ranks: readonly number[] = [5, 10], relPos: readonly number[] = [0, 5]) =>
    new FollowedRun(folder, {
      ranks,
      relPos,
      architecture: {},
      version: '0.0.0-test',
      perform,
      onChange: () => {
        changes++;
      },
    });
  const read = async (run: FollowedRun, part: 'errors' | 'measures' | 'all') =>
    curvesOf((await parseParquet(run.table(part), 'table')).table);

  it('has, piece by piece, the table that measuring at once gives, byte for byte', async () => {
    take('config.json', 'ckpt_0.pt', 'ckpt_200.pt');
    const run = follow();
    await run.update(Date.now());
    expect(
      (await read(run, 'measures')).find({ setting: 'run', measure: 'z_score', of: '0.0>1.0', rel_pos: 0 })!
        .steps,
    ).toEqual(Float64Array.of(0, 200));
    take('ckpt_100.pt', 'err_arr.json');
    await run.update(Date.now());
    take('ckpt_300.pt');
    await run.update(Date.now());
    const { table, runs } = await measureRuns(openRuns([folder]), {
      ranks: [5, 10],
      relPos: [0, 5],
      steps: () => true,
      jobs: 1,
      architecture: {},
    });
    expect(Buffer.from(run.table('all'))).toEqual(
      Buffer.from(writeParquet(table, tableMetadata('0.0.0-test', runs))),
    );
    expect((await read(run, 'errors')).all.every(({ key }) => /err|loss/.test(key.measure))).toBe(true);
    expect(run.summary().provenance.checkpoints).toEqual(runs['run']!.checkpoints);
  });

  it('waits for a folder that training has not made yet', async () => {
    rmSync(folder, { recursive: true });
    const run = follow();
    await run.update(Date.now());
    expect(run.summary().progress.phase).toBe('waiting');
    expect(() => run.checkMeasurable()).toThrow(/no such folder/);
    mkdirSync(folder);
    take('config.json', 'ckpt_0.pt');
    await run.update(Date.now());
    expect(run.summary().steps).toEqual([{ step: 0, status: 'ready' }]);
  });

  it('refuses a file in the place of the folder', () => {
    rmSync(folder, { recursive: true });
    writeFileSync(folder, '');
    expect(follow).toThrow(/run: expected a run folder, found a file/);
  });

  it('waits for a folder that has no checkpoint yet', async () => {
    const run = follow();
    await run.update(Date.now());
    expect(run.summary().progress.phase).toBe('waiting');
    expect(() => run.checkMeasurable()).toThrow(/no checkpoints found/);
    take('config.json', 'ckpt_0.pt');
    await run.update(Date.now());
    expect(run.summary().steps).toEqual([{ step: 0, status: 'ready' }]);
  });

  it('takes a file that cannot be read for unfinished while it is new, and for broken later', async () => {
    take('config.json', 'ckpt_0.pt');
    const path = join(folder, 'ckpt_100.pt');
    writeFileSync(path, readFileSync(join(smallRun, 'ckpt_100.pt')).subarray(0, 12_000));
    const run = follow();
    await run.update(Date.now());
    expect(run.summary().steps.map(({ step }) => step)).toEqual([0]);
    const old = new Date(Date.now() - 60_000);
    utimesSync(path, old, old);
    await run.update(Date.now());
    expect(run.summary().steps[1]).toMatchObject({ step: 100, status: 'broken' });
    expect(run.summary().steps[1]!.message).toContain('ckpt_100.pt');
    expect(run.failures()).toHaveLength(1);
    take('ckpt_100.pt');
    await run.update(Date.now());
    expect(run.summary().steps[1]).toEqual({ step: 100, status: 'ready' });
  });

  it('keeps the last errors while the file is half-written', async () => {
    take('config.json', 'ckpt_0.pt', 'err_arr.json');
    const run = follow();
    await run.update(Date.now());
    const before = await read(run, 'errors');
    const text = readFileSync(join(folder, 'err_arr.json'), 'utf8');
    writeFileSync(join(folder, 'err_arr.json'), text.slice(0, text.length / 2));
    await run.update(Date.now());
    expect((await read(run, 'errors')).find({ setting: 'run', measure: 'err_ood' })).toEqual(
      before.find({ setting: 'run', measure: 'err_ood' }),
    );
    expect(run.failures()).toEqual([]);
  });

  it('forgets what is deleted, and starts over with a run that takes its place', async () => {
    take('config.json', 'ckpt_0.pt', 'ckpt_100.pt');
    const run = follow();
    await run.update(Date.now());
    rmSync(join(folder, 'ckpt_100.pt'));
    await run.update(Date.now());
    expect(run.summary().steps.map(({ step }) => step)).toEqual([0]);
    const config = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8'));
    writeFileSync(join(folder, 'config.json'), JSON.stringify({ ...config, rotary_theta: 100 }));
    await run.update(Date.now());
    const z = (await read(run, 'measures')).find({
      setting: 'run',
      measure: 'z_score',
      of: '0.0>1.0',
      rel_pos: 5,
    });
    const fresh = follow();
    await fresh.update(Date.now());
    expect(z).toEqual((await read(fresh, 'measures')).find(z!.key));
  });

  it('tells of a change only when there is one', async () => {
    take('config.json', 'ckpt_0.pt', 'err_arr.json');
    const run = follow();
    await run.update(Date.now());
    const after = changes;
    expect(after).toBeGreaterThan(0);
    await run.update(Date.now());
    expect(changes).toBe(after);
  });

  it('tells that a run has stalled, and that it goes on', async () => {
    take('config.json', 'ckpt_0.pt');
    const run = follow();
    await run.update(Date.now());
    take('ckpt_100.pt');
    await run.update(Date.now());
    expect(run.summary().progress.phase).toBe('training');
    const before = changes;
    const later = Date.now() + 60_000;
    const clock = vi.spyOn(Date, 'now').mockReturnValue(later);
    try {
      await run.update(later);
      expect(run.summary().progress.phase).toBe('stalled');
      expect(changes).toBe(before + 1);
      await run.update(later);
      expect(changes).toBe(before + 1);
      take('ckpt_200.pt');
      utimesSync(join(folder, 'ckpt_200.pt'), new Date(later), new Date(later));
      await run.update(later);
      expect(run.summary().progress).toMatchObject({ phase: 'training', lastStep: 200 });
    } finally {
      clock.mockRestore();
    }
  });

  it('chooses ranks and relative positions that fit the model', async () => {
    take('config.json', 'ckpt_0.pt');
    const config = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8'));
    writeFileSync(join(folder, 'config.json'), JSON.stringify({ ...config, pos: 'relative' }));
    const run = new FollowedRun(folder, {
      ranks: undefined,
      relPos: undefined,
      architecture: {},
      version: '',
      perform,
      onChange: () => {},
    });
    await run.update(Number.POSITIVE_INFINITY);
    const { all } = await read(run, 'measures');
    expect(new Set(all.map(({ key }) => key.rel_pos))).toEqual(new Set([0, null]));
    expect(() => follow([5, 25])).toThrow(/rank 25 is not between 1 and d_model 24/);
  });
});

describe('growth', () => {
  it('knows the pace, patience by it, and a run that was started over', () => {
    const growth = new Growth();
    expect(growth.stepsPerSecond).toBeUndefined();
    for (const [time, step] of [
      [0, 0],
      [60_000, 3000],
      [90_000, 3000],
      [120_000, 6000],
    ] as const)
      growth.observe(time, step);
    expect(growth.hasGrown).toBe(true);
    expect(growth.stepsPerSecond).toBe(50);
    expect(growth.patience).toBe(300_000);
    growth.observe(130_000, 10);
    expect(growth.hasGrown).toBe(false);
  });
});
