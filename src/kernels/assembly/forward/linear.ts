import { product } from '../model/product';

/** Inputs of a product taken at once: eight tokens of them and a tile of W stay in the first cache. */
const INPUTS: usize = 768;

/**
 * y = W x + b for m rows of W, packed, and all panels of tokens.
 * @param xPanel bytes from one panel of tokens to the next   @param y where the first of the rows goes
 * @param bias one number a row, up to a multiple of four
 */
export function linear(
  weights: usize, x: usize, xPanel: usize, y: usize, yPanel: usize,
  panels: usize, m: usize, inputs: usize, bias: usize,
): void {
  for (let p: usize = 0; p < panels; p++, x += xPanel, y += yPanel) {
    let start = bias;
    for (let c: usize = 0; c < inputs; c += INPUTS) {
      const count = min(INPUTS, inputs - c);
      product(weights + 16 * c, 16 * inputs, 16, x + 32 * c, 32, y, 32, m, 8, count, start);
      start = 0;
    }
  }
}

/** x += y, a multiple of 16 bytes. */
export function addTerms(x: usize, y: usize, bytes: usize): void {
  for (let at: usize = 0; at < bytes; at += 16) {
    v128.store(x + at, f32x4.add(v128.load(x + at), v128.load(y + at)));
  }
}

/** Limits every number to ±most, a multiple of 16 bytes; NaN stays. */
export function clip(x: usize, bytes: usize, most: f32): void {
  const high = f32x4.splat(most);
  const low = f32x4.splat(-most);
  for (let at: usize = 0; at < bytes; at += 16) {
    v128.store(x + at, f32x4.min(f32x4.max(v128.load(x + at), low), high));
  }
}

/** Whether no number is NaN or infinite, a multiple of 16 bytes. */
export function allFinite(x: usize, bytes: usize): bool {
  let sum = f32x4.splat(0);
  const zero = f32x4.splat(0);
  for (let at: usize = 0; at < bytes; at += 16) sum = f32x4.add(sum, f32x4.mul(v128.load(x + at), zero));
  return v128.all_true<i32>(f32x4.eq(sum, zero));
}
