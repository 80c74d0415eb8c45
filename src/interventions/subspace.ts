import type { LinearAlgebra } from '../linalg/algebra.js';
import { columnsOf, sideBySide } from '../linalg/blocks.js';
import { type Matrix, matrix } from '../linalg/matrix.js';
import { createStream } from '../random/stream.js';

/**
 * Nested subspaces of R^d: the first r columns of `basis` span the one of rank r. All d columns are orthonormal.
 * `dimensions` are those that have a direction of their own; the columns behind them merely complete the basis.
 */
export interface NestedSubspaces {
  /** d×d */
  readonly basis: Matrix;
  readonly dimensions: number;
}

/** Completes orthonormal columns to a basis of the whole space, by QR of [columns | I]; the given columns stay as they are. */
export function completeBasis(columns: Matrix, algebra: LinearAlgebra): Matrix {
  const { rows: d, cols: count } = columns;
  if (count === d) return columns;
  const identity = matrix(d, d);
  for (let at = 0; at < d; at++) identity.data[at * (d + 1)] = 1;
  const { q } = algebra.qr(sideBySide([columns, identity]));
  return sideBySide([columns, columnsOf(q, count, d - count)]);
}

/**
 * Uniformly random subspaces of R^d, a function of (d, seed, draw) alone: the Q of a d×d matrix of normals.
 * Source: Stewart, "The efficient generation of random orthogonal matrices", SIAM J. Numer. Anal. 1980.
 */
export function randomSubspaces(
  d: number,
  seed: number,
  draw: number,
  algebra: LinearAlgebra,
): NestedSubspaces {
  const { normal } = createStream(seed, 'control', 0, draw);
  const normals = matrix(d, d);
  for (let at = 0; at < normals.data.length; at++) normals.data[at] = normal();
  return { basis: algebra.qr(normals).q, dimensions: d };
}

/** What a projection does with a subspace: it keeps that alone, or drops it and keeps the rest. */
export type KeepOrDrop = 'keep' | 'drop';

/** W P for rows of W, with P = B_r B_rᵀ (keep) or I - B_r B_rᵀ (drop). Exact where P is the identity or 0. */
export function projectRowsOn(
  rows: Matrix,
  { basis }: NestedSubspaces,
  rank: number,
  what: KeepOrDrop,
  algebra: LinearAlgebra,
): Matrix {
  const d = basis.rows;
  // Of the two complementary sets of columns the smaller one makes the product, so that rank 0 and d are exact.
  const isInside = rank <= d - rank;
  const columns = isInside ? columnsOf(basis, 0, rank) : columnsOf(basis, rank, d - rank);
  const part =
    columns.cols === 0
      ? matrix(rows.rows, d)
      : algebra.multiply(algebra.multiply(rows, columns), columns, { b: true });
  if (isInside === (what === 'keep')) return part;
  return matrix(
    rows.rows,
    d,
    rows.data.map((value, at) => value - part.data[at]!),
  );
}
