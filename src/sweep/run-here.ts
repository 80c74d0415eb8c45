import { InputError } from '../errors.js';
import { combine, summarize } from './combine.js';
import type { PlannedRun } from './expand.js';
import { lockFolder, type Shard } from './lock.js';
import { runCost } from './run-cost.js';
import { openRunThreads } from './run-threads.js';
import type { RunReport } from './run-worker.js';
import { copyPlan, orderOf, type Sweep, shardOf } from './sweep.js';
import { checkBegun, noteFailure, statesOf } from './sweep-folder.js';
import { type SweepProgress, type SweepResult, Tally } from './tally.js';

/** How to carry out a sweep on this machine. */
export interface HereOptions {
  /** Runs at a time. */
  readonly jobs: number;
  /** The share of the runs to make; `{index: 1, of: 1}` for all. */
  readonly shard: Shard;
  /** Stops soon, with the state of each run saved. */
  readonly signal: AbortSignal;
  readonly onBegin?: (progress: SweepProgress) => void;
  readonly onProgress?: (progress: SweepProgress) => void;
}

/** `sweep.json` is written so often at most while runs end, in milliseconds. */
const summaryInterval = 2000;

/**
 * Carries out a sweep, or a shard of it: each run that is not done yet, the longest first so that the cores end together.
 * A run that fails does not stop the others.
 * @throws InputError when the folder holds other runs or another sweep is at work there, or the disk is full
 */
export async function runHere(sweep: Sweep, options: HereOptions): Promise<SweepResult> {
  const { folder } = sweep;
  const release = await lockFolder(folder, options.shard, sweep.planHash);
  try {
    const before = statesOf(folder, sweep.runs);
    const own = shardOf(sweep.runs, options.shard);
    const open = own.filter(({ setting }) => before.get(setting)?.status !== 'done');
    checkBegun(folder, open);
    copyPlan(sweep);
    const tally = new Tally(own, before);
    options.onBegin?.(tally.progress());
    await runAll(sweep, open, tally, options);
    const table = tally.done === 0 ? null : await combine(sweep);
    if (table === null) await summarize(sweep);
    return tally.result(table);
  } finally {
    release();
  }
}

async function runAll(
  sweep: Sweep,
  open: readonly PlannedRun[],
  tally: Tally,
  { jobs, signal, onProgress }: HereOptions,
): Promise<void> {
  const waiting = [...open].sort((a, b) => runCost(b) - runCost(a));
  const lanes = Math.min(jobs, waiting.length);
  // With fewer runs than jobs, those that are left over help.
  const perRun = lanes === 0 ? 1 : Math.floor(jobs / lanes);
  const failure = new AbortController();
  const stopped = AbortSignal.any([signal, failure.signal]);
  const threads = openRunThreads(lanes);
  let summarized = performance.now();

  const lane = async () => {
    for (let run = waiting.shift(); run !== undefined && !stopped.aborted; run = waiting.shift()) {
      const { setting } = run;
      const onStep = (step: number) => {
        tally.step(setting, step);
        onProgress?.(tally.progress());
      };
      const report = await threads.perform(orderOf(sweep, run, perRun), stopped, onStep).catch(crashed);
      if (report.status === 'failed') {
        if (report.diskFull) {
          throw new InputError(
            `${report.error}; what is done is kept, and with room the same command goes on from there`,
          );
        }
        noteFailure(sweep.folder, setting, report.error);
      }
      tally.end(setting, report);
      onProgress?.(tally.progress());
      if (performance.now() - summarized > summaryInterval) {
        summarized = performance.now();
        await summarize(sweep);
      }
    }
  };
  try {
    const ends = await Promise.allSettled(
      Array.from({ length: lanes }, () =>
        lane().catch((error) => {
          failure.abort();
          throw error;
        }),
      ),
    );
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  } finally {
    await threads.close();
  }
}

/** A thread that died, of too little memory for one, takes its run with it and no other. */
function crashed(error: Error): RunReport {
  return { status: 'failed', error: `its thread ended: ${error.message}`, diskFull: false };
}
