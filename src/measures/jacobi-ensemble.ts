import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** A square matrix that is zero but on its diagonal and just above it. */
export interface Bidiagonal {
  /** n long */
  readonly diagonal: Float64Array;
  /** n - 1 long, above the diagonal */
  readonly above: Float64Array;
}

/**
 * A bidiagonal n×n matrix whose squared singular values follow the Jacobi ensemble β = 1, a = 0, b:
 * density ∏ λ^(-1/2) (1-λ)^((b-1)/2) ∏ |λᵢ - λⱼ|.
 */
export function jacobiBidiagonal(n: number, b: number, uniform: () => number): Bidiagonal {
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
export function uniformNumbers(seed: number): () => number {
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
