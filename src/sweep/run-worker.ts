import { InputError } from '../errors.js';
import { performRun } from './perform-run.js';
import type { RunEnd, RunOrder } from './run-order.js';
import { TakenOver } from './sweep-folder.js';

/** A run for a worker thread, and the memory by which both threads follow it. */
export interface RunTask {
  readonly order: RunOrder;
  /** See `runControl`. */
  readonly control: Int32Array;
}

/** Places in the control memory: whether to stop, and updates done. */
export const runControl = { stop: 0, step: 1, length: 2 } as const;

/** How a run ended in its thread: failures of the run, unlike those of the program, are returned, not thrown. */
export type RunReport =
  | RunEnd
  | { readonly status: 'failed'; readonly error: string; readonly diskFull: boolean }
  | { readonly status: 'taken'; readonly error: string };

/** How often a thread looks whether it is to stop, in milliseconds. */
const watchInterval = 50;

/** Entry of a worker thread: makes one run. */
export default async function work({ order, control }: RunTask): Promise<RunReport> {
  const controller = new AbortController();
  const watch = () => {
    if (Atomics.load(control, runControl.stop) !== 0) controller.abort();
  };
  watch();
  if (controller.signal.aborted) return { status: 'stopped', step: 0 };
  const timer = setInterval(watch, watchInterval);
  try {
    return await performRun(order, {
      signal: controller.signal,
      onStep: (step) => Atomics.store(control, runControl.step, step),
    });
  } catch (error) {
    if (error instanceof TakenOver) return { status: 'taken', error: error.message };
    const { code, message } = error as NodeJS.ErrnoException;
    if (!(error instanceof InputError) && code === undefined) throw error;
    const cause = (error as Error).cause as NodeJS.ErrnoException | undefined;
    const diskFull = ['ENOSPC', 'EDQUOT'].includes(code ?? cause?.code ?? '');
    return { status: 'failed', error: message, diskFull };
  } finally {
    clearInterval(timer);
  }
}
