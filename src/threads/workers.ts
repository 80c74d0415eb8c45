import { resultOf, type WorkerAnswer } from './answer.js';
import { openThreadPool } from './thread-pool.js';

/** Worker threads that all do one kind of task. */
export interface Workers<Task, Result> {
  /**
   * Rejects with an AbortError when the signal is aborted before the task is done.
   * @throws InputError where the task's input is bad
   */
  perform(task: Task, signal?: AbortSignal): Promise<Result>;
  close(): Promise<void>;
}

/**
 * Opens worker threads; with one job, tasks run in this thread.
 * @param file the workers' entry, a built module with a default export   @param here the same function, for this thread
 */
export function openWorkers<Task, Result>(
  jobs: number,
  file: URL,
  here: (task: Task) => Promise<WorkerAnswer<Result>>,
): Workers<Task, Result> {
  if (jobs <= 1) {
    let last: Promise<unknown> = Promise.resolve();
    return {
      perform: (task, signal) => {
        const done = last.then(async () => {
          // One task a turn of the event loop: lets the progress bar, Ctrl-C and SIGTERM through between them.
          await new Promise(setImmediate);
          signal?.throwIfAborted();
          return resultOf(await here(task));
        });
        last = done.catch(() => {});
        return done;
      },
      close: async () => {},
    };
  }
  const pool = openThreadPool(file, jobs);
  return {
    perform: async (task, signal) => resultOf(await pool.run(task, signal === undefined ? {} : { signal })),
    close: () => pool.destroy(),
  };
}
