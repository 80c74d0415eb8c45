import { ShapeError } from '../../errors.js';
import { type Matrix, matrix } from '../matrix.js';
import { type Reflector, reflector, reflectRows } from './householder.js';

/**
 * Thin Householder QR: a = q·r, q m×k with orthonormal columns, r k×n upper triangular, k = min(m, n).
 * Source: Golub, Van Loan, Matrix Computations, 5.2.
 */
export function qr(a: Matrix): { readonly q: Matrix; readonly r: Matrix } {
  const { rows, cols } = a;
  if (rows === 0 || cols === 0) throw new ShapeError(`a ${rows}×${cols} matrix has no QR decomposition`);
  const k = Math.min(rows, cols);
  const work = matrix(rows, cols, a.data.slice());
  const reflectors: Reflector[] = [];
  for (let at = 0; at < k; at++) {
    const column = Float64Array.from({ length: rows }, (_, row) => work.data[row * cols + at]!);
    const h = reflector(column, at);
    reflectRows(work, h, at);
    reflectors.push(h);
  }
  const q = matrix(rows, k);
  for (let at = 0; at < k; at++) q.data[at * k + at] = 1;
  for (const h of reflectors.reverse()) reflectRows(q, h);
  const r = matrix(k, cols);
  for (let row = 0; row < k; row++) {
    for (let col = row; col < cols; col++) r.data[row * cols + col] = work.data[row * cols + col]!;
  }
  return { q, r };
}
