/**
 * The forward pass as `browser.js` times it: the same code in Node and, bundled, in a browser's worker. There it answers
 * each message by one pass.
 */
import { checkpoint, forward, model } from '../dist/index.js';

/** Opens a model of one file; `bytes` are read by range. @returns weights */
export function openWeights(config, bytes) {
  const family = model.familyOfConfig(config, 'config.json');
  return family.weights(checkpoint.openTensorFile(bytes), family.architecture(config, 'config.json'));
}

/** One pass with the attention maps of all heads. @returns the sum of all maps, and milliseconds */
export function pass(weights, tokens, length) {
  const start = performance.now();
  const { attention } = forward.kernelForward(weights, {
    tokens,
    length,
    attention: 'all',
    predictions: false,
  });
  const milliseconds = performance.now() - start;
  let sum = 0;
  for (const map of attention.values()) {
    map.forEach((value, at) => {
      sum += value * (1 + (at % 97));
    });
  }
  return { sum, milliseconds };
}

if (typeof WorkerGlobalScope !== 'undefined') {
  let weights;
  globalThis.onmessage = ({ data }) => {
    if (data.file !== undefined) weights = openWeights(data.config, checkpoint.openBrowserFile(data.file));
    else postMessage(pass(weights, data.tokens, data.length));
  };
}
