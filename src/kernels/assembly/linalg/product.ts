/**
 * c = op(a)·b, m×n, inner size k. Row-major with padded rows: ldb and ldc are even and hold zeros beyond n, so that two
 * columns at a time are always there. `aRow` and `aCol` are the steps (in elements) of a's row and inner index: a transposed
 * operand is just the two exchanged.
 */
export function product(
  a: usize,
  aRow: usize,
  aCol: usize,
  b: usize,
  ldb: usize,
  c: usize,
  ldc: usize,
  m: i32,
  k: i32,
): void {
  const width = <i32>ldc;
  let i = 0;
  for (; i + 4 <= m; i += 4) {
    const rows = a + ((<usize>i * aRow) << 3);
    const out = c + ((<usize>i * ldc) << 3);
    let j = 0;
    for (; j + 4 <= width; j += 4) tile4x4(rows, aRow, aCol, b + (<usize>j << 3), ldb, out + (<usize>j << 3), ldc, k);
    for (; j < width; j += 2) tile4x2(rows, aRow, aCol, b + (<usize>j << 3), ldb, out + (<usize>j << 3), ldc, k);
  }
  for (; i < m; i++) {
    const row = a + ((<usize>i * aRow) << 3);
    const out = c + ((<usize>i * ldc) << 3);
    for (let j = 0; j < width; j += 2) tile1x2(row, aCol, b + (<usize>j << 3), ldb, out + (<usize>j << 3), k);
  }
}

/** Eight accumulators stay in registers; unrolling the k loop was slower in V8. */
// @ts-ignore: decorator
@inline
function tile4x4(a: usize, aRow: usize, aCol: usize, b: usize, ldb: usize, c: usize, ldc: usize, k: i32): void {
  let c00 = f64x2.splat(0);
  let c01 = c00;
  let c10 = c00;
  let c11 = c00;
  let c20 = c00;
  let c21 = c00;
  let c30 = c00;
  let c31 = c00;
  const step = aRow << 3;
  const a1 = step;
  const a2 = step * 2;
  const a3 = step * 3;
  const aNext = aCol << 3;
  const bNext = ldb << 3;
  for (let p = 0; p < k; p++) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let x = v128.load64_splat(a);
    c00 = f64x2.add(c00, f64x2.mul(x, b0));
    c01 = f64x2.add(c01, f64x2.mul(x, b1));
    x = v128.load64_splat(a + a1);
    c10 = f64x2.add(c10, f64x2.mul(x, b0));
    c11 = f64x2.add(c11, f64x2.mul(x, b1));
    x = v128.load64_splat(a + a2);
    c20 = f64x2.add(c20, f64x2.mul(x, b0));
    c21 = f64x2.add(c21, f64x2.mul(x, b1));
    x = v128.load64_splat(a + a3);
    c30 = f64x2.add(c30, f64x2.mul(x, b0));
    c31 = f64x2.add(c31, f64x2.mul(x, b1));
    a += aNext;
    b += bNext;
  }
  const row = ldc << 3;
  v128.store(c, c00);
  v128.store(c, c01, 16);
  v128.store(c + row, c10);
  v128.store(c + row, c11, 16);
  v128.store(c + row * 2, c20);
  v128.store(c + row * 2, c21, 16);
  v128.store(c + row * 3, c30);
  v128.store(c + row * 3, c31, 16);
}

// @ts-ignore: decorator
@inline
function tile4x2(a: usize, aRow: usize, aCol: usize, b: usize, ldb: usize, c: usize, ldc: usize, k: i32): void {
  let c0 = f64x2.splat(0);
  let c1 = c0;
  let c2 = c0;
  let c3 = c0;
  const step = aRow << 3;
  for (let p = 0; p < k; p++) {
    const b0 = v128.load(b);
    c0 = f64x2.add(c0, f64x2.mul(v128.load64_splat(a), b0));
    c1 = f64x2.add(c1, f64x2.mul(v128.load64_splat(a + step), b0));
    c2 = f64x2.add(c2, f64x2.mul(v128.load64_splat(a + step * 2), b0));
    c3 = f64x2.add(c3, f64x2.mul(v128.load64_splat(a + step * 3), b0));
    a += aCol << 3;
    b += ldb << 3;
  }
  const row = ldc << 3;
  v128.store(c, c0);
  v128.store(c + row, c1);
  v128.store(c + row * 2, c2);
  v128.store(c + row * 3, c3);
}

// @ts-ignore: decorator
@inline
function tile1x2(a: usize, aCol: usize, b: usize, ldb: usize, c: usize, k: i32): void {
  let sum = f64x2.splat(0);
  for (let p = 0; p < k; p++) {
    sum = f64x2.add(sum, f64x2.mul(v128.load64_splat(a), v128.load(b)));
    a += aCol << 3;
    b += ldb << 3;
  }
  v128.store(c, sum);
}
