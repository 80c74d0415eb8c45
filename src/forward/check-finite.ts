import { InputError } from '../errors.js';

/**
 * Holds that what a part of the model gave are numbers.
 * @param what the part, such as `attention of layer 3`
 * @throws InputError that names the file and the part
 */
export function checkFinite(values: Float32Array | Float64Array, what: string, file: string): void {
  // One NaN or infinity makes the sum NaN or infinite, and a sum is faster than a test of each.
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! * 0;
  if (sum !== 0) throw notFinite(what, file);
}

/** The error for numbers that are none. */
export function notFinite(what: string, file: string): InputError {
  return new InputError(
    `${file}: ${what} gave NaN or infinity; its weights are damaged or overflow, so the model cannot be run`,
  );
}
