/**
 * Singular values alone of a bidiagonal matrix, by the differential quotient-difference algorithm with shifts. On the
 * squares q of the diagonal and e of the entries above it, a step is q'ᵢ = d + eᵢ, e'ᵢ = eᵢ·qᵢ₊₁/q'ᵢ, d ← d·qᵢ₊₁/q'ᵢ - τ:
 * it takes τ off every eigenvalue of BᵀB. Nothing else is subtracted, so small values keep their digits; and one needs
 * no root, so a step waits for a fraction of the time that two rotations take.
 * Source: Fernando, Parlett, "Accurate singular values and differential qd algorithms", Numer. Math. 1994; shifts after
 * Parlett, Marques, "An implementation of the dqds algorithm (positive case)", Linear Algebra Appl. 2000.
 */

/** ε²: e below this part of the eigenvalue next to it is rounding. */
const negligible: f64 = 4.930380657631324e-32;
const passesPerValue: i32 = 40;
/** d is kept as a quotient p/r of numbers that shrink; 2⁻³⁰⁰ and 2³⁰⁰ bring them back before they vanish. */
const shrunk: f64 = 4.909093465297727e-91;
const enlarge: f64 = 2.037035976334486e90;

let values: usize = 0;
let passes: i32 = 0;
/** Smallest d of the last step: of all, of all but the last one, but the last two; then those three themselves. */
let least: f64 = 0;
let least1: f64 = 0;
let least2: f64 = 0;
let end: f64 = 0;
let end1: f64 = 0;
let end2: f64 = 0;
let leastE: f64 = 0;

/**
 * @param d n diagonal entries, on return the singular values, in no order   @param e n entries above it, the last one 0
 * @param work room for 5n numbers
 * @returns false, with d and e as they were, when it does not converge
 */
export function singularValues(d: usize, e: usize, n: i32, work: usize): bool {
  const size = <usize>n << 3;
  let largest: f64 = 0;
  for (let i: usize = 0; i < size; i += 8) {
    largest = max<f64>(largest, max<f64>(abs<f64>(load<f64>(d + i)), abs<f64>(load<f64>(e + i))));
  }
  if (largest == 0) return true;
  // A power of two that leaves no eigenvalue above 1, so that products of them only shrink.
  const scale = reinterpret<f64>((2044 - ((reinterpret<u64>(largest) >> 52) & 0x7ff)) << 52);
  for (let i: usize = 0; i < size; i += 8) {
    const x = load<f64>(d + i) * scale;
    const y = load<f64>(e + i) * scale;
    store<f64>(work + i * 2, x * x);
    store<f64>(work + i * 2, y * y, 8);
  }
  values = work + size * 4;
  passes = passesPerValue * n;
  if (!solve(work, work + size * 2, 0, n - 1, 0)) return false;
  for (let i: usize = 0; i < size; i += 8) store<f64>(d + i, sqrt<f64>(load<f64>(values + i)) / scale);
  return true;
}

/** Eigenvalues first..last, `sigma` having been taken off; pairs (q, e) in x, room for as many in y. */
function solve(x: usize, y: usize, first: i32, last: i32, sigma: f64): bool {
  let fresh = true;
  let deflated = false;
  least = 0;
  leastE = 0;
  while (last >= first) {
    const start = startOfBlock(x, first, last, sigma);
    const at = x + (<usize>last << 4);
    if (start == last) {
      store<f64>(values + (<usize>last << 3), sigma + load<f64>(at));
      last--;
      forget();
      deflated = true;
      continue;
    }
    if (start == last - 1) {
      solvePair(at - 16, values + (<usize>start << 3), sigma);
      last -= 2;
      forget();
      forget();
      deflated = true;
      continue;
    }
    if (start > first) {
      if (!solve(x, y, start, last, sigma)) return false;
      last = start - 1;
      fresh = true;
      least = 0;
      leastE = 0;
      continue;
    }
    if (fresh && 1.5 * load<f64>(x + (<usize>first << 4)) < load<f64>(at)) flip(x, first, last);
    let tau = fresh ? 0 : shift(x, first, last, deflated);
    for (let attempt = 0; ; attempt++) {
      if (passes-- == 0) return false;
      if (step(x, y, first, last, tau)) break;
      if (tau == 0) return false;
      // Only the last d is negative: together with τ it bounds the smallest eigenvalue closely.
      if (end < 0 && tau + end > 0 && attempt < 2) tau = (tau + end) * (1 - 4.440892098500626e-16);
      else tau = attempt < 2 ? 0.25 * tau : 0;
    }
    sigma += tau;
    const exchanged = x;
    x = y;
    y = exchanged;
    fresh = false;
    deflated = false;
  }
  return true;
}

/** The last value is known: what was said of the others moves up. */
function forget(): void {
  least = least1;
  least1 = least2;
  least2 = Infinity;
  end = end1;
  end1 = end2;
  end2 = -1;
}

function startOfBlock(x: usize, first: i32, last: i32, sigma: f64): i32 {
  // Above the last two, only a very small e is worth a search.
  const far = leastE <= negligible * (sigma + 1) ? first : max<i32>(first, last - 2);
  for (let i = last; i > far; i--) {
    const at = x + (<usize>i << 4);
    if (load<f64>(at - 8) <= negligible * (sigma + load<f64>(at))) return i;
  }
  return first;
}

