import { lanes, negligibleSquares, reflectedHead } from './reflect';

/**
 * Largest singular value and sum of the squares of all of them, of the leading n×n block of a matrix with `ld` columns, which
 * is left alone: from AᵀA, whose largest eigenvalue has the full accuracy that the smaller ones lose. Entries are of the order
 * of 1, as cosines are. `out`: both numbers; the first is NaN where it was not found.
 * @param work 2·n·m + 5·m numbers, m the next multiple of 4 from n on
 */
export function matchOfBlock(block: usize, ld: usize, n: i32, out: usize, work: usize): void {
  const width = (<usize>n + 3) & ~3;
  const copy = work;
  const gram = copy + ((<usize>n * width) << 3);
  const d = gram + ((width * width) << 3);
  const e = d + (width << 3);
  const vectors = e + (width << 3);
  memory.fill(copy, 0, (<usize>n * width) << 3);
  for (let i: usize = 0; i < <usize>n; i++) {
    memory.copy(copy + ((i * width) << 3), block + ((i * ld) << 3), <usize>n << 3);
  }
  square(copy, n, width, gram);
  let squares: f64 = 0;
  for (let i: usize = 0; i < <usize>n; i++) squares += load<f64>(gram + ((i * width + i) << 3));
  tridiagonalize(gram, n, width, d, e, vectors, vectors + (width << 3));
  store<f64>(out, sqrt<f64>(largestEigenvalue(d, e, n)));
  store<f64>(out, squares, 8);
}

/** AᵀA of n rows of `width` numbers (a multiple of 4), width×width; tiles on and above the diagonal, and their mirror images. */
function square(a: usize, n: i32, width: usize, out: usize): void {
  const stride = width << 3;
  const end = a + <usize>n * stride;
  for (let i: usize = 0; i < width; i += 4) {
    for (let j = i; j < width; j += 4) {
      let c00 = f64x2.splat(0);
      let c01 = c00;
      let c10 = c00;
      let c11 = c00;
      let c20 = c00;
      let c21 = c00;
      let c30 = c00;
      let c31 = c00;
      for (let row = a; row < end; row += stride) {
        const left = row + (i << 3);
        const right = row + (j << 3);
        const b0 = v128.load(right);
        const b1 = v128.load(right, 16);
        let x = v128.load64_splat(left);
        c00 = f64x2.add(c00, f64x2.mul(x, b0));
        c01 = f64x2.add(c01, f64x2.mul(x, b1));
        x = v128.load64_splat(left, 8);
        c10 = f64x2.add(c10, f64x2.mul(x, b0));
        c11 = f64x2.add(c11, f64x2.mul(x, b1));
        x = v128.load64_splat(left, 16);
        c20 = f64x2.add(c20, f64x2.mul(x, b0));
        c21 = f64x2.add(c21, f64x2.mul(x, b1));
        x = v128.load64_splat(left, 24);
        c30 = f64x2.add(c30, f64x2.mul(x, b0));
        c31 = f64x2.add(c31, f64x2.mul(x, b1));
      }
      storeTile(out + i * stride + (j << 3), stride, c00, c01, c10, c11, c20, c21, c30, c31);
      if (i == j) continue;
      storeTile(
        out + j * stride + (i << 3),
        stride,
        v128.shuffle<f64>(c00, c10, 0, 2),
        v128.shuffle<f64>(c20, c30, 0, 2),
        v128.shuffle<f64>(c00, c10, 1, 3),
        v128.shuffle<f64>(c20, c30, 1, 3),
        v128.shuffle<f64>(c01, c11, 0, 2),
        v128.shuffle<f64>(c21, c31, 0, 2),
        v128.shuffle<f64>(c01, c11, 1, 3),
        v128.shuffle<f64>(c21, c31, 1, 3),
      );
    }
  }
}

/** Four rows of two vectors each. */
// @ts-ignore: decorator
@inline
function storeTile(
  at: usize,
  stride: usize,
  a0: v128,
  a1: v128,
  b0: v128,
  b1: v128,
  c0: v128,
  c1: v128,
  d0: v128,
  d1: v128,
): void {
  v128.store(at, a0);
  v128.store(at, a1, 16);
  at += stride;
  v128.store(at, b0);
  v128.store(at, b1, 16);
  at += stride;
  v128.store(at, c0);
  v128.store(at, c1, 16);
  at += stride;
  v128.store(at, d0);
  v128.store(at, d1, 16);
}

/**
 * Brings a symmetric matrix (n×n in rows of `width` numbers, a multiple of 4, both triangles) into tridiagonal form by
 * reflections: diagonal in d, the n-1 entries beside it in e. `v`, `p`: room for `width` numbers each.
 */
