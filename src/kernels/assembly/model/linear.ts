import { sumOf } from './layer-norm';

/**
 * Packs a weight for the forward product: panels of four outputs, input by input, times scale.
 * panel[i][r] = scale·W[4·panel + r][i]; outputs beyond the last are zero.
 */
export function packWeight(weight: usize, panels: usize, out: usize, input: usize, scale: f32): void {
  for (let o: usize = 0; o < out; o += 4) {
    for (let i: usize = 0; i < input; i++) {
      for (let r: usize = 0; r < 4; r++, panels += 4) {
        const value = o + r < out ? load<f32>(weight + 4 * ((o + r) * input + i)) : 0;
        store<f32>(panels, value * scale);
      }
    }
  }
}

/** y = scale·x, n numbers. */
export function scaled(x: usize, y: usize, n: usize, scale: f32): void {
  for (let i: usize = 0; i < n * 4; i += 4) store<f32>(y + i, load<f32>(x + i) * scale);
}

/** x ← scale·x for the rows of an activation. */
export function scaleRows(x: usize, rows: usize, length: usize, row: usize, scale: f32): void {
  const scales = f32x4.splat(scale);
  for (let r: usize = 0; r < rows; r++, x += row) {
    for (let at: usize = 0; at < 4 * length; at += 16) v128.store(x + at, f32x4.mul(v128.load(x + at), scales));
  }
}

/** Gradient of a bias: sums[r] += Σ_t dy[r][t]. */
export function addRowSums(dy: usize, sums: usize, rows: usize, length: usize, row: usize): void {
  for (let r: usize = 0; r < rows; r++, dy += row, sums += 4) {
    let sum = f32x4.splat(0);
    for (let at: usize = 0; at < 4 * length; at += 16) sum = f32x4.add(sum, v128.load(dy + at));
    store<f32>(sums, load<f32>(sums) + sumOf(sum));
  }
}

/** x ← max(x, 0). */
export function relu(x: usize, rows: usize, length: usize, row: usize): void {
  const zero = f32x4.splat(0);
  for (let r: usize = 0; r < rows; r++, x += row) {
    for (let at: usize = 0; at < 4 * length; at += 16) v128.store(x + at, f32x4.max(v128.load(x + at), zero));
  }
}

/** dx ← dx where the activation is above 0, and 0 elsewhere. */
export function reluBackward(x: usize, dx: usize, rows: usize, length: usize, row: usize): void {
  const zero = f32x4.splat(0);
  for (let r: usize = 0; r < rows; r++, x += row, dx += row) {
    for (let at: usize = 0; at < 4 * length; at += 16) {
      v128.store(dx + at, v128.and(v128.load(dx + at), f32x4.gt(v128.load(x + at), zero)));
    }
  }
}

/** sums[i] += terms[i], n numbers. */
export function addTo(sums: usize, terms: usize, n: usize): void {
  const whole: usize = (n & ~3) * 4;
  let i: usize = 0;
  for (; i < whole; i += 16) v128.store(sums + i, f32x4.add(v128.load(sums + i), v128.load(terms + i)));
  for (; i < n * 4; i += 4) store<f32>(sums + i, load<f32>(sums + i) + load<f32>(terms + i));
}