/** The 2×2 block at `at`, as in LAPACK's `dlasq3`. */
function solvePair(at: usize, out: usize, sigma: f64): void {
  const e = load<f64>(at, 8);
  let a = max<f64>(load<f64>(at), load<f64>(at, 16));
  let b = min<f64>(load<f64>(at), load<f64>(at, 16));
  const t = 0.5 * (a - b + e);
  if (e > b * negligible && t > 0) {
    const s = b * (e / t);
    const grown = s <= t ? b * (e / (t * (1 + sqrt<f64>(1 + s / t)))) : b * (e / (t + sqrt<f64>(t) * sqrt<f64>(t + s)));
    const larger = a + (grown + e);
    b *= a / larger;
    a = larger;
  }
  store<f64>(out, sigma + a);
  store<f64>(out, sigma + b, 8);
}

/** The matrix from its other end, so that small values come last, where they are found. */
function flip(x: usize, first: i32, last: i32): void {
  let low = x + (<usize>first << 4);
  let high = x + (<usize>last << 4);
  for (; low < high; low += 16, high -= 16) {
    const q = load<f64>(low);
    store<f64>(low, load<f64>(high));
    store<f64>(high, q);
    if (low + 16 >= high) break;
    const e = load<f64>(low, 8);
    store<f64>(low, load<f64>(high - 8), 8);
    store<f64>(high - 8, e);
  }
}

/**
 * One step from x to y.
 * @returns false when some d is negative, τ being larger than the smallest eigenvalue; `end` is d where only the last is
 */
function step(x: usize, y: usize, first: i32, last: i32, tau: f64): bool {
  let from = x + (<usize>first << 4);
  let to = y + (<usize>first << 4);
  const stop = x + (<usize>last << 4);
  let p = load<f64>(from) - tau;
  let r: f64 = 1;
  let quotients = f64x2.splat(Infinity);
  let before = quotients;
  let lowest = quotients;
  let lowestBefore = quotients;
  let lowestE = quotients;
  end = 0;
  if (p < 0) return false;
  for (; from < stop; from += 16, to += 16) {
    const e = load<f64>(from, 8);
    const next = load<f64>(from, 16);
    const grown = p + e * r;
    before = quotients;
    quotients = f64x2.div(f64x2.replace_lane(f64x2.splat(grown), 1, p), f64x2.splat(r));
    lowestBefore = lowest;
    lowest = f64x2.pmin(lowest, quotients);
    const newE = e * ((next * r) / grown);
    lowestE = f64x2.pmin(lowestE, f64x2.splat(newE));
    store<f64>(to, f64x2.extract_lane(quotients, 0));
    store<f64>(to, newE, 8);
    p = next * p - tau * grown;
    r = grown;
    if (r < shrunk) {
      p *= enlarge;
      r *= enlarge;
    }
    if (p < 0) {
      end = from + 16 == stop ? p / r : 0;
      return false;
    }
  }
  end = p / r;
  store<f64>(to, end);
  end1 = f64x2.extract_lane(quotients, 1);
  end2 = f64x2.extract_lane(before, 1);
  least2 = f64x2.extract_lane(lowestBefore, 1);
  least1 = f64x2.extract_lane(lowest, 1);
  least = least1 < end ? least1 : end;
  leastE = f64x2.extract_lane(lowestE, 0);
  return end >= 0;
}

/** A shift below the smallest eigenvalue, most of the time; close to it where that shows at the end of the matrix. */
function shift(x: usize, first: i32, last: i32, deflated: bool): f64 {
  if (!(least > 0)) return 0;
  const at = x + (<usize>last << 4);
  if (!deflated && least == end && least1 == end1) {
    // Gap between the last entry's disc and the others'.
    const b1 = sqrt<f64>(load<f64>(at) * load<f64>(at - 8));
    const b2 = sqrt<f64>(load<f64>(at - 16) * load<f64>(at - 24));
    const a = load<f64>(at - 16) + load<f64>(at - 8);
    const rest = 0.75 * least2 - a;
    const gap = a - end - (rest > b2 ? (b2 / rest) * b2 : b1 + b2);
    if (gap > b1) return max<f64>(end - (b1 / gap) * b1, 0.5 * least);
    let s = end > b1 ? end - b1 : 0;
    if (a > b1 + b2) s = min<f64>(s, a - (b1 + b2));
    return max<f64>(s, 0.3333 * least);
  }
  let place = last;
  if (least == end1) place = last - 1;
  else if (least == end2) place = last - 2;
  else if (least != end) return 0.25 * least;
  // Squared length of what the eigenvector has beside its entry at `place`.
  let sum: f64 = 0;
  let part: f64 = 1;
  for (let i = place; i < last; i++) {
    const pair = x + (<usize>i << 4);
    part *= load<f64>(pair, 8) / load<f64>(pair);
    sum += part;
  }
  part = 1;
  for (let i = place - 1; i >= first; i--) {
    const pair = x + (<usize>i << 4);
    part *= load<f64>(pair, 8) / load<f64>(pair);
    sum += part;
    if (100 * part < sum || sum > 0.6) break;
  }
  sum *= 1.05;
  if (deflated) {
    const length = sqrt<f64>(sum);
    const value = least / (1 + sum);
    const gap = 0.5 * least1 - value;
    const near = gap > length * value ? (length / gap) * length * value : length;
    return max<f64>(0.3333 * least, value * (1 - 1.01 * near));
  }
  return sum < 0.563 ? (least * (1 - sqrt<f64>(sum))) / (1 + sum) : 0.25 * least;
}
