import type { Matrix } from './matrix.js';

/** Which operands of a product are read transposed. */
export interface Transposed {
  readonly a?: boolean;
  readonly b?: boolean;
}

/** Singular values, largest first, and those vectors that were asked for (columns belong to the values in order). */
export interface Svd {
  readonly s: Float64Array;
  /** m×k left vectors, k = min(m, n). */
  readonly u?: Matrix;
  /** n×k right vectors: V, never Vᵀ. */
  readonly v?: Matrix;
}

/** Which singular vectors to compute; neither by default. */
export interface SvdSides {
  readonly u?: boolean;
  readonly v?: boolean;
}

/**
 * The linear algebra that the measures need, in float64. There are two of them, `reference` (plain TypeScript) and the
 * one through WebAssembly kernels, and one conformance suite holds both to the same results.
 */
export interface LinearAlgebra {
  /** op(a)·op(b), where op transposes on request. @throws ShapeError when the inner sizes differ */
  multiply(a: Matrix, b: Matrix, transposed?: Transposed): Matrix;
  /** Thin Householder QR: q is m×k with orthonormal columns, r is k×n upper triangular, k = min(m, n). */
  qr(a: Matrix): { readonly q: Matrix; readonly r: Matrix };
  /**
   * Singular value decomposition a = U·diag(s)·Vᵀ (Golub and Kahan 1965; Golub and Reinsch 1970).
   * NaN or infinite entries make all of `s`, `u`, `v` NaN.
   */
  svd(a: Matrix, sides?: SvdSides): Svd;
  /**
   * Singular values of a, and Vᵀ·c without ever forming V: the right rotations of the iteration are applied to c
   * (as LAPACK's `dbdsqr` does with its matrix C). Row i of `vtc` belongs to s[i].
   * @param c n×p, where a is m×n   @returns vtc: k×p, k = min(m, n)
   */
  projectRight(a: Matrix, c: Matrix): { readonly s: Float64Array; readonly vtc: Matrix };
}
