import { ShapeError } from '../../errors.js';
import type { Svd, SvdSides } from '../algebra.js';
import { rowsOfMatrix, transpose } from '../blocks.js';
import { type Matrix, matrix } from '../matrix.js';
import { largestEntry, powerOfTwoScale } from '../scale.js';
import { type Bidiagonalization, bidiagonalize } from './bidiagonal.js';
import { diagonalize, type Rotate } from './golub-kahan.js';
import { type Reflector, reflectRows } from './householder.js';

/** See `LinearAlgebra.svd`. */
export function svd(a: Matrix, sides: SvdSides = {}): Svd {
  const uRows = sides.u ? identity(a.rows) : undefined;
  const vRows = sides.v ? identity(a.cols) : undefined;
  const { s, left, right } = decompose(a, uRows, vRows);
  const count = sides.count ?? s.length;
  return {
    s,
    ...(left && { u: transpose(rowsOfMatrix(left, 0, count)) }),
    ...(right && { v: transpose(rowsOfMatrix(right, 0, count)) }),
  };
}

/** See `LinearAlgebra.projectRight`. */
export function projectRight(
  a: Matrix,
  c: Matrix,
  count = Math.min(a.rows, a.cols),
): { readonly s: Float64Array; readonly vtc: Matrix } {
  if (c.rows !== a.cols) {
    throw new ShapeError(`vectors of a ${a.rows}×${a.cols} matrix do not fit ${c.rows}×${c.cols} columns`);
  }
  const { s, right } = decompose(a, undefined, matrix(c.rows, c.cols, c.data.slice()));
  return { s, vtc: rowsOfMatrix(right!, 0, count) };
}

interface Decomposed {
  readonly s: Float64Array;
  /** Uᵀ·left and Vᵀ·right, in the order of s. */
  readonly left: Matrix | undefined;
  readonly right: Matrix | undefined;
}

/** Singular values of a; `left` and `right` are turned into Uᵀ·left and Vᵀ·right. */
function decompose(a: Matrix, left: Matrix | undefined, right: Matrix | undefined): Decomposed {
  if (a.rows === 0 || a.cols === 0)
    throw new ShapeError(`a ${a.rows}×${a.cols} matrix has no singular values`);
  if (a.rows < a.cols) {
    const { s, left: u, right: v } = decompose(transpose(a), right, left);
    return { s, left: v, right: u };
  }
  const scale = powerOfTwoScale(largestEntry(a.data));
  if (Number.isNaN(scale)) {
    const s = new Float64Array(a.cols).fill(Number.NaN);
    left?.data.fill(Number.NaN);
    right?.data.fill(Number.NaN);
    return { s, left, right };
  }
  const bidiagonal = bidiagonalize(
    matrix(
      a.rows,
      a.cols,
      a.data.map((value) => value * scale),
    ),
  );
  if (left) reflectAll(left, bidiagonal.left);
  if (right) reflectAll(right, bidiagonal.right);
  return finish(bidiagonal, left, right, scale);
}

/** H_k … H₂H₁·rows: the transpose of the product H₁H₂…H_k. */
function reflectAll(rows: Matrix, reflectors: readonly Reflector[]): void {
  for (const reflector of reflectors) reflectRows(rows, reflector);
}

function finish(
  { diagonal, above }: Bidiagonalization,
  left: Matrix | undefined,
  right: Matrix | undefined,
  scale: number,
): Decomposed {
  diagonalize(diagonal, above, rotation(left), rotation(right));
  diagonal.forEach((value, at) => {
    if (value >= 0) return;
    diagonal[at] = -value;
    if (right) scaleRow(right, at, -1);
  });
  const order = [...diagonal.keys()].sort((i, j) => diagonal[j]! - diagonal[i]!);
  return {
    s: Float64Array.from(order, (at) => diagonal[at]! / scale),
    left: left && pickRows(left, order),
    right: right && pickRows(right, order),
  };
}

function rotation(a: Matrix | undefined): Rotate {
  if (a === undefined) return () => {};
  return (i, j, c, s) => {
    for (let col = 0; col < a.cols; col++) {
      const x = a.data[i * a.cols + col]!;
      const y = a.data[j * a.cols + col]!;
      a.data[i * a.cols + col] = c * x + s * y;
      a.data[j * a.cols + col] = c * y - s * x;
    }
  };
}

function scaleRow(a: Matrix, row: number, factor: number): void {
  for (let col = 0; col < a.cols; col++) a.data[row * a.cols + col]! *= factor;
}

function pickRows(a: Matrix, order: readonly number[]): Matrix {
  const picked = matrix(order.length, a.cols);
  for (const [to, from] of order.entries()) {
    picked.data.set(a.data.subarray(from * a.cols, (from + 1) * a.cols), to * a.cols);
  }
  return picked;
}

function identity(n: number): Matrix {
  const eye = matrix(n, n);
  for (let at = 0; at < n; at++) eye.data[at * n + at] = 1;
  return eye;
}
