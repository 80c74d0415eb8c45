import { openCheckpoint, openTestSet } from '../checkpoint/open.js';
import { InputError } from '../errors.js';
import type { RunTestSet } from '../evaluate/run-judge.js';
import { weightsOfRun } from '../evaluate/run-weights.js';
import { kernels } from '../linalg/kernels.js';
import { firstNonFinite } from '../measures/weights.js';
import { parameterLayout } from '../model/parameters.js';
import { flatParameters } from '../model/state.js';
import type { ModelWeights } from '../model/weights.js';
import type { RunConfig } from '../run/config.js';
import { answering } from '../threads/answer.js';
import { fromTestSet } from '../train/sequences.js';
import { createRunEditJudge, type RunEditJudge } from './judge-run-edits.js';
import type { JudgedTask } from './judge-trials.js';
import type { RunTask } from './run-task.js';

/** Entry of a worker thread: judges edits of checkpoints of runs. */
export default answering(work);

/** What the tasks of one run share; a worker keeps that of the last one. */
interface Prepared {
  readonly name: string;
  readonly judge: RunEditJudge;
}

let last: Prepared | undefined;

function work(task: RunTask): JudgedTask {
  try {
    const { judge } = prepare(task);
    const donor = (step: number) => openRunWeights(task.donors[step]!, task.config);
    return { judgements: judge(openRunWeights(task.path, task.config), task.edits, donor) };
  } catch (error) {
    if (error instanceof InputError) return { failure: error.message };
    throw error;
  }
}

function prepare({ config, testSets }: RunTask): Prepared {
  const name = JSON.stringify([config, testSets]);
  if (last?.name !== name) {
    const opened = (Object.entries(testSets) as [RunTestSet, string][]).map(
      ([set, path]) => [set, fromTestSet(openTestSet(path), config, path)] as const,
    );
    last = { name, judge: createRunEditJudge(config, new Map(opened), kernels) };
  }
  return last;
}

/** The weights of a run's checkpoint. @throws InputError when it cannot be read, does not fit the config, or holds NaN */
export function openRunWeights(path: string, config: RunConfig): ModelWeights {
  const { state } = openCheckpoint(path);
  const bad = firstNonFinite(state);
  if (bad !== undefined) {
    throw new InputError(`${path}: tensor ${bad} holds NaN or infinity; the run had diverged by this step`);
  }
  const layout = parameterLayout(config);
  return weightsOfRun(flatParameters(state, layout, path), layout, config, path);
}
