const bits = new DataView(new ArrayBuffer(8));

/**
 * Natural logarithm of a positive, normal number, to about 1e-16.
 * x = m·2ᵏ with m in [√½, √2); log m = 2·artanh((m - 1)/(m + 1)).
 * Only additions, multiplications and divisions: the same bits on every JavaScript engine, which `Math.log` does not promise.
 */
export function logarithm(x: number): number {
  bits.setFloat64(0, x);
  const high = bits.getUint32(0);
  let exponent = (high >>> 20) - 1023;
  bits.setUint32(0, (high & 0xf_ffff) | 0x3ff0_0000);
  let mantissa = bits.getFloat64(0);
  if (mantissa > Math.SQRT2) {
    mantissa /= 2;
    exponent++;
  }
  const s = (mantissa - 1) / (mantissa + 1);
  const square = s * s;
  // s² < 0.03, so that twelve terms reach the last bit.
  let series = 0;
  for (let term = 23; term >= 1; term -= 2) series = series * square + 1 / term;
  return exponent * Math.LN2 + 2 * s * series;
}
