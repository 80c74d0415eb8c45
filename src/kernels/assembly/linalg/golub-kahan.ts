/**
 * Singular values of a bidiagonal matrix by implicit QR, as in the TypeScript reference (`src/linalg/reference/golub-kahan.ts`,
 * where the sources are). A sweep waits for roots and quotients most of the time. So both rotations of a step take their roots
 * at once, and the rows of `left` and `right` are turned one step late, while the next step's roots are on their way.
 */

const epsilon: f64 = 2.220446049250313e-16;
const sweepsPerValue: i32 = 60;
/** Sums of squares of products above this have all their digits. */
const measurable: f64 = 1e-250;

/** Rotation found by `givens`. */
let c: f64 = 0;
let s: f64 = 0;

// @ts-ignore: decorator
@inline
function givens(f: f64, g: f64): f64 {
  if (g == 0) {
    c = 1;
    s = 0;
    return f;
  }
  const r = sqrt<f64>(f * f + g * g);
  if (r == 0) {
    c = 1;
    s = 0;
    return f;
  }
  const inverse = 1 / r;
  c = f * inverse;
  s = g * inverse;
  return r;
}

/** (x, y) ← (c·x + s·y, c·y - s·x) for two rows of `stride` bytes. */
// @ts-ignore: decorator
@inline
function rotate(x: usize, y: usize, stride: usize, c: f64, s: f64): void {
  const cc = f64x2.splat(c);
  const ss = f64x2.splat(s);
  for (let j: usize = 0; j < stride; j += 16) {
    const a = v128.load(x + j);
    const b = v128.load(y + j);
    v128.store(x + j, f64x2.add(f64x2.mul(cc, a), f64x2.mul(ss, b)));
    v128.store(y + j, f64x2.sub(f64x2.mul(cc, b), f64x2.mul(ss, a)));
  }
}

/**
 * @param d n diagonal entries, on return singular values of either sign   @param e n entries above it (the last unused)
 * @param left rows of `leftStride` bytes, 0 bytes for none   @param right the same
 * @returns false when it does not converge
 */
export function diagonalize(
  d: usize,
  e: usize,
  n: i32,
  left: usize,
  leftStride: usize,
  right: usize,
  rightStride: usize,
): bool {
  let largest: f64 = 0;
  for (let i = 0; i < n; i++) {
    largest = max<f64>(largest, abs<f64>(load<f64>(d + (<usize>i << 3))));
    if (i < n - 1) largest = max<f64>(largest, abs<f64>(load<f64>(e + (<usize>i << 3))));
  }
  const negligible = epsilon * largest;
  let last = n - 1;
  let sweeps = sweepsPerValue * n;
  while (last > 0) {
    const first = startOfBlock(d, e, last, negligible);
    if (first == last) {
      last--;
      continue;
    }
    if (sweeps-- == 0) return false;
    const zero = zeroDiagonal(d, first, last, negligible);
    if (zero == last) clearLastColumn(d, e, first, last, right, rightStride);
    else if (zero != -1) clearRow(d, e, zero, last, left, leftStride);
    else sweep(d, e, first, last, left, leftStride, right, rightStride);
  }
  return true;
}

function startOfBlock(d: usize, e: usize, last: i32, negligible: f64): i32 {
  for (let i = last - 1; i >= 0; i--) {
    const at = <usize>i << 3;
    const size = abs<f64>(load<f64>(e + at));
    const around = abs<f64>(load<f64>(d + at)) + abs<f64>(load<f64>(d + at, 8));
    if (size <= epsilon * around || size <= negligible * epsilon) {
      store<f64>(e + at, 0);
      return i + 1;
    }
  }
  return 0;
}

function zeroDiagonal(d: usize, first: i32, last: i32, negligible: f64): i32 {
  for (let i = last; i >= first; i--) {
    const at = d + (<usize>i << 3);
    if (abs<f64>(load<f64>(at)) <= negligible) {
      store<f64>(at, 0);
      return i;
    }
  }
  return -1;
}

function clearRow(d: usize, e: usize, row: i32, last: i32, left: usize, leftStride: usize): void {
  const from = e + (<usize>row << 3);
  let bulge = load<f64>(from);
  store<f64>(from, 0);
  for (let i = row + 1; i <= last && bulge != 0; i++) {
    const at = <usize>i << 3;
    store<f64>(d + at, givens(load<f64>(d + at), bulge));
    if (leftStride) rotate(left + <usize>i * leftStride, left + <usize>row * leftStride, leftStride, c, s);
    if (i < last) {
      const off = load<f64>(e + at);
      bulge = -s * off;
      store<f64>(e + at, c * off);
    }
  }
}

