import { resolve } from 'node:path';
import { combine, summarize } from './combine.js';
import type { PlannedRun } from './expand.js';
import { lockFolder } from './lock.js';
import { jobIdOf, mostDeaths, openQueue, type QueuedProgress, type RunQueue } from './queue.js';
import { connectRedis } from './redis.js';
import { runCost } from './run-cost.js';
import type { RunOrder } from './run-order.js';
import { copyPlan, orderOf, type Sweep } from './sweep.js';
import { checkBegun, statesOf } from './sweep-folder.js';
import { type SweepProgress, type SweepResult, Tally } from './tally.js';
import { clearWithdrawn, withdrawnIn } from './withdraw.js';

/** How to carry out a sweep over a queue. */
export interface QueuedOptions {
  /** Where Redis is. */
  readonly redis: string;
  /** Stops following the queue; the workers go on. */
  readonly signal: AbortSignal;
  readonly onBegin?: (progress: SweepProgress) => void;
  readonly onProgress?: (progress: SweepProgress) => void;
  readonly onNote: (note: string) => void;
}

/** How often the queue and the folder are looked at, and how often each job is, in milliseconds. */
const lookInterval = 500;
const inspectInterval = 5000;

/** Jobs stay known for a while after their end, in seconds. */
const remembered = 7 * 24 * 3600;

/**
 * Puts the runs of a plan into the queue, unless they are there, and follows them until all have ended. Any number of callers may
 * follow one plan. What counts as done is what the folder holds, so a Redis that loses its data loses no run.
 * @throws InputError when Redis cannot be reached, or the folder holds other runs or another sweep is at work there
 */
export async function runQueued(asked: Sweep, options: QueuedOptions): Promise<SweepResult> {
  // Workers need the whole path.
  const sweep = { ...asked, folder: resolve(asked.folder) };
  const { folder } = sweep;
  const { onBegin, onNote, signal } = options;
  const link = await connectRedis(options.redis, onNote);
  try {
    const release = await lockFolder(folder, 'queue', sweep.planHash);
    try {
      const before = statesOf(folder, sweep.runs);
      const open = sweep.runs.filter(({ setting }) => before.get(setting)?.status !== 'done');
      checkBegun(folder, open);
      copyPlan(sweep);
      clearWithdrawn(folder);
      const tally = new Tally(sweep.runs, before);
      onBegin?.(tally.progress());
      const queue = openQueue(link.client, onNote);
      await Promise.race([followAll(sweep, open, queue, tally, options), aborted(signal)]);
      const table = tally.done === 0 ? null : await combine(sweep);
      if (table === null) await summarize(sweep);
      return tally.result(table);
    } finally {
      release();
    }
  } finally {
    link.close();
  }
}

/** Resolves when the signal is aborted: with Redis away, nothing else may ever answer. */
function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    if (signal.aborted) done();
    signal.addEventListener('abort', () => done(), { once: true });
  });
}

async function followAll(
  sweep: Sweep,
  open: readonly PlannedRun[],
  queue: RunQueue,
  tally: Tally,
  { signal, onProgress, onNote }: QueuedOptions,
): Promise<void> {
  const byCost = [...open].sort((a, b) => runCost(b) - runCost(a));
  const waiting = new Map(
    byCost.map((run): [string, Followed] => {
      const order = orderOf(sweep, run, 1);
      return [jobIdOf(order), { run, order, completed: false }];
    }),
  );
  for (const { order } of waiting.values()) await enqueue(queue, order);
  let inspected = performance.now();
  let told = false;
  while (waiting.size > 0 && !signal.aborted) {
    const runs = [...waiting.values()].map(({ run }) => run);
    const states = statesOf(sweep.folder, runs);
    for (const [id, { run }] of waiting) {
      if (states.get(run.setting)?.status !== 'done') continue;
      tally.finish(run.setting);
      waiting.delete(id);
    }
    for (const job of await queue.getActive()) {
      const setting = waiting.get(job?.id ?? '')?.run.setting;
      const { step } = (job?.progress ?? {}) as Partial<QueuedProgress>;
      if (setting !== undefined && typeof step === 'number') tally.step(setting, step);
    }
    for (const job of await queue.getFailed()) {
      const id = job?.id ?? '';
      const followed = waiting.get(id);
      if (followed === undefined) continue;
      tally.fail(followed.run.setting, reasonOf(job.failedReason));
      waiting.delete(id);
    }
    onProgress?.(tally.progress());
    if (performance.now() - inspected > inspectInterval) {
      inspected = performance.now();
      const withdrawn = await inspect(queue, waiting, tally, sweep.folder);
      if (withdrawn > 0) onNote(`${withdrawn} runs were withdrawn from the queue`);
      if (!told && (await queue.getWorkersCount()) === 0) {
        onNote('no worker has come yet; start some with: bridgescope worker --redis URL');
        told = true;
      }
    }
    if (waiting.size > 0) await new Promise((done) => setTimeout(done, lookInterval));
  }
}

function reasonOf(failed: string): string {
  return /stalled more than/.test(failed)
    ? `${mostDeaths} workers died while they made it; the last of them may have said why`
    : failed;
}

interface Followed {
  readonly run: PlannedRun;
  readonly order: RunOrder;
  /** Whether its job was completed when it was last looked at. */
  completed: boolean;
}

/** Queues a run. A job that has ended, or that asks for something else (another version, another measure), makes room for it. */
async function enqueue(queue: RunQueue, order: RunOrder): Promise<void> {
  const jobId = jobIdOf(order);
  const job = await queue.getJob(jobId);
  if (job !== undefined) {
    const state = await job.getState();
    const isOther = JSON.stringify(job.data) !== JSON.stringify(order);
    const isStale = state === 'completed' || state === 'failed' || isOther;
    // A job that a worker has just taken stays.
    if (isStale) await job.remove().catch(() => {});
  }
  const limits = { removeOnComplete: { age: remembered }, removeOnFail: { age: remembered } };
  await queue.add(order.setting, order, { jobId, ...limits });
}

/**
 * Looks at each job: those that Redis has lost are queued again, those that were withdrawn are not waited for, and those whose results
 * are elsewhere are reported.
 * @returns how many were withdrawn
 */
async function inspect(
  queue: RunQueue,
  waiting: Map<string, Followed>,
  tally: Tally,
  sweepFolder: string,
): Promise<number> {
  let withdrawn = 0;
  for (const [id, followed] of waiting) {
    const job = await queue.getJob(id);
    if (job === undefined) {
      if (withdrawnIn(sweepFolder).has(followed.run.setting)) {
        withdrawn++;
        waiting.delete(id);
      } else await enqueue(queue, followed.order);
      continue;
    }
    if ((await job.getState()) !== 'completed') continue;
    if (!followed.completed) {
      // A shared folder may take a while to show what another machine wrote.
      followed.completed = true;
      continue;
    }
    const { host, folder } = job.returnvalue;
    const { setting } = followed.run;
    const where = `${folder} on ${host}`;
    tally.fail(
      setting,
      `was finished in ${where}, but is not in ${followed.order.folder}; do both machines share that folder? (see worker --out)`,
    );
    waiting.delete(id);
  }
  return withdrawn;
}
