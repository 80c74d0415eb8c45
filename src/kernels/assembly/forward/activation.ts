import { exponential, tanh } from './hyperbolic';

/** Which function: 0 relu, 1 exact GELU, 2 GELU by tanh, 3 SiLU. */
// @ts-ignore: decorator
@inline
function act(x: v128, kind: i32): v128 {
  const one = f32x4.splat(1);
  if (kind === 0) return f32x4.max(x, f32x4.splat(0));
  if (kind === 1) return f32x4.mul(f32x4.mul(x, f32x4.splat(0.5)), f32x4.add(one, erfOfRoot(x)));
  if (kind === 2) {
    const cubic = f32x4.mul(f32x4.mul(f32x4.mul(x, x), x), f32x4.splat(0.044715));
    const inner = f32x4.mul(f32x4.add(x, cubic), f32x4.splat(0.7978845608028654));
    return f32x4.mul(f32x4.mul(x, f32x4.splat(0.5)), f32x4.add(one, tanh(inner)));
  }
  return f32x4.div(x, f32x4.add(one, exponential(f32x4.neg(x))));
}

/** erf(x/√2), absolute error below 3e-7. Source: Abramowitz and Stegun, 7.1.26. */
// @ts-ignore: decorator
@inline
function erfOfRoot(x: v128): v128 {
  const one = f32x4.splat(1);
  const a = f32x4.mul(f32x4.abs(x), f32x4.splat(0.7071067811865476));
  const t = f32x4.div(one, f32x4.add(one, f32x4.mul(a, f32x4.splat(0.3275911))));
  let p = f32x4.splat(1.061405429);
  p = f32x4.add(f32x4.mul(p, t), f32x4.splat(-1.453152027));
  p = f32x4.add(f32x4.mul(p, t), f32x4.splat(1.421413741));
  p = f32x4.add(f32x4.mul(p, t), f32x4.splat(-0.284496736));
  p = f32x4.add(f32x4.mul(p, t), f32x4.splat(0.254829592));
  const tail = f32x4.mul(f32x4.mul(p, t), exponential(f32x4.neg(f32x4.mul(a, a))));
  const size = f32x4.sub(one, tail);
  return v128.or(size, v128.and(x, i32x4.splat(0x80000000)));
}

/** x ← act(x), a multiple of 16 bytes. */
export function activate(x: usize, bytes: usize, kind: i32): void {
  for (let at = x; at < x + bytes; at += 16) v128.store(at, act(v128.load(at), kind));
}

/**
 * up ← act(gate)·up for the same features of all panels of tokens.
 * @param rowBytes bytes of those features in a panel   @param upPanel, gatePanel from one panel to the next
 */
export function activateGated(
  up: usize, upPanel: usize, gate: usize, gatePanel: usize, panels: usize, rowBytes: usize, kind: i32,
): void {
  for (let p: usize = 0; p < panels; p++, up += upPanel, gate += gatePanel) {
    for (let at: usize = 0; at < rowBytes; at += 16) {
      v128.store(up + at, f32x4.mul(act(v128.load(gate + at), kind), v128.load(up + at)));
    }
  }
}
