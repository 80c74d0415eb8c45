import { scoresBySequence } from '../evaluate/head-scores.js';
import { statusOf } from '../files/folder-listing.js';
import { kernelForward } from '../forward/kernel-forward.js';
import type { ModelWeights } from '../model/weights.js';
import { openRememberedWeights, openWeights, type WeightsLocation } from '../run/open-weights.js';
import { answering } from '../threads/answer.js';
import type { BehaviourResult, BehaviourTask } from './behaviour-task.js';
import { predictionsOf } from './predictions.js';

/** Entry of a worker thread that runs models. */
export default answering(work);

function work(task: BehaviourTask): BehaviourResult {
  if (task.kind === 'scores') {
    return scoresBySequence(kernelForward, openWeights(task.location), task.tokens);
  }
  const { location, again } = task;
  return predictionsOf(again === true ? rememberedWeights(location) : openWeights(location), task);
}

let remembered: { readonly key: string; readonly weights: ModelWeights } | undefined;

/** Weights of the model that was run last, as long as its file is the same. */
function rememberedWeights(location: WeightsLocation): ModelWeights {
  const status = statusOf(location.path);
  const key = JSON.stringify([location, status?.size, status?.mtimeMs]);
  if (remembered?.key !== key) {
    // Two models need not be in memory at once.
    remembered = undefined;
    remembered = { key, weights: openRememberedWeights(location) };
  }
  return remembered.weights;
}
