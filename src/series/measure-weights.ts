import { type ModelPlan, modelMeasureNames } from '../measures/model-plan.js';
import { usualRanks } from '../measures/usual-choice.js';
import type { Architecture } from '../model/architecture.js';
import type { ModelWeights } from '../model/weights.js';
import { measureModel, type PerformModelTask } from './measure-model.js';
import type { ModelColumns } from './model-columns.js';
import type { ModelTask } from './model-task.js';
import { performOnWeights } from './perform-model-task.js';

/**
 * Measures every pair of heads, and every head, of weights that are open, in this thread: those of a file, or of an
 * intervention.
 * @param plan every measure of the weights as stored, at the previous token where positions are rotary, at the usual
 * ranks, unless it says otherwise
 * @throws InputError when weights cannot be read, or hold NaN or infinity
 */
export function measureWeights(weights: ModelWeights, plan: Partial<ModelPlan> = {}): Promise<ModelColumns> {
  const { architecture, file } = weights;
  const perform = (async (task: ModelTask) => performOnWeights(weights, task)) as PerformModelTask;
  return measureModel({ path: file, architecture }, { ...usualPlan(architecture), ...plan }, perform, 1);
}

/** Every measure of the weights as stored, at the previous token where positions are rotary, at the usual ranks. */
export function usualPlan({ headWidth, width, positions }: Architecture): ModelPlan {
  return {
    measures: modelMeasureNames,
    ranks: usualRanks(Math.min(headWidth, width)),
    relPos: [positions.kind === 'rotary' ? -1 : 0],
    foldNorm: false,
  };
}
