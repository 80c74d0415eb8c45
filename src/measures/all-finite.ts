/** Whether no value is NaN or infinite. x·0 is 0 for finite x and NaN otherwise, so sums show it: two, which need not wait for each other. */
export function allFinite(values: Float32Array | Float64Array): boolean {
  const pairs = values.length & ~1;
  let even = pairs < values.length ? values[pairs]! * 0 : 0;
  let odd = 0;
  for (let at = 0; at < pairs; at += 2) {
    even += values[at]! * 0;
    odd += values[at + 1]! * 0;
  }
  return even + odd === 0;
}
