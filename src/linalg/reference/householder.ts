import type { Matrix } from '../matrix.js';

/** H = I - τ v vᵀ with v zero before `from`. */
export interface Reflector {
  readonly v: Float64Array;
  readonly tau: number;
  readonly from: number;
  /** The entry at `from` after H; all later entries become 0. */
  readonly beta: number;
}

/**
 * The reflection that maps x onto its entry at `from`, leaving earlier entries alone.
 * The sign of β is opposite to that entry's, so that v is formed without cancellation.
 * Source: Golub, Van Loan, Matrix Computations, 5.1.
 */
export function reflector(x: Float64Array, from: number): Reflector {
  const v = new Float64Array(x.length);
  v.set(x.subarray(from), from);
  const first = v[from]!;
  let rest = 0;
  for (let at = from + 1; at < v.length; at++) rest += v[at]! ** 2;
  // Below the smallest normal number the norm has lost its digits; relative to the scaled matrix it is nothing.
  if (rest < 1e-300) {
    v.fill(0);
    return { v, tau: 0, from, beta: first };
  }
  const norm = Math.sqrt(first ** 2 + rest);
  const beta = first > 0 ? -norm : norm;
  v[from] = first - beta;
  return { v, tau: -1 / (beta * v[from]!), from, beta };
}

/** H·a in place. a has as many rows as v entries. */
export function reflectRows(a: Matrix, { v, tau, from }: Reflector, fromCol = 0): void {
  if (tau === 0) return;
  for (let col = fromCol; col < a.cols; col++) {
    let dot = 0;
    for (let row = from; row < a.rows; row++) dot += v[row]! * a.data[row * a.cols + col]!;
    for (let row = from; row < a.rows; row++) a.data[row * a.cols + col]! -= tau * v[row]! * dot;
  }
}

/** a·H in place. a has as many columns as v entries. */
export function reflectCols(a: Matrix, { v, tau, from }: Reflector, fromRow = 0): void {
  if (tau === 0) return;
  for (let row = fromRow; row < a.rows; row++) {
    const start = row * a.cols;
    let dot = 0;
    for (let col = from; col < a.cols; col++) dot += a.data[start + col]! * v[col]!;
    for (let col = from; col < a.cols; col++) a.data[start + col]! -= tau * dot * v[col]!;
  }
}
