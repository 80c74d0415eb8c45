import type { ForwardOutput } from '../forward/forward-pass.js';
import { kernelForward } from '../forward/kernel-forward.js';
import type { ModelWeights } from '../model/weights.js';
import type { PredictionsTask } from './behaviour-task.js';

/** Losses and predictions of open weights, and what else a task asks for. @throws InputError as the forward pass */
export function predictionsOf(
  weights: ModelWeights,
  { tokens, length, logits, attention }: Omit<PredictionsTask, 'kind' | 'location'>,
): ForwardOutput<Float32Array> {
  return kernelForward(weights, {
    ...{ tokens, length },
    ...(logits !== undefined && { logits }),
    ...(attention === true && { attention: 'all' as const }),
  });
}
