import { type HeadGrid, type HeadIndex, headIndex, layerOfHead } from '../model/heads.js';
import { createStream, type RandomStream } from '../random/stream.js';
import type { HeadReplacement } from './exchange-heads.js';

/** Draws of a control, unless asked for otherwise. */
export const usualDraws = 20;

/**
 * As many random heads of the same layers, none of the given ones. Where a layer has too few others, as many as it has.
 * A function of the heads, the seed and the draw.
 * @returns empty where the layers have no others: then there is no such control
 */
export function randomHeads(
  grid: HeadGrid,
  heads: readonly HeadIndex[],
  seed: number,
  draw: number,
): HeadIndex[] {
  const stream = createStream(seed, 'control', 1, draw);
  const chosen = new Set(heads);
  const layers = [...new Set(heads.map((head) => layerOfHead(grid, head)))].sort((a, b) => a - b);
  return layers.flatMap((layer) => {
    const others = headsOfLayers(grid, layer, layer).filter((head) => !chosen.has(head));
    const count = heads.filter((head) => layerOfHead(grid, head) === layer).length;
    return draws(others, count, stream);
  });
}

/**
 * Every given head gets the circuit of a random head of layers 1 … last - 1, none of the given ones; where these layers have
 * none, of any other head.
 * @returns empty where the model has no other head
 * Source: paper, shuffling against random heads.
 */
export function randomReplacements(
  grid: HeadGrid,
  targets: readonly HeadIndex[],
  seed: number,
  draw: number,
): HeadReplacement[] {
  const stream = createStream(seed, 'control', 2, draw);
  const chosen = new Set(targets);
  const among = (from: number, to: number) =>
    headsOfLayers(grid, from, to).filter((head) => !chosen.has(head));
  const middle = among(1, grid.layers - 2);
  const sources = middle.length > 0 ? middle : among(0, grid.layers - 1);
  if (sources.length === 0) return [];
  const distinct = draws(sources, targets.length, stream);
  return targets.map((target, at) => ({ target, source: distinct[at % distinct.length]! }));
}

/** Heads permuted among themselves: each gets the next one's circuit. */
export function cycleOf(heads: readonly HeadIndex[]): HeadReplacement[] {
  return heads.map((target, at) => ({ target, source: heads[(at + 1) % heads.length]! }));
}

function headsOfLayers(grid: HeadGrid, from: number, to: number): HeadIndex[] {
  const heads: HeadIndex[] = [];
  for (let layer = from; layer <= to; layer++) {
    for (let head = 0; head < grid.heads; head++) heads.push(headIndex(grid, layer, head));
  }
  return heads;
}

/** Up to `count` of them without replacement (Fisher and Yates). */
function draws(from: readonly HeadIndex[], count: number, { below }: RandomStream): HeadIndex[] {
  const left = [...from];
  const taken: HeadIndex[] = [];
  while (taken.length < count && left.length > 0) taken.push(...left.splice(below(left.length), 1));
  return taken;
}
