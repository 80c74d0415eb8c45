import { ShapeError } from '../errors.js';
import type { LinearAlgebra, Lq, Svd, SvdSides, Transposed } from './algebra.js';
import { Arena, even, type Placed } from './arena.js';
import { type Matrix, matrix } from './matrix.js';
import { powerOfTwoScale } from './scale.js';

let arena: Arena | undefined;

/** The arena of this thread, made when first needed. */
function emptyArena(): Arena {
  arena ??= new Arena();
  return arena.clear();
}

/** What the iteration does with the vectors of one side. */
interface Side {
  readonly mode: 0 | 1 | 2;
  readonly rows: Placed;
}

const nothing: Side = { mode: 0, rows: { at: 0, rows: 0, cols: 0, ld: 0 } };

function multiply(a: Matrix, b: Matrix, transposed: Transposed = {}, into?: Float64Array): Matrix {
  const [rows, inner] = transposed.a ? [a.cols, a.rows] : [a.rows, a.cols];
  const [innerOfB, cols] = transposed.b ? [b.cols, b.rows] : [b.rows, b.cols];
  if (inner !== innerOfB) {
    throw new ShapeError(`a ${rows}×${inner} matrix cannot multiply a ${innerOfB}×${cols} one`);
  }
  const space = emptyArena();
  const left = space.place(a);
  const right = transposed.b ? space.placeTransposed(b) : space.place(b);
  const out = space.blank(rows, cols);
  const [rowStep, innerStep] = transposed.a ? [1, left.ld] : [left.ld, 1];
  space.kernels.product(left.at, rowStep, innerStep, right.at, right.ld, out.at, out.ld, rows, inner);
  return space.read(out, rows, into);
}

function qr(a: Matrix): { readonly q: Matrix; readonly r: Matrix } {
  const { rows, cols } = a;
  if (rows === 0 || cols === 0) throw new ShapeError(`a ${rows}×${cols} matrix has no QR decomposition`);
  const k = Math.min(rows, cols);
  const space = emptyArena();
  const work = space.place(a);
  const scale = powerOfTwoScale(space.kernels.largest(work.at, rows * work.ld));
  if (Number.isNaN(scale)) return { q: nans(rows, k), r: nans(k, cols) };
  if (scale !== 1) space.kernels.scale(work.at, rows * work.ld, scale);
  const q = space.blank(rows, k);
  const ldm = even(rows);
  const vectors = space.room(k * ldm);
  const tau = space.room(k);
  const z = space.room(Math.max(work.ld, q.ld));
  space.kernels.qr(work.at, rows, cols, work.ld, q.at, q.ld, vectors, ldm, tau, z);
  const r = space.read(work, k);
  for (let row = 0; row < k; row++) {
    for (let col = 0; col < cols; col++)
      r.data[row * cols + col] = col < row ? 0 : r.data[row * cols + col]! / scale;
  }
  return { q: space.read(q, rows), r };
}

function lq(a: Matrix): Lq {
  const { rows: h, cols: d } = checkedForLq(a);
  const k = Math.min(h, d);
  const space = emptyArena();
  const found = factorByLq(space, a);
  if (found === undefined) return { l: nans(h, k), transposedProduct: ({ cols }) => nans(cols, d) };
  const vectors = space.read(found.vectors, k);
  const taus = space.readNumbers(found.tau, k);
  return { l: found.l, transposedProduct: (u) => transposedProduct(vectors, taus, u) };
}

function lower(a: Matrix): Matrix {
  const { rows: h, cols: d } = checkedForLq(a);
  return factorByLq(emptyArena(), a)?.l ?? nans(h, Math.min(h, d));
}

function checkedForLq(a: Matrix): Matrix {
  if (a.rows > 0 && a.cols > 0) return a;
  throw new ShapeError(`a ${a.rows}×${a.cols} matrix has no LQ decomposition`);
}

