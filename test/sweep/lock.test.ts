import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exclusively } from '../../src/files/mutex.js';
import { thisProcess } from '../../src/files/process-identity.js';
import { lockFolder, type Role } from '../../src/sweep/lock.js';

let folder: string;
let locks: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bridgescope-lock-'));
  locks = join(folder, 'locks');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const all = { index: 1, of: 1 };
const shard = (index: number, of: number) => ({ index, of });

describe("a sweep's folder", () => {
  it.each<[Role, Role, string, RegExp | null]>([
    [all, all, 'same', /: a sweep is at work here \(process \d+ on .*\); wait for it, stop it, or choose/],
    [shard(1, 2), shard(2, 2), 'same', null],
    [shard(1, 2), shard(2, 2), 'another', /: shard 1\/2 of a sweep with another plan is at work here/],
    [shard(1, 2), shard(1, 2), 'same', /: shard 1\/2 of a sweep is at work here/],
    [shard(1, 2), shard(2, 3), 'same', /: shard 1\/2 of a sweep is at work here/],
    [shard(1, 2), all, 'same', /: shard 1\/2 of a sweep is at work here/],
    ['queue', all, 'same', /works on a queue's runs here; add --redis to join it/],
    [all, 'queue', 'same', /: a sweep is at work here/],
    ['queue', 'queue', 'another', null],
  ])('taken by %j: %j of the %s plan', async (first, second, plan, message) => {
    const release = await lockFolder(folder, first, 'same');
    const other = lockFolder(folder, second, plan);
    if (message === null) (await other)();
    else await expect(other).rejects.toThrow(message);
    expect(readdirSync(locks)).toHaveLength(1);
    release();
    expect(readdirSync(locks)).toEqual([]);
    (await lockFolder(folder, second, plan))();
  });

  it('is not kept by the dead', async () => {
    const place = (name: string, identity: object, old = false) => {
      const path = join(locks, `${name}.json`);
      writeFileSync(path, JSON.stringify({ ...identity, role: all, plan: '' }));
      if (old) utimesSync(path, new Date(0), new Date(0));
    };
    mkdirSync(locks);
    // The greatest number that Linux gives to a process is 2²².
    place('ended', { host: hostname(), pid: 2 ** 22 + 1, started: null });
    place('number-used-again', { ...thisProcess(), started: 'another time' });
    place('silent', { host: 'elsewhere', pid: 1, started: null }, true);
    writeFileSync(join(locks, 'torn.json'), '{"host": "else');
    utimesSync(join(locks, 'torn.json'), new Date(0), new Date(0));
    (await lockFolder(folder, all, ''))();
    expect(readdirSync(locks)).toEqual([]);
    place('elsewhere', { host: 'elsewhere', pid: 1, started: null });
    await expect(lockFolder(folder, all, '')).rejects.toThrow(/\(process 1 on elsewhere\)/);
  });
});

describe('a mutex', () => {
  it('lets one at a time do it, even after one died while doing it', async () => {
    const path = join(folder, 'mutex');
    writeFileSync(path, JSON.stringify({ host: hostname(), pid: 2 ** 22 + 1, started: null }));
    let inside = 0;
    let most = 0;
    const work = () =>
      exclusively(path, async () => {
        most = Math.max(most, ++inside);
        await new Promise((resolve) => setTimeout(resolve, 5));
        inside--;
      });
    await Promise.all(Array.from({ length: 8 }, work));
    expect(most).toBe(1);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is given back when the work throws', async () => {
    const path = join(folder, 'mutex');
    await expect(exclusively(path, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await exclusively(path, async () => 'yes')).toBe('yes');
  });
});
