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
  const block = leadingBlock(products, rank);
  if (block === null) return unknown;
  let squares = 0;
  for (const value of block.data) squares += value * value;
  return { largest: algebra.svd(block).s[0]!, mean: Math.sqrt(squares / rank) };
}

/**
 * Cosines of all principal angles between the same two subspaces, largest first: the singular values of C_r.
 * @returns null where a basis has fewer than r vectors
 */
export function principalCosines(
  products: Matrix,
  rank: number,
  algebra: LinearAlgebra,
): Float64Array | null {
  const block = leadingBlock(products, rank);
  return block && algebra.svd(block).s;
}

function leadingBlock({ rows, cols, data }: Matrix, rank: number): Matrix | null {
  if (rank > rows || rank > cols) return null;
  const block = new Float64Array(rank * rank);
  for (let row = 0; row < rank; row++) block.set(data.subarray(row * cols, row * cols + rank), row * rank);
  return matrix(rank, rank, block);
}