/** l, and where the reflections that make q are; undefined where an entry is not finite. */
function factorByLq(
  space: Arena,
  a: Matrix,
): { readonly l: Matrix; readonly vectors: Placed; readonly tau: number } | undefined {
  const vectors = space.place(a);
  const scale = scaleOf(space, vectors);
  if (Number.isNaN(scale)) return undefined;
  const k = Math.min(a.rows, a.cols);
  const l = space.blank(a.rows, k);
  space.zero(l);
  const tau = space.room(k);
  space.kernels.lq(vectors.at, a.rows, a.cols, vectors.ld, l.at, l.ld, tau);
  const lower = space.read(l, a.rows);
  unscaled(lower.data, scale);
  return { l: lower, vectors, tau };
}

/** Rows of uᵀ, as long as the reflections' vectors, go through these one after the other. */
function transposedProduct(vectors: Matrix, taus: Float64Array, u: Matrix): Matrix {
  const { rows: k, cols: d } = vectors;
  if (u.rows !== k)
    throw new ShapeError(`q has ${k} columns, and cannot multiply a ${u.rows}×${u.cols} matrix`);
  const space = emptyArena();
  const reflections = space.place(vectors);
  const tau = space.room(k);
  space.write(tau, taus);
  const rows = space.blank(u.cols, d);
  space.zero(rows);
  const view = space.view(rows.at, rows.rows * rows.ld);
  for (let i = 0; i < k; i++) {
    for (let j = 0; j < u.cols; j++) view[j * rows.ld + i] = u.data[i * u.cols + j]!;
  }
  space.kernels.multiplyQ(rows.at, u.cols, reflections.at, k, reflections.ld, tau);
  return space.read(rows, u.cols);
}

function svd(a: Matrix, sides: SvdSides = {}): Svd {
  const k = smallerSide(a);
  const count = checkCount(sides.count ?? k, k);
  const top = topOfOneSide(a, sides, count);
  if (top !== undefined) return top;
  const wide = a.rows < a.cols;
  const space = emptyArena();
  const tall = wide ? space.placeTransposed(a) : space.place(a);
  const [wantLeft, wantRight] = wide ? [sides.v, sides.u] : [sides.u, sides.v];
  const left: Side = wantLeft ? { mode: 1, rows: space.blank(k, tall.rows) } : nothing;
  const right: Side = wantRight ? { mode: 1, rows: space.blank(k, k) } : nothing;
  const s = decompose(space, tall, left, right);
  const vectors = (side: Side): Matrix =>
    s === undefined ? nans(side.rows.cols, count) : space.readTransposed(side.rows, count);
  const [u, v] = wide ? [right, left] : [left, right];
  return {
    s: s ?? nans(1, k).data,
    ...(sides.u && { u: vectors(u) }),
    ...(sides.v && { v: vectors(v) }),
  };
}

function projectRight(
  a: Matrix,
  c: Matrix,
  count = Math.min(a.rows, a.cols),
): { readonly s: Float64Array; readonly vtc: Matrix } {
  if (c.rows !== a.cols) {
    throw new ShapeError(`vectors of a ${a.rows}×${a.cols} matrix do not fit ${c.rows}×${c.cols} columns`);
  }
  const k = smallerSide(a);
  checkCount(count, k);
  const wide = a.rows < a.cols;
  const space = emptyArena();
  if (!wide && isFew(count, k)) {
    const top = decomposeTop(space, space.place(a), count);
    if (top !== undefined) {
      const columns = space.place(c);
      const out = space.blank(count, c.cols);
      const { at, ld } = top.rows;
      space.kernels.product(at, ld, 1, columns.at, columns.ld, out.at, out.ld, count, c.rows);
      return { s: top.s, vtc: space.read(out, count) };
    }
    space.clear();
  }
  const tall = wide ? space.placeTransposed(a) : space.place(a);
  const side: Side = { mode: 2, rows: space.place(c) };
  const s = decompose(space, tall, wide ? side : nothing, wide ? nothing : side);
  if (s === undefined) return { s: nans(1, k).data, vtc: nans(count, c.cols) };
  return { s, vtc: space.read(side.rows, count) };
}

