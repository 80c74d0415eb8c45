import { describe, expect, it } from 'vitest';
import { checkConfig, type RunConfig } from '../../src/run/config.js';
import { tokenProbabilities } from '../../src/train/distribution.js';
import type { Sequences } from '../../src/train/sequences.js';
import { createTask } from '../../src/train/task.js';

const config = (options: Partial<RunConfig> = {}) =>
  checkConfig({ vocab_size: 64, distr: 'zipf', sample_size_test: 2000, ...options }, 'test').config;

const sequence = ({ tokens }: Sequences, s: number, length = 64) =>
  Array.from(tokens.subarray(s * length, (s + 1) * length));

const patternOf = (set: Sequences, s: number) => {
  const start = set.starts![2 * s]!;
  return sequence(set, s).slice(start, start + set.lengths[s]!);
};

/** Counts of the values 0 … n - 1. */
const countsOf = (values: Iterable<number>, n: number) => {
  const counts = new Array<number>(n).fill(0);
  for (const value of values) counts[value]!++;
  return counts;
};

/** Counts within five standard deviations of what probabilities say. */
function expectDistributed(counts: readonly number[], probabilities: Iterable<number>): void {
  const total = counts.reduce((sum, count) => sum + count, 0);
  [...probabilities].forEach((p, i) => {
    expect(Math.abs(counts[i]! - p * total), `value ${i}`).toBeLessThanOrEqual(
      5 * Math.sqrt(total * p * (1 - p)),
    );
  });
}

describe('varied repetition', () => {
  const set = createTask(config()).testSet();

  it('holds two copies of a pattern with background between them', () => {
    for (let s = 0; s < set.lengths.length; s++) {
      const [a, b] = [set.starts![2 * s]!, set.starts![2 * s + 1]!];
      const length = set.lengths[s]!;
      expect(a).toBeGreaterThanOrEqual(0);
      expect(b).toBeGreaterThan(a + length);
      expect(b + length).toBeLessThanOrEqual(64);
      const tokens = sequence(set, s);
      expect(tokens.slice(b, b + length)).toEqual(tokens.slice(a, a + length));
    }
  });

  it('draws lengths uniformly from rep_l to rep_h - 1', () => {
    expectDistributed(countsOf(set.lengths, 20).slice(10), new Array<number>(10).fill(0.1));
  });

  it('draws two distinct gaps uniformly', () => {
    const gaps = createTask(config({ rep_l: 30, rep_h: 31 })).testSet();
    // g = 4: the sorted pairs (0, 1), (0, 2), … are equally likely.
    const pairs = Array.from(
      gaps.lengths,
      (_, s) => 4 * gaps.starts![2 * s]! + gaps.starts![2 * s + 1]! - 30,
    );
    const counts = countsOf(pairs, 16);
    expectDistributed(
      [1, 2, 3, 6, 7, 11].map((pair) => counts[pair]!),
      new Array<number>(6).fill(1 / 6),
    );
  });

  it.each(['zipf', 'two-level', 'unif'] as const)('draws background and patterns from %s', (distr) => {
    const drawn = createTask(config({ distr })).testSet();
    const probabilities = tokenProbabilities(distr, 64);
    const background: number[] = [];
    drawn.lengths.forEach((length, s) => {
      const [a, b] = [drawn.starts![2 * s]!, drawn.starts![2 * s + 1]!];
      background.push(
        ...sequence(drawn, s).filter((_, t) => t < a || (t >= a + length && t < b) || t >= b + length),
      );
    });
    expectDistributed(countsOf(background, 64), probabilities);
    const patterns = Array.from(drawn.lengths, (_, s) => patternOf(drawn, s)).flat();
    expectDistributed(countsOf(patterns, 64), probabilities);
  });

  it('shares one pool between batches and test set', () => {
    const task = createTask(config({ pool_size: 5 }));
    const seen = (sets: Sequences) => new Set(Array.from(sets.lengths, (_, s) => patternOf(sets, s).join()));
    const pool = seen(task.testSet());
    expect(pool.size).toBe(5);
    expect(seen(task.batch(17, 0, 200))).toEqual(pool);
  });

  it('has uniform tokens, no pool and its own length out of distribution', () => {
    const ood = createTask(config({ pool_size: 5 })).oodSet();
    expect(new Set(ood.lengths)).toEqual(new Set([25]));
    const patterns = Array.from(ood.lengths, (_, s) => patternOf(ood, s));
    expect(new Set(patterns.map((pattern) => pattern.join())).size).toBe(2000);
    expectDistributed(countsOf(patterns.flat(), 64), tokenProbabilities('unif', 64));
  });

  it('draws a sequence by its number alone, differently for each step and seed', () => {
    const task = createTask(config());
    const whole = task.batch(3, 0, 50);
    const part = task.batch(3, 20, 30);
    expect(Array.from(part.tokens)).toEqual(Array.from(whole.tokens.subarray(20 * 64, 30 * 64)));
    expect(Array.from(part.starts!)).toEqual(Array.from(whole.starts!.subarray(40, 60)));
    expect(Array.from(task.batch(4, 0, 50).tokens)).not.toEqual(Array.from(whole.tokens));
    expect(Array.from(createTask(config({ seed: 1 })).batch(3, 0, 50).tokens)).not.toEqual(
      Array.from(whole.tokens),
    );
  });
});

describe('simple repetition', () => {
  it('fills the sequence with uniform tokens of period L, whole periods never starting beyond the allowed phase', () => {
    const set = createTask(config({ regime: 'simple repetition', pool_size: 3 })).testSet();
    expect(set.starts).toBeNull();
    const all: number[] = [];
    set.lengths.forEach((length, s) => {
      const tokens = sequence(set, s);
      for (let t = length; t < 64; t++) expect(tokens[t]).toBe(tokens[t - length]);
      all.push(...tokens.slice(0, length));
    });
    expectDistributed(countsOf(all, 64), tokenProbabilities('unif', 64));
  });
});
