import { describe, expect, it } from 'vitest';
import { checkConfig, type RunConfig } from '../../src/run/config.js';
import { savedSteps } from '../../src/run/saved-steps.js';
import { checkTraining } from '../../src/train/check-training.js';
import { evaluationSteps } from '../../src/train/evaluation-steps.js';
import { presets } from '../../src/train/presets.js';
import { cosineOfTurn, learningRate } from '../../src/train/schedule.js';

const config = (options: Partial<RunConfig>) => checkConfig(options, 'test').config;

describe('checkTraining', () => {
  it('takes the defaults and every preset', () => {
    for (const options of [{}, ...presets.values()])
      expect(() => checkTraining(config(options))).not.toThrow();
  });

  it.each<[Partial<RunConfig>, RegExp]>([
    [{ num_heads: 3 }, /num_heads: 3 heads do not divide d_model 64/],
    [{ d_model: 6, num_heads: 2 }, /pos: rotary positions need an even head width/],
    [{ rep_h: 33 }, /rep_h: .*2·33 > 64/],
    [{ rep_l: 20 }, /rep_h: .*must exceed rep_l 20/],
    [{ ood_len_pattern: 32 }, /ood_len_pattern: .*choose up to 31/],
    [{ vocab_size: 4 }, /vocab_size: distr two-level needs at least 5/],
    [{ ignore_burning: 24 }, /ignore_burning/],
    [{ n_save: 20_000 }, /n_save: 20000 .*num_epoch 10000/],
    [{ regime: 'simple repetition', rep_h: 65 }, /rep_h: a pattern of 64/],
    [{ regime: 'simple repetition', ood_len_pattern: 60 }, /ood_len_pattern: a pattern of 60/],
  ])('refuses %j', (options, message) => {
    expect(() => checkTraining(config(options))).toThrow(message);
  });

  it('takes the longest patterns that fit', () => {
    expect(() => checkTraining(config({ rep_h: 32, ood_len_pattern: 31 }))).not.toThrow();
  });
});

describe('learningRate', () => {
  it('is a third in the first five steps of the constant schedule', () => {
    const rates = [0, 4, 5, 9999].map((step) => learningRate(config({ lr: 0.3 }), step));
    expect(rates).toEqual([0.3 / 3, 0.3 / 3, 0.3, 0.3]);
  });

  it('follows half a cosine', () => {
    const options = config({ schedule: 'cosine', num_epoch: 1000, lr: 2 });
    for (let step = 0; step < 1000; step++) {
      expect(learningRate(options, step)).toBeCloseTo(1 + Math.cos((Math.PI * step) / 1000), 14);
    }
    expect([0, 0.5, 1].map(cosineOfTurn)).toEqual([1, expect.closeTo(0, 15), -1]);
  });
});

describe('evaluationSteps', () => {
  it('takes every step at first, thins out, and never misses a checkpoint', () => {
    const published = config({ num_epoch: 20_000, n_save: 100, up_to_first_save: true });
    const steps = evaluationSteps(published, null);
    for (let step = 1; step <= 20; step++) expect(steps).toContain(step);
    for (const step of savedSteps(published)) if (step > 0) expect(steps).toContain(step);
    expect(steps.size).toBeLessThanOrEqual(350);
    const sorted = [...steps].sort((a, b) => a - b);
    sorted.slice(1).forEach((step, i) => {
      expect(step).toBeLessThanOrEqual(Math.ceil(sorted[i]! * 1.05) + 1);
    });
  });

  it('takes every N-th step beside the first, the last and the checkpoints', () => {
    const steps = evaluationSteps(config({ num_epoch: 10, n_save: 2 }), 4);
    expect([...steps].sort((a, b) => a - b)).toEqual([1, 4, 5, 8, 10]);
  });
});
