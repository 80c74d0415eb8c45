import { logarithm } from './logarithm.js';
import { philox } from './philox.js';

/** What a stream of random numbers is for: streams of different purposes never share a number. */
export const purposes = {
  batch: 0,
  test: 1,
  ood: 2,
  pool: 3,
  initial: 4,
  dropout: 5,
  control: 6,
  repeated: 7,
  bootstrap: 8,
} as const;

export type Purpose = keyof typeof purposes;

/** Random numbers in a fixed order, the same on every machine. */
export interface RandomStream {
  /** 32 random bits, unsigned. */
  word(): number;
  /** Uniform on {0, …, n - 1}, without bias. @param n up to 2³² */
  below(n: number): number;
  /** Uniform on [0, 1), 53 bits. */
  uniform(): number;
  /** Standard normal. */
  normal(): number;
}

/**
 * The stream that (seed, purpose, a, b) names, such as sequence b of batch a: nothing has to be drawn before it.
 * Words come from Philox with the seed as key and (block, b, a, purpose) as counter.
 * @param seed a whole number below 2⁵³   @param a, b whole numbers below 2³²
 */
export function createStream(seed: number, purpose: Purpose, a = 0, b = 0): RandomStream {
  const words = new Uint32Array(4);
  const [low, high] = [seed >>> 0, Math.floor(seed / 2 ** 32)];
  let block = 0;
  let next = 4;
  const word = () => {
    if (next === 4) {
      philox(block++, b, a, purposes[purpose], low, high, words);
      next = 0;
    }
    return words[next++] ?? 0;
  };
  const uniform = () => {
    const upper = word() >>> 5;
    return (upper * 2 ** 26 + (word() >>> 6)) * 2 ** -53;
  };
  return {
    word,
    below(n) {
      // Words in the incomplete last run of n would make small results likelier.
      const limit = 2 ** 32 - (2 ** 32 % n);
      for (;;) {
        const value = word();
        if (value < limit) return value % n;
      }
    },
    uniform,
    normal() {
      // The polar method (Marsaglia, Bray 1964), one of its two variates.
      for (;;) {
        const x = 2 * uniform() - 1;
        const y = 2 * uniform() - 1;
        const radius = x * x + y * y;
        if (radius > 0 && radius < 1) return x * Math.sqrt((-2 * logarithm(radius)) / radius);
      }
    },
  };
}
