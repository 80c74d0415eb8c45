/**
 * Inner products of d×d circuit matrices ⟨XᵀY, ZᵀW⟩ = Σᵢⱼ (XᵀY)ᵢⱼ (ZᵀW)ᵢⱼ of many heads with many heads, without one of
 * them ever whole: strips of rows of every head's matrix are formed as long vectors, and vectors multiplied.
 *
 * Everything is packed in panels of four: panel j of an h×d factor is its columns 4j…4j+3, h×4 numbers; a panel of vectors
 * is four heads' numbers side by side, k×4. So every tile of 4×4 products reads both operands in order of memory.
 */

/** Length of vectors that one block of a product takes: the panels of both sides stay in the cache. */
const block: i32 = 256;

/**
 * Tiles (4×4 entries of XᵀY) of the panels of rows from `first` to `last`, as numbers of one head's vector in a panel:
 * `out` is where the head's first number goes, the next one 32 bytes behind.
 * Of a symmetric matrix only tiles on and above the diagonal are formed, those above times `above` (2 on one side of a
 * product counts them twice, as they stand in the matrix).
 * @returns how many numbers were written
 */
export function circuitVectors(
  x: usize,
  y: usize,
  h: i32,
  panels: i32,
  first: i32,
  last: i32,
  symmetric: bool,
  above: f64,
  out: usize,
): i32 {
  const panelBytes = <usize>h << 5;
  const start = out;
  for (let i = first; i < last; i++) {
    const rows = x + <usize>i * panelBytes;
    for (let j = symmetric ? i : 0; j < panels; j++) {
      formTile(rows, y + <usize>j * panelBytes, h, symmetric && j > i ? above : 1, out);
      out += 512;
    }
  }
  return <i32>((out - start) >> 5);
}

/**
 * c += f·gᵀ: inner products of vectors, both in panels of four heads, `rows` and `cols` panels of them with `length`
 * numbers each; c has `ldc` numbers a row. Every entry is summed in the same order wherever it stands, so a product of
 * parts has the bits of the whole one.
 */
export function innerProducts(
  f: usize,
  g: usize,
  panelBytes: usize,
  length: i32,
  c: usize,
  ldc: usize,
  rows: i32,
  cols: i32,
): void {
  for (let from = 0; from < length; from += block) {
    const size = min(block, length - from);
    const offset = <usize>from << 5;
    for (let j = 0; j < cols; j++) {
      const right = g + <usize>j * panelBytes + offset;
      for (let i = 0; i < rows; i++) {
        addTile(f + <usize>i * panelBytes + offset, right, size, c + ((<usize>i * 4 * ldc + <usize>j * 4) << 3), ldc << 3);
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function formTile(a: usize, b: usize, k: i32, factor: f64, out: usize): void {
  let c00 = f64x2.splat(0);
  let c01 = c00;
  let c10 = c00;
  let c11 = c00;
  let c20 = c00;
  let c21 = c00;
  let c30 = c00;
  let c31 = c00;
  const end = a + (<usize>k << 5);
  for (; a < end; a += 32, b += 32) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let x = v128.load64_splat(a);
    c00 = f64x2.add(c00, f64x2.mul(x, b0));
    c01 = f64x2.add(c01, f64x2.mul(x, b1));
    x = v128.load64_splat(a, 8);
    c10 = f64x2.add(c10, f64x2.mul(x, b0));
    c11 = f64x2.add(c11, f64x2.mul(x, b1));
    x = v128.load64_splat(a, 16);
    c20 = f64x2.add(c20, f64x2.mul(x, b0));
    c21 = f64x2.add(c21, f64x2.mul(x, b1));
    x = v128.load64_splat(a, 24);
    c30 = f64x2.add(c30, f64x2.mul(x, b0));
    c31 = f64x2.add(c31, f64x2.mul(x, b1));
  }
  const f = f64x2.splat(factor);
  spread(out, f64x2.mul(f, c00), f64x2.mul(f, c01));
  spread(out + 128, f64x2.mul(f, c10), f64x2.mul(f, c11));
  spread(out + 256, f64x2.mul(f, c20), f64x2.mul(f, c21));
  spread(out + 384, f64x2.mul(f, c30), f64x2.mul(f, c31));
}

/** Four numbers of a head's vector, 32 bytes apart. */
// @ts-ignore: decorator
@inline
function spread(out: usize, low: v128, high: v128): void {
  v128.store64_lane(out, low, 0);
  v128.store64_lane(out, low, 1, 32);
  v128.store64_lane(out, high, 0, 64);
  v128.store64_lane(out, high, 1, 96);
}

// @ts-ignore: decorator
@inline
function addTile(a: usize, b: usize, k: i32, c: usize, row: usize): void {
  let c00 = v128.load(c);
  let c01 = v128.load(c, 16);
  let c10 = v128.load(c + row);
  let c11 = v128.load(c + row, 16);
  let c20 = v128.load(c + row * 2);
  let c21 = v128.load(c + row * 2, 16);
  let c30 = v128.load(c + row * 3);
  let c31 = v128.load(c + row * 3, 16);
  const end = a + (<usize>k << 5);
  for (; a < end; a += 32, b += 32) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let x = v128.load64_splat(a);
    c00 = f64x2.add(c00, f64x2.mul(x, b0));
    c01 = f64x2.add(c01, f64x2.mul(x, b1));
    x = v128.load64_splat(a, 8);
    c10 = f64x2.add(c10, f64x2.mul(x, b0));
    c11 = f64x2.add(c11, f64x2.mul(x, b1));
    x = v128.load64_splat(a, 16);
    c20 = f64x2.add(c20, f64x2.mul(x, b0));
    c21 = f64x2.add(c21, f64x2.mul(x, b1));
    x = v128.load64_splat(a, 24);
    c30 = f64x2.add(c30, f64x2.mul(x, b0));
    c31 = f64x2.add(c31, f64x2.mul(x, b1));
  }
  v128.store(c, c00);
  v128.store(c, c01, 16);
  v128.store(c + row, c10);
  v128.store(c + row, c11, 16);
  v128.store(c + row * 2, c20);
  v128.store(c + row * 2, c21, 16);
  v128.store(c + row * 3, c30);
  v128.store(c + row * 3, c31, 16);
}
