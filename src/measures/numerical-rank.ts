/**
 * Singular values above the usual rounding level size·ε·s_1: those with directions of their own. 0 where they are NaN.
 * @param s largest first   @param size the longer side of the matrix
 * Source: numpy's `matrix_rank`.
 */
export function numericalRank(s: Float64Array, size: number): number {
  const level = size * Number.EPSILON * (s[0] ?? 0);
  return s.filter((value) => value > level).length;
}
