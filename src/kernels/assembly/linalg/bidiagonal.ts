import { lanes, negligibleSquares, reflectedHead } from './reflect';

/**
 * Householder bidiagonalisation in place: a is m×n, m ≥ n, rows padded to `ld` columns with zeros.
 *
 * Each step makes one pass over the trailing rows instead of four: while a row is at hand it takes the left reflection
 * (rank one), gives its product with the right one, takes that, and adds to the product that the next step will need.
 * So the next step's Aᵀx is ready before x's reflection is known; vᵀA = xᵀA - β·(first row) follows from it.
 * Source: the fused form is Howell et al., "Cache efficient bidiagonalization using BLAS 2.5 operators", ACM TOMS 2008.
 *
 * @param d n diagonal entries   @param e n entries above it (the last is 0)
 * @param left n vectors of `ldm` entries   @param leftTau n
 * @param right n vectors of `ld` entries   @param rightTau n
 * @param w room for ld numbers   @param acc room for ld numbers
 */
export function bidiagonalize(
  a: usize,
  m: i32,
  n: i32,
  ld: usize,
  ldm: usize,
  d: usize,
  e: usize,
  left: usize,
  leftTau: usize,
  right: usize,
  rightTau: usize,
  w: usize,
  acc: usize,
): void {
  const stride = ld << 3;
  const leftStride = ldm << 3;
  memory.fill(left, 0, <usize>n * leftStride);
  memory.fill(right, 0, <usize>n * stride);
  memory.fill(e, 0, <usize>n << 3);
  let rest = startProducts(a, m, stride, left, acc);
  for (let k = 0; k < n; k++) {
    const v = left + <usize>k * leftStride;
    const u = right + <usize>k * stride;
    const top = a + <usize>k * stride;
    const at = <usize>k << 3;
    // Left reflection of column k, whose entries lie in v.
    const head = load<f64>(v + at);
    let tau: f64 = 0;
    if (rest < negligibleSquares) {
      store<f64>(d + at, head);
      memory.fill(w, 0, stride);
      memory.fill(v + at, 0, leftStride - at);
    } else {
      const beta = reflectedHead(head, rest);
      const first = head - beta;
      tau = -1 / (beta * first);
      store<f64>(d + at, beta);
      store<f64>(v + at, first);
      const b = f64x2.splat(beta);
      const t = f64x2.splat(tau);
      const f = f64x2.splat(first);
      for (let j = at & ~15; j < stride; j += 16) {
        const x = v128.load(top + j);
        const y = f64x2.mul(t, f64x2.sub(v128.load(acc + j), f64x2.mul(b, x)));
        v128.store(w + j, y);
        v128.store(top + j, f64x2.sub(x, f64x2.mul(f, y)));
      }
    }
    store<f64>(leftTau + at, tau);
    if (k == n - 1) break;
    // Right reflection of row k.
    store<f64>(w + at, 0);
    const next = at + 8;
    let tail: f64 = 0;
    for (let j = next + 8; j < <usize>n << 3; j += 8) {
      const x = load<f64>(top + j);
      tail += x * x;
      store<f64>(u + j, x);
    }
    const rowHead = load<f64>(top + next);
    let rowTau: f64 = 0;
    if (tail < negligibleSquares) {
      store<f64>(e + at, rowHead);
      memory.fill(u, 0, stride);
    } else {
      const beta = reflectedHead(rowHead, tail);
      const first = rowHead - beta;
      rowTau = -1 / (beta * first);
      store<f64>(e + at, beta);
      store<f64>(u + next, first);
    }
    store<f64>(rightTau + at, rowTau);
    rest = updateRows(a, m, k, stride, v, v + leftStride, w, u, rowTau, acc);
  }
}

/** acc = Aᵀx and v = x for column 0; returns the sum of squares below the first entry. */
function startProducts(a: usize, m: i32, stride: usize, v: usize, acc: usize): f64 {
  memory.fill(acc, 0, stride);
  let rest: f64 = 0;
  let row = a;
  for (let i = 0; i < m; i++, row += stride) {
    const x = load<f64>(row);
    store<f64>(v + (<usize>i << 3), x);
    if (i > 0) rest += x * x;
    const factor = f64x2.splat(x);
    for (let j: usize = 0; j < stride; j += 16) {
      v128.store(acc + j, f64x2.add(v128.load(acc + j), f64x2.mul(factor, v128.load(row + j))));
    }
  }
  return rest;
}

/**
 * The fused pass of step k over rows k+1…m-1. Leaves column k+1 in `next`, its product with the rows in `acc`.
 * @returns sum of squares of that column below its first entry
 */
