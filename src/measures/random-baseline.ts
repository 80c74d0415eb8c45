import type { LinearAlgebra } from '../linalg/algebra.js';
import { matrix } from '../linalg/matrix.js';
import { type Bidiagonal, jacobiBidiagonal, uniformNumbers } from './jacobi-ensemble.js';

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

/** Scores of every draw. */
export interface BaselineDraws {
  readonly largest: Float64Array;
  readonly mean: Float64Array;
}

const draws = 2000;

/**
 * Match scores of two independent, uniformly random r-dimensional subspaces of R^d, summarised over 2000 draws from a
 * fixed seed: a function of (d, r) alone.
 * @throws RangeError unless 1 ≤ r ≤ d
 * Source: notebook `match_baseline` (which averages 100 draws of QR).
 */
export function randomBaseline(d: number, rank: number): Baseline {
  const { largest, mean } = drawScores(d, rank);
  return { largest: summarize(largest), mean: summarize(mean) };
}

/**
 * The 2000 draws behind `randomBaseline`, sorted: the null distribution that a score is held against.
 * @throws RangeError unless 1 ≤ r ≤ d
 */
export function baselineDraws(d: number, rank: number): BaselineDraws {
  const { largest, mean } = drawScores(d, rank);
  return { largest: largest.sort(), mean: mean.sort() };
}

/**
 * No subspace is drawn. The squared cosines of their principal angles follow the Jacobi ensemble with β = 1, and
 * Edelman and Sutton's bidiagonal matrix has just those singular values: 2r beta variates instead of a QR of d×r normals.
 * Where 2r > d, the subspaces share 2r - d dimensions, and the other angles are those of their complements.
 * Source: Edelman, Sutton, "The beta-Jacobi matrix model, the CS decomposition, and generalized singular value problems",
 * Found. Comput. Math. 2008.
 */
function drawScores(d: number, rank: number): BaselineDraws {
  const largest = new Float64Array(draws);
  const mean = new Float64Array(draws);
  drawPairs(d, rank, draws, ({ bidiagonal, shared }, draw) => {
    let squares = shared;
    for (const value of bidiagonal.diagonal) squares += value * value;
    for (const value of bidiagonal.above) squares += value * value;
    mean[draw] = Math.sqrt(squares / rank);
    largest[draw] = shared > 0 ? 1 : largestSingularValue(bidiagonal);
  });
  return { largest, mean };
}

/**
 * Quantile of sorted draws, linear between order statistics, as numpy's default.
 * @param sorted in increasing order   @param probability in [0, 1]
 */
export function baselineQuantile(sorted: Float64Array, probability: number): number {
  const at = probability * (sorted.length - 1);
  const below = Math.floor(at);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (at - below) * (high - low);
}

/**
 * How likely unrelated subspaces score as high: (1 + draws ≥ score) / (1 + draws), a valid p-value that is never 0.
 * @param sorted draws in increasing order
 * Source: Phipson, Smyth, "Permutation p-values should never be zero", Stat. Appl. Genet. Mol. Biol. 2010.
 */
export function baselineTail(sorted: Float64Array, score: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < score) low = middle + 1;
    else high = middle;
  }
  return (1 + sorted.length - low) / (1 + sorted.length);
}

/**
 * The same draws, but each of the r cosines on its own, largest first: the first one is the baseline's `largest`.
 * Above rank 27, fewer draws (at least 200), since each costs O(r³).
 * @throws RangeError unless 1 ≤ r ≤ d
 */
export function randomCosines(d: number, rank: number, algebra: LinearAlgebra): BaselineSummary[] {
  const count = Math.max(200, Math.min(draws, Math.floor(4e7 / rank ** 3)));
  const cosines = Array.from({ length: Math.max(0, rank) }, () => new Float64Array(count));
  drawPairs(d, rank, count, ({ bidiagonal, shared }, draw) => {
    const { diagonal, above } = bidiagonal;
    const n = diagonal.length;
    const dense = new Float64Array(n * n);
    for (let at = 0; at < n; at++) {
      dense[at * n + at] = diagonal[at]!;
      if (at + 1 < n) dense[at * n + at + 1] = above[at]!;
    }
    const free = n === 0 ? null : algebra.svd(matrix(n, n, dense)).s;
    for (const [at, values] of cosines.entries()) values[draw] = at < shared ? 1 : free![at - shared]!;
  });
  return cosines.map(summarize);
}

/** Cosines of the principal angles between two random subspaces: `shared` ones, and a bidiagonal's singular values. */
interface RandomPair {
  readonly shared: number;
  readonly bidiagonal: Bidiagonal;
}

function drawPairs(
  d: number,
  rank: number,
  count: number,
  take: (pair: RandomPair, draw: number) => void,
): void {
  if (!(rank >= 1 && rank <= d)) throw new RangeError(`rank ${rank} is not between 1 and ${d}`);
  const shared = Math.max(0, 2 * rank - d);
  const uniform = uniformNumbers(Math.imul(d, 0x9e37_79b1) ^ rank);
  for (let draw = 0; draw < count; draw++) {
    take({ shared, bidiagonal: jacobiBidiagonal(rank - shared, Math.abs(d - 2 * rank), uniform) }, draw);
  }
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

function summarize(values: Float64Array): BaselineSummary {
  const sorted = values.slice().sort();
  return {
    mean: values.reduce((sum, value) => sum + value, 0) / values.length,
    q05: baselineQuantile(sorted, 0.05),
    q95: baselineQuantile(sorted, 0.95),
  };
}
