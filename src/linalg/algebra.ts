import type { Matrix } from './matrix.js';

/** Which operands of a product are read transposed. */
export interface Transposed {
  readonly a?: boolean;
  readonly b?: boolean;
}

/** Singular values, largest first, and the requested vectors (columns belong to the values in order). */
export interface Svd {
  readonly s: Float64Array;
  /** m×count left vectors. */
  readonly u?: Matrix;
  /** n×count right vectors: V, never Vᵀ. */
  readonly v?: Matrix;
}

/** Which singular vectors to compute; neither by default. */
export interface SvdSides {
  readonly u?: boolean;
  readonly v?: boolean;
  /** Vectors wanted of each side, those of the largest values; all k by default. */
  readonly count?: number;
}

/** a = l·qᵀ, where q, d×k with orthonormal columns, is never formed. */
export interface Lq {
  readonly l: Matrix;
  /** (q·u)ᵀ. @param u k×n   @returns n×d */
  transposedProduct(u: Matrix): Matrix;
}

/**
 * The linear algebra that the measures need, in float64. There are two of them, `reference` (plain TypeScript) and the
 * one through WebAssembly kernels, and one conformance suite holds both to the same results.
 */
export interface LinearAlgebra {
  /**
   * op(a)·op(b), where op transposes on request.
   * @param into memory of the result, for products that are made again and again; its own unless given
   * @throws ShapeError when the inner sizes differ, or the result does not fit
   */
  multiply(a: Matrix, b: Matrix, transposed?: Transposed, into?: Float64Array): Matrix;
  /** Thin Householder QR: q is m×k with orthonormal columns, r is k×n upper triangular, k = min(m, n). */
  qr(a: Matrix): { readonly q: Matrix; readonly r: Matrix };
  /** LQ decomposition of a (h×d) by reflections: a = l·qᵀ, l lower triangular, h×k, k = min(h, d). */
  lq(a: Matrix): Lq;
  /** l of `lq(a)` alone. */
  lower(a: Matrix): Matrix;
  /**
   * Singular value decomposition a = U·diag(s)·Vᵀ (Golub and Kahan 1965; Golub and Reinsch 1970), `s` always whole.
   * NaN or infinite entries make all of `s`, `u`, `v` NaN.
   */
  svd(a: Matrix, sides?: SvdSides): Svd;
  /**
   * Singular values of a, and the right vectors of the `count` largest seen on the columns of c: row i of `vtc` is v_iᵀ·c.
   * @param c n×p, where a is m×n   @param count min(m, n) by default   @returns vtc: count×p
   */
  projectRight(a: Matrix, c: Matrix, count?: number): { readonly s: Float64Array; readonly vtc: Matrix };
}
