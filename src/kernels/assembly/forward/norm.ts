/**
 * LayerNorm or RMSNorm of every token, eight tokens at a time: y = gain·(x - mean)/√(variance + ε) + shift, without the
 * mean for RMSNorm. y may be x.
 * @param blocks of eight tokens, `step` bytes apart   @param row bytes from one feature to the next
 */
export function normalize(
  x: usize, y: usize, gain: usize, shift: usize,
  d: usize, row: usize, blocks: usize, step: usize, epsilon: f32, centred: bool,
): void {
  const share = f32x4.splat(1 / <f32>d);
  const size = d * row;
  const epsilons = f32x4.splat(epsilon);
  const one = f32x4.splat(1);
  for (let block: usize = 0; block < blocks; block++, x += step, y += step) {
    let mean0 = f32x4.splat(0);
    let mean1 = mean0;
    if (centred) {
      for (let p: usize = 0; p < size; p += row) {
        mean0 = f32x4.add(mean0, v128.load(x + p));
        mean1 = f32x4.add(mean1, v128.load(x + p, 16));
      }
      mean0 = f32x4.mul(mean0, share);
      mean1 = f32x4.mul(mean1, share);
    }
    let sum0 = f32x4.splat(0);
    let sum1 = sum0;
    for (let p: usize = 0; p < size; p += row) {
      const c0 = f32x4.sub(v128.load(x + p), mean0);
      const c1 = f32x4.sub(v128.load(x + p, 16), mean1);
      sum0 = f32x4.add(sum0, f32x4.mul(c0, c0));
      sum1 = f32x4.add(sum1, f32x4.mul(c1, c1));
    }
    const inverse0 = f32x4.div(one, f32x4.sqrt(f32x4.add(f32x4.mul(sum0, share), epsilons)));
    const inverse1 = f32x4.div(one, f32x4.sqrt(f32x4.add(f32x4.mul(sum1, share), epsilons)));
    for (let p: usize = 0, i: usize = 0; p < size; p += row, i += 4) {
      const scale = v128.load32_splat(gain + i);
      const added = v128.load32_splat(shift + i);
      const h0 = f32x4.mul(f32x4.sub(v128.load(x + p), mean0), inverse0);
      const h1 = f32x4.mul(f32x4.sub(v128.load(x + p, 16), mean1), inverse1);
      v128.store(y + p, f32x4.add(f32x4.mul(h0, scale), added));
      v128.store(y + p, f32x4.add(f32x4.mul(h1, scale), added), 16);
    }
  }
}
