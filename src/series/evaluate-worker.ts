import { openCheckpoint, openTestSet } from '../checkpoint/open.js';
import { InputError } from '../errors.js';
import { firstNonFinite } from '../measures/weights.js';
import { createEngine } from '../model/create-engine.js';
import type { Engine } from '../model/engine.js';
import { flatParameters } from '../model/state.js';
import { answering } from '../threads/answer.js';
import { evaluateSequences } from '../train/evaluate.js';
import { fromTestSet, type Sequences } from '../train/sequences.js';
import type { EvaluatedFile, EvaluateTask, TestSetName } from './evaluate-task.js';

/** What the tasks of one run share; a worker keeps that of the last one. */
interface Prepared {
  readonly name: string;
  readonly engine: Engine;
  readonly testSets: ReadonlyMap<TestSetName, Sequences>;
}

let last: Prepared | undefined;

/** Entry of a worker thread: evaluates checkpoints on the run's own test sets; a broken one is reported, the rest goes on. */
export default answering(work);

function work(task: EvaluateTask): readonly EvaluatedFile[] {
  const { engine, testSets } = prepare(task);
  return task.files.map(({ path, key }): EvaluatedFile => {
    try {
      const { state } = openCheckpoint(path, key);
      const bad = firstNonFinite(state);
      if (bad !== undefined) {
        throw new InputError(
          `${path}: tensor ${bad} holds NaN or infinity; the run had diverged by this step`,
        );
      }
      engine.load(flatParameters(state, engine.layout, path));
      const evaluations = [...testSets].map(
        ([name, sequences]) => [name, evaluateSequences(engine, sequences, task.config)] as const,
      );
      for (const [name, { loss }] of evaluations) {
        // Of logits that are NaN the first token would count as predicted: no error to print.
        if (!Number.isFinite(loss)) throw overflow(path, name, loss);
      }
      return { evaluations: Object.fromEntries(evaluations) };
    } catch (error) {
      if (error instanceof InputError) return { failure: error.message };
      throw error;
    }
  });
}

function overflow(path: string, set: TestSetName, loss: number): InputError {
  return new InputError(
    `${path}: its weights are finite, but so large that the model overflows: the loss on the ${set} set is ${loss}, and errors would mean nothing; the run had diverged by this step, look at an earlier one`,
  );
}

function prepare({ config, testSets }: EvaluateTask): Prepared {
  const name = JSON.stringify([config, testSets]);
  if (last?.name !== name) {
    const opened = (Object.entries(testSets) as [TestSetName, string][]).map(
      ([set, path]) => [set, fromTestSet(openTestSet(path), config, path)] as const,
    );
    last = { name, engine: createEngine(config), testSets: new Map(opened) };
  }
  return last;
}
