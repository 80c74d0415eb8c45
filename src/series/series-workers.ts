import { openWorkers, type Workers } from '../threads/workers.js';
import type { PerformSeriesTask } from './task.js';
import work from './worker.js';

/** Worker threads that measure checkpoints of runs, read error curves and draw random baselines. */
export interface SeriesWorkers extends Pick<Workers<unknown, unknown>, 'close'> {
  readonly perform: PerformSeriesTask;
}

/** Opens the threads; with one job, tasks run in this thread. */
export function openSeriesWorkers(jobs: number): SeriesWorkers {
  const { perform, close } = openWorkers(jobs, new URL('./worker.js', import.meta.url), work);
  // Which result belongs to which task stands in the worker's switch, out of the compiler's sight.
  return { perform: perform as PerformSeriesTask, close };
}
