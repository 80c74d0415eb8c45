/**
 * The non-increasing function nearest to a curve in least squares: what is left of it when noise that goes up is taken
 * out. Pools adjacent violators.
 * @param values finite numbers in the order of their steps
 * Source: Barlow, Bartholomew, Bremner, Brunk, "Statistical inference under order restrictions", 1972.
 */
export function antitonicFit(values: ArrayLike<number>): Float64Array {
  const level = new Float64Array(values.length);
  const size = new Int32Array(values.length);
  let blocks = 0;
  for (let at = 0; at < values.length; at++) {
    level[blocks] = values[at]!;
    size[blocks] = 1;
    blocks++;
    while (blocks > 1 && level[blocks - 2]! < level[blocks - 1]!) {
      const [left, right] = [size[blocks - 2]!, size[blocks - 1]!];
      const sum = left * level[blocks - 2]! + right * level[blocks - 1]!;
      blocks--;
      size[blocks - 1] = left + right;
      level[blocks - 1] = sum / (left + right);
    }
  }
  const fit = new Float64Array(values.length);
  let at = 0;
  for (let block = 0; block < blocks; block++) {
    fit.fill(level[block]!, at, at + size[block]!);
    at += size[block]!;
  }
  return fit;
}

/**
 * The step at which a non-increasing curve falls through a level, interpolated linearly on the logarithm of the step.
 * @param steps positive and increasing   @param fit non-increasing, as long
 * @returns undefined when the curve does not start at or above the level and end below it
 */
export function crossingStep(
  steps: ArrayLike<number>,
  fit: ArrayLike<number>,
  level: number,
): number | undefined {
  if (fit.length === 0 || !(fit[0]! >= level)) return undefined;
  let below = 0;
  while (below < fit.length && fit[below]! >= level) below++;
  if (below === fit.length) return undefined;
  const [high, low] = [fit[below - 1]!, fit[below]!];
  const [from, to] = [Math.log(steps[below - 1]!), Math.log(steps[below]!)];
  return Math.exp(from + ((high - level) / (high - low)) * (to - from));
}
