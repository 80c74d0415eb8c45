import { Worker } from 'bullmq';
import type { InputError } from '../errors.js';
import { mostDeaths, noteError, openQueue, type QueuedResult, queueName, queuePrefix } from './queue.js';
import type { QueueWorker, WorkerSettings } from './queue-worker-state.js';
import { makeQueued } from './queued-run.js';
import { connectRedis } from './redis.js';
import type { RunOrder } from './run-order.js';
import { openRunThreads } from './run-threads.js';

/** How long closing may take, in milliseconds: with Redis away it would wait for it, and all that matters is saved by then. */
const closing = 3500;

/** How often a worker that is to end with the queue looks at it, in milliseconds. */
const lookInterval = 1000;

/**
 * Makes runs from the queue until stopped. Runs of a worker that dies are taken over from their last saved state, and a worker that
 * has lost a run stops working on it.
 * @returns how many runs were done and failed here
 * @throws InputError when Redis cannot be reached, when this version or machine cannot make the runs there, or the disk is full; what
 *   was begun is left to others
 */
export async function serveQueue(settings: WorkerSettings): Promise<QueueWorker['counts']> {
  const { jobs, signal, takeover, onNote } = settings;
  const link = await connectRedis(settings.redis, onNote);
  const threads = openRunThreads(jobs);
  const ending = new AbortController();
  const end = () => ending.abort();
  let refusal: InputError | null = null;
  const state: QueueWorker = {
    settings,
    threads,
    ending: ending.signal,
    active: new Map(),
    folders: new Map(),
    counts: { done: 0, failed: 0 },
    giveUp(error) {
      refusal ??= error;
      end();
    },
  };
  const worker = new Worker<RunOrder, QueuedResult>(
    queueName,
    (job, token = '') => makeQueued(job, token, state),
    {
      connection: link.client,
      prefix: queuePrefix,
      concurrency: jobs,
      lockDuration: takeover * 1000,
      stalledInterval: takeover * 500,
      maxStalledCount: mostDeaths,
      runRetryDelay: 1000,
      drainDelay: 1,
    },
  );
  // BullMQ reports each lost run twice: here, and by an error that has no code.
  let lost = 0;
  worker.on('lockRenewalFailed', (ids) => {
    lost += ids.length;
    for (const id of ids) state.active.get(id)?.abort();
  });
  worker.on('error', (error) => {
    if (lost > 0 && !('code' in error)) lost--;
    else noteError(error, onNote);
  });
  if (signal.aborted) end();
  signal.addEventListener('abort', end, { once: true });
  const queue = openQueue(link.client, onNote);
  const timer = setInterval(async () => {
    if (!settings.untilEmpty) return;
    const counts = await queue.getJobCounts('wait', 'active', 'delayed', 'prioritized');
    if (Object.values(counts).every((count) => count === 0)) end();
  }, lookInterval);
  try {
    await new Promise<void>((resolve) => {
      if (ending.signal.aborted) resolve();
      ending.signal.addEventListener('abort', () => resolve(), { once: true });
    });
    await Promise.race([worker.close(), new Promise((resolve) => setTimeout(resolve, closing))]);
  } finally {
    clearInterval(timer);
    await threads.close();
    for (const release of state.folders.values()) (await release)();
    link.close();
  }
  if (refusal !== null) throw refusal;
  return state.counts;
}
