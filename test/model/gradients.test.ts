import { describe, expect, it } from 'vitest';
import type { ModelConfig } from '../../src/model/config.js';
import { createEngine } from '../../src/model/create-engine.js';
import type { LossOptions } from '../../src/model/engine.js';
import { createReferenceEngine } from '../../src/model/reference/engine.js';
import { createStream } from '../../src/random/stream.js';

const base: ModelConfig = {
  vocab_size: 7,
  d_model: 8,
  ff_dim: 6,
  num_heads: 2,
  num_layers: 2,
  linear_attn: false,
  residual: true,
  mlp: false,
  dropout: 0,
  norm: true,
  output_norm: false,
  pos: 'rotary',
  rotary_theta: 100,
  max_seq_len: 5,
};

interface Case {
  readonly name: string;
  readonly architecture: Partial<ModelConfig>;
  readonly options: Partial<LossOptions>;
}

const named = (
  name: string,
  architecture: Partial<ModelConfig>,
  options: Partial<LossOptions> = {},
): Case => ({ name, architecture, options });

const cases: readonly Case[] = [
  named('as published', {}),
  named('one head', { num_heads: 1 }),
  named('one layer', { num_layers: 1 }),
  named('four layers', { num_layers: 4 }),
  named('linear attention', { linear_attn: true }),
  named('linear attention, relative positions', { linear_attn: true, pos: 'relative' }),
  named('relative positions', { pos: 'relative' }),
  named('learned positions', { pos: null }),
  named('no norms', { norm: false }),
  named('output norm', { output_norm: true }),
  named('feed-forward', { mlp: true }),
  named('feed-forward without norms', { mlp: true, norm: false }),
  named('no residual', { residual: false, output_norm: true }),
  named('dropout', { dropout: 0.3, mlp: true }, { dropout: { seed: 5, step: 2, firstSequence: 1 } }),
  named('label smoothing', { mlp: true }, { labelSmoothing: 0.1 }),
];

/** Parameters away from the special values that norms and biases start with, and two sequences. */
function randomInput(length: number, config: ModelConfig) {
  const random = createStream(11, 'initial');
  const parameters = Float32Array.from({ length }, () => 0.5 * random.normal());
  const tokens = Int32Array.from({ length: 2 * config.max_seq_len }, () => random.below(config.vocab_size));
  return { parameters, tokens };
}

describe('gradients', () => {
  it.each(cases)('of the reference are the slopes of its loss: $name', ({ architecture, options }) => {
    const config = { ...base, ...architecture };
    const engine = createReferenceEngine(config);
    const { parameters, tokens } = randomInput(engine.layout.length, config);
    const how: LossOptions = { scale: 1, labelSmoothing: 0, dropout: null, ...options };
    const at = Float64Array.from(parameters);
    engine.load(at);
    engine.accumulate(tokens, how);
    const gradients = engine.gradients.slice();
    const lossAt = (index: number, value: number) => {
      const moved = at.slice();
      moved[index] = value;
      engine.load(moved);
      return engine.accumulate(tokens, how);
    };
    // Every 7th parameter: all tensors are met. The error of a central difference is of order h² and of rounding / h.
    const h = 1e-5;
    for (let i = 0; i < at.length; i += 7) {
      const slope = (lossAt(i, at[i]! + h) - lossAt(i, at[i]! - h)) / (2 * h);
      expect(Math.abs(slope - gradients[i]!), `parameter ${i}`).toBeLessThan(1e-6);
    }
  });

  it.each(cases)('of the kernels are those of the reference: $name', ({ architecture, options }) => {
    const config = { ...base, ...architecture };
    const [reference, kernel] = [createReferenceEngine(config), createEngine(config)];
    const { parameters, tokens } = randomInput(reference.layout.length, config);
    const how: LossOptions = { scale: 1, labelSmoothing: 0, dropout: null, ...options };
    for (const engine of [reference, kernel]) {
      engine.load(parameters);
      engine.accumulate(tokens, how);
    }
    const largest = reference.gradients.reduce((most, g) => Math.max(most, Math.abs(g)), 0);
    reference.gradients.forEach((g, i) => {
      expect(Math.abs(kernel.gradients[i]! - g), `parameter ${i}`).toBeLessThan(1e-5 * largest);
    });
  });
});

describe('a forward pass', () => {
  const inside = { logits: true, attention: true, residuals: true } as const;

  it.each(cases)('shows the same inside of both engines: $name', ({ architecture }) => {
    const config = { ...base, ...architecture };
    const [reference, kernel] = [createReferenceEngine(config), createEngine(config)];
    const { parameters, tokens } = randomInput(reference.layout.length, config);
    reference.load(parameters);
    kernel.load(parameters);
    const [expected, found] = [reference.forward(tokens, inside), kernel.forward(tokens, inside)];
    for (const name of ['logits', 'attention', 'residuals', 'losses'] as const) {
      const [a, b] = [expected[name]!, found[name]!];
      expect(b.length, name).toBe(a.length);
      const largest = Math.max(1, ...Array.from(a, Math.abs));
      for (let i = 0; i < a.length; i++) {
        expect(Math.abs(a[i]! - b[i]!), `${name} ${i}`).toBeLessThan(1e-5 * largest);
      }
    }
  });

  it('depends on nothing but its arguments and the parameters', () => {
    const engine = createEngine(base);
    const { parameters, tokens } = randomInput(engine.layout.length, base);
    engine.load(parameters);
    const first = engine.forward(tokens);
    const gradientsOf = () => {
      engine.clearGradients();
      engine.accumulate(tokens, { scale: 1, labelSmoothing: 0, dropout: null });
      return Array.from(engine.gradients);
    };
    const before = gradientsOf();
    engine.accumulate(Int32Array.from(tokens).reverse(), { scale: 1, labelSmoothing: 0, dropout: null });
    expect(gradientsOf()).toEqual(before);
    expect(engine.forward(tokens)).toEqual(first);
    // A part of the batch has the losses that it has within the whole.
    const part = engine.forward(tokens.subarray(base.max_seq_len));
    expect(Array.from(part.losses)).toEqual(Array.from(first.losses.subarray(base.max_seq_len - 1)));
  });
});

describe('engines', () => {
  it.each([
    ['reference', createReferenceEngine],
    ['kernel', createEngine],
  ] as const)('refuse tokens they do not know (%s)', (_, create) => {
    const engine = create(base);
    expect(() => engine.forward([0, 1, 2, 3, 7])).toThrow(/from 0 to 6, found 7 at position 4 of sequence 0/);
    expect(() => engine.forward([0, 1, 2])).toThrow(/whole sequences of max_seq_len 5, found 3/);
    expect(() => engine.load([1, 2, 3])).toThrow(/expected \d+ numbers, found 3/);
  });
});
