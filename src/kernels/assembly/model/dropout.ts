// Dropout with masks from a counter: element t·d + c of a sequence is dropped when a hash of it, keyed by two words, is
// below a threshold. The reference (`src/model/dropout.ts`) says which words; the bits of both agree.

/** Kept lanes of the elements t·d + c, … (t + 3)·d + c. */
// @ts-ignore: decorator
@inline
function keptLanes(index: v128, k0: v128, k1: v128, threshold: v128): v128 {
  let x = i32x4.add(index, k0);
  x = i32x4.mul(v128.xor(x, i32x4.shr_u(x, 16)), i32x4.splat(0x7feb352d));
  x = i32x4.mul(i32x4.add(v128.xor(x, i32x4.shr_u(x, 15)), k1), i32x4.splat(<i32>0x846ca68b));
  x = v128.xor(x, i32x4.shr_u(x, 16));
  return i32x4.ge_s(x, threshold);
}

/** out = x + kept·scale·y; without x (0), out = kept·scale·y. For d rows. */
export function addDropped(
  x: usize, y: usize, out: usize, d: usize, length: usize, row: usize,
  key0: i32, key1: i32, threshold: i32, scale: f32,
): void {
  const k0 = i32x4.splat(key0);
  const k1 = i32x4.splat(key1);
  const limit = i32x4.splat(threshold);
  const scales = f32x4.splat(scale);
  const step = i32x4.splat(<i32>(d * 4));
  for (let c: usize = 0; c < d; c++) {
    let index = i32x4.add(i32x4.mul(i32x4(0, 1, 2, 3), i32x4.splat(<i32>d)), i32x4.splat(<i32>c));
    for (let at = c * row; at < c * row + 4 * length; at += 16) {
      const kept = keptLanes(index, k0, k1, limit);
      index = i32x4.add(index, step);
      const change = v128.and(f32x4.mul(v128.load(y + at), scales), kept);
      v128.store(out + at, x ? f32x4.add(v128.load(x + at), change) : change);
    }
  }
}

/** out = x + y, or out = y without x (0). For d rows. */
export function addRows(x: usize, y: usize, out: usize, d: usize, length: usize, row: usize): void {
  for (let c: usize = 0; c < d; c++) {
    for (let at = c * row; at < c * row + 4 * length; at += 16) {
      v128.store(out + at, x ? f32x4.add(v128.load(x + at), v128.load(y + at)) : v128.load(y + at));
    }
  }
}
