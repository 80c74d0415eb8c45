import type { Arena } from '../../linalg/arena.js';
import { type Matrix, matrix } from '../../linalg/matrix.js';
import type { HeadSubspace } from './head-subspaces.js';
import { panelArena, panelCount } from './panels.js';

/** Match of every subspace of one list with every one of another, at one rank; NaN where one has fewer directions. */
export interface SubspaceMatches {
  readonly rank: number;
  /** Largest cosine of the principal angles, first.length×second.length. */
  readonly largest: Matrix;
  /** Root of their mean square. */
  readonly mean: Matrix;
}

/**
 * Cosines of principal angles between leading subspaces, of every one of `first` with every one of a second list, at every
 * rank: all directions of both sides multiply at once, and ranks are nested in the result.
 * @param columns directions of every subspace that multiply, at least the largest rank that any of them has
 * @returns to be called for every second list before any other product of heads is made
 * Source: notebook `QKOV_matching`, columns "largest" and "mean".
 */
export function subspaceMatches(
  first: readonly HeadSubspace[],
  columns: number,
  ranks: readonly number[],
): (second: readonly HeadSubspace[]) => SubspaceMatches[] {
  const space = panelArena();
  const d = first[0]!.directions.cols;
  const left = packDirections(space, first, columns);
  const rows = panelCount(first.length * columns);
  const width = 4 * Math.ceil(columns / 4);
  const work = space.room(columns * width + width * (width + 5));
  const found = space.room(2);
  const mark = space.mark();
  return (second) => {
    space.release(mark);
    const right = packDirections(space, second, columns);
    const cols = panelCount(second.length * columns);
    const ld = 4 * cols;
    const products = space.room(4 * rows * ld);
    space.view(products, 4 * rows * ld).fill(0);
    space.kernels.innerProducts(left, right, d * 32, d, products, ld, rows, cols);
    const view = space.view(found, 2);
    return ranks.map((rank) => {
      const largest = matrix(first.length, second.length);
      const mean = matrix(first.length, second.length);
      for (let a = 0; a < first.length; a++) {
        for (let b = 0; b < second.length; b++) {
          const at = a * second.length + b;
          if (rank > first[a]!.rank || rank > second[b]!.rank) {
            largest.data[at] = mean.data[at] = Number.NaN;
            continue;
          }
          const block = products + (a * columns * ld + b * columns) * 8;
          space.kernels.matchOfBlock(block, ld, rank, found, work);
          largest.data[at] = view[0]!;
          mean.data[at] = Math.sqrt(view[1]! / rank);
        }
      }
      return { rank, largest, mean };
    });
  };
}

/** Directions of all subspaces, one after the other, in panels of four; zeros where a subspace has fewer. */
function packDirections(space: Arena, subspaces: readonly HeadSubspace[], columns: number): number {
  const d = subspaces[0]!.directions.cols;
  const numbers = panelCount(subspaces.length * columns) * d * 4;
  const at = space.room(numbers);
  const target = space.view(at, numbers);
  target.fill(0);
  subspaces.forEach(({ directions: { rows, data } }, place) => {
    for (let row = 0; row < rows; row++) {
      const vector = place * columns + row;
      let to = (vector >> 2) * d * 4 + (vector & 3);
      for (let from = row * d; from < (row + 1) * d; from++, to += 4) target[to] = data[from]!;
    }
  });
  return at;
}
