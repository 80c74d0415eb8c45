import { negligibleSquares, reflectedHead, reflectRows } from './reflect';

/**
 * Thin Householder QR in place. a is m×n (ld columns, padded with zeros), on return its upper triangle is r; q is m×k (ldq columns).
 * @param v k vectors of m entries (ldm apart)   @param tau k   @param z room for max(ld, ldq) numbers
 */
export function qr(
  a: usize,
  m: i32,
  n: i32,
  ld: usize,
  q: usize,
  ldq: usize,
  v: usize,
  ldm: usize,
  tau: usize,
  z: usize,
): void {
  const k = min<i32>(m, n);
  memory.fill(v, 0, <usize>k * (ldm << 3));
  for (let p = 0; p < k; p++) {
    const vector = v + <usize>p * (ldm << 3);
    const column = a + (<usize>p << 3);
    let rest: f64 = 0;
    for (let i = p; i < m; i++) {
      const x = load<f64>(column + <usize>i * (ld << 3));
      store<f64>(vector + (<usize>i << 3), x);
      if (i > p) rest += x * x;
    }
    const head = load<f64>(vector + (<usize>p << 3));
    let t: f64 = 0;
    if (rest >= negligibleSquares) {
      const beta = reflectedHead(head, rest);
      store<f64>(vector + (<usize>p << 3), head - beta);
      t = -1 / (beta * (head - beta));
      reflectRows(a, ld, m, vector, p, t, z);
    }
    store<f64>(tau + (<usize>p << 3), t);
  }
  memory.fill(q, 0, <usize>m * (ldq << 3));
  for (let p = 0; p < k; p++) store<f64>(q + <usize>p * (ldq << 3) + (<usize>p << 3), 1);
  for (let p = k - 1; p >= 0; p--) {
    reflectRows(q, ldq, m, v + <usize>p * (ldm << 3), p, load<f64>(tau + (<usize>p << 3)), z);
  }
}
