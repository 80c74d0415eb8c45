// LayerNorm over the features of each position; positions lie in the lanes, so nothing crosses lanes.
const EPSILON: f32 = 1e-5;

/**
 * xhat = (x - mean) / √(variance + ε), y = weight·xhat + bias.
 * @param inverse one 1 / √(variance + ε) a position, kept for the backward pass
 */
export function layerNorm(
  x: usize, xhat: usize, y: usize, inverse: usize, weight: usize, bias: usize,
  d: usize, length: usize, row: usize,
): void {
  const share = f32x4.splat(1 / <f32>d);
  const size = d * row;
  for (let at: usize = 0; at < 4 * length; at += 32) {
    let sum0 = f32x4.splat(0);
    let sum1 = sum0;
    for (let p: usize = at; p < size; p += row) {
      sum0 = f32x4.add(sum0, v128.load(x + p));
      sum1 = f32x4.add(sum1, v128.load(x + p, 16));
    }
    const mean0 = f32x4.mul(sum0, share);
    const mean1 = f32x4.mul(sum1, share);
    sum0 = f32x4.splat(0);
    sum1 = sum0;
    for (let p: usize = at; p < size; p += row) {
      const c0 = f32x4.sub(v128.load(x + p), mean0);
      const c1 = f32x4.sub(v128.load(x + p, 16), mean1);
      sum0 = f32x4.add(sum0, f32x4.mul(c0, c0));
      sum1 = f32x4.add(sum1, f32x4.mul(c1, c1));
    }
    const one = f32x4.splat(1);
    const epsilon = f32x4.splat(EPSILON);
    const inverse0 = f32x4.div(one, f32x4.sqrt(f32x4.add(f32x4.mul(sum0, share), epsilon)));
    const inverse1 = f32x4.div(one, f32x4.sqrt(f32x4.add(f32x4.mul(sum1, share), epsilon)));
    v128.store(inverse + at, inverse0);
    v128.store(inverse + at, inverse1, 16);
    let w = weight;
    let b = bias;
    for (let p: usize = at; p < size; p += row, w += 4, b += 4) {
      const h0 = f32x4.mul(f32x4.sub(v128.load(x + p), mean0), inverse0);
      const h1 = f32x4.mul(f32x4.sub(v128.load(x + p, 16), mean1), inverse1);
      v128.store(xhat + p, h0);
      v128.store(xhat + p, h1, 16);
      const scale = v128.load32_splat(w);
      const shift = v128.load32_splat(b);
      v128.store(y + p, f32x4.add(f32x4.mul(h0, scale), shift));
      v128.store(y + p, f32x4.add(f32x4.mul(h1, scale), shift), 16);
    }
  }
}

/**
 * Backward pass: dx += (g - mean(g) - xhat·mean(g·xhat))·inverse with g = weight·dy; dWeight += Σ dy·xhat, dBias += Σ dy.
 * @param add whether dx is added to (the residual's gradient is there already) or set
 */
export function layerNormBackward(
  dy: usize, xhat: usize, inverse: usize, weight: usize, dx: usize, dWeight: usize, dBias: usize,
  d: usize, length: usize, row: usize, add: bool,
): void {
  const size = d * row;
  for (let p: usize = 0, i: usize = 0; p < size; p += row, i += 4) {
    let sumB = f32x4.splat(0);
    let sumW = sumB;
    for (let at = p; at < p + 4 * length; at += 16) {
      const g = v128.load(dy + at);
      sumB = f32x4.add(sumB, g);
      sumW = f32x4.add(sumW, f32x4.mul(g, v128.load(xhat + at)));
    }
    store<f32>(dWeight + i, load<f32>(dWeight + i) + sumOf(sumW));
    store<f32>(dBias + i, load<f32>(dBias + i) + sumOf(sumB));
  }
  const share = f32x4.splat(1 / <f32>d);
  for (let at: usize = 0; at < 4 * length; at += 16) {
    let sum = f32x4.splat(0);
    let along = sum;
    let w = weight;
    for (let p: usize = at; p < size; p += row, w += 4) {
      const g = f32x4.mul(v128.load(dy + p), v128.load32_splat(w));
      sum = f32x4.add(sum, g);
      along = f32x4.add(along, f32x4.mul(g, v128.load(xhat + p)));
    }
    const mean = f32x4.mul(sum, share);
    const slope = f32x4.mul(along, share);
    const scale = v128.load(inverse + at);
    w = weight;
    for (let p: usize = at; p < size; p += row, w += 4) {
      const g = f32x4.mul(v128.load(dy + p), v128.load32_splat(w));
      const change = f32x4.mul(
        f32x4.sub(f32x4.sub(g, mean), f32x4.mul(v128.load(xhat + p), slope)),
        scale,
      );
      v128.store(dx + p, add ? f32x4.add(v128.load(dx + p), change) : change);
    }
  }
}

// @ts-ignore: decorator
@inline
export function sumOf(x: v128): f32 {
  return (
    f32x4.extract_lane(x, 0) + f32x4.extract_lane(x, 2) + (f32x4.extract_lane(x, 1) + f32x4.extract_lane(x, 3))
  );
}
