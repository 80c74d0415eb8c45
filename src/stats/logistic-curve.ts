/** A step from one level to another on the logarithm of the step. */
export interface LogisticCurve {
  /** Level before and after. */
  readonly before: number;
  readonly after: number;
  /** Step at which half of the change is done. */
  readonly midpoint: number;
  /** Scale s of the logistic function, in natural logarithms of steps. */
  readonly scale: number;
  /** By which factor steps grow while the change goes from 10 % to 90 %: exp(2 ln 9 · s). */
  readonly width: number;
  /** Share of the values' variance that the curve explains. */
  readonly explained: number;
}

/** Fewer values than this leave nothing over that could contradict four parameters. */
const fewestValues = 6;

/** Scales (in log steps) to start from, narrow to wide; from the narrowest on, a jump between two values is all there is. */
const startScales = [0.03, 0.1, 0.3, 0.8];
const starts = 14;
const rounds = 40;

/**
 * Least-squares fit of y = before + (after - before) / (1 + exp(-(ln step - ln midpoint) / s)).
 *
 * The two levels are linear, so for any midpoint and scale the best ones are known in closed form (variable projection),
 * and only two parameters are searched: a grid, then damped Gauss–Newton from its best place.
 * @param steps positive and increasing   @param values finite, as long
 * @returns undefined for fewer than six values, and for values that are all equal
 * Source: Golub, Pereyra, "The differentiation of pseudo-inverses and nonlinear least squares problems whose variables
 * separate", SIAM J. Numer. Anal. 1973; damping: Marquardt 1963.
 */
export function fitLogisticCurve(
  steps: ArrayLike<number>,
  values: ArrayLike<number>,
): LogisticCurve | undefined {
  const count = values.length;
  if (count < fewestValues) return undefined;
  const x = Float64Array.from(steps, Math.log);
  const y = Float64Array.from(values);
  const mean = y.reduce((sum, value) => sum + value, 0) / count;
  const total = y.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  if (!(total > 0)) return undefined;

  const [first, last] = [x[0]!, x[count - 1]!];
  const span = last - first;
  // A change narrower than this between two steps cannot be distinguished from a jump.
  const narrowest = Math.log(startScales[0]! / 3);
  const work = { sigmoid: new Float64Array(count), tangent: new Float64Array(count) };
  let best = { middle: first + span / 2, logScale: 0, ...project(x, y, first + span / 2, 1, work) };
  for (const scale of startScales) {
    for (let at = 0; at < starts; at++) {
      const middle = first + ((at + 0.5) / starts) * span;
      const found = project(x, y, middle, scale, work);
      if (found.squares < best.squares) best = { middle, logScale: Math.log(scale), ...found };
    }
  }
  let damping = 1e-3;
  for (let round = 0; round < rounds; round++) {
    const move = gaussNewton(x, y, best, damping, work);
    const middle = Math.min(last, Math.max(first, best.middle + move.middle));
    const logScale = Math.min(Math.log(span + 1), Math.max(narrowest, best.logScale + move.logScale));
    const next = project(x, y, middle, Math.exp(logScale), work);
    if (next.squares < best.squares) {
      const gain = best.squares - next.squares;
      best = { middle, logScale, ...next };
      damping = Math.max(1e-12, damping / 10);
      if (gain <= 1e-12 * total) break;
    } else {
      damping *= 10;
      if (damping > 1e8) break;
    }
  }
  const scale = Math.exp(best.logScale);
  return {
    before: best.before,
    after: best.after,
    midpoint: Math.exp(best.middle),
    scale,
    width: Math.exp(2 * Math.log(9) * scale),
    explained: 1 - best.squares / total,
  };
}

interface Work {
  readonly sigmoid: Float64Array;
  readonly tangent: Float64Array;
}

interface Levels {
  readonly before: number;
  readonly after: number;
  readonly squares: number;
}

/** The best levels for a midpoint and a scale, and the sum of squares that they leave. */
function project(x: Float64Array, y: Float64Array, middle: number, scale: number, { sigmoid }: Work): Levels {
  let [g, gg, gy, sumY] = [0, 0, 0, 0];
  for (let at = 0; at < x.length; at++) {
    const value = 1 / (1 + Math.exp((middle - x[at]!) / scale));
    sigmoid[at] = value;
    g += value;
    gg += value * value;
    gy += value * y[at]!;
    sumY += y[at]!;
  }
  const count = x.length;
  const spread = gg - (g * g) / count;
  const change = spread > 1e-12 ? (gy - (g * sumY) / count) / spread : 0;
  const before = (sumY - change * g) / count;
  let squares = 0;
  for (let at = 0; at < count; at++) squares += (y[at]! - before - change * sigmoid[at]!) ** 2;
  return { before, after: before + change, squares };
}

/** The damped step in (midpoint, log scale), with the columns of the levels projected out of the derivatives (Kaufman). */
function gaussNewton(
  x: Float64Array,
  y: Float64Array,
  at: Levels & { readonly middle: number; readonly logScale: number },
  damping: number,
  { sigmoid, tangent }: Work,
): { middle: number; logScale: number } {
  const scale = Math.exp(at.logScale);
  const change = at.after - at.before;
  const count = x.length;
  let [g, gg] = [0, 0];
  let [m, mg, s, sg] = [0, 0, 0, 0];
  for (let i = 0; i < count; i++) {
    const value = 1 / (1 + Math.exp((at.middle - x[i]!) / scale));
    sigmoid[i] = value;
    const slope = (change * value * (1 - value)) / scale;
    tangent[i] = slope;
    g += value;
    gg += value * value;
    m -= slope;
    mg -= slope * value;
    const stretch = -slope * (x[i]! - at.middle);
    s += stretch;
    sg += stretch * value;
  }
  const spread = gg - (g * g) / count;
  const [slopeM, slopeS] =
    spread > 1e-12 ? [(mg - (m * g) / count) / spread, (sg - (s * g) / count) / spread] : [0, 0];
  let [mm, ms, ss, mr, sr] = [0, 0, 0, 0, 0];
  for (let i = 0; i < count; i++) {
    const centred = sigmoid[i]! - g / count;
    const column = -tangent[i]! - m / count - slopeM * centred;
    const stretched = -tangent[i]! * (x[i]! - at.middle) - s / count - slopeS * centred;
    const rest = y[i]! - at.before - change * sigmoid[i]!;
    mm += column * column;
    ms += column * stretched;
    ss += stretched * stretched;
    mr += column * rest;
    sr += stretched * rest;
  }
  mm *= 1 + damping;
  ss *= 1 + damping;
  const determinant = mm * ss - ms * ms;
  if (!(determinant > 0)) return { middle: 0, logScale: 0 };
  return { middle: (ss * mr - ms * sr) / determinant, logScale: (mm * sr - ms * mr) / determinant };
}