function tridiagonalize(a: usize, n: i32, width: usize, d: usize, e: usize, v: usize, p: usize): void {
  const stride = width << 3;
  for (let k = 0; k < n; k++) {
    const row = a + <usize>k * stride;
    store<f64>(d + (<usize>k << 3), load<f64>(row + (<usize>k << 3)));
    if (k + 1 == n) return;
    const first = k + 1;
    const head = load<f64>(row + (<usize>first << 3));
    let rest: f64 = 0;
    for (let j = first + 1; j < n; j++) {
      const x = load<f64>(row + (<usize>j << 3));
      rest += x * x;
    }
    if (!(rest >= negligibleSquares)) {
      store<f64>(e + (<usize>k << 3), head);
      continue;
    }
    const beta = reflectedHead(head, rest);
    store<f64>(e + (<usize>k << 3), beta);
    const tau = -1 / (beta * (head - beta));
    // Whole groups of four columns from `start` on; the vector is zero before its first entry.
    const start = (<usize>first & ~3) << 3;
    for (let at = start; at < stride; at += 16) v128.store(v + at, v128.load(row + at));
    for (let at = start; at < <usize>first << 3; at += 8) store<f64>(v + at, 0);
    store<f64>(v + (<usize>first << 3), head - beta);
    const rows = a + <usize>first * stride;
    multiply(rows, n - first, stride, start, v + (<usize>first << 3), p);
    let overlap = f64x2.splat(0);
    for (let at = start; at < stride; at += 16) {
      overlap = f64x2.add(overlap, f64x2.mul(v128.load(p + at), v128.load(v + at)));
    }
    const t = f64x2.splat(tau);
    const half = f64x2.splat(0.5 * tau * tau * lanes(overlap));
    for (let at = start; at < stride; at += 16) {
      v128.store(p + at, f64x2.sub(f64x2.mul(t, v128.load(p + at)), f64x2.mul(half, v128.load(v + at))));
    }
    subtractBoth(rows, n - first, stride, start, first, v, p);
  }
}

/** p ← Σᵢ vᵢ·rowᵢ, from byte `start` of the rows on. */
// @ts-ignore: decorator
@inline
function multiply(rows: usize, count: i32, stride: usize, start: usize, v: usize, p: usize): void {
  let at = start;
  for (; at + 64 <= stride; at += 64) {
    let p0 = f64x2.splat(0);
    let p1 = p0;
    let p2 = p0;
    let p3 = p0;
    let row = rows + at;
    for (let i = 0; i < count; i++, row += stride) {
      const x = v128.load64_splat(v + (<usize>i << 3));
      p0 = f64x2.add(p0, f64x2.mul(x, v128.load(row)));
      p1 = f64x2.add(p1, f64x2.mul(x, v128.load(row, 16)));
      p2 = f64x2.add(p2, f64x2.mul(x, v128.load(row, 32)));
      p3 = f64x2.add(p3, f64x2.mul(x, v128.load(row, 48)));
    }
    v128.store(p + at, p0);
    v128.store(p + at, p1, 16);
    v128.store(p + at, p2, 32);
    v128.store(p + at, p3, 48);
  }
  if (at == stride) return;
  let p0 = f64x2.splat(0);
  let p1 = p0;
  let row = rows + at;
  for (let i = 0; i < count; i++, row += stride) {
    const x = v128.load64_splat(v + (<usize>i << 3));
    p0 = f64x2.add(p0, f64x2.mul(x, v128.load(row)));
    p1 = f64x2.add(p1, f64x2.mul(x, v128.load(row, 16)));
  }
  v128.store(p + at, p0);
  v128.store(p + at, p1, 16);
}

/** rowᵢ ← rowᵢ - vᵢ·w - wᵢ·v for the rows from `first` on. */
// @ts-ignore: decorator
@inline
function subtractBoth(rows: usize, count: i32, stride: usize, start: usize, first: i32, v: usize, w: usize): void {
  let row = rows;
  for (let i = 0; i < count; i++, row += stride) {
    const at = <usize>(first + i) << 3;
    const x = v128.load64_splat(v + at);
    const y = v128.load64_splat(w + at);
    for (let j = start; j < stride; j += 16) {
      const change = f64x2.add(f64x2.mul(x, v128.load(w + j)), f64x2.mul(y, v128.load(v + j)));
      v128.store(row + j, f64x2.sub(v128.load(row + j), change));
    }
  }
}

/** Steps that Laguerre's iteration may take: 4 to 6 are usual, some dozens where eigenvalues coincide. */
const mostSteps: i32 = 400;

/**
 * Largest eigenvalue of a symmetric tridiagonal matrix without negative ones, by Laguerre's iteration from above, which falls
 * to it and never below: with the pivots qᵢ of x - T, the characteristic polynomial is their product, and all of them are
 * positive above the largest eigenvalue. NaN where it does not settle.
 * Source: Parlett, "Laguerre's method applied to the matrix eigenvalue problem" (1964).
 */
function largestEigenvalue(d: usize, e: usize, n: i32): f64 {
  let x: f64 = 0;
  let before: f64 = 0;
  for (let i = 0; i < n; i++) {
    const after = i + 1 < n ? abs<f64>(load<f64>(e + (<usize>i << 3))) : 0;
    x = max<f64>(x, load<f64>(d + (<usize>i << 3)) + before + after);
    before = after;
  }
  x *= 1 + 8 * f64.EPSILON;
  const count = <f64>n;
  for (let step = 0; step < mostSteps; step++) {
    let inverse: f64 = 0;
    let square: f64 = 0;
    /** q′/q and q″/q of the last pivot. */
    let a: f64 = 0;
    let b: f64 = 0;
    let sum: f64 = 0;
    let curvature: f64 = 0;
    for (let i = 0; i < n; i++) {
      const g = square * inverse;
      const pivot = x - load<f64>(d + (<usize>i << 3)) - g;
      // At the eigenvalue, to rounding.
      if (pivot <= 0) return x;
      inverse = 1 / pivot;
      const bend = g * (b - 2 * a * a) * inverse;
      a = (1 + g * a) * inverse;
      b = bend;
      sum += a;
      curvature += a * a - b;
      const beside = load<f64>(e + (<usize>i << 3));
      square = beside * beside;
    }
    const root = sqrt<f64>(max<f64>(0, (count - 1) * (count * curvature - sum * sum)));
    const change = count / (sum + root);
    if (change <= f64.EPSILON * x) return x;
    x -= change;
  }
  return NaN;
}
