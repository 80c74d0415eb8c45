import { openThreadPool } from '../threads/thread-pool.js';
import type { RunOrder } from './run-order.js';
import { type RunReport, type RunTask, runControl } from './run-worker.js';

/** Threads that make runs, one run a thread. */
export interface RunThreads {
  /** Makes a run. @param onStep called at times with the updates done  */
  perform(order: RunOrder, signal: AbortSignal, onStep: (step: number) => void): Promise<RunReport>;
  close(): Promise<void>;
}

/** Where threads find their code: beside this file once built, in the build while the sources are tested. */
const workerFile = new URL(
  import.meta.url.endsWith('.ts') ? '../../dist/sweep/run-worker.js' : './run-worker.js',
  import.meta.url,
);

/** How often progress is reported, in milliseconds. */
const reportInterval = 200;

/**
 * Opens threads for runs. The calling thread stays free for locks, signals and the bar, even where there is just one.
 * Each thread keeps its place: an idle one would have to load everything again.
 */
export function openRunThreads(count: number): RunThreads {
  if (count === 0)
    return { perform: () => Promise.reject(new RangeError('no threads')), close: async () => {} };
  const pool = openThreadPool(workerFile, count);
  return {
    async perform(order, signal, onStep) {
      const control = new Int32Array(new SharedArrayBuffer(4 * runControl.length));
      const stop = () => Atomics.store(control, runControl.stop, 1);
      const reportStep = () => onStep(Atomics.load(control, runControl.step));
      if (signal.aborted) stop();
      signal.addEventListener('abort', stop, { once: true });
      const timer = setInterval(reportStep, reportInterval);
      try {
        const task: RunTask = { order, control };
        const report = (await pool.run(task)) as RunReport;
        reportStep();
        return report;
      } finally {
        clearInterval(timer);
        signal.removeEventListener('abort', stop);
      }
    },
    close: () => pool.destroy(),
  };
}
