import { type Matrix, matrix } from '../matrix.js';
import { type Reflector, reflectCols, reflector, reflectRows } from './householder.js';

/** a = Q·B·Pᵀ with B upper bidiagonal; Q = L₁L₂…, P = R₁R₂… are products of the reflectors. */
export interface Bidiagonalization {
  /** n long */
  readonly diagonal: Float64Array;
  /** n - 1 long, above the diagonal */
  readonly above: Float64Array;
  readonly left: readonly Reflector[];
  readonly right: readonly Reflector[];
}

/**
 * Householder bidiagonalisation of an m×n matrix, m ≥ n.
 * Source: Golub, Kahan, "Calculating the singular values and pseudo-inverse of a matrix", SIAM J. Numer. Anal. 1965.
 */
export function bidiagonalize(a: Matrix): Bidiagonalization {
  const { rows, cols } = a;
  const work = matrix(rows, cols, a.data.slice());
  const diagonal = new Float64Array(cols);
  const above = new Float64Array(Math.max(0, cols - 1));
  const left: Reflector[] = [];
  const right: Reflector[] = [];
  for (let at = 0; at < cols; at++) {
    const column = Float64Array.from({ length: rows }, (_, row) => work.data[row * cols + at]!);
    const l = reflector(column, at);
    reflectRows(work, l, at);
    left.push(l);
    diagonal[at] = l.beta;
    if (at === cols - 1) break;
    const r = reflector(work.data.subarray(at * cols, (at + 1) * cols), at + 1);
    reflectCols(work, r, at);
    right.push(r);
    above[at] = r.beta;
  }
  return { diagonal, above, left, right };
}
