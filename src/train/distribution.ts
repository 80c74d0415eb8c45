import type { RunConfig } from '../run/config.js';

export type TokenDistribution = RunConfig['distr'];

/** Tokens of the two-level distribution that take half of the probability between them. */
const frequentTokens = 4;

/** The smallest vocabulary that a distribution is defined on. */
export function leastVocabulary(distribution: TokenDistribution): number {
  return distribution.startsWith('two-level') ? frequentTokens + 1 : 1;
}

/**
 * Probability of each token.
 * zipf: p_i ∝ 1/(i + 2.7), i = 1 … V; two-level: 1/8 for each of the first four, the others share 1/2; unif: 1/V.
 * Source: public code, `gen_tokens` and its callers.
 */
export function tokenProbabilities(distribution: TokenDistribution, vocabulary: number): Float64Array {
  const values = new Float64Array(vocabulary);
  if (distribution === 'zipf') {
    let sum = 0;
    for (let i = 0; i < vocabulary; i++) {
      values[i] = 1 / (i + 3.7);
      sum += values[i]!;
    }
    return values.map((value) => value / sum);
  }
  if (distribution === 'unif') return values.fill(1 / vocabulary);
  values.fill(1 / (2 * (vocabulary - frequentTokens)));
  return values.fill(1 / (2 * frequentTokens), 0, frequentTokens);
}

/**
 * Turns uniform 32-bit words into tokens by inversion: the first token whose cumulative probability exceeds word / 2³².
 * @param probabilities one a token, summing to 1
 */
export function tokenSampler(probabilities: Float64Array): (word: number) => number {
  const last = probabilities.length - 1;
  // thresholds[i] = 2³²·P(token ≤ i); the last is 2³² itself, which no word reaches.
  const thresholds = new Float64Array(last);
  let sum = 0;
  for (let i = 0; i < last; i++) {
    sum += probabilities[i]!;
    thresholds[i] = Math.round(sum * 2 ** 32);
  }
  return (word) => {
    let [low, high] = [0, last];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (word < thresholds[middle]!) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}
