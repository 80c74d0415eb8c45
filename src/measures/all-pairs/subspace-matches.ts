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
 * Cosines of principal angles between leading subspaces, of every one of `first` with every one of `second`, at every
 * rank: all directions of both sides multiply at once, and ranks are nested in the result.
 * @param columns kept of every subspace, at least the largest rank that any of them has
 * Source: notebook `QKOV_matching`, columns "largest" and "mean".
 */
export function subspaceMatches(
  first: readonly HeadSubspace[],
  second: readonly HeadSubspace[],
  columns: number,
  ranks: readonly number[],
): SubspaceMatches[] {
  const space = panelArena();
  const d = first[0]!.columns.rows;
  const pack = (subspaces: readonly HeadSubspace[]): number => {
    const panels = panelCount(subspaces.length * columns);
    const at = space.room(panels * d * 4);
    const target = space.view(at, panels * d * 4);
    target.fill(0);
    subspaces.forEach((subspace, place) => {
      const { cols, data } = subspace.columns;
      for (let column = 0; column < cols; column++) {
        const vector = place * columns + column;
        let to = (vector >> 2) * d * 4 + (vector & 3);
        for (let row = 0; row < d; row++, to += 4) target[to] = data[row * cols + column]!;
      }
    });
    return at;
  };
  const left = pack(first);
  const right = pack(second);
  const rows = panelCount(first.length * columns);
  const cols = panelCount(second.length * columns);
  const ld = 4 * cols;
  const products = space.room(4 * rows * ld);
  const work = space.room(columns * (8 * columns + 40) + 64);
  space.view(products, 4 * rows * ld).fill(0);
  space.kernels.innerProducts(left, right, d * 32, d, products, ld, rows, cols);
  const view = space.view(products, 4 * rows * ld);
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
        const start = a * columns * ld + b * columns;
        let squares = 0;
        for (let i = 0; i < rank; i++) {
          for (let j = start + i * ld; j < start + i * ld + rank; j++) squares += view[j]! * view[j]!;
        }
        mean.data[at] = Math.sqrt(squares / rank);
        largest.data[at] = space.kernels.largestOfBlock(products + start * 8, ld, rank, work);
      }
    }
    return { rank, largest, mean };
  });
}
