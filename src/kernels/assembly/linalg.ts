/**
 * Float64 linear algebra with 128-bit SIMD. All matrices are row-major with an even number of columns; an odd last column is
 * followed by one of zeros. Pointers are bytes, 16-byte aligned. Scratch space comes from the caller's `work`, whose size
 * the caller knows from the same formulas (`src/linalg/kernels.ts`).
 */
import { bidiagonalize } from './linalg/bidiagonal';
import { singularValues } from './linalg/dqds';
import { diagonalize } from './linalg/golub-kahan';
import { reflectCols, reflectRows } from './linalg/reflect';
import { topRightVectors } from './linalg/top-vectors';

export { circuitVectors, innerProducts } from './linalg/circuit-products';
export { matchOfBlock } from './linalg/largest-singular';
export { lq, multiplyQ } from './linalg/lq';
export { product } from './linalg/product';
export { qr } from './linalg/qr';

/** Where free memory begins. */
export function heapBase(): usize {
  return (__heap_base + 63) & ~63;
}

/** Form the vectors themselves instead of applying them. */
const form: i32 = 1;

/**
 * SVD of a (m×n, m ≥ n, `ld` columns), which is overwritten. Singular values in `s`, largest first.
 *
 * `left`: mode 0 nothing; 1: on return n rows of m entries, row i is u_iᵀ; 2: m rows of `leftLd` entries, turned into Uᵀ·left (first n rows).
 * `right`: mode 0 nothing; 1: n rows of n entries, row i is v_iᵀ; 2: n rows of `rightLd` entries, turned into Vᵀ·right.
 * @returns false when the iteration does not converge
 */
export function svd(
  a: usize,
  m: i32,
  n: i32,
  ld: usize,
  s: usize,
  left: usize,
  leftLd: usize,
  leftMode: i32,
  right: usize,
  rightLd: usize,
  rightMode: i32,
  work: usize,
): bool {
  reduce(a, m, n, ld, s, work);
  if (leftMode == form) formRows(left, n, leftLd, leftVectors, ldm, leftTau, n - 1);
  else if (leftMode) {
    for (let k = 0; k < n; k++) {
      reflectRows(left, leftLd, m, leftVectors + ((<usize>k * ldm) << 3), k, load<f64>(leftTau + (<usize>k << 3)), room);
    }
  }
  if (rightMode == form) formRows(right, n, rightLd, rightVectors, ld, rightTau, n - 2);
  else if (rightMode) {
    for (let k = 0; k < n - 1; k++) {
      const vector = rightVectors + ((<usize>k * ld) << 3);
      reflectRows(right, rightLd, n, vector, k + 1, load<f64>(rightTau + (<usize>k << 3)), room);
    }
  }
  const leftStride = leftMode ? leftLd << 3 : 0;
  const rightStride = rightMode ? rightLd << 3 : 0;
  // Without vectors there is a faster way, which gives up at worst; its room is that of the reflections.
  if (!leftMode && !rightMode && singularValues(s, e, n, leftVectors)) {
    finish(s, n, left, 0, right, 0);
    return true;
  }
  if (!diagonalize(s, e, n, left, leftStride, right, rightStride)) return false;
  finish(s, n, left, leftStride, right, rightStride);
  return true;
}

/**
 * All singular values of a (m×n, m ≥ n, `ld` columns), which is overwritten, and the right vectors of the `count` largest:
 * row i of `right` (count rows of `ld` entries) is v_iᵀ.
 * @returns false when they could not be found to full accuracy; then `svd` has to iterate
 */
export function svdTop(a: usize, m: i32, n: i32, ld: usize, s: usize, right: usize, count: i32, work: usize): bool {
  const d = work;
  reduce(a, m, n, ld, d, work + evenBytes(n));
  memory.copy(s, d, <usize>n << 3);
  if (!singularValues(s, e, n, room)) return false;
  finish(s, n, 0, 0, 0, 0);
  if (!topRightVectors(d, e, s, n, count, right, ld, room)) return false;
  // v = H₁H₂…·z, the last reflection first.
  for (let k = n - 2; k >= 0; k--) {
    const vector = rightVectors + ((<usize>k * ld) << 3);
    reflectCols(right, ld, 0, count, vector, k + 1, load<f64>(rightTau + (<usize>k << 3)));
  }
  return true;
}

/** What `reduce` leaves: the superdiagonal, the reflections from both sides, and the room behind them. */
let e: usize = 0;
let leftTau: usize = 0;
let rightTau: usize = 0;
let ldm: usize = 0;
let leftVectors: usize = 0;
let rightVectors: usize = 0;
let room: usize = 0;

