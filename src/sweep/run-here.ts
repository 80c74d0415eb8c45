import { InputError } from '../errors.js';
import { combine, summarize } from './combine.js';
import type { PlannedRun } from './expand.js';
import { lockFolder, type Shard } from './lock.js';
import { runCost } from './run-cost.js';
import { openRunThreads } from './run-threads.js';
import type { RunReport } from './run-worker.js';
import { copyPlan, type Sweep, shardOf } from './sweep.js';
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
  const { folder, plan, version } = sweep;
  const { shard, signal, onBegin, onProgress } = options;
  const release = await lockFolder(folder, shard, sweep.planHash);
  try {
    const before = statesOf(folder, sweep.runs, plan.measure);
    const own = shardOf(sweep.runs, shard);
    const open = own.filter(({ setting }) => before.get(setting)?.status !== 'done');
    checkBegun(folder, open);
    copyPlan(sweep);
    const tally = new Tally(own, before);
    onBegin?.(tally.progress());
    const tell = () => onProgress?.(tally.progress());

    const jobs = Math.max(1, Math.min(options.jobs, open.length));
    const threads = openRunThreads(jobs);
    let diskFull: string | null = null;
    const stop = new AbortController();
    const stopped = AbortSignal.any([signal, stop.signal]);
    let summarized = performance.now();
    const finish = async ({ setting }: PlannedRun, report: RunReport) => {
      if (report.status === 'failed' && report.diskFull) {
        diskFull ??= report.error;
        stop.abort();
      } else {
        tally.end(setting, report);
        if (report.status === 'failed') noteFailure(folder, setting, report.error);
      }
      tell();
      if (performance.now() - summarized < summaryInterval) return;
      summarized = performance.now();
      await summarize(sweep);
    };
    try {
      // With fewer runs than jobs, those that are left over help.
      const perRun = Math.max(1, Math.floor(options.jobs / jobs));
      await Promise.all(
        [...open]
          .sort((a, b) => runCost(b.config) - runCost(a.config))
          .map(async (run) => {
            const { setting, config, hash } = run;
            const { keep, measure } = plan;
            const order = { folder, setting, config, hash, keep, measure, version, threads: perRun };
            const report = await threads
              .perform(order, stopped, (step) => {
                tally.step(setting, step);
                tell();
              })
              .catch(crashed);
            await finish(run, report);
          }),
      );
    } finally {
      await threads.close();
    }
    if (diskFull !== null) {
      throw new InputError(`${diskFull}; what is done is kept, and the same command goes on from there`);
    }
    const table = tally.done === 0 ? null : await combine(sweep);
    if (table === null) await summarize(sweep);
    return tally.result(table);
  } finally {
    release();
  }
}

/** A thread that died, of too little memory for one, takes its run with it and no other. */
function crashed(error: Error): RunReport {
  return { status: 'failed', error: `its thread ended: ${error.message}`, diskFull: false };
}
