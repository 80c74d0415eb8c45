import { median } from 'simple-statistics';

/** A lasting change of a curve's level. */
export interface ChangePoint {
  /** Index of the first value after the change. */
  readonly at: number;
  /** Mean of the stretch after it minus that of the stretch before it. */
  readonly jump: number;
}

/** Turns a median absolute deviation into a standard deviation, for normal noise: 1 / Φ⁻¹(3/4). */
const madToDeviation = 1.4826;

/** Least noise, as a share of the range. */
const leastNoise = 0.01;

/**
 * Changes of mean in a sequence with normal noise, found exactly: the segmentation that minimises
 * Σ squared residuals / σ² + penalty · changes, with the penalty 3 ln n.
 *
 * σ is estimated from first differences, which a few jumps don't disturb: 1.4826 · MAD(Δy) / √2, but at least 1 % of the
 * range: a ratio of 64 tokens that mostly stands still is no proof of a change.
 * @param values finite numbers in order   @returns the changes in order
 * Source: Killick, Fearnhead, Eckley, "Optimal detection of changepoints with a linear computational cost", JASA 2012
 * (PELT); penalty: Zhang, Siegmund, "A modified Bayes information criterion …", Biometrics 2007, leading term.
 */
export function changePoints(values: ArrayLike<number>): ChangePoint[] {
  const count = values.length;
  if (count < 4) return [];
  const penalty = changePenalty(values);
  if (penalty === 0) return [];
  const sums = new Float64Array(count + 1);
  const squares = new Float64Array(count + 1);
  for (let at = 0; at < count; at++) {
    sums[at + 1] = sums[at]! + values[at]!;
    squares[at + 1] = squares[at]! + values[at]! ** 2;
  }
  /** Squared residuals of values from ≤ i < to about their mean. */
  const cost = (from: number, to: number): number =>
    squares[to]! - squares[from]! - (sums[to]! - sums[from]!) ** 2 / (to - from);

  const best = new Float64Array(count + 1);
  best[0] = -penalty;
  const lastChange = new Int32Array(count + 1);
  let candidates = [0];
  for (let to = 1; to <= count; to++) {
    let least = Number.POSITIVE_INFINITY;
    for (const from of candidates) {
      const value = best[from]! + cost(from, to) + penalty;
      if (value < least) {
        least = value;
        lastChange[to] = from;
      }
    }
    best[to] = least;
    // What is worse by more than a penalty now can never be the last change of a later optimum.
    candidates = candidates.filter((from) => best[from]! + cost(from, to) <= least);
    candidates.push(to);
  }
  const ends: number[] = [];
  for (let to = count; to > 0; to = lastChange[to]!) ends.unshift(to);
  const mean = (from: number, to: number): number => (sums[to]! - sums[from]!) / (to - from);
  return ends.slice(0, -1).map((at, place) => ({
    at,
    jump: mean(at, ends[place + 1]!) - mean(ends[place - 1] ?? 0, at),
  }));
}

/** What a change must save at least, in squared residuals: 3 ln n · σ². */
export function changePenalty(values: ArrayLike<number>): number {
  return 3 * Math.log(values.length) * noiseOf(values) ** 2;
}

function noiseOf(values: ArrayLike<number>): number {
  const differences: number[] = [];
  let [low, high] = [values[0]!, values[0]!];
  for (let at = 1; at < values.length; at++) {
    differences.push(values[at]! - values[at - 1]!);
    low = Math.min(low, values[at]!);
    high = Math.max(high, values[at]!);
  }
  const centre = median(differences);
  const deviation = median(differences.map((value) => Math.abs(value - centre)));
  return Math.max((madToDeviation * deviation) / Math.SQRT2, leastNoise * (high - low));
}
