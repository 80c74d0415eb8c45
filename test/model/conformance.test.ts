import { describe, expect, it } from 'vitest';
import type { DropoutKey } from '../../src/model/engine.js';
import { engines } from './engines.js';
import { type GoldenCase, goldenCase, goldenNames } from './golden-case.js';

// Float32 in another order of summation: rounding of some hundred operations, relative to the tensor's largest entry.
const tolerance = 2e-5;

// In exact arithmetic the key bias has no gradient here, so that AdamW divides rounding noise by itself.
const hasNoiseGradient = ({ config }: GoldenCase, name: string) =>
  name.endsWith('W_k.bias') && !config.linear_attn && config.pos !== 'rotary';

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs(a[i]! - b[i]!);
    if (!(difference <= largest)) largest = difference;
  }
  return largest;
}

const largest = (a: ArrayLike<number>) => Array.from(a).reduce((most, x) => Math.max(most, Math.abs(x)), 0);

describe.each(engines)('$name engine', ({ create }) => {
  describe.each(goldenNames)('against PyTorch: %s', (name) => {
    const golden = goldenCase(name);
    const { config, batches, tensors } = golden;
    const tokens = (step: number) => batches[step]!.flat();
    const predicted = batches[0]!.length * (config.max_seq_len - 1);
    const start = () => {
      const engine = create(config);
      engine.load(tensors.start);
      return engine;
    };
    const options = (step: number) => {
      const dropout: DropoutKey = { seed: golden.dropout_seed, step, firstSequence: 0 };
      return {
        scale: 1 / predicted,
        labelSmoothing: golden.label_smoothing,
        dropout: config.dropout > 0 ? dropout : null,
      };
    };

    it('names and orders the parameters', () => {
      const { layout } = start();
      expect(layout.parameters.map(({ name: key, shape }) => [key, shape])).toEqual(golden.parameters);
      const untrained = layout.parameters.filter(({ trained }) => !trained).map(({ name: key }) => key);
      expect(untrained).toEqual(golden.untrained);
    });

    it('computes the logits', () => {
      const { logits } = start().forward(tokens(0), { logits: true });
      expect(largestDifference(logits!, tensors.logits)).toBeLessThan(tolerance * largest(tensors.logits));
    });

    it('computes the gradients', () => {
      const engine = start();
      engine.accumulate(tokens(0), options(0));
      for (const { name: key, offset, length } of engine.layout.parameters) {
        const expected = tensors.gradients.subarray(offset, offset + length);
        const found = engine.gradients.subarray(offset, offset + length);
        const bound = hasNoiseGradient(golden, key) ? 1e-6 : tolerance * largest(expected);
        expect(largestDifference(found, expected), key).toBeLessThanOrEqual(bound);
      }
    });

    it('learns: ten losses, and the parameters after ten updates', () => {
      const engine = start();
      const losses = golden.learning_rates.map((lr, step) => {
        engine.clearGradients();
        const loss = engine.accumulate(tokens(step), options(step));
        engine.adamw({ lr, step: step + 1, weightDecay: golden.weight_decay });
        return loss / predicted;
      });
      expect(largestDifference(losses, golden.losses)).toBeLessThan(tolerance * largest(golden.losses));
      for (const { name: key, offset, length, trained } of engine.layout.parameters) {
        const expected = tensors.after.subarray(offset, offset + length);
        const found = engine.parameters.subarray(offset, offset + length);
        if (!trained) expect(Array.from(found), key).toEqual(Array.from(expected));
        else if (!hasNoiseGradient(golden, key)) {
          expect(largestDifference(found, expected), key).toBeLessThan(2e-5);
        }
      }
    });
  });
});