function updateRows(
  a: usize,
  m: i32,
  k: i32,
  stride: usize,
  v: usize,
  next: usize,
  w: usize,
  u: usize,
  tau: f64,
  acc: usize,
): f64 {
  const column = <usize>(k + 1) << 3;
  const start = column & ~15;
  memory.fill(acc + start, 0, stride - start);
  const head = load<f64>(u + column);
  let rest: f64 = 0;
  let i = k + 1;
  let row = a + <usize>i * stride;
  for (; i + 4 <= m; i += 4, row += stride * 4) {
    const at = <usize>i << 3;
    const row1 = row + stride;
    const row2 = row1 + stride;
    const row3 = row2 + stride;
    const v0 = v128.load64_splat(v + at);
    const v1 = v128.load64_splat(v + at, 8);
    const v2 = v128.load64_splat(v + at, 16);
    const v3 = v128.load64_splat(v + at, 24);
    let dot0 = f64x2.splat(0);
    let dot1 = dot0;
    let dot2 = dot0;
    let dot3 = dot0;
    for (let j = start; j < stride; j += 16) {
      const y = v128.load(w + j);
      const z = v128.load(u + j);
      let x = f64x2.sub(v128.load(row + j), f64x2.mul(v0, y));
      v128.store(row + j, x);
      dot0 = f64x2.add(dot0, f64x2.mul(x, z));
      x = f64x2.sub(v128.load(row1 + j), f64x2.mul(v1, y));
      v128.store(row1 + j, x);
      dot1 = f64x2.add(dot1, f64x2.mul(x, z));
      x = f64x2.sub(v128.load(row2 + j), f64x2.mul(v2, y));
      v128.store(row2 + j, x);
      dot2 = f64x2.add(dot2, f64x2.mul(x, z));
      x = f64x2.sub(v128.load(row3 + j), f64x2.mul(v3, y));
      v128.store(row3 + j, x);
      dot3 = f64x2.add(dot3, f64x2.mul(x, z));
    }
    const s0 = tau * lanes(dot0);
    const s1 = tau * lanes(dot1);
    const s2 = tau * lanes(dot2);
    const s3 = tau * lanes(dot3);
    const x0 = load<f64>(row + column) - s0 * head;
    const x1 = load<f64>(row1 + column) - s1 * head;
    const x2 = load<f64>(row2 + column) - s2 * head;
    const x3 = load<f64>(row3 + column) - s3 * head;
    store<f64>(next + at, x0);
    store<f64>(next + at, x1, 8);
    store<f64>(next + at, x2, 16);
    store<f64>(next + at, x3, 24);
    if (i > k + 1) rest += x0 * x0;
    rest += x1 * x1 + x2 * x2 + x3 * x3;
    const f0 = f64x2.splat(s0);
    const f1 = f64x2.splat(s1);
    const f2 = f64x2.splat(s2);
    const f3 = f64x2.splat(s3);
    const g0 = f64x2.splat(x0);
    const g1 = f64x2.splat(x1);
    const g2 = f64x2.splat(x2);
    const g3 = f64x2.splat(x3);
    for (let j = start; j < stride; j += 16) {
      const z = v128.load(u + j);
      let sum = v128.load(acc + j);
      let x = f64x2.sub(v128.load(row + j), f64x2.mul(f0, z));
      v128.store(row + j, x);
      sum = f64x2.add(sum, f64x2.mul(g0, x));
      x = f64x2.sub(v128.load(row1 + j), f64x2.mul(f1, z));
      v128.store(row1 + j, x);
      sum = f64x2.add(sum, f64x2.mul(g1, x));
      x = f64x2.sub(v128.load(row2 + j), f64x2.mul(f2, z));
      v128.store(row2 + j, x);
      sum = f64x2.add(sum, f64x2.mul(g2, x));
      x = f64x2.sub(v128.load(row3 + j), f64x2.mul(f3, z));
      v128.store(row3 + j, x);
      sum = f64x2.add(sum, f64x2.mul(g3, x));
      v128.store(acc + j, sum);
    }
  }
  for (; i < m; i++, row += stride) {
    const at = <usize>i << 3;
    const x = v128.load64_splat(v + at);
    let dot = f64x2.splat(0);
    for (let j = start; j < stride; j += 16) {
      const y = f64x2.sub(v128.load(row + j), f64x2.mul(x, v128.load(w + j)));
      v128.store(row + j, y);
      dot = f64x2.add(dot, f64x2.mul(y, v128.load(u + j)));
    }
    const s = tau * lanes(dot);
    const entry = load<f64>(row + column) - s * head;
    store<f64>(next + at, entry);
    if (i > k + 1) rest += entry * entry;
    const f = f64x2.splat(s);
    const g = f64x2.splat(entry);
    for (let j = start; j < stride; j += 16) {
      const y = f64x2.sub(v128.load(row + j), f64x2.mul(f, v128.load(u + j)));
      v128.store(row + j, y);
      v128.store(acc + j, f64x2.add(v128.load(acc + j), f64x2.mul(g, y)));
    }
  }
  return rest;
}
