// Rotary positions: adjacent features (2i, 2i + 1) of a head turn by position·θ^(-2i/width).

/**
 * Cosines and sines of all angles, cos[i][t] then sin[i][t] for the pairs i of a head.
 * AssemblyScript's own Math gives the same bits on every engine; the host's does not.
 */
export function rotaryTable(table: usize, row: usize, width: usize, tokens: usize, theta: f64): void {
  const pairs = width >> 1;
  for (let i: usize = 0; i < pairs; i++) {
    const frequency = Math.pow(theta, -(<f64>(2 * i)) / <f64>width);
    for (let t: usize = 0; t < tokens; t++) {
      store<f32>(table + i * row + 4 * t, <f32>Math.cos(<f64>t * frequency));
      store<f32>(table + (pairs + i) * row + 4 * t, <f32>Math.sin(<f64>t * frequency));
    }
  }
}

/** x ← scale·R x, or scale·Rᵀ x with direction -1: the way back, and the backward pass. */
export function rotate(
  x: usize, table: usize, row: usize, heads: usize, width: usize, length: usize, scale: f32, direction: f32,
): void {
  const pairs = width >> 1;
  const scales = f32x4.splat(scale);
  const signed = f32x4.splat(scale * direction);
  for (let head: usize = 0; head < heads; head++) {
    for (let i: usize = 0; i < pairs; i++, x += 2 * row) {
      const cosines = table + i * row;
      const sines = table + (pairs + i) * row;
      for (let at: usize = 0; at < 4 * length; at += 16) {
        const a = v128.load(x + at);
        const b = v128.load(x + row + at);
        const cos = f32x4.mul(v128.load(cosines + at), scales);
        const sin = f32x4.mul(v128.load(sines + at), signed);
        v128.store(x + at, f32x4.sub(f32x4.mul(a, cos), f32x4.mul(b, sin)));
        v128.store(x + row + at, f32x4.add(f32x4.mul(a, sin), f32x4.mul(b, cos)));
      }
    }
  }
}
