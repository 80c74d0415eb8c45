import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { queueName, queuePrefix } from '../../src/sweep/queue.js';
import { serveQueue } from '../../src/sweep/queue-worker.js';
import type { WorkerSettings } from '../../src/sweep/queue-worker-state.js';
import { connectRedis } from '../../src/sweep/redis.js';
import { runHere } from '../../src/sweep/run-here.js';
import { runQueued } from '../../src/sweep/run-queued.js';
import { openSweep } from '../../src/sweep/sweep.js';
import { bridgescope } from '../cli/run.js';
import { hasRedis, type RedisServer, startRedis } from './redis-server.js';
import {
  momentsBelow,
  patient,
  pause,
  type Running,
  results,
  start,
  tinyPlan,
  tinyRun,
  tinySettings,
  until,
} from './tiny-sweep.js';

if (!hasRedis) {
  process.stderr.write(
    '\nSKIPPED: no redis-server on this machine, so sweeps over a queue are NOT tested\n\n',
  );
}

const version = '0.1.0';
const whole = { index: 1, of: 1 };
let scratch: string;
let plan: string;
let expected: Record<string, string>;
let redis: RedisServer | undefined;
const running = new Set<Running>();

beforeAll(async () => {
  if (!hasRedis) return;
  scratch = mkdtempSync(join(tmpdir(), 'bridgescope-queue-'));
  plan = planFile('tiny', tinyPlan);
  const out = join(scratch, 'whole');
  const { signal } = new AbortController();
  await runHere(await openSweep(plan, out, version), { jobs: 2, shard: whole, signal });
  expected = results(out);
}, patient);
afterEach(async () => {
  for (const { child, ended } of running) {
    child.kill('SIGKILL');
    await ended;
  }
  running.clear();
  await redis?.stop();
  redis = undefined;
}, patient);
afterAll(() => {
  if (hasRedis) rmSync(scratch, { recursive: true, force: true });
});

function planFile(name: string, text: string): string {
  const path = join(scratch, `${name}.yaml`);
  writeFileSync(path, text);
  return path;
}

/** Starts a command that the test may leave to be killed. */
function begin(...args: string[]): Running {
  const one = start([...args, '--redis', redis!.url]);
  running.add(one);
  return one;
}

/** A worker that others may take over from after some seconds: less, and a busy machine makes it lose what it has. */
const worker = (...args: string[]) => begin('worker', '--takeover', '3', ...args);

/** Queues a plan and follows it in this process. */
function follow(out: string, { path = plan, signal = new AbortController().signal } = {}) {
  const notes: string[] = [];
  const options = { redis: redis!.url, signal, onNote: (note: string) => notes.push(note) };
  const result = openSweep(path, out, version).then((sweep) => runQueued(sweep, options));
  return { result, notes };
}

/** A worker in this process. */
function serve(settings: Partial<WorkerSettings> = {}) {
  return serveQueue({
    ...{ redis: redis!.url, jobs: 1, folder: null, takeover: 30, untilEmpty: true, version },
    ...{ signal: new AbortController().signal, onNote: () => {} },
    ...settings,
  });
}

async function stop(one: Running, signal: NodeJS.Signals): Promise<string> {
  one.child.kill(signal);
  return (await one.ended).output;
}

const isBegun = (one: Running) => one.output().includes(': begun\n');

const tellsOfAbsence = (text: string) => /Redis at .* is away/.test(text);
const isAway = (one: Running) => tellsOfAbsence(one.output());

/** How many jobs are in the queue. */
async function jobCounts() {
  const client = new Redis(redis!.url, { maxRetriesPerRequest: null });
  const queue = new Queue(queueName, { connection: client, prefix: queuePrefix });
  const found = await queue.getJobCounts('wait', 'active', 'delayed');
  await queue.close();
  client.disconnect();
  return found;
}

/** Waits until so many jobs wait for a worker. */
const eventuallyQueued = (jobs: number) =>
  expect.poll(async () => (await jobCounts())['wait'], { timeout: patient / 2 }).toBe(jobs);

/** Settings that workers said were done, each as often as it was said. */
const doneIn = (output: string) =>
  [...output.matchAll(/^(\S+): done in /gm)].map((match) => match[1]!).sort();

const isDone = (out: string) =>
  tinySettings.every((setting) => existsSync(join(out, 'runs', setting, 'run.json')));

const workIn = (out: string) => (existsSync(join(out, 'work')) ? readdirSync(join(out, 'work')) : []);

