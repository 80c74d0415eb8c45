import { lanes } from './reflect';

/**
 * A few right singular vectors of a bidiagonal matrix B whose singular values are known, by twisted factorizations of
 * BᵀB - μ: from the top L₊D₊L₊ᵀ, from the bottom U₋D₋U₋ᵀ, glued where they leave the least residual. Each costs O(n) where
 * the QR iteration turns all vectors in every sweep. Two vectors share the lanes of a register.
 *
 * Vectors of close values come out less orthogonal, by rounding over their relative distance; they are made orthogonal
 * where that is a rounding error too. Where it is more, or a factorization breaks down, the caller has to iterate.
 * Source: Dhillon, Parlett, "Multiple representations to compute orthogonal eigenvectors of symmetric tridiagonal
 * matrices", Linear Algebra Appl. 2004 (algorithm Getvec, on the representation that needs no shift).
 */

/** Overlap of two vectors that counts as rounding: their values are then 10⁻⁷ apart or more, relatively. */
const mostOverlap: f64 = 1e-9;
/** Residual ‖BᵀBz - μz‖ that a backward stable method may leave, as a part of σ₁²: a few ε. */
const mostResidual: f64 = 1e-14;

/**
 * @param d n diagonal entries   @param e n entries above it (the last unused)   @param s singular values, largest first
 * @param count vectors wanted
 * @param z count rows of `ld` (even) entries; row i becomes the vector of s[i], zero beyond n
 * @param work room for 10n numbers
 * @returns false when they could not be found to full accuracy
 */
export function topRightVectors(d: usize, e: usize, s: usize, n: i32, count: i32, z: usize, ld: usize, work: usize): bool {
  if (!(load<f64>(s) > 0)) return false;
  const size = <usize>n << 3;
  const stride = ld << 3;
  // BᵀB = LDLᵀ: D = d², L = e/d, and the products that the factorizations need.
  const ratio = work;
  const product = ratio + size;
  const down = product + size;
  const up = down + size * 2;
  const downFactor = up + size * 2;
  const upFactor = downFactor + size * 2;
  for (let i: usize = 0; i < size; i += 8) {
    const x = load<f64>(d + i);
    const y = load<f64>(e + i);
    store<f64>(ratio + i, i + 8 < size ? y / x : 0);
    store<f64>(product + i, x * y);
  }
  memory.fill(z, 0, <usize>count * stride);
  for (let at = 0; at < count; at += 2) {
    const other = min<i32>(at + 1, count - 1);
    const first = load<f64>(s + (<usize>at << 3));
    const second = load<f64>(s + (<usize>other << 3));
    const mu = f64x2.replace_lane(f64x2.splat(first * first), 1, second * second);
    factor(d, e, n, mu, ratio, product, down, up, downFactor, upFactor);
    for (let lane: usize = 0; lane < 16; lane += 8) {
      const row = z + <usize>(lane ? other : at) * stride;
      glue(n, lane ? second : first, down + lane, up + lane, downFactor + lane, upFactor + lane, row);
      if (!settle(d, e, n, lane ? second : first, load<f64>(s), row)) return false;
    }
  }
  return orthogonalize(z, count, stride);
}

/** Both factorizations of BᵀB - μ by the differential qd transforms, the two chains side by side since each waits for its divisions. */
function factor(
  d: usize,
  e: usize,
  n: i32,
  mu: v128,
  ratio: usize,
  product: usize,
  down: usize,
  up: usize,
  downFactor: usize,
  upFactor: usize,
): void {
  const last = <usize>(n - 1) << 3;
  let fromTop = f64x2.neg(mu);
  const lowest = v128.load64_splat(d + last);
  let fromBottom = f64x2.sub(f64x2.mul(lowest, lowest), mu);
  for (let i: usize = 0; i < last; i += 8) {
    const x = v128.load64_splat(d + i);
    v128.store(down + i * 2, fromTop);
    const turned = f64x2.div(v128.load64_splat(product + i), f64x2.add(f64x2.mul(x, x), fromTop));
    v128.store(downFactor + i * 2, turned);
    fromTop = f64x2.sub(f64x2.mul(f64x2.mul(turned, v128.load64_splat(ratio + i)), fromTop), mu);
    const j = last - 8 - i;
    const y = v128.load64_splat(d + j);
    const off = v128.load64_splat(e + j);
    v128.store(up + (j + 8) * 2, fromBottom);
    const pivot = f64x2.add(f64x2.mul(off, off), fromBottom);
    v128.store(upFactor + j * 2, f64x2.div(v128.load64_splat(product + j), pivot));
    fromBottom = f64x2.sub(f64x2.mul(fromBottom, f64x2.div(f64x2.mul(y, y), pivot)), mu);
  }
  v128.store(down + last * 2, fromTop);
  v128.store(up, fromBottom);
}

