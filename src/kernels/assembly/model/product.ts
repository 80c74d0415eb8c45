// Matrix products, the bulk of the work. Activations lie feature by feature, time contiguous, so that every product has one
// of three forms. Pointers and strides are in bytes. Tiles may read past the last row or column of an operand (the
// arena has slack behind its last array), but write only what belongs to c.
// The k loops are not unrolled beyond what keeps the front end fed: V8 spills accumulators otherwise.
import { multiplyAdd } from './multiply-add';

/**
 * c[i][t] = start + Σ_k a[k][i]·b[k][t], for m rows and n columns; n a multiple of 8.
 * Row i of a tile lies 4 bytes after row i - 1: a is k-major, or packed in panels of 4 rows.
 * @param aTile from one tile of four rows to the next: 16, or 16·k when packed   @param aStep from k to k + 1
 * @param bias one start a row, or 0 to start from c itself
 */
export function product(
  a: usize, aTile: usize, aStep: usize, b: usize, bStep: usize, c: usize, cRow: usize,
  m: usize, n: usize, k: usize, bias: usize,
): void {
  for (let t: usize = 0; t < n; t += 8) {
    const panel = b + 4 * t;
    const end = panel + k * bStep;
    let aAt = a;
    for (let i: usize = 0; i < m; i += 4, aAt += aTile) {
      let out = c + i * cRow + 4 * t;
      let c00: v128, c01: v128, c10: v128, c11: v128, c20: v128, c21: v128, c30: v128, c31: v128;
      if (bias) {
        c00 = v128.load32_splat(bias + 4 * i);
        c10 = v128.load32_splat(bias + 4 * i, 4);
        c20 = v128.load32_splat(bias + 4 * i, 8);
        c30 = v128.load32_splat(bias + 4 * i, 12);
        c01 = c00;
        c11 = c10;
        c21 = c20;
        c31 = c30;
      } else {
        c00 = v128.load(out);
        c01 = v128.load(out, 16);
        c10 = v128.load(out + cRow);
        c11 = v128.load(out + cRow, 16);
        c20 = v128.load(out + 2 * cRow);
        c21 = v128.load(out + 2 * cRow, 16);
        c30 = v128.load(out + 3 * cRow);
        c31 = v128.load(out + 3 * cRow, 16);
      }
      let pa = aAt;
      for (let pb = panel; pb < end; pb += bStep) {
        const b0 = v128.load(pb);
        const b1 = v128.load(pb, 16);
        const a0 = v128.load32_splat(pa);
        c00 = multiplyAdd(a0, b0, c00);
        c01 = multiplyAdd(a0, b1, c01);
        const a1 = v128.load32_splat(pa, 4);
        c10 = multiplyAdd(a1, b0, c10);
        c11 = multiplyAdd(a1, b1, c11);
        const a2 = v128.load32_splat(pa, 8);
        c20 = multiplyAdd(a2, b0, c20);
        c21 = multiplyAdd(a2, b1, c21);
        const a3 = v128.load32_splat(pa, 12);
        c30 = multiplyAdd(a3, b0, c30);
        c31 = multiplyAdd(a3, b1, c31);
        pa += aStep;
      }
      v128.store(out, c00);
      v128.store(out, c01, 16);
      if (i + 1 >= m) continue;
      out += cRow;
      v128.store(out, c10);
      v128.store(out, c11, 16);
      if (i + 2 >= m) continue;
      out += cRow;
      v128.store(out, c20);
      v128.store(out, c21, 16);
      if (i + 3 >= m) continue;
      out += cRow;
      v128.store(out, c30);
      v128.store(out, c31, 16);
    }
  }
}

/** c[i][t] = Σ_k a[i][k]·b[k][t] for m rows and the eight columns at b and c; rows of a are aRow apart. */
export function productRows(
  a: usize, aRow: usize, b: usize, bStep: usize, c: usize, cRow: usize, m: usize, k: usize,
): void {
  const end = b + k * bStep;
  for (let i: usize = 0; i < m; i += 4) {
    let c00 = f32x4.splat(0);
    let c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
    let p0 = a + i * aRow;
    let p1 = p0 + aRow;
    let p2 = p1 + aRow;
    let p3 = p2 + aRow;
    for (let pb = b; pb < end; pb += bStep) {
      const b0 = v128.load(pb);
      const b1 = v128.load(pb, 16);
      const a0 = v128.load32_splat(p0);
      c00 = multiplyAdd(a0, b0, c00);
      c01 = multiplyAdd(a0, b1, c01);
      const a1 = v128.load32_splat(p1);
      c10 = multiplyAdd(a1, b0, c10);
      c11 = multiplyAdd(a1, b1, c11);
      const a2 = v128.load32_splat(p2);
      c20 = multiplyAdd(a2, b0, c20);
      c21 = multiplyAdd(a2, b1, c21);
      const a3 = v128.load32_splat(p3);
      c30 = multiplyAdd(a3, b0, c30);
      c31 = multiplyAdd(a3, b1, c31);
      p0 += 4;
      p1 += 4;
      p2 += 4;
      p3 += 4;
    }
    let out = c + i * cRow;
    v128.store(out, c00);
    v128.store(out, c01, 16);
    if (i + 1 >= m) continue;
    out += cRow;
    v128.store(out, c10);
    v128.store(out, c11, 16);
    if (i + 2 >= m) continue;
    out += cRow;
    v128.store(out, c20);
    v128.store(out, c21, 16);
    if (i + 3 >= m) continue;
    out += cRow;
    v128.store(out, c30);
    v128.store(out, c31, 16);
  }
}

