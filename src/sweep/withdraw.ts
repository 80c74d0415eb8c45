import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { InputError } from '../errors.js';
import { writeFileAtomically } from '../files/atomic-file.js';
import { jobIdOf, openQueue } from './queue.js';
import { connectRedis } from './redis.js';
import { orderOf, type Sweep } from './sweep.js';
import { statesOf } from './sweep-folder.js';

/** How the runs of a plan stand once those that waited were withdrawn. */
export interface Withdrawal {
  /** Runs that were taken out of the queue. */
  readonly withdrawn: number;
  /** Runs that a worker is making; they go on. */
  readonly running: number;
  readonly done: number;
}

const noteFile = (folder: string) => join(folder, 'withdrawn.json');

/**
 * Takes the runs of a plan that no worker has begun out of the queue; what is done or being made stays. The sweep's folder notes it, so
 * that whoever follows the queue does not take them for lost and queue them again.
 * @throws InputError when Redis cannot be reached, or the folder is not that of the sweep
 */
export async function withdrawQueued(
  asked: Sweep,
  { redis, onNote }: { readonly redis: string; readonly onNote: (note: string) => void },
): Promise<Withdrawal> {
  const sweep = { ...asked, folder: resolve(asked.folder) };
  const { folder, runs } = sweep;
  if (!existsSync(join(folder, 'plan.yaml'))) {
    throw new InputError(`${folder}: no sweep was started here; give the folder that it was queued with`);
  }
  const link = await connectRedis(redis, onNote);
  try {
    const states = statesOf(folder, runs);
    const open = runs.filter(({ setting }) => states.get(setting)?.status !== 'done');
    writeFileAtomically(noteFile(folder), [JSON.stringify(open.map(({ setting }) => setting))]);
    const queue = openQueue(link.client, onNote);
    let [withdrawn, running] = [0, 0];
    for (const run of open) {
      const job = await queue.getJob(jobIdOf(orderOf(sweep, run, 1)));
      if (job === undefined || (await job.isCompleted()) || (await job.isFailed())) continue;
      // One that a worker holds cannot be removed.
      const removed = await job.remove().then(
        () => true,
        () => false,
      );
      if (removed) withdrawn++;
      else running++;
    }
    return { withdrawn, running, done: runs.length - open.length };
  } finally {
    link.close();
  }
}

/** Settings that were withdrawn since the sweep was last queued. */
export function withdrawnIn(folder: string): ReadonlySet<string> {
  try {
    const names: unknown = JSON.parse(readFileSync(noteFile(folder), 'utf8'));
    return new Set(Array.isArray(names) ? names : []);
  } catch {
    return new Set();
  }
}

/** Forgets what was withdrawn, before the runs are queued again. */
export function clearWithdrawn(folder: string): void {
  rmSync(noteFile(folder), { force: true });
}
