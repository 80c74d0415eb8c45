import { InputError } from '../errors.js';
import type { RepeatedTokens } from '../evaluate/repeated-tokens.js';
import type { ModelStep, OpenedModel } from '../run/open-model.js';
import { layersOf } from './edit.js';
import {
  type JudgedTrials,
  type JudgeTrialsOptions,
  judgeTrials,
  partsOf,
  type TrialsTask,
} from './judge-trials.js';
import type { ModelEditTask } from './model-edit-task.js';
import work from './model-edit-worker.js';
import type { Trial } from './trial.js';

/** Trials of one checkpoint of a model. */
export interface TrialsOfStep {
  readonly step: ModelStep;
  readonly trials: readonly Trial[];
}

/** Edits of a task. Those of one layer stand together, since what lies below is computed once a task. */
const editsPerTask = 16;

/**
 * Judges trials of any model by copying, over worker threads. The outcomes are in the order of the trials.
 * @throws InputError where a transplant comes from a step that is not there
 */
export async function judgeModelTrials(
  model: OpenedModel,
  steps: readonly TrialsOfStep[],
  sequences: RepeatedTokens,
  options: JudgeTrialsOptions,
): Promise<JudgedTrials> {
  const places = new Map<Trial, number>();
  const tasks = steps.flatMap(({ step, trials }) => {
    // A trial may be made at several steps; here it is one of its own.
    const own = trials.map((trial) => ({ ...trial }));
    for (const trial of own) places.set(trial, places.size);
    const layers = new Map(own.map((trial) => [trial, layersOf(trial.edit, model.architecture)]));
    const order = [...own].sort((a, b) => {
      const [one, other] = [layers.get(a)!, layers.get(b)!];
      return one.first - other.first || one.last - other.last;
    });
    return partsOf(order, editsPerTask).map((part) => taskOf(model, step, part, sequences));
  });
  const worker = new URL('./model-edit-worker.js', import.meta.url);
  const judged = await judgeTrials(tasks, { file: worker, here: work }, options);
  const outcomes = [...judged.outcomes].sort((a, b) => places.get(a.trial)! - places.get(b.trial)!);
  return { ...judged, outcomes };
}

function taskOf(
  model: OpenedModel,
  step: ModelStep,
  trials: readonly Trial[],
  sequences: RepeatedTokens,
): TrialsTask<ModelEditTask> {
  const donors = trials.flatMap(({ edit }) => {
    if (edit.kind !== 'transplant') return [];
    const donor = model.steps.find((other) => other.step === edit.step);
    if (donor !== undefined) return [[edit.step, donor] as const];
    const known = model.steps.map((other) => other.step);
    const has =
      known[0] === null
        ? 'it is a single model without steps'
        : `it has ${known.length} from ${known[0]} to ${known.at(-1)}`;
    throw new InputError(`${model.path}: has no checkpoint of step ${edit.step}; ${has}`);
  });
  const edits = trials.map(({ edit }) => edit);
  return {
    ...{ setting: model.name, step: step.step, trials },
    task: { location: step, donors: Object.fromEntries(donors), sequences, edits },
    files: [step.path, ...donors.map(([, { path }]) => path)],
    depends: [step, edits, { ...sequences, tokens: [...sequences.tokens] }],
  };
}
