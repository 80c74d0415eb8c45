/**
 * One AdamW update of n parameters, in PyTorch's order of operations; never with fused multiply-add.
 * p ← p·decay; m ← β₁m + (1-β₁)g; v ← β₂v + (1-β₂)g²; p ← p - stepSize·m / (√v/deviation + ε)
 */
export function adamW(
  p: usize, g: usize, m: usize, v: usize, n: usize,
  decay: f32, beta1: f32, rest1: f32, beta2: f32, rest2: f32, stepSize: f32, deviation: f32, epsilon: f32,
): void {
  const whole: usize = (n & ~3) * 4;
  let i: usize = 0;
  for (; i < whole; i += 16) {
    const gradient = v128.load(g + i);
    const mean = f32x4.add(
      f32x4.mul(v128.load(m + i), f32x4.splat(beta1)),
      f32x4.mul(gradient, f32x4.splat(rest1)),
    );
    const square = f32x4.add(
      f32x4.mul(v128.load(v + i), f32x4.splat(beta2)),
      f32x4.mul(f32x4.mul(gradient, f32x4.splat(rest2)), gradient),
    );
    v128.store(m + i, mean);
    v128.store(v + i, square);
    const divisor = f32x4.add(f32x4.div(f32x4.sqrt(square), f32x4.splat(deviation)), f32x4.splat(epsilon));
    const decayed = f32x4.mul(v128.load(p + i), f32x4.splat(decay));
    v128.store(p + i, f32x4.sub(decayed, f32x4.div(f32x4.mul(mean, f32x4.splat(stepSize)), divisor)));
  }
  for (; i < n * 4; i += 4) {
    const gradient = load<f32>(g + i);
    const mean = load<f32>(m + i) * beta1 + gradient * rest1;
    const square = load<f32>(v + i) * beta2 + gradient * rest2 * gradient;
    store<f32>(m + i, mean);
    store<f32>(v + i, square);
    const divisor = sqrt<f32>(square) / deviation + epsilon;
    store<f32>(p + i, load<f32>(p + i) * decay - (mean * stepSize) / divisor);
  }
}
