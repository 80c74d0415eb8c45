/** Sum of both lanes. */
// @ts-ignore: decorator
@inline
export function lanes(x: v128): f64 {
  return f64x2.extract_lane(x, 0) + f64x2.extract_lane(x, 1);
}

/**
 * a ← a - τ v (vᵀ a): a reflection of rows. a has rows from..rows-1 and `ld` (even) columns; v is contiguous, `z` is room for
 * ld numbers.
 */
export function reflectRows(a: usize, ld: usize, rows: i32, v: usize, from: i32, tau: f64, z: usize): void {
  if (tau == 0) return;
  const stride = ld << 3;
  memory.fill(z, 0, stride);
  const first = a + <usize>from * stride;
  let row = first;
  let i = from;
  for (; i + 4 <= rows; i += 4, row += stride * 4) {
    const v0 = v128.load64_splat(v + (<usize>i << 3));
    const v1 = v128.load64_splat(v + (<usize>i << 3), 8);
    const v2 = v128.load64_splat(v + (<usize>i << 3), 16);
    const v3 = v128.load64_splat(v + (<usize>i << 3), 24);
    for (let j: usize = 0; j < stride; j += 16) {
      let sum = v128.load(z + j);
      sum = f64x2.add(sum, f64x2.mul(v0, v128.load(row + j)));
      sum = f64x2.add(sum, f64x2.mul(v1, v128.load(row + stride + j)));
      sum = f64x2.add(sum, f64x2.mul(v2, v128.load(row + stride * 2 + j)));
      sum = f64x2.add(sum, f64x2.mul(v3, v128.load(row + stride * 3 + j)));
      v128.store(z + j, sum);
    }
  }
  for (; i < rows; i++, row += stride) {
    const x = v128.load64_splat(v + (<usize>i << 3));
    for (let j: usize = 0; j < stride; j += 16) {
      v128.store(z + j, f64x2.add(v128.load(z + j), f64x2.mul(x, v128.load(row + j))));
    }
  }
  const factor = f64x2.splat(tau);
  for (let j: usize = 0; j < stride; j += 16) v128.store(z + j, f64x2.mul(factor, v128.load(z + j)));
  row = first;
  i = from;
  for (; i + 4 <= rows; i += 4, row += stride * 4) {
    const v0 = v128.load64_splat(v + (<usize>i << 3));
    const v1 = v128.load64_splat(v + (<usize>i << 3), 8);
    const v2 = v128.load64_splat(v + (<usize>i << 3), 16);
    const v3 = v128.load64_splat(v + (<usize>i << 3), 24);
    for (let j: usize = 0; j < stride; j += 16) {
      const sum = v128.load(z + j);
      let at = row + j;
      v128.store(at, f64x2.sub(v128.load(at), f64x2.mul(v0, sum)));
      at += stride;
      v128.store(at, f64x2.sub(v128.load(at), f64x2.mul(v1, sum)));
      at += stride;
      v128.store(at, f64x2.sub(v128.load(at), f64x2.mul(v2, sum)));
      at += stride;
      v128.store(at, f64x2.sub(v128.load(at), f64x2.mul(v3, sum)));
    }
  }
  for (; i < rows; i++, row += stride) {
    const x = v128.load64_splat(v + (<usize>i << 3));
    for (let j: usize = 0; j < stride; j += 16) {
      v128.store(row + j, f64x2.sub(v128.load(row + j), f64x2.mul(x, v128.load(z + j))));
    }
  }
}

/**
 * Rows of a ← row - τ (row·v) vᵀ for rows from..to-1: a reflection of columns. v is contiguous and zero before column `col`.
 */
export function reflectCols(a: usize, ld: usize, from: i32, to: i32, v: usize, col: i32, tau: f64): void {
  if (tau == 0) return;
  const stride = ld << 3;
  const start = (<usize>col << 3) & ~15;
  let row = a + <usize>from * stride;
  let i = from;
  for (; i + 2 <= to; i += 2, row += stride * 2) {
    let dot0 = f64x2.splat(0);
    let dot1 = dot0;
    for (let j = start; j < stride; j += 16) {
      const x = v128.load(v + j);
      dot0 = f64x2.add(dot0, f64x2.mul(x, v128.load(row + j)));
      dot1 = f64x2.add(dot1, f64x2.mul(x, v128.load(row + stride + j)));
    }
    const f0 = f64x2.splat(tau * lanes(dot0));
    const f1 = f64x2.splat(tau * lanes(dot1));
    for (let j = start; j < stride; j += 16) {
      const x = v128.load(v + j);
      v128.store(row + j, f64x2.sub(v128.load(row + j), f64x2.mul(f0, x)));
      v128.store(row + stride + j, f64x2.sub(v128.load(row + stride + j), f64x2.mul(f1, x)));
    }
  }
  for (; i < to; i++, row += stride) {
    let dot = f64x2.splat(0);
    for (let j = start; j < stride; j += 16) dot = f64x2.add(dot, f64x2.mul(v128.load(v + j), v128.load(row + j)));
    const factor = f64x2.splat(tau * lanes(dot));
    for (let j = start; j < stride; j += 16) {
      v128.store(row + j, f64x2.sub(v128.load(row + j), f64x2.mul(factor, v128.load(v + j))));
    }
  }
}

/** β of the reflection that maps a vector onto its first entry; `rest` is the sum of the squares of the others. */
// @ts-ignore: decorator
@inline
export function reflectedHead(head: f64, rest: f64): f64 {
  const norm = sqrt<f64>(head * head + rest);
  return head > 0 ? -norm : norm;
}

/** Sums of squares below this have lost their digits; against the scaled matrix they are nothing. */
// @ts-ignore: decorator
@inline
export const negligibleSquares: f64 = 1e-300;
