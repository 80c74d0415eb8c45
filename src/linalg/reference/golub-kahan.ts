/** A plane rotation of rows i and j: (xᵢ, xⱼ) becomes (c·xᵢ + s·xⱼ, c·xⱼ - s·xᵢ). */
export type Rotate = (i: number, j: number, c: number, s: number) => void;

/** Sweeps that a singular value may take; two or three are usual. */
const sweepsPerValue = 60;

/**
 * Singular values of an upper bidiagonal matrix by implicit QR with shifts: on return `above` is 0 and `diagonal` holds
 * them, of either sign and in no order. Every rotation is reported, so that the caller can keep the vectors.
 *
 * Entries are negligible against the whole matrix (ε·max), which keeps the backward error at rounding level and makes
 * zero and tiny diagonals harmless: they are rotated out before they could stall the iteration.
 * @throws Error when it does not converge, which no finite matrix is known to cause
 * Source: Golub, Reinsch, "Singular value decomposition and least squares solutions", Numer. Math. 1970; shift and
 * first rotation as in LAPACK's `dbdsqr` (Demmel, Kahan 1990).
 */
export function diagonalize(diagonal: Float64Array, above: Float64Array, left: Rotate, right: Rotate): void {
  const d = diagonal;
  const e = above;
  let largest = 0;
  for (const value of d) largest = Math.max(largest, Math.abs(value));
  for (const value of e) largest = Math.max(largest, Math.abs(value));
  const negligible = Number.EPSILON * largest;
  let last = d.length - 1;
  let sweeps = sweepsPerValue * d.length;
  while (last > 0) {
    const first = startOfBlock(d, e, last, negligible);
    if (first === last) {
      last--;
      continue;
    }
    if (sweeps-- === 0) throw new Error('singular value iteration did not converge');
    const zero = zeroDiagonal(d, first, last, negligible);
    if (zero === last) clearLastColumn(d, e, first, last, right);
    else if (zero !== -1) clearRow(d, e, zero, last, left);
    else sweep(d, e, first, last, left, right);
  }
}

/** The first index of the unreduced block that ends at `last`; the entry above it is set to zero. */
function startOfBlock(d: Float64Array, e: Float64Array, last: number, negligible: number): number {
  for (let at = last - 1; at >= 0; at--) {
    const size = Math.abs(e[at]!);
    if (
      size <= Number.EPSILON * (Math.abs(d[at]!) + Math.abs(d[at + 1]!)) ||
      size <= negligible * Number.EPSILON
    ) {
      e[at] = 0;
      return at + 1;
    }
  }
  return 0;
}

function zeroDiagonal(d: Float64Array, first: number, last: number, negligible: number): number {
  for (let at = last; at >= first; at--) {
    if (Math.abs(d[at]!) <= negligible) {
      d[at] = 0;
      return at;
    }
  }
  return -1;
}

/** d[row] = 0: rotates the entry right of it out of the row, downwards. */
function clearRow(d: Float64Array, e: Float64Array, row: number, last: number, left: Rotate): void {
  let bulge = e[row]!;
  e[row] = 0;
  for (let at = row + 1; at <= last && bulge !== 0; at++) {
    const { c, s, r } = givens(d[at]!, bulge);
    d[at] = r;
    left(at, row, c, s);
    if (at < last) {
      bulge = -s * e[at]!;
      e[at] = c * e[at]!;
    }
  }
}

/** d[last] = 0: rotates the entry above it out of the column, upwards. */
function clearLastColumn(d: Float64Array, e: Float64Array, first: number, last: number, right: Rotate): void {
  let bulge = e[last - 1]!;
  e[last - 1] = 0;
  for (let at = last - 1; at >= first && bulge !== 0; at--) {
    const { c, s, r } = givens(d[at]!, bulge);
    d[at] = r;
    right(at, last, c, s);
    if (at > first) {
      bulge = -s * e[at - 1]!;
      e[at - 1] = c * e[at - 1]!;
    }
  }
}

/** One implicit QR step with the shift of the trailing 2×2 block: a bulge is chased down the diagonal. */
function sweep(
  d: Float64Array,
  e: Float64Array,
  first: number,
  last: number,
  left: Rotate,
  right: Rotate,
): void {
  const shift = smallerSingularValue(d[last - 1]!, e[last - 1]!, d[last]!);
  const head = d[first]!;
  let f = (Math.abs(head) - shift) * (Math.sign(head) + shift / head);
  let g = e[first]!;
  for (let at = first; at < last; at++) {
    const onRight = givens(f, g);
    if (at > first) e[at - 1] = onRight.r;
    f = onRight.c * d[at]! + onRight.s * e[at]!;
    e[at] = onRight.c * e[at]! - onRight.s * d[at]!;
    g = onRight.s * d[at + 1]!;
    d[at + 1]! *= onRight.c;
    right(at, at + 1, onRight.c, onRight.s);
    const onLeft = givens(f, g);
    d[at] = onLeft.r;
    f = onLeft.c * e[at]! + onLeft.s * d[at + 1]!;
    d[at + 1] = onLeft.c * d[at + 1]! - onLeft.s * e[at]!;
    if (at < last - 1) {
      g = onLeft.s * e[at + 1]!;
      e[at + 1]! *= onLeft.c;
    }
    left(at, at + 1, onLeft.c, onLeft.s);
  }
  e[last - 1] = f;
}

/** c·f + s·g = r and c·g - s·f = 0. The matrix is scaled, so squares neither overflow nor matter where they vanish. */
function givens(f: number, g: number): { c: number; s: number; r: number } {
  if (g === 0) return { c: 1, s: 0, r: f };
  const r = Math.sqrt(f * f + g * g);
  if (r === 0) return { c: 1, s: 0, r: f };
  return { c: f / r, s: g / r, r };
}

/** Smaller singular value of [[f, g], [0, h]]. Source: LAPACK's `dlas2`. */
function smallerSingularValue(f: number, g: number, h: number): number {
  const small = Math.min(Math.abs(f), Math.abs(h));
  const large = Math.max(Math.abs(f), Math.abs(h));
  const off = Math.abs(g);
  if (small === 0) return 0;
  const sum = 1 + small / large;
  const difference = (large - small) / large;
  if (off < large) {
    const ratio = (off / large) ** 2;
    return (2 * small) / (Math.sqrt(sum * sum + ratio) + Math.sqrt(difference * difference + ratio));
  }
  const ratio = large / off;
  const c = 1 / (Math.sqrt(1 + (sum * ratio) ** 2) + Math.sqrt(1 + (difference * ratio) ** 2));
  return 2 * small * c * ratio;
}