/** The vector of one lane: 1 where the factorizations meet with the least residual γ, from there outwards by their factors. */
function glue(n: i32, sigma: f64, down: usize, up: usize, downFactor: usize, upFactor: usize, row: usize): void {
  const mu = sigma * sigma;
  let place: usize = 0;
  let least: f64 = Infinity;
  for (let i: usize = 0; i < <usize>n; i++) {
    const gamma = abs<f64>(load<f64>(down + (i << 4)) + load<f64>(up + (i << 4)) + mu);
    if (gamma < least) {
      least = gamma;
      place = i;
    }
  }
  let x: f64 = 1;
  store<f64>(row + (place << 3), 1);
  for (let i = place; i > 0; i--) {
    x *= -load<f64>(downFactor + ((i - 1) << 4));
    store<f64>(row + ((i - 1) << 3), x);
  }
  x = 1;
  for (let i = place; i + 1 < <usize>n; i++) {
    x *= -load<f64>(upFactor + (i << 4));
    store<f64>(row + ((i + 1) << 3), x);
  }
}

/** Makes the vector one unit long. @returns false when it is no singular vector to working accuracy */
function settle(d: usize, e: usize, n: i32, sigma: f64, largest: f64, row: usize): bool {
  const last = <usize>(n - 1) << 3;
  let squares: f64 = 0;
  for (let i: usize = 0; i <= last; i += 8) squares += load<f64>(row + i) * load<f64>(row + i);
  const inverse = 1 / sqrt<f64>(squares);
  for (let i: usize = 0; i <= last; i += 8) store<f64>(row + i, load<f64>(row + i) * inverse);
  let residual: f64 = 0;
  let above: f64 = 0;
  for (let i: usize = 0; i <= last; i += 8) {
    // y = Bz, entry by entry, and Bᵀy - σ²z one behind.
    const here = load<f64>(row + i);
    const x = load<f64>(d + i);
    const off = i < last ? load<f64>(e + i) : 0;
    const y = x * here + (i < last ? off * load<f64>(row + i, 8) : 0);
    const r = x * y + above - sigma * sigma * here;
    above = off * y;
    residual += r * r;
  }
  const most = mostResidual * largest * largest;
  // Not so for NaN either.
  return residual <= most * most;
}

/** Takes the rounding error of overlaps out. @returns false when two vectors overlap by more */
function orthogonalize(z: usize, count: i32, stride: usize): bool {
  for (let i = 1; i < count; i++) {
    const row = z + <usize>i * stride;
    for (let j = 0; j < i; j++) {
      const other = z + <usize>j * stride;
      let dot = f64x2.splat(0);
      for (let at: usize = 0; at < stride; at += 16) {
        dot = f64x2.add(dot, f64x2.mul(v128.load(row + at), v128.load(other + at)));
      }
      const overlap = lanes(dot);
      if (!(abs<f64>(overlap) < mostOverlap)) return false;
      const factor = f64x2.splat(overlap);
      for (let at: usize = 0; at < stride; at += 16) {
        v128.store(row + at, f64x2.sub(v128.load(row + at), f64x2.mul(factor, v128.load(other + at))));
      }
    }
  }
  return true;
}