/**
 * c[i][j] = Σ_t a[i][t]·b[j][t], or += that: sums over time, both operands time-contiguous; k a multiple of 8.
 * The four lanes of an accumulator hold four partial sums, added at the end.
 */
export function productOverTime(
  a: usize, aRow: usize, b: usize, bRow: usize, c: usize, cRow: usize,
  m: usize, n: usize, k: usize, accumulate: bool,
): void {
  const length = k * 4;
  for (let j: usize = 0; j < n; j += 4) {
    const bAt = b + j * bRow;
    for (let i: usize = 0; i < m; i += 2) {
      let pa0 = a + i * aRow;
      let pa1 = pa0 + aRow;
      let pb0 = bAt;
      let pb1 = pb0 + bRow;
      let pb2 = pb1 + bRow;
      let pb3 = pb2 + bRow;
      const end = pa0 + length;
      let c00 = f32x4.splat(0);
      let c01 = c00, c02 = c00, c03 = c00, c10 = c00, c11 = c00, c12 = c00, c13 = c00;
      while (pa0 < end) {
        const a0 = v128.load(pa0);
        const a1 = v128.load(pa1);
        const b0 = v128.load(pb0);
        c00 = multiplyAdd(a0, b0, c00);
        c10 = multiplyAdd(a1, b0, c10);
        const b1 = v128.load(pb1);
        c01 = multiplyAdd(a0, b1, c01);
        c11 = multiplyAdd(a1, b1, c11);
        const b2 = v128.load(pb2);
        c02 = multiplyAdd(a0, b2, c02);
        c12 = multiplyAdd(a1, b2, c12);
        const b3 = v128.load(pb3);
        c03 = multiplyAdd(a0, b3, c03);
        c13 = multiplyAdd(a1, b3, c13);
        const d0 = v128.load(pa0, 16);
        const d1 = v128.load(pa1, 16);
        const e0 = v128.load(pb0, 16);
        c00 = multiplyAdd(d0, e0, c00);
        c10 = multiplyAdd(d1, e0, c10);
        const e1 = v128.load(pb1, 16);
        c01 = multiplyAdd(d0, e1, c01);
        c11 = multiplyAdd(d1, e1, c11);
        const e2 = v128.load(pb2, 16);
        c02 = multiplyAdd(d0, e2, c02);
        c12 = multiplyAdd(d1, e2, c12);
        const e3 = v128.load(pb3, 16);
        c03 = multiplyAdd(d0, e3, c03);
        c13 = multiplyAdd(d1, e3, c13);
        pa0 += 32;
        pa1 += 32;
        pb0 += 32;
        pb1 += 32;
        pb2 += 32;
        pb3 += 32;
      }
      const out = c + i * cRow + 4 * j;
      storeSums(sumOfLanes(c00, c01, c02, c03), out, n - j, accumulate);
      if (i + 1 < m) storeSums(sumOfLanes(c10, c11, c12, c13), out + cRow, n - j, accumulate);
    }
  }
}

/** Lane i of the result is the sum of the lanes of vector i. */
// @ts-ignore: decorator
@inline
export function sumOfLanes(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(
    v128.shuffle<f32>(a, b, 0, 4, 1, 5),
    v128.shuffle<f32>(a, b, 2, 6, 3, 7),
  ); // a0+a2 b0+b2 a1+a3 b1+b3
  const cd = f32x4.add(
    v128.shuffle<f32>(c, d, 0, 4, 1, 5),
    v128.shuffle<f32>(c, d, 2, 6, 3, 7),
  );
  return f32x4.add(v128.shuffle<f32>(ab, cd, 0, 1, 4, 5), v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
}

// @ts-ignore: decorator
@inline
function storeSums(sums: v128, out: usize, columns: usize, accumulate: bool): void {
  if (columns >= 4) {
    v128.store(out, accumulate ? f32x4.add(v128.load(out), sums) : sums);
  } else {
    storeSum(f32x4.extract_lane(sums, 0), out, accumulate);
    if (columns > 1) storeSum(f32x4.extract_lane(sums, 1), out + 4, accumulate);
    if (columns > 2) storeSum(f32x4.extract_lane(sums, 2), out + 8, accumulate);
  }
}

// @ts-ignore: decorator
@inline
function storeSum(sum: f32, out: usize, accumulate: bool): void {
  store<f32>(out, accumulate ? load<f32>(out) + sum : sum);
}
