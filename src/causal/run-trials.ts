import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../errors.js';
import type { RunTestSet } from '../evaluate/run-judge.js';
import type { RunConfig } from '../run/config.js';
import type { CheckpointFile, RunFolder } from '../run/folder.js';
import { openWorkers } from '../series/workers.js';
import type { Edit } from './edit.js';
import { type Journal, journalKey } from './journal.js';
import type { RunTask, RunTaskResult } from './run-task.js';
import work from './run-worker.js';
import type { Judgement, Outcome, Trial } from './trial.js';

/** Trials at a step of a run. */
export interface TrialsAtStep {
  readonly step: number;
  readonly trials: readonly Trial[];
}

export interface RunTrialsOptions {
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

/** Edits of a task: few enough that progress shows and cores share, enough that starting one costs nothing. */
const editsPerTask = 25;

const testSetFiles: Readonly<Record<RunTestSet, string>> = { test: 'test.pth', ood: 'test_ood.pth' };

/** Paths of a run's test sets. @throws InputError when it has none */
export function testSetsOf(run: RunFolder): Readonly<Partial<Record<RunTestSet, string>>> {
  const found = Object.entries(testSetFiles)
    .map(([set, file]) => [set, join(run.path, file)] as const)
    .filter(([, path]) => existsSync(path));
  if (found.length === 0) {
    throw new InputError(
      `${run.path}: has neither test.pth nor test_ood.pth, which edits are judged by; copy the run's test sets there`,
    );
  }
  return Object.fromEntries(found);
}

/**
 * Judges trials of a run on its own test sets, over worker threads.
 * @throws InputError when a step is not there, or the run has no test set
 */
export async function judgeRunTrials(
  run: RunFolder,
  config: RunConfig,
  steps: readonly TrialsAtStep[],
  { jobs, journal, onProgress, signal }: RunTrialsOptions,
): Promise<JudgedTrials> {
  const testSets = testSetsOf(run);
  const files = new Map(run.checkpoints.map((file) => [file.step, file]));
  const tasks = steps.flatMap(({ step, trials }) =>
    partsOf(trials).map((part) => ({
      step,
      trials: part,
      task: taskOf(run, config, testSets, files, step, part),
    })),
  );
  const total = tasks.reduce((sum, { trials }) => sum + trials.length, 0);
  const workers = openWorkers<RunTask, RunTaskResult>(
    Math.min(jobs, tasks.length),
    new URL('./run-worker.js', import.meta.url),
    work,
  );
  try {
    let done = 0;
    const results = await Promise.all(
      tasks.map(async ({ task }): Promise<RunTaskResult | undefined> => {
        const key = journalKey(
          [task.path, ...Object.values(task.testSets), ...Object.values(task.donors)],
          [task.config, task.edits],
        );
        const known = journal?.find(key);
        const result = known === undefined ? await perform(task) : { judgements: known };
        if (known === undefined && result?.judgements !== undefined) journal?.add(key, result.judgements);
        if (result !== undefined) {
          done += task.edits.length;
          onProgress?.(done, total);
        }
        return result;
      }),
    );
    const skipped = new Set(results.flatMap((result) => result?.failure ?? []));
    const outcomes = results.flatMap((result, at) => {
      const { step, trials } = tasks[at]!;
      return (result?.judgements ?? []).map((judgement: Judgement, place) => ({
        setting: run.setting,
        step,
        trial: trials[place]!,
        judgement,
      }));
    });
    return { outcomes, skipped: [...skipped] };
  } finally {
    await workers.close();
  }

  async function perform(task: RunTask): Promise<RunTaskResult | undefined> {
    try {
      return await workers.perform(task, signal);
    } catch (error) {
      if (signal?.aborted === true) return undefined;
      throw error;
    }
  }
}

function partsOf(trials: readonly Trial[]): Trial[][] {
  const parts: Trial[][] = [];
  for (let from = 0; from < trials.length; from += editsPerTask)
    parts.push(trials.slice(from, from + editsPerTask));
  return parts;
}

function taskOf(
  run: RunFolder,
  config: RunConfig,
  testSets: RunTask['testSets'],
  files: ReadonlyMap<number, CheckpointFile>,
  step: number,
  trials: readonly Trial[],
): RunTask {
  const pathOf = (wanted: number) => {
    const file = files.get(wanted);
    if (file === undefined) {
      const steps = [...files.keys()];
      throw new InputError(
        `${run.path}: has no checkpoint of step ${wanted}; it has ${steps.length} from ${steps[0]} to ${steps.at(-1)}`,
      );
    }
    return file.path;
  };
  const donors = trials.flatMap(({ edit }: { edit: Edit }) =>
    edit.kind === 'transplant' ? [edit.step] : [],
  );
  return {
    config,
    testSets,
    path: pathOf(step),
    donors: Object.fromEntries(donors.map((donor) => [donor, pathOf(donor)])),
    edits: trials.map(({ edit }) => edit),
  };
}