function clearLastColumn(d: usize, e: usize, first: i32, last: i32, right: usize, rightStride: usize): void {
  const from = e + (<usize>(last - 1) << 3);
  let bulge = load<f64>(from);
  store<f64>(from, 0);
  for (let i = last - 1; i >= first && bulge != 0; i--) {
    const at = <usize>i << 3;
    store<f64>(d + at, givens(load<f64>(d + at), bulge));
    if (rightStride) rotate(right + <usize>i * rightStride, right + <usize>last * rightStride, rightStride, c, s);
    if (i > first) {
      const off = load<f64>(e + at - 8);
      bulge = -s * off;
      store<f64>(e + at - 8, c * off);
    }
  }
}

function sweep(
  d: usize,
  e: usize,
  first: i32,
  last: i32,
  left: usize,
  leftStride: usize,
  right: usize,
  rightStride: usize,
): void {
  const end = <usize>last << 3;
  const shift = smallerSingularValue(load<f64>(d + end - 8), load<f64>(e + end - 8), load<f64>(d + end));
  const begin = <usize>first << 3;
  let here = load<f64>(d + begin);
  let off = load<f64>(e + begin);
  let f = (abs<f64>(here) - shift) * (copysign<f64>(1, here) + shift / here);
  let g = off;
  let leftRow = left + <usize>first * leftStride;
  let rightRow = right + <usize>first * rightStride;
  let rightC: f64 = 1;
  let rightS: f64 = 0;
  let leftC: f64 = 1;
  let leftS: f64 = 0;
  for (let at = begin; at < end; at += 8) {
    const below = load<f64>(d + at, 8);
    let newRightC: f64 = 0;
    let newRightS: f64 = 0;
    let newLeftC: f64 = 0;
    let newLeftS: f64 = 0;
    const further = at < end - 8 ? load<f64>(e + at, 8) : 1;
    // (f, g) makes the right rotation, (turned, bulge) the left one: the latter is not divided by the former's length.
    const squares = f * f + g * g;
    const turned = f * here + g * off;
    const bulge = g * below;
    const turnedSquares = turned * turned + bulge * bulge;
    if (squares > measurable && turnedSquares > measurable) {
      const r = sqrt<f64>(squares);
      const rr = sqrt<f64>(turnedSquares);
      const inverse = r * (1 / squares);
      const inverse2 = rr * (1 / turnedSquares);
      if (at > begin) store<f64>(e + at - 8, r);
      // These turn vectors thousands of times, so they are rounded only once.
      newRightC = f / r;
      newRightS = g / r;
      newLeftC = turned / rr;
      newLeftS = bulge / rr;
      const newOff = f * off - g * here;
      const newBelow = f * below;
      store<f64>(d + at, rr * inverse);
      const cosine = turned * inverse2;
      f = ((turned * newOff + bulge * newBelow) * inverse) * inverse2;
      here = ((turned * newBelow - bulge * newOff) * inverse) * inverse2;
      g = (bulge * further) * inverse2;
      off = cosine * further;
    } else {
      const onRight = givens(f, g);
      newRightC = c;
      newRightS = s;
      if (at > begin) store<f64>(e + at - 8, onRight);
      const newOff = c * off - s * here;
      f = c * here + s * off;
      g = s * below;
      const newBelow = c * below;
      store<f64>(d + at, givens(f, g));
      newLeftC = c;
      newLeftS = s;
      f = c * newOff + s * newBelow;
      here = c * newBelow - s * newOff;
      g = s * further;
      off = c * further;
    }
    if (at > begin) {
      if (rightStride) {
        rotate(rightRow, rightRow + rightStride, rightStride, rightC, rightS);
        rightRow += rightStride;
      }
      if (leftStride) {
        rotate(leftRow, leftRow + leftStride, leftStride, leftC, leftS);
        leftRow += leftStride;
      }
    }
    rightC = newRightC;
    rightS = newRightS;
    leftC = newLeftC;
    leftS = newLeftS;
  }
  if (rightStride) rotate(rightRow, rightRow + rightStride, rightStride, rightC, rightS);
  if (leftStride) rotate(leftRow, leftRow + leftStride, leftStride, leftC, leftS);
  store<f64>(d + end, here);
  store<f64>(e + end - 8, f);
}

function smallerSingularValue(f: f64, g: f64, h: f64): f64 {
  const small = min<f64>(abs<f64>(f), abs<f64>(h));
  const large = max<f64>(abs<f64>(f), abs<f64>(h));
  const off = abs<f64>(g);
  if (small == 0) return 0;
  const sum = 1 + small / large;
  const difference = (large - small) / large;
  if (off < large) {
    const ratio = (off / large) * (off / large);
    return (2 * small) / (sqrt<f64>(sum * sum + ratio) + sqrt<f64>(difference * difference + ratio));
  }
  const ratio = large / off;
  const p = sum * ratio;
  const q = difference * ratio;
  return (2 * small * ratio) / (sqrt<f64>(1 + p * p) + sqrt<f64>(1 + q * q));
}
