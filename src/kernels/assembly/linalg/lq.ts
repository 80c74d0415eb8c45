import { lanes, negligibleSquares, reflectedHead } from './reflect';

/**
 * LQ decomposition by reflections, two of which are applied at a time: what they change is read and written half as often.
 * a is h×d (ld columns, padded with zeros); on return its first k = min(h, d) rows are the reflections' vectors, and l is
 * h×k (ldl columns, which the caller has cleared).
 * @param tau k
 */
export function lq(a: usize, h: i32, d: i32, ld: usize, l: usize, ldl: usize, tau: usize): void {
  const k = min<i32>(h, d);
  const stride = ld << 3;
  for (let i = 0; i < k; i += 2) {
    const first = a + <usize>i * stride;
    const firstTau = makeVector(first, i, d, l + <usize>i * (ldl << 3));
    store<f64>(tau + (<usize>i << 3), firstTau);
    if (i + 1 == k) {
      applyOne(a, ld, i + 1, h, first, firstTau, i);
      break;
    }
    const second = first + stride;
    applyOne(a, ld, i + 1, i + 2, first, firstTau, i);
    const secondTau = makeVector(second, i + 1, d, l + <usize>(i + 1) * (ldl << 3));
    store<f64>(tau + (<usize>(i + 1) << 3), secondTau);
    applyTwo(a, ld, i + 2, h, first, firstTau, second, secondTau, i);
  }
  for (let i = k; i < h; i++) memory.copy(l + <usize>i * (ldl << 3), a + <usize>i * stride, <usize>k << 3);
}

/**
 * Rows of c (`count` of ld columns) ← c·Qᵀ, where Q is what `lq` left in `vectors` and `tau`; c's columns from k on are zero.
 */
export function multiplyQ(c: usize, count: i32, vectors: usize, k: i32, ld: usize, tau: usize): void {
  const stride = ld << 3;
  let i = k;
  if (k & 1) {
    i = k - 1;
    applyOne(c, ld, 0, count, vectors + <usize>i * stride, load<f64>(tau + (<usize>i << 3)), i);
  }
  for (i -= 2; i >= 0; i -= 2) {
    const vector = vectors + <usize>i * stride;
    const at = tau + (<usize>i << 3);
    applyTwo(c, ld, 0, count, vector + stride, load<f64>(at, 8), vector, load<f64>(at), i);
  }
}

/** Turns row i into the vector of the reflection that leaves nothing behind its diagonal entry, and writes row i of l. @returns tau */
// @ts-ignore: decorator
@inline
function makeVector(row: usize, i: i32, d: i32, l: usize): f64 {
  let rest: f64 = 0;
  for (let j = i + 1; j < d; j++) {
    const x = load<f64>(row + (<usize>j << 3));
    rest += x * x;
  }
  memory.copy(l, row, <usize>i << 3);
  memory.fill(row, 0, <usize>i << 3);
  const at = row + (<usize>i << 3);
  const head = load<f64>(at);
  if (!(rest >= negligibleSquares)) {
    store<f64>(l + (<usize>i << 3), head);
    memory.fill(at, 0, <usize>(d - i) << 3);
    return 0;
  }
  const beta = reflectedHead(head, rest);
  store<f64>(l + (<usize>i << 3), beta);
  store<f64>(at, head - beta);
  return -1 / (beta * (head - beta));
}

/** Rows from..to-1 of a ← row - τ (row·v) v; v is zero before column `col`. */
function applyOne(a: usize, ld: usize, from: i32, to: i32, v: usize, tau: f64, col: i32): void {
  const stride = ld << 3;
  const start = (<usize>col << 3) & ~15;
  for (let i = from; i < to; i++) {
    const row = a + <usize>i * stride;
    let dot = f64x2.splat(0);
    for (let j = start; j < stride; j += 16) dot = f64x2.add(dot, f64x2.mul(v128.load(v + j), v128.load(row + j)));
    const factor = f64x2.splat(tau * lanes(dot));
    for (let j = start; j < stride; j += 16) {
      v128.store(row + j, f64x2.sub(v128.load(row + j), f64x2.mul(factor, v128.load(v + j))));
    }
  }
}

/** The reflection of `v`, then that of `w`, of rows from..to-1; both are zero before column `col`. */
function applyTwo(
  a: usize,
  ld: usize,
  from: i32,
  to: i32,
  v: usize,
  tauV: f64,
  w: usize,
  tauW: f64,
  col: i32,
): void {
  const stride = ld << 3;
  const start = (<usize>col << 3) & ~15;
  let between = f64x2.splat(0);
  for (let j = start; j < stride; j += 16) between = f64x2.add(between, f64x2.mul(v128.load(v + j), v128.load(w + j)));
  const overlap = lanes(between);
  let row = a + <usize>from * stride;
  let i = from;
  for (; i + 4 <= to; i += 4, row += stride * 4) {
    let v0 = f64x2.splat(0);
    let v1 = v0;
    let v2 = v0;
    let v3 = v0;
    let w0 = v0;
    let w1 = v0;
    let w2 = v0;
    let w3 = v0;
    for (let j = start; j < stride; j += 16) {
      const x = v128.load(v + j);
      const y = v128.load(w + j);
      let at = row + j;
      let value = v128.load(at);
      v0 = f64x2.add(v0, f64x2.mul(x, value));
      w0 = f64x2.add(w0, f64x2.mul(y, value));
      at += stride;
      value = v128.load(at);
      v1 = f64x2.add(v1, f64x2.mul(x, value));
      w1 = f64x2.add(w1, f64x2.mul(y, value));
      at += stride;
      value = v128.load(at);
      v2 = f64x2.add(v2, f64x2.mul(x, value));
      w2 = f64x2.add(w2, f64x2.mul(y, value));
      at += stride;
      value = v128.load(at);
      v3 = f64x2.add(v3, f64x2.mul(x, value));
      w3 = f64x2.add(w3, f64x2.mul(y, value));
    }
    const a0 = tauV * lanes(v0);
    const a1 = tauV * lanes(v1);
    const a2 = tauV * lanes(v2);
    const a3 = tauV * lanes(v3);
    v0 = f64x2.splat(a0);
    v1 = f64x2.splat(a1);
    v2 = f64x2.splat(a2);
    v3 = f64x2.splat(a3);
    w0 = f64x2.splat(tauW * (lanes(w0) - a0 * overlap));
    w1 = f64x2.splat(tauW * (lanes(w1) - a1 * overlap));
    w2 = f64x2.splat(tauW * (lanes(w2) - a2 * overlap));
    w3 = f64x2.splat(tauW * (lanes(w3) - a3 * overlap));
    for (let j = start; j < stride; j += 16) {
      const x = v128.load(v + j);
      const y = v128.load(w + j);
      let at = row + j;
      v128.store(at, f64x2.sub(v128.load(at), f64x2.add(f64x2.mul(v0, x), f64x2.mul(w0, y))));
      at += stride;
      v128.store(at, f64x2.sub(v128.load(at), f64x2.add(f64x2.mul(v1, x), f64x2.mul(w1, y))));
      at += stride;
      v128.store(at, f64x2.sub(v128.load(at), f64x2.add(f64x2.mul(v2, x), f64x2.mul(w2, y))));
      at += stride;
      v128.store(at, f64x2.sub(v128.load(at), f64x2.add(f64x2.mul(v3, x), f64x2.mul(w3, y))));
    }
  }
  if (i == to) return;
  applyOne(a, ld, i, to, v, tauV, col);
  applyOne(a, ld, i, to, w, tauW, col);
}
