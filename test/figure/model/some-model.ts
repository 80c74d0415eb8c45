import { type HeadGrid, layerOfHead } from '../../../src/model/heads.js';

/** Uniform numbers in [0, 1) that are the same on every machine. */
export function someRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    // mulberry32
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * A made-up measure of all pairs: bell-shaped around 0.4, a little more for later layers, and some strong causal pairs that
 * share writers and readers, as induction circuits do.
 * @returns reader·heads + writer over all heads
 */
export function somePairValues(grid: HeadGrid, seed = 1): Float64Array {
  const random = someRandom(seed);
  const total = grid.layers * grid.heads;
  const values = new Float64Array(total * total);
  for (let at = 0; at < values.length; at++) {
    const bell = (random() + random() + random() + random() - 2) / 4;
    values[at] = 0.4 + 0.25 * bell + (0.05 * Math.floor(at / total)) / total;
  }
  const writers = Array.from({ length: 3 }, () => Math.floor((random() * total) / 2));
  for (let count = 0; count < 14; count++) {
    const writer = writers[count % writers.length]!;
    const first = (layerOfHead(grid, writer) + 1) * grid.heads;
    const reader = first + Math.floor(random() ** 2 * (total - first));
    values[reader * total + writer] = 0.55 + 0.3 * random();
  }
  return values;
}

export const gpt2Grid: HeadGrid = { layers: 12, heads: 12 };
export const gpt2XlGrid: HeadGrid = { layers: 48, heads: 25 };
