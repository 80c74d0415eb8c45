/** A hard threshold for singular values and how many lie above it. */
export interface RankEstimate {
  readonly threshold: number;
  readonly rank: number;
}

/** The published analysis looks for at most so many components. */
const mostComponents = 20;

/**
 * ScreeNOT: the threshold for singular values that is optimal in mean squared error, whatever the noise's spectrum.
 * The k largest values are replaced by an extrapolation of the rest ("imputation"); with Φ(t) = mean t/(t² - y²),
 * D = Φ·(γΦ + (1-γ)/t) and γ = min(n/p, p/n), the threshold is the t > max(y) at which t·D'(t)/D(t) = -4.
 * @param singularValues of an n×p matrix, largest first
 * @returns null where min(n, p) ≤ 2k + 1, or where there is no spectrum to speak of (all zero, or NaN)
 * Source: Donoho, Gavish, Romanov, "ScreeNOT: exact MSE-optimal singular value thresholding in correlated noise",
 * Annals of Statistics 2023.
 */
export function screeNot(
  singularValues: Float64Array,
  rows: number,
  cols: number,
  k = mostComponents,
): RankEstimate | null {
  if (Math.min(rows, cols) <= 2 * k + 1) return null;
  const y = imputed(singularValues, k);
  const largest = y[y.length - 1]!;
  if (!(largest > 0) || !Number.isFinite(largest)) return null;
  const gamma = Math.min(rows / cols, cols / rows);
  const threshold = solve(y, gamma, largest);
  return { threshold, rank: singularValues.filter((value) => value > threshold).length };
}

/**
 * Ascending values whose k largest are made up from the next k:
 * y[-l] = y[-k-1] + (1 - ((l-1)/k)^(2/3)) / (2^(2/3) - 1) · (y[-k-1] - y[-2k-1]), l = 1…k.
 */
function imputed(singularValues: Float64Array, k: number): Float64Array {
  const y = singularValues.slice().sort();
  const n = y.length;
  const edge = y[n - k - 1]!;
  const span = edge - y[n - 2 * k - 1]!;
  for (let l = 1; l <= k; l++) {
    y[n - l] = edge + ((1 - ((l - 1) / k) ** (2 / 3)) / (2 ** (2 / 3) - 1)) * span;
  }
  return y;
}

/** t·D'(t)/D(t): rises from -∞ at the largest value to -2 at infinity. */
function elasticity(t: number, y: Float64Array, gamma: number): number {
  let phi = 0;
  let slope = 0;
  for (const value of y) {
    const inverse = 1 / ((t - value) * (t + value));
    phi += t * inverse;
    slope -= (t * t + value * value) * inverse * inverse;
  }
  phi /= y.length;
  slope /= y.length;
  const other = gamma * phi + (1 - gamma) / t;
  const otherSlope = gamma * slope - (1 - gamma) / (t * t);
  return t * (slope / phi + otherSlope / other);
}

/**
 * Root of 1/elasticity + 1/4, which is nearly linear: 1/4 at the largest value, -1/4 at infinity. Regula falsi with the Illinois
 * rule keeps the bracket and takes a dozen evaluations where bisection takes fifty.
 */
function solve(y: Float64Array, gamma: number, largest: number): number {
  const height = (t: number): number => 1 / elasticity(t, y, gamma) + 0.25;
  let low = largest;
  let atLow = 0.25;
  let high = 2 * largest;
  let atHigh = height(high);
  while (atHigh > 0) {
    low = high;
    atLow = atHigh;
    high *= 2;
    atHigh = height(high);
  }
  let side = 0;
  for (let round = 0; round < mostRounds; round++) {
    const t = low + ((high - low) * atLow) / (atLow - atHigh);
    // Rounded onto an end: no number is closer.
    if (t <= low) return low;
    if (t >= high) return high;
    const value = height(t);
    if (value === 0) return t;
    if (value > 0) {
      if (high - t < Number.EPSILON * t) return t;
      low = t;
      atLow = value;
      // An end that stays twice counts half, so that both ends close in.
      if (side === 1) atHigh /= 2;
      side = 1;
    } else {
      if (t - low < Number.EPSILON * t) return t;
      high = t;
      atHigh = value;
      if (side === -1) atLow /= 2;
      side = -1;
    }
  }
  return low + (high - low) / 2;
}

/** Far more than it ever takes; the bracket is narrow by then. */
const mostRounds = 200;
