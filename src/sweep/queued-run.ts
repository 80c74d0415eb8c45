import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { DelayedError, UnrecoverableError, WaitingError } from 'bullmq';
import { InputError } from '../errors.js';
import { lockFolder } from './lock.js';
import { checkOrder, type QueuedProgress, type QueuedResult, type RunJob } from './queue.js';
import type { QueueWorker, WorkerSettings } from './queue-worker-state.js';
import type { RunOrder } from './run-order.js';
import { openRecord, sameMeasure } from './run-record.js';
import { finishedFolder, noteFailure } from './sweep-folder.js';

/** How often progress is reported to the queue, in milliseconds. */
const reportInterval = 1000;

/** A run that is put back waits so long, in milliseconds: others can take it, and nobody spins. */
const putBackDelay = 1000;

/**
 * Makes the run of a job.
 * @param token by which the queue knows that the job is this worker's
 * @throws an error by which the queue learns that the run failed, or that it was put back
 */
export async function makeQueued(job: RunJob, token: string, worker: QueueWorker): Promise<QueuedResult> {
  const { onNote, version } = worker.settings;
  const putBack = async (): Promise<never> => {
    await job.moveToDelayed(Date.now() + putBackDelay, token);
    throw new DelayedError();
  };
  if (job.data.version !== version) {
    worker.giveUp(otherVersion(job, version));
    return putBack();
  }
  const order = localOrder(job, worker.settings);
  const { folder, setting } = order;
  const { id = setting } = job;
  try {
    await enter(folder, worker);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    worker.giveUp(error);
    return putBack();
  }
  const result = { host: hostname(), folder };
  const finished = openRecord(finishedFolder(folder, setting));
  const isSame =
    order.kind === 'checkpoint' || (finished !== null && sameMeasure(finished.measure, order.measure));
  if (finished?.hash === order.hash && isSame) return result;

  const lost = new AbortController();
  worker.active.set(id, lost);
  onNote(`${setting}: begun`);
  const started = performance.now();
  try {
    const stop = AbortSignal.any([worker.ending, lost.signal]);
    const report = await worker.threads.perform(order, stop, progressReporter(job));
    if (report.status === 'done') {
      worker.counts.done++;
      onNote(`${setting}: done in ${((performance.now() - started) / 1000).toFixed(1)} s`);
      return result;
    }
    if (report.status === 'taken' || lost.signal.aborted) {
      onNote(`${setting}: lost to another worker, which goes on with it`);
      return await putBack();
    }
    if (report.status === 'stopped') {
      onNote(`${setting}: stopped at step ${report.step}; another worker goes on`);
      await job.moveToWait(token);
      throw new WaitingError();
    }
    if (report.diskFull) {
      worker.giveUp(new InputError(`${report.error}; the run was put back, and nothing is lost`));
      return await putBack();
    }
    worker.counts.failed++;
    onNote(`${setting}: failed: ${report.error}`);
    noteFailure(folder, setting, report.error);
    throw new UnrecoverableError(report.error);
  } finally {
    worker.active.delete(id);
  }
}

function otherVersion(job: RunJob, version: string): InputError {
  const theirs = String(job.data.version);
  return new InputError(
    `${job.name}: was queued by bridgescope ${theirs}, and this is ${version}, whose bits may differ; it stays in the queue. Start a worker of version ${theirs}, or the sweep again with ${version}`,
  );
}

function localOrder(job: RunJob, { folder }: WorkerSettings): RunOrder {
  try {
    const order = checkOrder(job.data);
    return { ...order, folder: folder === null ? order.folder : resolve(folder), threads: 1 };
  } catch (error) {
    if (error instanceof InputError) throw new UnrecoverableError(error.message);
    throw error;
  }
}

/** Takes a place in the sweep's folder. @throws InputError when it is not there, or a sweep without a queue is at work in it */
async function enter(folder: string, { folders }: QueueWorker): Promise<void> {
  if (!existsSync(join(folder, 'plan.yaml'))) {
    throw new InputError(
      `${folder}: the sweep's folder is not on this machine; mount it here, or give its path with --out`,
    );
  }
  let place = folders.get(folder);
  if (place === undefined) {
    place = lockFolder(folder, 'queue', '');
    folders.set(folder, place);
    place.catch(() => folders.delete(folder));
  }
  await place;
}

/** Tells the queue how far a run has come, one message at a time: they would pile up while Redis is away. */
function progressReporter(job: RunJob): (step: number) => void {
  let reportedAt = Number.NEGATIVE_INFINITY;
  let last = -1;
  let isReporting = false;
  return (step) => {
    const now = performance.now();
    if (isReporting || step === last || now - reportedAt < reportInterval) return;
    [reportedAt, last, isReporting] = [now, step, true];
    const progress: QueuedProgress = { step };
    job
      .updateProgress({ ...progress })
      .catch(() => {})
      .finally(() => {
        isReporting = false;
      });
  };
}
