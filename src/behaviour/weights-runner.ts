import { meanScores, scoresBySequence } from '../evaluate/head-scores.js';
import { kernelForward } from '../forward/kernel-forward.js';
import type { ModelWeights } from '../model/weights.js';
import type { ModelRunner } from './model-runner.js';
import { predictionsOf } from './predictions.js';

/** Runs one model in this thread, whatever location is named: that of a page has no path. */
export function runnerOfWeights(weights: ModelWeights): ModelRunner {
  return {
    scores: async (_, tokens) => meanScores(scoresBySequence(kernelForward, weights, tokens)),
    predictions: async (task) => predictionsOf(weights, task),
    close: async () => {},
  };
}
