import { createStream, type Purpose, type RandomStream } from '../random/stream.js';
import type { RunConfig } from '../run/config.js';
import { tokenProbabilities, tokenSampler } from './distribution.js';
import type { Sequences } from './sequences.js';

/** The data of a run. Every sequence is a function of the config and its own number. */
export interface Task {
  /** Sequences `from` to `to` - 1 of the batch that update number `step` (from 0) trains on. */
  batch(step: number, from: number, to: number): Sequences;
  /** The test set: drawn as the batches are. */
  testSet(): Sequences;
  /** The out-of-distribution test set: uniform tokens, no pool, patterns of `ood_len_pattern`. */
  oodSet(): Sequences;
}

/** How one kind of sequence is drawn. */
interface Recipe {
  readonly purpose: Purpose;
  readonly token: (word: number) => number;
  readonly patternLength: (random: RandomStream) => number;
  readonly poolSize: number | null;
}

/**
 * The copying task of a config, checked before by `checkTraining`.
 * Source: SPEC of the published data, public code `gen_simple_data`, `gen_repetition_data`.
 */
export function createTask(config: RunConfig): Task {
  const { seed, vocab_size: size, rep_l, rep_h, ood_len_pattern, sample_size_test: tests } = config;
  const simple = config.regime === 'simple repetition';
  const uniform = tokenSampler(tokenProbabilities('unif', size));
  const recipe = (purpose: Purpose): Recipe => ({
    purpose,
    token: simple ? uniform : tokenSampler(tokenProbabilities(config.distr, size)),
    patternLength: (random) => rep_l + random.below(rep_h - rep_l),
    poolSize: simple ? null : config.pool_size,
  });
  const ood: Recipe = {
    purpose: 'ood',
    token: uniform,
    patternLength: () => ood_len_pattern,
    poolSize: null,
  };
  const draw = simple ? drawSimple : drawVaried;

  const sequences = ({ purpose, ...how }: Recipe, group: number, from: number, to: number): Sequences => {
    const length = config.max_seq_len;
    const tokens = new Int32Array((to - from) * length);
    const lengths = new Int32Array(to - from);
    const starts = simple ? null : new Int32Array(2 * (to - from));
    for (let s = from; s < to; s++) {
      const at = s - from;
      const sequence = tokens.subarray(at * length, (at + 1) * length);
      const drawn = draw(createStream(seed, purpose, group, s), { purpose, ...how }, sequence, seed);
      lengths[at] = drawn.patternLength;
      starts?.set(drawn.starts, 2 * at);
    }
    return { tokens, lengths, starts };
  };
  const batches = recipe('batch');
  return {
    batch: (step, from, to) => sequences(batches, step, from, to),
    testSet: () => sequences(recipe('test'), 0, 0, tests),
    oodSet: () => sequences(ood, 0, 0, tests),
  };
}

interface Drawn {
  readonly patternLength: number;
  readonly starts: readonly number[];
}

/**
 * Varied repetition: i.i.d. background, then two copies of a pattern of L tokens at a and b + L, where a < b are two distinct
 * numbers below T - 2L.
 */
function drawVaried(random: RandomStream, recipe: Recipe, sequence: Int32Array, seed: number): Drawn {
  const length = sequence.length;
  for (let t = 0; t < length; t++) sequence[t] = recipe.token(random.word());
  // A pool is never stored: pattern number i is a stream of its own.
  const source =
    recipe.poolSize === null ? random : createStream(seed, 'pool', 0, random.below(recipe.poolSize));
  const patternLength = recipe.patternLength(source);
  const gap = length - 2 * patternLength;
  const first = random.below(gap);
  const other = random.below(gap - 1);
  const second = other < first ? other : other + 1;
  const a = Math.min(first, second);
  const b = Math.max(first, second) + patternLength;
  for (let i = 0; i < patternLength; i++) {
    const token = recipe.token(source.word());
    sequence[a + i] = token;
    sequence[b + i] = token;
  }
  return { patternLength, starts: [a, b] };
}

/** Simple repetition: L uniform tokens end to end, from a random phase in {0, …, L - (T mod L) - 1}. */
function drawSimple(random: RandomStream, recipe: Recipe, sequence: Int32Array): Drawn {
  const length = sequence.length;
  const patternLength = recipe.patternLength(random);
  const pattern = Int32Array.from({ length: patternLength }, () => recipe.token(random.word()));
  const phase = random.below(patternLength - (length % patternLength));
  for (let t = 0; t < length; t++) sequence[t] = pattern[(phase + t) % patternLength]!;
  return { patternLength, starts: [] };
}