describe.skipIf(!hasRedis)(
  'a sweep over a queue',
  () => {
    it('is made by workers, each run once, to the bytes of a sweep without one', async () => {
      redis = await startRedis(join(scratch, 'plain'));
      const out = join(scratch, 'plain-out');
      const sweep = begin('sweep', plan, '--out', out, '--quiet');
      const workers = [worker('--jobs', '1'), worker('--jobs', '1')];
      expect(await sweep.ended).toEqual({ status: 0, output: `${join(out, 'measures.parquet')}  4 runs\n` });
      const outputs = await Promise.all(workers.map((one) => stop(one, 'SIGTERM')));
      expect(doneIn(outputs.join(''))).toEqual([...tinySettings].sort());
      expect(workers.map(({ child }) => child.exitCode)).toEqual([143, 143]);
      expect(results(out)).toEqual(expected);
      expect(readdirSync(join(out, 'locks'))).toEqual([]);
      // Asked again, it needs no worker.
      expect(await follow(out).result).toMatchObject({ done: 4, left: 0 });
    });

    it('loses no run and makes none twice when workers are killed at any moment', async () => {
      redis = await startRedis(join(scratch, 'killed'));
      const out = join(scratch, 'killed-out');
      // The one who follows is killed as well.
      const first = begin('sweep', plan, '--out', out, '--quiet');
      const moment = momentsBelow(800, 1);
      let output = '';
      for (let kill = 0; kill < 6; kill++) {
        const victim = worker('--jobs', '2');
        // On a quick machine all runs may be done before so many were killed.
        await until(() => isBegun(victim) || isDone(out), victim);
        await pause(moment());
        output += await stop(victim, 'SIGKILL');
        if (kill === 2) await stop(first, 'SIGKILL');
      }
      const { result } = follow(out);
      const last = worker('--jobs', '2');
      expect(await result).toMatchObject({ done: 4, left: 0 });
      output += await stop(last, 'SIGTERM');
      expect(results(out)).toEqual(expected);
      expect(new Set(doneIn(output)).size).toBe(doneIn(output).length);
      expect(workIn(out)).toEqual([]);
    });

    it('is not disturbed by a worker that wakes up after its run was taken over', async () => {
      redis = await startRedis(join(scratch, 'asleep'));
      const out = join(scratch, 'asleep-out');
      const { result } = follow(out);
      const sleeper = worker('--jobs', '1');
      await until(() => isBegun(sleeper));
      sleeper.child.kill('SIGSTOP');
      const slept = workIn(out);
      const other = worker('--jobs', '2');
      await until(() => slept.every((name) => !workIn(out).includes(name)));
      sleeper.child.kill('SIGCONT');
      expect(await result).toMatchObject({ done: 4, left: 0 });
      await until(() => /: (lost to another|done in)/.test(sleeper.output()));
      const output = (await stop(sleeper, 'SIGTERM')) + (await stop(other, 'SIGTERM'));
      expect(new Set(doneIn(output)).size).toBe(doneIn(output).length);
      expect(results(out)).toEqual(expected);
    });

    it('goes on at once where a stopped worker leaves it', async () => {
      redis = await startRedis(join(scratch, 'stopped'));
      const out = join(scratch, 'stopped-out');
      const { result } = follow(out);
      const first = begin('worker', '--takeover', '3600', '--jobs', '2');
      await until(() => isBegun(first));
      const output = await stop(first, 'SIGINT');
      expect(first.child.exitCode).toBe(130);
      expect(output).toMatch(/stopped at step \d+; another worker goes on/);
      await serve({ takeover: 3600, jobs: 2 });
      expect(await result).toMatchObject({ done: 4, left: 0 });
      expect(results(out)).toEqual(expected);
    });

    it.each([
      ['keeps its data', { appendonly: 'yes', appendfsync: 'always' }],
      ['loses its data', {}],
    ])('waits for a Redis that is restarted and %s', async (what, options) => {
      const home = join(scratch, `restarted-${what}`);
      redis = await startRedis(home, options);
      const out = join(scratch, `out-${what}`);
      const { result, notes } = follow(out);
      const one = worker('--jobs', '2');
      await until(() => isBegun(one));
      await redis.stop();
      await until(() => isAway(one) && notes.some(tellsOfAbsence));
      redis = await startRedis(home, options);
      expect(await result).toMatchObject({ done: 4, left: 0 });
      const told = notes.filter((note) => note.startsWith('Redis'));
      expect(told[0]).toMatch(/^Redis at .* is away; waiting for it$/);
      expect(told[1]).toMatch(/^Redis at .* is back$/);
      expect(results(out)).toEqual(expected);
      const output = await stop(one, 'SIGTERM');
      expect(new Set(doneIn(output)).size).toBe(doneIn(output).length);
    });

    it('ends within seconds of Ctrl-C with Redis away, and leaves all to go on with', async () => {
      redis = await startRedis(join(scratch, 'away'));
      const out = join(scratch, 'away-out');
      const sweep = begin('sweep', plan, '--out', out);
      const one = worker('--jobs', '2');
      await until(() => isBegun(one));
      await redis.stop();
      await until(() => isAway(one) && isAway(sweep));
      await Promise.all([stop(one, 'SIGINT'), stop(sweep, 'SIGINT')]);
      expect([one.child.exitCode, sweep.child.exitCode]).toEqual([130, 130]);
      expect(sweep.output()).toMatch(/runs to go; workers go on, and the same command follows them/);
      const sweepHere = await openSweep(plan, out, version);
      const { signal } = new AbortController();
      expect(await runHere(sweepHere, { jobs: 2, shard: whole, signal })).toMatchObject({ done: 4 });
      expect(results(out)).toEqual(expected);
    });

    it('tells what is wrong with Redis, and no password', async () => {
      const port = await freePort();
      const connect = (url: string) => connectRedis(url, () => {}, { silent: 1000, refused: 1000 });
      const server = { port: String(port), requirepass: 'right' };
      redis = await startRedis(join(scratch, 'password'), server);
      await expect(connect(redis.url)).rejects.toThrow(
        /refuses the connection \(NOAUTH .*with --redis redis:\/\//,
      );
      const wrong = await bridgescope('worker', '--redis', `redis://:guess@127.0.0.1:${port}`);
      expect(wrong).toMatchObject({ status: 1, stdout: '' });
      expect(wrong.stderr).toMatch(/127\.0\.0\.1:\d+: refuses the connection \(WRONGPASS/);
      expect(wrong.stderr).not.toContain('guess');
      (await connect(`redis://:right@127.0.0.1:${port}/2`)).close();
      // One that hangs.
      redis.process.kill('SIGSTOP');
      await expect(connect(`redis://127.0.0.1:${port}`)).rejects.toThrow(/did not answer within 1 s/);
      await redis.stop();
      redis = undefined;
      const away = await bridgescope(
        'sweep',
        plan,
        '--out',
        join(scratch, 'no'),
        '--redis',
        `redis://127.0.0.1:${port}`,
      );
      expect(away).toMatchObject({ status: 1, stdout: '' });
      expect(away.stderr).toMatch(
        /127\.0\.0\.1:\d+: cannot be reached \(ECONNREFUSED\); start it, or correct --redis/,
      );
      expect(existsSync(join(scratch, 'no'))).toBe(false);
      for (const url of ['http://127.0.0.1', 'redis', 'redis://', 'redis://h/x']) {
        await expect(connect(url)).rejects.toThrow(/--redis: expected redis:\/\/HOST:PORT/);
      }
    });

    it('keeps its runs when a worker of another version, or one that does not see the folder, comes', async () => {
      redis = await startRedis(join(scratch, 'version'));
      const out = join(scratch, 'version-out');
      const { result } = follow(out);
      await until(() => existsSync(join(out, 'plan.yaml')));
      await expect(serve({ version: '9.9.9', untilEmpty: false })).rejects.toThrow(
        /was queued by bridgescope 0\.1\.0, and this is 9\.9\.9, whose bits may differ; it stays in the queue/,
      );
      await expect(serve({ folder: join(scratch, 'nowhere'), untilEmpty: false })).rejects.toThrow(
        /nowhere: the sweep's folder is not on this machine; mount it here, or give its path with --out/,
      );
      expect(await serve({ jobs: 2 })).toEqual({ done: 4, failed: 0 });
      expect(await result).toMatchObject({ done: 4, left: 0 });
      expect(results(out)).toEqual(expected);
    });

    it('is withdrawn as far as no worker has begun it, and queued again', async () => {
      redis = await startRedis(join(scratch, 'withdrawn'));
      const out = join(scratch, 'withdrawn-out');
      const { result, notes } = follow(out);
      // It holds its run as long as the test looks.
      const one = begin('worker', '--takeover', '600', '--jobs', '1');
      await until(() => isBegun(one));
      one.child.kill('SIGSTOP');
      const command = ['sweep', plan, '--out', out, '--redis', redis.url];
      expect(await bridgescope(...command, '--withdraw')).toMatchObject({
        status: 0,
        stdout: expect.stringMatching(/^3 runs withdrawn; 1 are being made and go on, 0 are done\. /),
        stderr: '',
      });
      expect(await jobCounts()).toEqual({ wait: 0, active: 1, delayed: 0 });
      // Who follows does not take them for lost.
      await until(() => notes.includes('3 runs were withdrawn from the queue'));
      expect(await jobCounts()).toEqual({ wait: 0, active: 1, delayed: 0 });
      const again = begin(...command.slice(0, 4), '--quiet');
      await until(() => !existsSync(join(out, 'withdrawn.json')) && existsSync(join(out, 'plan.yaml')));
      await eventuallyQueued(3);
      expect(await jobCounts()).toEqual({ wait: 3, active: 1, delayed: 0 });
      await stop(again, 'SIGTERM');
      await bridgescope(...command, '--withdraw', '--quiet');
      one.child.kill('SIGCONT');
      expect(await result).toMatchObject({ done: 1, left: 3 });
    });

    it('refuses to withdraw what no sweep has queued', async () => {
      redis = await startRedis(join(scratch, 'no-sweep'));
      const nowhere = join(scratch, 'nowhere');
      const words = ['sweep', plan, '--out', nowhere, '--withdraw'];
      expect(await bridgescope(...words, '--redis', redis.url)).toMatchObject({
        status: 1,
        stderr: expect.stringMatching(/nowhere: no sweep was started here; give the folder/),
      });
      expect(await bridgescope(...words)).toMatchObject({
        status: 2,
        stderr: expect.stringMatching(/--withdraw takes runs out of a queue: give --redis URL/),
      });
      expect(existsSync(nowhere)).toBe(false);
    });

    it('lists runs that fail, and shares its folder with no sweep without a queue', async () => {
      redis = await startRedis(join(scratch, 'failing'));
      const out = join(scratch, 'failing-out');
      const path = planFile(
        'failing',
        `base: {${tinyRun}, num_epoch: 300}\naxes: {lr: [0.001, 1e30]}\nmeasure: {ranks: 2}`,
      );
      const { signal } = new AbortController();
      const locks = join(out, 'locks');
      for (const counts of [
        { done: 1, failed: 1 },
        { done: 0, failed: 1 },
      ]) {
        const { result } = follow(out, { path });
        await until(() => existsSync(locks) && readdirSync(locks).some((name) => name.endsWith('.json')));
        await expect(
          runHere(await openSweep(path, out, version), { jobs: 1, shard: whole, signal }),
        ).rejects.toThrow(/works on a queue's runs here; add --redis to join it/);
        await eventuallyQueued(counts.done + counts.failed);
        expect(await serve()).toEqual(counts);
        const { done, failed, left } = await result;
        expect([done, left]).toEqual([1, 0]);
        expect(failed.get('lr_1e+30')).toMatch(/^training diverged/);
      }
    });

    it('makes nothing that no sweep has queued', async () => {
      redis = await startRedis(join(scratch, 'hostile'));
      const out = join(scratch, 'hostile-out');
      const client = new Redis(redis.url, { maxRetriesPerRequest: null });
      const queue = new Queue(queueName, { connection: client, prefix: queuePrefix });
      const good = {
        ...{ folder: out, setting: 'x', config: {}, hash: '', keep: 'all', version, threads: 1 },
        measure: { ranks: [2], rel_pos: [0], match: ['mean'] },
      };
      const bad = [
        { ...good, setting: '../../up' },
        { ...good, setting: '..' },
        { ...good, folder: 'relative' },
        { ...good, config: { d_model: 1e9 } },
        { ...good, measure: {} },
        { ...good, more: 1 },
        good,
      ];
      for (const data of bad) await queue.add('bad', data);
      expect(await serve({ jobs: 2 })).toEqual({ done: 0, failed: 0 });
      const reasons = (await queue.getFailed()).map(({ failedReason }) => failedReason);
      expect(reasons).toHaveLength(bad.length);
      for (const reason of reasons) {
        expect(reason).toMatch(/holds what is no run of a sweep|does not have the hash|option d_model/);
      }
      expect(existsSync(out)).toBe(false);
      for (const rubbish of ['text', null, [1]]) await queue.add('rubbish', rubbish);
      await expect(serve()).rejects.toThrow(/was queued by bridgescope/);
      await queue.close();
      client.disconnect();
    });
  },
  patient,
);

function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
