import type { Matrix } from '../../src/linalg/matrix.js';
import { matrix } from '../../src/linalg/matrix.js';

/** A matrix from its entries. */
export function fill(rows: number, cols: number, entry: (i: number, j: number) => number): Matrix {
  const a = matrix(rows, cols);
  for (let i = 0; i < rows; i++) for (let j = 0; j < cols; j++) a.data[i * cols + j] = entry(i, j);
  return a;
}

/** The same exact entries as in tools/make_linalg_golden.py. */
export function pattern(rows: number, cols: number): Matrix {
  return fill(rows, cols, (i, j) => ((7919 * i + 104729 * j + 31 * i * j) % 1009) / 1024 - 0.5);
}

/** op(a)·op(b) by the definition. */
export function times(a: Matrix, b: Matrix): Matrix {
  return fill(a.rows, b.cols, (i, j) => {
    let sum = 0;
    for (let k = 0; k < a.cols; k++) sum += a.data[i * a.cols + k]! * b.data[k * b.cols + j]!;
    return sum;
  });
}

/** Largest absolute difference of two matrices of one shape. */
export function distance(a: Matrix, b: Matrix): number {
  if (a.rows !== b.rows || a.cols !== b.cols) return Number.POSITIVE_INFINITY;
  return a.data.reduce((most, value, at) => Math.max(most, Math.abs(value - b.data[at]!)), 0);
}

/** Largest absolute entry. */
export function size(a: Matrix): number {
  return a.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

export function identity(n: number): Matrix {
  return fill(n, n, (i, j) => (i === j ? 1 : 0));
}
