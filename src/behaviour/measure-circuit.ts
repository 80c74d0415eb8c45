import type { HeadScores } from '../evaluate/head-scores.js';
import type { ModelPlan } from '../measures/model-plan.js';
import type { Architecture } from '../model/architecture.js';
import type { WeightsLocation } from '../run/open-weights.js';
import { measureModel, type PerformModelTask } from '../series/measure-model.js';
import type { ModelTask } from '../series/model-task.js';
import work from '../series/model-worker.js';
import type { ModelTaskResult } from '../series/perform-model-task.js';
import { openWorkers } from '../threads/workers.js';
import { type FoundCircuit, findCircuit } from './circuit.js';

/** A model of more heads takes minutes, and is measured on request alone. */
export const mostHeadsOfUsualCircuit = 400;

/** Directions of the match: those of the paper's larger models. */
const usualRank = 10;

/** What pairs of a circuit are measured with: the key at the previous token where positions are rotary. */
export function circuitPlan({
  headWidth,
  width,
  positions,
}: Architecture): ModelPlan & { readonly rank: number; readonly t: number } {
  const rank = Math.min(usualRank, headWidth, width);
  const t = positions.kind === 'rotary' ? -1 : 0;
  return {
    ...{ rank, t, ranks: [rank], relPos: [t], foldNorm: false },
    measures: ['z_score', 'qk_ov_match', 'k_composition'],
  };
}

/**
 * Measures all pairs of heads of a model and finds its circuit.
 * @returns undefined for a model of one layer
 * @throws InputError when weights cannot be read, or hold NaN or infinity
 */
export async function measureCircuit(
  location: WeightsLocation,
  scores: HeadScores,
  { jobs, signal }: { readonly jobs: number; readonly signal?: AbortSignal },
): Promise<FoundCircuit | undefined> {
  const { architecture } = location;
  if (architecture.layers === 1) return undefined;
  const workers = openWorkers<ModelTask, ModelTaskResult>(
    jobs,
    new URL('../series/model-worker.js', import.meta.url),
    work,
  );
  try {
    const perform = ((task: ModelTask) => workers.perform(task, signal)) as PerformModelTask;
    const columns = await measureModel(location, circuitPlan(architecture), perform, jobs);
    return findCircuit(architecture, scores, columns);
  } finally {
    await workers.close();
  }
}
