import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** Summary of the match of random subspaces: mean over draws, and 5 % and 95 % quantiles. */
export interface BaselineSummary {
  readonly mean: number;
  readonly q05: number;
  readonly q95: number;
}

/** What two unrelated r-dimensional subspaces of R^d score by chance. */
export interface Baseline {
  readonly largest: BaselineSummary;
  readonly mean: BaselineSummary;
}

const draws = 2000;

/**
 * Match scores of two independent, uniformly random r-dimensional subspaces of R^d, summarised over 2000 draws from a
 * fixed seed: a function of (d, r) alone.
 *
 * No subspace is drawn. The squared cosines of their principal angles follow the Jacobi ensemble with β = 1, and
 * Edelman and Sutton's bidiagonal matrix has just those singular values: 2r beta variates instead of a QR of d×r normals.
 * Where 2r > d, the subspaces share 2r - d dimensions, and the other angles are those of their complements.
 * @throws RangeError unless 1 ≤ r ≤ d
 * Source: notebook `match_baseline` (which averages 100 draws of QR); Edelman, Sutton, "The beta-Jacobi matrix model, the
 * CS decomposition, and generalized singular value problems", Found. Comput. Math. 2008.
 */
export function randomBaseline(d: number, rank: number): Baseline {
  if (!(rank >= 1 && rank <= d)) throw new RangeError(`rank ${rank} is not between 1 and ${d}`);
  const shared = Math.max(0, 2 * rank - d);
  const free = rank - shared;
  const uniform = uniformNumbers(Math.imul(d, 0x9e37_79b1) ^ rank);
  const largest = new Float64Array(draws);
  const mean = new Float64Array(draws);
  for (let draw = 0; draw < draws; draw++) {
    const bidiagonal = jacobiBidiagonal(free, Math.abs(d - 2 * rank), uniform);
    let squares = shared;
    for (const value of bidiagonal.diagonal) squares += value * value;
    for (const value of bidiagonal.above) squares += value * value;
    mean[draw] = Math.sqrt(squares / rank);
    largest[draw] = shared > 0 ? 1 : largestSingularValue(bidiagonal);
  }
  return { largest: summarize(largest), mean: summarize(mean) };
}

interface Bidiagonal {
  /** n long */
  readonly diagonal: Float64Array;
  /** n - 1 long, above the diagonal */
  readonly above: Float64Array;
}

/**
 * A bidiagonal n×n matrix whose squared singular values follow the Jacobi ensemble β = 1, a = 0, b:
 * density ∏ λ^(-1/2) (1-λ)^((b-1)/2) ∏ |λᵢ - λⱼ|.
 */
function jacobiBidiagonal(n: number, b: number, uniform: () => number): Bidiagonal {
  const diagonal = new Float64Array(n);
  const above = new Float64Array(Math.max(0, n - 1));
  let sineAbove = 0;
  for (let at = 0; at < n; at++) {
    const i = n - at;
    const cosine2 = beta(i / 2, (b + i) / 2, uniform);
    // c'_i couples rows i+1 and i; the first row has no one above it.
    const inner2 = at === 0 ? 0 : beta(i / 2, (b + 1 + i) / 2, uniform);
    diagonal[at] = Math.sqrt(cosine2 * (1 - inner2));
    if (at > 0) above[at - 1] = sineAbove * Math.sqrt(inner2);
    sineAbove = Math.sqrt(1 - cosine2);
  }
  return { diagonal, above };
}

/** Largest singular value of a bidiagonal matrix B by bisection on the sign counts of BᵀB - x (Sturm sequence). */
function largestSingularValue({ diagonal, above }: Bidiagonal): number {
  let low = 0;
  let high = 1;
  for (let round = 0; round < 52; round++) {
    const middle = (low + high) / 2;
    if (hasEigenvalueAbove(diagonal, above, middle)) low = middle;
    else high = middle;
  }
  return Math.sqrt((low + high) / 2);
}

function hasEigenvalueAbove(diagonal: Float64Array, above: Float64Array, x: number): boolean {
  let pivot = diagonal[0]! ** 2 - x;
  if (pivot > 0) return true;
  for (let at = 1; at < diagonal.length; at++) {
    const off = diagonal[at - 1]! * above[at - 1]!;
    const entry = diagonal[at]! ** 2 + above[at - 1]! ** 2;
    pivot = entry - x - (off * off) / (pivot === 0 ? -Number.MIN_VALUE : pivot);
    if (pivot > 0) return true;
  }
  return false;
}

/** Beta(p, q) = G_p / (G_p + G_q). */
function beta(p: number, q: number, uniform: () => number): number {
  const g = gamma(p, uniform);
  return g / (g + gamma(q, uniform));
}

/**
 * Gamma variate of a shape > 0, scale 1.
 * Source: Marsaglia, Tsang, "A simple method for generating gamma variables", ACM TOMS 2000.
 */
function gamma(shape: number, uniform: () => number): number {
  if (shape < 1) return gamma(shape + 1, uniform) * uniform() ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = normal(uniform);
    const root = 1 + c * x;
    const v = root * root * root;
    if (v > 0 && Math.log(uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}

/** Uniform numbers in (0, 1): 52 random bits and a half, so that neither end is ever met. */
function uniformNumbers(seed: number): () => number {
  const generator = xoroshiro128plus(seed);
  return () => {
    const high = generator.next() >>> 6;
    const low = generator.next() >>> 6;
    return (high * 2 ** 26 + low + 0.5) * 2 ** -52;
  };
}

/** Standard normal variate by the polar method (Marsaglia, Bray 1964). */
function normal(uniform: () => number): number {
  for (;;) {
    const x = 2 * uniform() - 1;
    const y = 2 * uniform() - 1;
    const radius = x * x + y * y;
    if (radius > 0 && radius < 1) return x * Math.sqrt((-2 * Math.log(radius)) / radius);
  }
}

function summarize(values: Float64Array): BaselineSummary {
  const sorted = values.slice().sort();
  return {
    mean: values.reduce((sum, value) => sum + value, 0) / values.length,
    q05: quantile(sorted, 0.05),
    q95: quantile(sorted, 0.95),
  };
}

/** Linear interpolation between order statistics, as numpy's default. */
function quantile(sorted: Float64Array, probability: number): number {
  const at = probability * (sorted.length - 1);
  const below = Math.floor(at);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (at - below) * (high - low);
}
