import { extent, max } from 'simple-statistics';

/** Runs of one kind: of `trials` at x, `successes` succeeded. */
export interface Trials {
  readonly x: number;
  readonly trials: number;
  readonly successes: number;
}

/** P(success | x) = 1 / (1 + exp(-(intercept + slope x))). */
export interface LogisticRegression {
  readonly intercept: number;
  readonly slope: number;
  /** Logarithm of the penalised likelihood at its maximum. */
  readonly likelihood: number;
}

/** An interval; an end that the data do not bound is infinite. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

const mostRounds = 100;
/** Longest step in units of the linear predictor, as in logistf: data that separate would send the first steps far off. */
const longestStep = 5;
/** Steps that end the search for the maximum, and for a profile, whose likelihood is off by the square of the step. */
const finestStep = 1e-9;
const fineStep = 1e-5;

/**
 * Logistic regression by Firth's penalised likelihood, log L + ½ log |I|: finite where successes and failures separate,
 * as they do when the transition is sharp and runs are few, and less biased everywhere.
 * @returns undefined when x takes one value only, or all outcomes are the same: then there is no threshold to be seen
 * Source: Firth, "Bias reduction of maximum likelihood estimates", Biometrika 1993; for separation: Heinze, Schemper,
 * Statistics in Medicine 2002.
 */
export function fitLogisticRegression(data: readonly Trials[]): LogisticRegression | undefined {
  const total = data.reduce((sum, { trials }) => sum + trials, 0);
  const successes = data.reduce((sum, group) => sum + group.successes, 0);
  if (new Set(data.map(({ x }) => x)).size < 2 || successes === 0 || successes === total) return undefined;
  const centre = data.reduce((sum, { x, trials }) => sum + x * trials, 0) / total;
  const fit = maximize(data, centre, 0, 0, true);
  return { intercept: fit.level - fit.slope * centre, slope: fit.slope, likelihood: fit.likelihood };
}

/** The x at which success and failure are as likely. */
export function thresholdOf({ intercept, slope }: LogisticRegression): number {
  return -intercept / slope;
}

/**
 * Profile penalised-likelihood interval of the threshold x₅₀: all values at which twice the drop of the penalised
 * log-likelihood stays below the quantile of χ² with one degree of freedom.
 * @param chi2 that quantile: 3.841 for 95 %, 2.706 for 90 %
 * Source: Heinze, Schemper 2002; Venzon, Moolgavkar, "A method for computing profile-likelihood-based confidence
 * intervals", Applied Statistics 1988.
 */
export function thresholdInterval(data: readonly Trials[], fit: LogisticRegression, chi2: number): Interval {
  const [first, last] = extent(data.map(({ x }) => x));
  const span = last - first;
  const excess = (at: number): number =>
    2 * (fit.likelihood - maximize(data, at, 0, fit.slope, false).likelihood) - chi2;
  const start = thresholdOf(fit);
  return {
    low: boundary(excess, start, -span / 64, 40 * span),
    high: boundary(excess, start, span / 64, 40 * span),
  };
}

/** The same interval for the probability of success at one x. */
export function probabilityInterval(
  data: readonly Trials[],
  fit: LogisticRegression,
  x: number,
  chi2: number,
): Interval {
  const excess = (level: number): number =>
    2 * (fit.likelihood - maximize(data, x, level, fit.slope, false).likelihood) - chi2;
  const start = fit.intercept + fit.slope * x;
  return {
    low: sigmoid(boundary(excess, start, -0.25, 60)),
    high: sigmoid(boundary(excess, start, 0.25, 60)),
  };
}

/** P(success | x). */
export function successProbability({ intercept, slope }: LogisticRegression, x: number): number {
  return sigmoid(intercept + slope * x);
}

function sigmoid(value: number): number {
  return 1 / (1 + Math.exp(-value));
}

interface Maximum {
  /** Linear predictor at the origin. */
  readonly level: number;
  readonly slope: number;
  readonly likelihood: number;
}