/** Bytes of n numbers, and one more where n is odd. */
// @ts-ignore: decorator
@inline
function evenBytes(n: i32): usize {
  return ((<usize>n + 1) & ~1) << 3;
}

/** Brings a into bidiagonal form, with the diagonal in `d`, and lays out what else it leaves from `from` on. */
function reduce(a: usize, m: i32, n: i32, ld: usize, d: usize, from: usize): void {
  e = from;
  leftTau = e + evenBytes(n);
  rightTau = leftTau + evenBytes(n);
  const w = rightTau + evenBytes(n);
  const acc = w + (ld << 3);
  ldm = (<usize>m + 1) & ~1;
  leftVectors = acc + (ld << 3);
  rightVectors = leftVectors + ((<usize>n * ldm) << 3);
  room = rightVectors + ((<usize>n * ld) << 3);
  bidiagonalize(a, m, n, ld, ldm, d, e, leftVectors, leftTau, rightVectors, rightTau, w, acc);
}

/** Rows of the transposed product of reflections H₁H₂…: e_jᵀ·(… H₂H₁), from the last reflection back, so that only rows that it changes are touched. */
function formRows(rows: usize, n: i32, ld: usize, vectors: usize, vectorLd: usize, tau: usize, last: i32): void {
  memory.fill(rows, 0, (<usize>n * ld) << 3);
  for (let i = 0; i < n; i++) store<f64>(rows + <usize>i * (ld << 3) + (<usize>i << 3), 1);
  for (let k = last; k >= 0; k--) {
    reflectCols(rows, ld, k, n, vectors + ((<usize>k * vectorLd) << 3), k, load<f64>(tau + (<usize>k << 3)));
  }
}

/** Makes all values positive and sorts them, largest first, with their rows. */
function finish(s: usize, n: i32, left: usize, leftStride: usize, right: usize, rightStride: usize): void {
  for (let i = 0; i < n; i++) {
    const at = s + (<usize>i << 3);
    const value = load<f64>(at);
    if (value >= 0) continue;
    store<f64>(at, -value);
    const row = right + <usize>i * rightStride;
    for (let j: usize = 0; j < rightStride; j += 16) v128.store(row + j, f64x2.neg(v128.load(row + j)));
  }
  for (let i = 0; i < n - 1; i++) {
    let best = i;
    for (let j = i + 1; j < n; j++) {
      if (load<f64>(s + (<usize>j << 3)) > load<f64>(s + (<usize>best << 3))) best = j;
    }
    if (best == i) continue;
    swap(s + (<usize>i << 3), s + (<usize>best << 3));
    exchange(left + <usize>i * leftStride, left + <usize>best * leftStride, leftStride);
    exchange(right + <usize>i * rightStride, right + <usize>best * rightStride, rightStride);
  }
}

// @ts-ignore: decorator
@inline
function swap(x: usize, y: usize): void {
  const value = load<f64>(x);
  store<f64>(x, load<f64>(y));
  store<f64>(y, value);
}

// @ts-ignore: decorator
@inline
function exchange(x: usize, y: usize, stride: usize): void {
  for (let j: usize = 0; j < stride; j += 16) {
    const value = v128.load(x + j);
    v128.store(x + j, v128.load(y + j));
    v128.store(y + j, value);
  }
}

/** Multiplies `count` numbers (even) by a factor. */
export function scale(x: usize, count: i32, factor: f64): void {
  const f = f64x2.splat(factor);
  const end = x + (<usize>count << 3);
  for (let at = x; at < end; at += 16) v128.store(at, f64x2.mul(f, v128.load(at)));
}

/** Largest absolute value of `count` numbers (even), NaN when one of them is NaN or infinite. */
export function largest(x: usize, count: i32): f64 {
  let most = f64x2.splat(0);
  let check = f64x2.splat(0);
  const zero = f64x2.splat(0);
  const end = x + (<usize>count << 3);
  for (let at = x; at < end; at += 16) {
    const value = v128.load(at);
    most = f64x2.max(most, f64x2.abs(value));
    check = f64x2.add(check, f64x2.mul(value, zero));
  }
  const total = f64x2.extract_lane(check, 0) + f64x2.extract_lane(check, 1);
  return max<f64>(f64x2.extract_lane(most, 0), f64x2.extract_lane(most, 1)) + total;
}

/** b = aᵀ: a is rows×cols with lda columns, b cols×rows with ldb columns, whose padding is left alone. */
export function transpose(a: usize, rows: i32, cols: i32, lda: usize, b: usize, ldb: usize): void {
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) {
      store<f64>(b + ((<usize>j * ldb + <usize>i) << 3), load<f64>(a + ((<usize>i * lda + <usize>j) << 3)));
    }
  }
}
