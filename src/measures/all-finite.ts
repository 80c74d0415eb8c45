/** Whether no value is NaN or infinite. x·0 is 0 for finite x and NaN otherwise, so one sum shows it. */
export function allFinite(values: Float32Array | Float64Array): boolean {
  let sum = 0;
  for (let at = 0; at < values.length; at++) sum += values[at]! * 0;
  return sum === 0;
}
