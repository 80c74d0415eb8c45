import { createRunJudge, type RunJudgement, type RunTestSet } from '../evaluate/run-judge.js';
import type { LinearAlgebra } from '../linalg/algebra.js';
import type { ModelWeights } from '../model/weights.js';
import type { RunConfig } from '../run/config.js';
import type { Sequences } from '../train/sequences.js';
import { createEditContext, type Edit, editedWeights } from './edit.js';
import type { Judgement } from './trial.js';

/** Judges edits of checkpoints of one run; what the judge needs is made once. */
export type RunEditJudge = (
  weights: ModelWeights,
  edits: readonly Edit[],
  donor?: (step: number) => ModelWeights,
) => Judgement[];

/** A judge of edits by a run's own test sets: `err_*`, `copy_err_*` and `loss_*` of each set. */
export function createRunEditJudge(
  config: RunConfig,
  testSets: ReadonlyMap<RunTestSet, Sequences>,
  algebra: LinearAlgebra,
): RunEditJudge {
  const judge = createRunJudge(config, testSets);
  return (weights, edits, donor = noDonor) => {
    const context = createEditContext(weights, algebra, donor);
    return edits.map((edit) => numbersOf(judge(editedWeights(edit, context))));
  };
}

function noDonor(step: number): never {
  throw new Error(`step ${step} was not given to be transplanted from`);
}

/** NaN where an edit makes the model overflow: of logits that are NaN the first token would count as predicted. */
function numbersOf(sets: RunJudgement): Judgement {
  const numbers: Record<string, number> = {};
  for (const [set, { loss, err, copy_err }] of Object.entries(sets)) {
    const known = Number.isFinite(loss);
    numbers[`copy_err_${set}`] = known ? copy_err : Number.NaN;
    numbers[`err_${set}`] = known ? err : Number.NaN;
    numbers[`loss_${set}`] = known ? loss : Number.NaN;
  }
  return numbers;
}
