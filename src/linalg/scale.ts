/** Largest absolute value: NaN where an entry is NaN or infinite. */
export function largestEntry(values: Float64Array): number {
  let largest = 0;
  let check = 0;
  for (const value of values) {
    const size = Math.abs(value);
    if (size > largest) largest = size;
    check += value * 0;
  }
  return largest + check;
}

/**
 * A power of two that brings the largest entry near 1, so that squares of entries neither overflow nor vanish and not a
 * bit is lost: 1 for zeros, NaN for NaN.
 */
export function powerOfTwoScale(largest: number): number {
  if (Number.isNaN(largest)) return Number.NaN;
  if (largest === 0) return 1;
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, largest);
  const exponent = ((bits.getUint16(0) >> 4) & 0x7ff) - 1023;
  // A scale must itself be a normal number, and so must its reciprocal.
  bits.setBigUint64(0, BigInt(Math.min(1022, Math.max(-1022, -exponent)) + 1023) << 52n);
  return bits.getFloat64(0);
}
