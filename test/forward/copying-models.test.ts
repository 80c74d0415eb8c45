import { describe, expect, it } from 'vitest';
import { weightsOfRun } from '../../src/evaluate/run-weights.js';
import { parameterLayout } from '../../src/model/parameters.js';
import { createReferenceEngine } from '../../src/model/reference/engine.js';
import { goldenCase, goldenNames } from '../model/golden-case.js';
import { largestDifference, passes } from './passes.js';

// The training engine's reference is float64 as well, so that only the order of sums differs; kernels are float32.
describe.each(passes)('$name forward pass', ({ forward, tolerance }) => {
  it.each(goldenNames)('equals the training engine: %s', (name) => {
    const { config, batches, tensors } = goldenCase(name);
    const engine = createReferenceEngine(config);
    engine.load(tensors.start);
    const tokens = Int32Array.from(batches[0]!.flat());
    const length = config.max_seq_len;
    const sequences = tokens.length / length;
    const expected = engine.forward(tokens, { logits: true, attention: true, residuals: true });

    const weights = weightsOfRun(tensors.start, parameterLayout(config), config, name);
    const layers = config.num_layers;
    const found = forward(weights, {
      tokens,
      length,
      attention: 'all',
      residuals: Array.from({ length: layers + 1 }, (_, layer) => layer),
      logits: Array.from({ length }, (_, t) => t),
    });

    expect(largestDifference(found.losses!, expected.losses)).toBeLessThan(tolerance);
    expect(largestDifference(found.logits!, expected.logits!)).toBeLessThan(tolerance);
    const size = length * config.d_model;
    for (let sequence = 0; sequence < sequences; sequence++) {
      for (let layer = 0; layer <= layers; layer++) {
        const at = (sequence * (layers + 1) + layer) * size;
        const own = found.residuals!.get(layer)!.subarray(sequence * size, (sequence + 1) * size);
        expect(largestDifference(own, expected.residuals!.subarray(at, at + size))).toBeLessThan(tolerance);
      }
      // The training engine passes over layers whose output is discarded; here their attention can be looked at.
      if (!config.residual) continue;
      for (let head = 0; head < layers * config.num_heads; head++) {
        const at = (sequence * layers * config.num_heads + head) * length * length;
        const own = found.attention!.get(head)!.subarray(sequence * length * length);
        const map = expected.attention!.subarray(at, at + length * length);
        expect(largestDifference(own.subarray(0, length * length), map)).toBeLessThan(tolerance);
      }
    }
    // Where two logits are closer than the tolerance, either may win.
    found.predictions!.forEach((token, at) => {
      const row = expected.logits!.subarray(at * config.vocab_size, (at + 1) * config.vocab_size);
      expect(row[expected.predictions[at]!]! - row[token]!).toBeLessThan(2 * tolerance);
    });
  });

  it('begins at a layer with the residual stream before it, to the same numbers', () => {
    const { config, batches, tensors } = goldenCase('four_layers_four_heads');
    const weights = weightsOfRun(tensors.start, parameterLayout(config), config, 'model');
    const request = { tokens: Int32Array.from(batches[0]!.flat()), length: config.max_seq_len };
    const whole = forward(weights, { ...request, residuals: [2], attention: [9] });
    const rest = forward(weights, {
      ...request,
      start: { layer: 2, residual: whole.residuals!.get(2)! },
      attention: [9],
    });
    expect(rest.losses).toEqual(whole.losses);
    expect(rest.attention).toEqual(whole.attention);
  });
});
