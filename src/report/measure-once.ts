import type { ArchitectureOptions } from '../run/infer-config.js';
import { openSeriesWorkers } from '../series/series-workers.js';
import type { PerformSeriesTask } from '../series/task.js';
import { FollowedRun } from '../server/followed-run.js';
import { openInputs } from '../server/inputs.js';
import { ServedModel } from '../server/served-model.js';
import type { ServedRun } from '../server/served-run.js';

export interface MeasureOnceOptions {
  /** Undefined for the usual ones that fit each model. */
  readonly ranks: readonly number[] | undefined;
  readonly relPos: readonly number[] | undefined;
  readonly architecture: ArchitectureOptions;
  readonly jobs: number;
  readonly version: string;
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, total: number) => void;
}

export interface MeasuredOnce {
  readonly runs: readonly ServedRun[];
  /** What a run was given as. */
  readonly inputOf: (run: ServedRun) => string;
  /** Inputs that could not be used, one line each. */
  readonly skipped: readonly string[];
}

/**
 * Runs as the explorer serves them, measured to their end; nothing is followed.
 * @throws InputError when an input is no run and no table, or a folder has no checkpoints
 */
export async function measureOnce(
  inputs: readonly string[],
  options: MeasureOnceOptions,
): Promise<MeasuredOnce> {
  const { jobs, onProgress, signal, ...measuring } = options;
  const workers = openSeriesWorkers(jobs);
  const perform: PerformSeriesTask = (task) => workers.perform(task, signal);
  const followed: FollowedRun[] = [];
  const onChange = () => {
    let done = 0;
    let total = 0;
    for (const run of followed) {
      const { measured, checkpoints } = run.summary().progress;
      done += measured;
      total += checkpoints;
    }
    onProgress(done, total);
  };
  try {
    const opened = await openInputs(inputs, {
      runs: { ...measuring, perform, onChange },
      models: { ...{ jobs, onChange: () => {} }, ranks: options.ranks, version: options.version },
      version: options.version,
    });
    followed.push(...opened.runs.filter((run) => run instanceof FollowedRun));
    for (const run of opened.runs) {
      if (run instanceof ServedModel) await run.measure(signal).finally(() => run.close());
    }
    for (const run of followed) {
      // At the end of time no file counts as one that is still being written.
      await run.update(Number.POSITIVE_INFINITY).catch((error) => {
        if (!signal.aborted) throw error;
      });
      run.checkMeasurable();
    }
    return { ...opened, skipped: followed.flatMap((run) => run.failures()) };
  } finally {
    await workers.close();
  }
}