/** From half of the vectors on, the iteration that turns them all costs as much. */
function isFew(count: number, k: number): boolean {
  return 2 * count <= k;
}

/** A few vectors of the side that is the smaller one, or of either where both are equal; undefined where `svd` has to iterate. */
function topOfOneSide(a: Matrix, { u = false, v = false }: SvdSides, count: number): Svd | undefined {
  if (u === v || !isFew(count, smallerSide(a))) return undefined;
  if (u ? a.rows > a.cols : a.cols > a.rows) return undefined;
  const space = emptyArena();
  const top = decomposeTop(space, u ? space.placeTransposed(a) : space.place(a), count);
  if (top === undefined) return undefined;
  const vectors = space.readTransposed(top.rows, count);
  return { s: top.s, ...(u ? { u: vectors } : { v: vectors }) };
}

/** Singular values of a tall matrix, which is overwritten, and its top right vectors as rows; undefined where they need the iteration. */
function decomposeTop(
  space: Arena,
  a: Placed,
  count: number,
): { readonly s: Float64Array; readonly rows: Placed } | undefined {
  const { kernels } = space;
  const { rows, cols, ld } = a;
  const scale = scaleOf(space, a);
  if (Number.isNaN(scale)) return undefined;
  const s = space.room(cols);
  const right = space.blank(count, cols);
  const work = space.room(4 * even(cols) + 2 * ld + cols * (even(rows) + ld) + 10 * cols);
  if (!kernels.svdTop(a.at, rows, cols, ld, s, right.at, count, work)) return undefined;
  return { s: unscaled(space.readNumbers(s, cols), scale), rows: right };
}

/** Singular values of a tall matrix, which is overwritten, as are the sides; undefined where an entry is not finite. */
function decompose(space: Arena, a: Placed, left: Side, right: Side): Float64Array | undefined {
  const { kernels } = space;
  const { rows, cols, ld } = a;
  const scale = scaleOf(space, a);
  if (Number.isNaN(scale)) return undefined;
  const s = space.room(cols);
  const work = space.room(
    3 * even(cols) +
      2 * ld +
      Math.max(cols * (even(rows) + ld), 5 * cols) +
      Math.max(left.rows.ld, right.rows.ld),
  );
  const converged = kernels.svd(
    ...[a.at, rows, cols, ld, s],
    ...[left.rows.at, left.rows.ld, left.mode, right.rows.at, right.rows.ld, right.mode, work],
  );
  if (!converged) throw new Error(`the singular values of a ${rows}×${cols} matrix did not converge`);
  return unscaled(space.readNumbers(s, cols), scale);
}

/** Scales a matrix so that its squares neither overflow nor vanish; NaN where an entry is not finite. */
function scaleOf({ kernels }: Arena, { at, rows, ld }: Placed): number {
  const scale = powerOfTwoScale(kernels.largest(at, rows * ld));
  if (!Number.isNaN(scale) && scale !== 1) kernels.scale(at, rows * ld, scale);
  return scale;
}

function unscaled(values: Float64Array, scale: number): Float64Array {
  if (scale !== 1) for (let at = 0; at < values.length; at++) values[at]! /= scale;
  return values;
}

function checkCount(count: number, k: number): number {
  if (Number.isInteger(count) && count >= 1 && count <= k) return count;
  throw new ShapeError(`there are 1 to ${k} singular vectors, not ${count}`);
}

function smallerSide({ rows, cols }: Matrix): number {
  if (rows === 0 || cols === 0) throw new ShapeError(`a ${rows}×${cols} matrix has no singular values`);
  return Math.min(rows, cols);
}

function nans(rows: number, cols: number): Matrix {
  return matrix(rows, cols, new Float64Array(rows * cols).fill(Number.NaN));
}

/** Linear algebra through WebAssembly SIMD: the same operations as `reference`, many times faster. */
export const kernels: LinearAlgebra = { multiply, qr, lq, lower, svd, projectRight };
