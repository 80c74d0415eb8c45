import { ShapeError } from '../errors.js';
import type { Matrix } from './matrix.js';

/** Eigenvalues, as they were found; complex ones as pairs of conjugates. */
export interface Eigenvalues {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/** Iterations that one eigenvalue may take; two or three are usual. */
const mostIterations = 60;

/**
 * Eigenvalues of a square matrix: reduction to upper Hessenberg form by Householder reflections, then the shifted QR
 * iteration on it (Francis 1961), with its double step in real arithmetic. NaN where an entry is not finite.
 * @throws ShapeError when it is not square
 * Source: Golub and Van Loan, "Matrix computations", 7.4 and 7.5; EISPACK `hqr`.
 */
export function eigenvalues({ rows: n, cols, data }: Matrix): Eigenvalues {
  if (n !== cols) throw new ShapeError(`a ${n}×${cols} matrix has no eigenvalues`);
  const re = new Float64Array(n).fill(Number.NaN);
  const im = new Float64Array(n).fill(Number.NaN);
  if (!data.every(Number.isFinite)) return { re, im };
  const h = data.slice();
  balance(h, n);
  reduceToHessenberg(h, n);
  iterate(h, n, re, im);
  return { re, im };
}

/** Scales rows and columns by powers of two until their norms agree: a similarity that costs no digits. */
function balance(a: Float64Array, n: number): void {
  for (let isDone = false; !isDone; ) {
    isDone = true;
    for (let i = 0; i < n; i++) {
      let [column, row] = [0, 0];
      for (let j = 0; j < n; j++) {
        if (j === i) continue;
        column += Math.abs(a[j * n + i]!);
        row += Math.abs(a[i * n + j]!);
      }
      if (column === 0 || row === 0) continue;
      const before = column + row;
      let factor = 1;
      for (; column < row / 2; column *= 4) factor *= 2;
      for (; column >= row * 2; column /= 4) factor /= 2;
      if ((column + row) / factor >= 0.95 * before) continue;
      isDone = false;
      for (let j = 0; j < n; j++) a[i * n + j]! /= factor;
      for (let j = 0; j < n; j++) a[j * n + i]! *= factor;
    }
  }
}

function reduceToHessenberg(a: Float64Array, n: number): void {
  const v = new Float64Array(n);
  for (let k = 0; k < n - 2; k++) {
    let scale = 0;
    for (let i = k + 1; i < n; i++) scale = Math.max(scale, Math.abs(a[i * n + k]!));
    if (scale === 0) continue;
    let squares = 0;
    for (let i = k + 1; i < n; i++) {
      v[i] = a[i * n + k]! / scale;
      squares += v[i]! * v[i]!;
    }
    const alpha = v[k + 1]! > 0 ? -Math.sqrt(squares) : Math.sqrt(squares);
    const half = squares - v[k + 1]! * alpha;
    v[k + 1]! -= alpha;
    // (I - v vᵀ/half)·a, then the same from the right.
    for (let j = k; j < n; j++) {
      let sum = 0;
      for (let i = k + 1; i < n; i++) sum += v[i]! * a[i * n + j]!;
      sum /= half;
      for (let i = k + 1; i < n; i++) a[i * n + j]! -= sum * v[i]!;
    }
    for (let i = 0; i < n; i++) {
      let sum = 0;
      for (let j = k + 1; j < n; j++) sum += a[i * n + j]! * v[j]!;
      sum /= half;
      for (let j = k + 1; j < n; j++) a[i * n + j]! -= sum * v[j]!;
    }
    a[(k + 1) * n + k] = alpha * scale;
    for (let i = k + 2; i < n; i++) a[i * n + k] = 0;
  }
}

/** Takes eigenvalues off the end of a Hessenberg matrix, one or two at a time. */
function iterate(a: Float64Array, n: number, re: Float64Array, im: Float64Array): void {
  const at = (i: number, j: number) => a[i * n + j]!;
  let norm = 0;
  for (const value of a) norm += Math.abs(value);
  let shifted = 0;
  for (let end = n - 1; end >= 0; ) {
    for (let iteration = 0; ; iteration++) {
      let start = end;
      for (; start > 0; start--) {
        const size = Math.abs(at(start - 1, start - 1)) + Math.abs(at(start, start));
        if (Math.abs(at(start, start - 1)) <= Number.EPSILON * (size === 0 ? norm : size)) {
          a[start * n + start - 1] = 0;
          break;
        }
      }
      let x = at(end, end);
      if (start === end) {
        re[end] = x + shifted;
        im[end] = 0;
        end--;
        break;
      }
      let y = at(end - 1, end - 1);
      let w = at(end, end - 1) * at(end - 1, end);
      if (start === end - 1) {
        takePair(x, y, w, shifted, end, re, im);
        end -= 2;
        break;
      }
      if (iteration === mostIterations)
        throw new Error(`the eigenvalues of a ${n}×${n} matrix did not converge`);
      if (iteration > 0 && iteration % 10 === 0) {
        // An exceptional shift breaks a cycle.
        shifted += x;
        for (let i = 0; i <= end; i++) a[i * n + i]! -= x;
        const size = Math.abs(at(end, end - 1)) + Math.abs(at(end - 1, end - 2));
        x = y = 0.75 * size;
        w = -0.4375 * size * size;
      }
      doubleStep(a, n, start, end, x, y, w);
    }
  }
}

/** Both eigenvalues of the last 2×2 block, whose diagonal is y, x and whose other two entries multiply to w. */
function takePair(
  x: number,
  y: number,
  w: number,
  shifted: number,
  end: number,
  re: Float64Array,
  im: Float64Array,
): void {
  const p = (y - x) / 2;
  const q = p * p + w;
  const root = Math.sqrt(Math.abs(q));
  if (q >= 0) {
    const z = p + (p >= 0 ? root : -root);
    re[end - 1] = x + shifted + z;
    re[end] = z === 0 ? re[end - 1]! : x + shifted - w / z;
    im[end - 1] = im[end] = 0;
  } else {
    re[end - 1] = re[end] = x + shifted + p;
    im[end - 1] = root;
    im[end] = -root;
  }
}

/** One implicit double QR step on rows and columns start…end, with the shifts of the last 2×2 block. */
function doubleStep(
  a: Float64Array,
  n: number,
  start: number,
  end: number,
  x: number,
  y: number,
  w: number,
): void {
  const at = (i: number, j: number) => a[i * n + j]!;
  let [p, q, r] = [0, 0, 0];
  let m = end - 2;
  for (; m >= start; m--) {
    const z = at(m, m);
    const [first, second] = [x - z, y - z];
    p = (first * second - w) / at(m + 1, m) + at(m, m + 1);
    q = at(m + 1, m + 1) - z - first - second;
    r = at(m + 2, m + 1);
    const size = Math.abs(p) + Math.abs(q) + Math.abs(r);
    [p, q, r] = [p / size, q / size, r / size];
    if (m === start) break;
    const small = Math.abs(at(m, m - 1)) * (Math.abs(q) + Math.abs(r));
    const large = Math.abs(p) * (Math.abs(at(m - 1, m - 1)) + Math.abs(z) + Math.abs(at(m + 1, m + 1)));
    if (small <= Number.EPSILON * large) break;
  }
  for (let i = m + 2; i <= end; i++) {
    a[i * n + i - 2] = 0;
    if (i > m + 2) a[i * n + i - 3] = 0;
  }
  for (let k = m; k < end; k++) {
    const isLast = k === end - 1;
    let size = 1;
    if (k > m) {
      p = at(k, k - 1);
      q = at(k + 1, k - 1);
      r = isLast ? 0 : at(k + 2, k - 1);
      size = Math.abs(p) + Math.abs(q) + Math.abs(r);
      if (size === 0) continue;
      [p, q, r] = [p / size, q / size, r / size];
    }
    const length = Math.sqrt(p * p + q * q + r * r);
    const s = p < 0 ? -length : length;
    if (s === 0) continue;
    if (k > m) a[k * n + k - 1] = -s * size;
    else if (start !== m) a[k * n + k - 1]! *= -1;
    p += s;
    const [fx, fy, fz] = [p / s, q / s, r / s];
    q /= p;
    r /= p;
    for (let j = k; j < n; j++) {
      const sum = at(k, j) + q * at(k + 1, j) + (isLast ? 0 : r * at(k + 2, j));
      a[k * n + j]! -= sum * fx;
      a[(k + 1) * n + j]! -= sum * fy;
      if (!isLast) a[(k + 2) * n + j]! -= sum * fz;
    }
    for (let i = 0; i <= Math.min(end, k + 3); i++) {
      const sum = fx * at(i, k) + fy * at(i, k + 1) + (isLast ? 0 : fz * at(i, k + 2));
      a[i * n + k]! -= sum;
      a[i * n + k + 1]! -= sum * q;
      if (!isLast) a[i * n + k + 2]! -= sum * r;
    }
  }
}
