import { Piscina } from 'piscina';

/** Worker threads that all do one kind of task. */
export interface Workers<Task, Result> {
  /** Rejects with an AbortError when the signal is aborted before the task is done. */
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
  here: (task: Task) => Result | Promise<Result>,
): Workers<Task, Result> {
  if (jobs <= 1) {
    return {
      perform: async (task, signal) => {
        // Lets the progress bar and Ctrl-C through between tasks.
        await new Promise(setImmediate);
        signal?.throwIfAborted();
        return here(task);
      },
      close: async () => {},
    };
  }
  const pool = new Piscina({ filename: file.href, minThreads: jobs, maxThreads: jobs });
  return {
    perform: (task, signal) => pool.run(task, signal === undefined ? {} : { signal }),
    close: () => pool.destroy(),
  };
}
