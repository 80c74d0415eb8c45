import { createEngine } from '../model/create-engine.js';
import type { ModelWeights } from '../model/weights.js';
import type { RunConfig } from '../run/config.js';
import { type Evaluation, evaluateSequences } from '../train/evaluate.js';
import type { Sequences } from '../train/sequences.js';
import { parametersOfWeights } from './run-parameters.js';

/** The two test sets of a run: in distribution and out of it. */
export type RunTestSet = 'test' | 'ood';

/** Errors and losses of a checkpoint, edited or not, on a run's own test sets. */
export type RunJudgement = Readonly<Partial<Record<RunTestSet, Evaluation>>>;

/** Judges many edits of one run's checkpoints: the test sets are decoded once. */
export type RunJudge = (weights: ModelWeights) => RunJudgement;

/** A judge by the engine of training, whose results are the same bits on every machine. */
export function createRunJudge(config: RunConfig, testSets: ReadonlyMap<RunTestSet, Sequences>): RunJudge {
  const engine = createEngine(config);
  return (weights) => {
    engine.load(parametersOfWeights(weights, engine.layout));
    return Object.fromEntries(
      [...testSets].map(([name, sequences]) => [name, evaluateSequences(engine, sequences, config)]),
    );
  };
}
