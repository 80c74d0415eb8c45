import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../errors.js';
import type { RunTestSet } from '../evaluate/run-judge.js';
import type { RunConfig } from '../run/config.js';
import type { CheckpointFile, RunFolder } from '../run/folder.js';
import type { Edit } from './edit.js';
import {
  type JudgedTrials,
  type JudgeTrialsOptions,
  judgeTrials,
  partsOf,
  type TrialsTask,
} from './judge-trials.js';
import type { RunTask } from './run-task.js';
import work from './run-worker.js';
import type { Trial } from './trial.js';

/** Trials at a step of a run. */
export interface TrialsAtStep {
  readonly step: number;
  readonly trials: readonly Trial[];
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
  options: JudgeTrialsOptions,
): Promise<JudgedTrials> {
  const testSets = testSetsOf(run);
  const files = new Map(run.checkpoints.map((file) => [file.step, file]));
  const tasks = steps.flatMap(({ step, trials }) =>
    partsOf(trials, editsPerTask).map((part): TrialsTask<RunTask> => {
      const task = taskOf(run, config, testSets, files, step, part);
      return {
        ...{ setting: run.setting, step, trials: part, task },
        files: [task.path, ...Object.values(task.testSets), ...Object.values(task.donors)],
        depends: [task.config, task.edits],
      };
    }),
  );
  const worker = new URL('./run-worker.js', import.meta.url);
  return judgeTrials(tasks, { file: worker, here: work }, options);
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
