/** 2^x in four lanes, relative error below 2e-7, for x ≤ 127; below -126 it stays at 2^-126. */
// @ts-ignore: decorator
@inline
export function powerOfTwo(x: v128): v128 {
  // Adding 1.5·2²³ rounds to the nearest integer and leaves it in the low bits.
  const magic = f32x4.splat(12582912.0);
  const clamped = f32x4.max(x, f32x4.splat(-126.0));
  const shifted = f32x4.add(clamped, magic);
  const f = f32x4.sub(clamped, f32x4.sub(shifted, magic));
  // 2^f for |f| ≤ ½: least largest relative error among polynomials of degree 5 with value 1 at 0.
  let p = f32x4.splat(0.001326472731307149);
  p = f32x4.add(f32x4.mul(p, f), f32x4.splat(0.009671512991189957));
  p = f32x4.add(f32x4.mul(p, f), f32x4.splat(0.05550733581185341));
  p = f32x4.add(f32x4.mul(p, f), f32x4.splat(0.24022242426872253));
  p = f32x4.add(f32x4.mul(p, f), f32x4.splat(0.6931470036506653));
  p = f32x4.add(f32x4.mul(p, f), f32x4.splat(1.0));
  return i32x4.add(p, i32x4.shl(shifted, 23));
}

/** log₂ e: exp(x) = 2^(x·log₂ e). */
export const LOG2_E: f32 = 1.4426950408889634;
