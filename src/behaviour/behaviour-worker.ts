import { scoresBySequence } from '../evaluate/head-scores.js';
import { kernelForward } from '../forward/kernel-forward.js';
import { openWeights } from '../run/open-weights.js';
import { answering } from '../series/answer.js';
import type { BehaviourResult, BehaviourTask } from './behaviour-task.js';

/** Entry of a worker thread that runs models. */
export default answering(work);

function work(task: BehaviourTask): BehaviourResult {
  const weights = openWeights(task.location);
  if (task.kind === 'scores') return scoresBySequence(kernelForward, weights, task.tokens);
  const { tokens, length, logits, attention } = task;
  return kernelForward(weights, {
    ...{ tokens, length },
    ...(logits !== undefined && { logits }),
    ...(attention === true && { attention: 'all' as const }),
  });
}
