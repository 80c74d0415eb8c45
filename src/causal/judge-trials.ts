import type { WorkerAnswer } from '../threads/answer.js';
import { openWorkers } from '../threads/workers.js';
import { type Journal, journalKey } from './journal.js';
import type { JudgedList, Outcome, Trial } from './trial.js';

/** Some trials of one checkpoint, as a worker thread is given them. */
export interface TrialsTask<Task> {
  readonly setting: string;
  readonly step: number | null;
  readonly trials: readonly Trial[];
  readonly task: Task;
  /** Files that the results come from. */
  readonly files: readonly string[];
  /** What else they depend on, as plain data. */
  readonly depends: unknown;
}

/** What came out of a task's trials, or why nothing did. */
export type JudgedTask = JudgedList | { readonly failure: string };

export interface JudgeTrialsOptions {
  readonly jobs: number;
  readonly journal?: Journal;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** What came out, in the order of the trials, and what could not be judged. */
export interface JudgedTrials {
  readonly outcomes: readonly Outcome[];
  readonly skipped: readonly string[];
}

/** The entry of worker threads that judge: a built module, and the same function for this thread. */
export interface JudgingWorker<Task> {
  readonly file: URL;
  readonly here: (task: Task) => Promise<WorkerAnswer<JudgedTask>>;
}

/** Judges trials over worker threads; those that the journal knows are not judged again. */
export async function judgeTrials<Task>(
  tasks: readonly TrialsTask<Task>[],
  { file, here }: JudgingWorker<Task>,
  { jobs, journal, onProgress, signal }: JudgeTrialsOptions,
): Promise<JudgedTrials> {
  const total = tasks.reduce((sum, { trials }) => sum + trials.length, 0);
  const workers = openWorkers<Task, JudgedTask>(Math.min(jobs, tasks.length), file, here);
  try {
    let done = 0;
    const results = await Promise.all(
      tasks.map(async ({ task, trials, files, depends }): Promise<JudgedTask | undefined> => {
        const key = journalKey(files, depends);
        const known = journal?.find(key);
        const result = known ?? (await perform(task));
        if (known === undefined && result !== undefined && 'judgements' in result) journal?.add(key, result);
        if (result !== undefined) {
          done += trials.length;
          onProgress?.(done, total);
        }
        return result;
      }),
    );
    const skipped = results.flatMap((result) =>
      result !== undefined && 'failure' in result ? result.failure : [],
    );
    const outcomes = results.flatMap((result, at) =>
      result !== undefined && 'judgements' in result ? outcomesOf(tasks[at]!, result) : [],
    );
    return { outcomes, skipped: [...new Set(skipped)] };
  } finally {
    await workers.close();
  }

  async function perform(task: Task): Promise<JudgedTask | undefined> {
    try {
      return await workers.perform(task, signal);
    } catch (error) {
      if (signal?.aborted === true) return undefined;
      throw error;
    }
  }
}

function outcomesOf<Task>(
  { setting, step, trials }: TrialsTask<Task>,
  { judgements, wrongOfSequence }: JudgedList,
): Outcome[] {
  return judgements.map((judgement, place) => {
    const wrong = wrongOfSequence?.[place];
    return { setting, step, trial: trials[place]!, judgement, ...(wrong && { wrongOfSequence: wrong }) };
  });
}

/** Parts of at most `size`, in order. */
export function partsOf<T>(values: readonly T[], size: number): T[][] {
  const parts: T[][] = [];
  for (let from = 0; from < values.length; from += size) parts.push(values.slice(from, from + size));
  return parts;
}
