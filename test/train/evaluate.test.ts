import { describe, expect, it } from 'vitest';
import type { ForwardOptions, ForwardResult } from '../../src/model/engine.js';
import { checkConfig, type RunConfig } from '../../src/run/config.js';
import { fromIntegers } from '../../src/tensor/encode.js';
import { evaluate } from '../../src/train/evaluate.js';

const length = 16;
const config = (options: Partial<RunConfig>) =>
  checkConfig({ max_seq_len: length, vocab_size: 8, ...options }, 'test').config;

/** A stand-in for a model: predicts what `predict` says, with loss 1 everywhere. */
const saying = (predict: (t: number, tokens: readonly number[]) => number) => ({
  forward(tokens: ArrayLike<number>, _options?: ForwardOptions): ForwardResult {
    const count = tokens.length / length;
    const predictions = new Int32Array(tokens.length);
    for (let s = 0; s < count; s++) {
      const own = Array.from({ length }, (_, t) => tokens[s * length + t]!);
      for (let t = 0; t < length; t++) predictions[s * length + t] = predict(t, own);
    }
    const losses = new Float32Array(count * (length - 1)).fill(1);
    return { losses, predictions, lossSum: losses.length };
  },
});

const tokens = [0, 1, 2, 3, 4, 5, 7, 7, 1, 2, 3, 4, 5, 0, 6, 7];
const test = {
  tokens: fromIntegers(tokens, [1, length]),
  lengths: fromIntegers([5], [1]),
  starts: fromIntegers([1, 8], [1, 2]),
};

describe('evaluate', () => {
  it('counts the second copy but its first tokens, and its last token only in the published error', () => {
    const oracle = saying((t, own) => own[t + 1] ?? 0);
    // Positions 10, 11, 12 count: 12 predicts the background token after the copy.
    expect(evaluate(oracle, test, config({ ignore_burning: 2 }))).toEqual({
      loss: 1,
      err: 0,
      copy_err: 0,
      correct: 3,
      masked: 3,
      copy_correct: 2,
      copy_positions: 2,
    });
    const copier = saying((t, own) => (t === 12 ? 5 : (own[t + 1] ?? 0)));
    const { err, copy_err } = evaluate(copier, test, config({ ignore_burning: 2 }));
    expect(err).toBeCloseTo(1 / 3, 15);
    expect(copy_err).toBe(0);
  });

  it('counts both copies with ignore_segment 0', () => {
    const { masked, copy_positions } = evaluate(
      saying(() => 0),
      test,
      config({ ignore_segment: 0, ignore_burning: 1 }),
    );
    expect([masked, copy_positions]).toEqual([8, 6]);
  });

  it('has no error where no position counts', () => {
    expect(
      evaluate(
        saying(() => 0),
        test,
        config({ ignore_burning: 5 }),
      ),
    ).toMatchObject({ err: Number.NaN, masked: 0 });
  });

  it('counts the last position of a sequence that ends with its copy, though nothing follows it', () => {
    const atEnd = { ...test, starts: fromIntegers([1, 11], [1, 2]) };
    const oracle = saying((t, own) => own[t + 1] ?? 0);
    expect(evaluate(oracle, atEnd, config({ ignore_burning: 4 }))).toMatchObject({ correct: 0, masked: 1 });
  });

  it('takes everything after the first period of a simple repetition', () => {
    const simple = { ...test, starts: null };
    const oracle = saying((t, own) => own[t + 1] ?? 0);
    expect(
      evaluate(oracle, simple, config({ regime: 'simple repetition', ignore_burning: 4 })),
    ).toMatchObject({
      correct: 6,
      masked: 7,
      copy_correct: 6,
      copy_positions: 6,
    });
  });

  it('refuses sequences of another length, and copies that do not lie in them', () => {
    const engine = saying(() => 0);
    expect(() => evaluate(engine, test, config({ max_seq_len: 32 }))).toThrow(/max_seq_len 32, found 16/);
    const beyond = { ...test, starts: fromIntegers([1, 12], [1, 2]) };
    expect(() => evaluate(engine, beyond, config({}))).toThrow(/at 12, beyond its 16/);
  });
});
