import type { LinearAlgebra } from '../linalg/algebra.js';
import { type Matrix, matrix } from '../linalg/matrix.js';

/** How well two subspaces of equal dimension coincide: summaries of the cosines of their principal angles, in [0, 1]. */
export interface SubspaceMatch {
  /** The largest cosine. */
  readonly largest: number;
  /** Root of the mean squared cosine. */
  readonly mean: number;
}

const unknown: SubspaceMatch = { largest: Number.NaN, mean: Number.NaN };

/**
 * Match of the leading r-dimensional subspaces of two orthonormal bases, from their products.
 * C_r = leading r×r block of `products`; largest = s_1(C_r), mean = ‖C_r‖_F/√r = √(mean s²).
 * @param products entry (i, j) is v_iᵀ u_j, at least r×r where a match exists
 * @returns NaN for both where a basis has fewer than r vectors
 * Source: notebook `QKOV_matching`, columns "largest" and "mean".
 */
export function subspaceMatch(products: Matrix, rank: number, algebra: LinearAlgebra): SubspaceMatch {
  if (rank > products.rows || rank > products.cols) return unknown;
  const block = new Float64Array(rank * rank);
  let squares = 0;
  for (let row = 0; row < rank; row++) {
    for (let col = 0; col < rank; col++) {
      const value = products.data[row * products.cols + col]!;
      block[row * rank + col] = value;
      squares += value * value;
    }
  }
  return {
    largest: algebra.svd(matrix(rank, rank, block)).s[0]!,
    mean: Math.sqrt(squares / rank),
  };
}