/** Newton's method on (level, slope), or on the slope alone, for the predictor level + slope (x - origin). */
function maximize(
  data: readonly Trials[],
  origin: number,
  startLevel: number,
  startSlope: number,
  freeLevel: boolean,
): Maximum {
  let [level, slope] = [startLevel, startSlope];
  let now = evaluate(data, origin, level, slope);
  for (let round = 0; round < mostRounds; round++) {
    const { info00: a, info01: b, info11: c, score0, score1 } = now;
    const determinant = a * c - b * b;
    let stepLevel = freeLevel ? (c * score0 - b * score1) / determinant : 0;
    let stepSlope = freeLevel ? (a * score1 - b * score0) / determinant : score1 / c;
    if (!Number.isFinite(stepLevel) || !Number.isFinite(stepSlope)) break;
    const reach = max(data.map(({ x }) => Math.abs(stepLevel + stepSlope * (x - origin))));
    if (reach < (freeLevel ? finestStep : fineStep)) break;
    const shrink = Math.min(1, longestStep / reach);
    stepLevel *= shrink;
    stepSlope *= shrink;
    let next = evaluate(data, origin, level + stepLevel, slope + stepSlope);
    // Near the top, rounding may make the next likelihood seem lower.
    const least = now.likelihood - 1e-13 * (1 + Math.abs(now.likelihood));
    for (let half = 0; half < 30 && !(next.likelihood >= least); half++) {
      stepLevel /= 2;
      stepSlope /= 2;
      next = evaluate(data, origin, level + stepLevel, slope + stepSlope);
    }
    if (!(next.likelihood >= least)) break;
    level += stepLevel;
    slope += stepSlope;
    now = next;
  }
  return { level, slope, likelihood: now.likelihood };
}

interface Evaluated {
  readonly likelihood: number;
  readonly score0: number;
  readonly score1: number;
  readonly info00: number;
  readonly info01: number;
  readonly info11: number;
}

/** Penalised log-likelihood, its gradient Σ (y - π + h (½ - π)) (1, x), and the information matrix. */
function evaluate(data: readonly Trials[], origin: number, level: number, slope: number): Evaluated {
  let [info00, info01, info11, likelihood] = [0, 0, 0, 0];
  for (const { x, trials, successes } of data) {
    const z = x - origin;
    const eta = level + slope * z;
    // log(1 + exp(η)) without overflow.
    const softplus = Math.max(eta, 0) + Math.log1p(Math.exp(-Math.abs(eta)));
    likelihood += successes * eta - trials * softplus;
    const weight = trials * Math.exp(eta - 2 * softplus);
    info00 += weight;
    info01 += weight * z;
    info11 += weight * z * z;
  }
  const determinant = info00 * info11 - info01 * info01;
  likelihood += 0.5 * Math.log(determinant);
  let [score0, score1] = [0, 0];
  for (const { x, trials, successes } of data) {
    const z = x - origin;
    const chance = sigmoid(level + slope * z);
    const weight = trials * chance * (1 - chance);
    const leverage = (weight * (info11 - 2 * info01 * z + info00 * z * z)) / determinant;
    const score = successes - trials * chance + leverage * (0.5 - chance);
    score0 += score;
    score1 += score * z;
  }
  return { likelihood, score0, score1, info00, info01, info11 };
}

/**
 * Where a function that is below zero at the start first rises above it, searched in growing steps and then by the
 * Illinois variant of regula falsi.
 * @returns an infinity when that is further away than `limit`
 * Source: Dowell, Jarratt, "A modified regula falsi method for computing the root of an equation", BIT 1971.
 */
function boundary(excess: (at: number) => number, start: number, firstStep: number, limit: number): number {
  let [inside, below] = [start, excess(start)];
  for (let step = firstStep; Math.abs(inside + step - start) <= limit; step *= 1.6) {
    const outside = inside + step;
    const above = excess(outside);
    if (above <= 0) [inside, below] = [outside, above];
    else return root(excess, inside, below, outside, above);
  }
  return firstStep > 0 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
}

function root(
  excess: (at: number) => number,
  inside: number,
  below: number,
  outside: number,
  above: number,
): number {
  let [a, fa, b, fb] = [inside, below, outside, above];
  let kept = 0;
  for (let round = 0; round < 60 && Math.abs(b - a) > 1e-10 * (1 + Math.abs(a)); round++) {
    // A likelihood that is no number is that of a point which the data exclude.
    const cut = Number.isFinite(fb) ? (a * fb - b * fa) / (fb - fa) : Number.NaN;
    const middle = cut > Math.min(a, b) && cut < Math.max(a, b) ? cut : (a + b) / 2;
    const value = excess(middle);
    if (Math.abs(value) < 1e-10) return middle;
    if (value <= 0) {
      [a, fa] = [middle, value];
      if (kept > 0) fb /= 2;
      kept = 1;
    } else {
      [b, fb] = [middle, value];
      if (kept < 0) fa /= 2;
      kept = -1;
    }
  }
  return (a + b) / 2;
}
