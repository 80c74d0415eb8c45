import { createStream } from '../random/stream.js';
import type { Estimate } from './intervals.js';

/** Resamples: the ends of a 90 % interval are then the 100th smallest and largest of 2000. */
const resamples = 2000;

/**
 * A statistic of a sample with its percentile interval: the statistic of resamples of the sample's members, drawn with
 * replacement. What is compared within a member, such as before and after an edit, stays paired.
 * @param count members   @param statistic of members by number, each as often as it was drawn; all of them once for the value
 * @param seed resamples are a function of it
 * @returns undefined where the statistic is not finite
 * Source: Efron, Tibshirani, "An introduction to the bootstrap", 1993, chapter 13.
 */
export function bootstrapEstimate(
  count: number,
  statistic: (members: Int32Array) => number,
  confidence: number,
  seed: number,
): Estimate | undefined {
  const value = statistic(Int32Array.from({ length: count }, (_, member) => member));
  if (!Number.isFinite(value)) return undefined;
  const { below } = createStream(seed, 'bootstrap');
  const drawn = new Int32Array(count);
  const values: number[] = [];
  for (let resample = 0; resample < resamples; resample++) {
    for (let place = 0; place < count; place++) drawn[place] = below(count);
    const found = statistic(drawn);
    if (Number.isFinite(found)) values.push(found);
  }
  values.sort((a, b) => a - b);
  const tail = Math.floor(((1 - confidence) / 2) * values.length);
  return {
    value,
    low: values[tail] ?? value,
    high: values[values.length - 1 - tail] ?? value,
    // One member has no resamples but itself.
    confidence: count > 1 ? confidence : 0,
    runs: count,
  };
}
