import type { Matrix } from '../linalg/matrix.js';
import type { Rotation } from './rotary.js';

/**
 * ⟨G, R H Rᵀ⟩ = ‖A R B‖² for G = Aᵀ A and H = B Bᵀ, as a function of the rotation R alone.
 * With c and s the cosines and sines of R's pairs it is cᵀ M₁ c + sᵀ M₂ s + sᵀ M₃ c, so that each further position costs
 * O(n²) instead of products of matrices.
 */
export interface RotatedNorm {
  /** ⟨G, H⟩: the value where R is the identity. */
  readonly unrotated: number;
  /** The coefficients of c_p c_q, s_p s_q and s_p c_q, each n/2×n/2; undefined where n is odd, and no rotation exists. */
  readonly coefficients?: {
    readonly cc: Float64Array;
    readonly ss: Float64Array;
    readonly sc: Float64Array;
  };
}

/**
 * Splits each 2×2 block of G and H into the part that commutes with rotations and the part that a reflection turns into
 * one: as complex numbers α and β these become α·exp(i(a_p - a_q)) and β·exp(i(a_p + a_q)) under R H Rᵀ.
 * @param g n×n, symmetric   @param h n×n, symmetric
 */
export function rotatedNorm(g: Matrix, h: Matrix): RotatedNorm {
  const n = g.rows;
  let unrotated = 0;
  for (let at = 0; at < n * n; at++) unrotated += g.data[at]! * h.data[at]!;
  if (n % 2 !== 0) return { unrotated };
  const half = n / 2;
  const cc = new Float64Array(half * half);
  const ss = new Float64Array(half * half);
  const sc = new Float64Array(half * half);
  for (let p = 0; p < half; p++) {
    for (let q = 0; q < half; q++) {
      const at = 2 * p * n + 2 * q;
      const [g00, g01, g10, g11] = [g.data[at]!, g.data[at + 1]!, g.data[at + n]!, g.data[at + n + 1]!];
      const [h00, h01, h10, h11] = [h.data[at]!, h.data[at + 1]!, h.data[at + n]!, h.data[at + n + 1]!];
      // conj(α_G)·α_H and conj(β_G)·β_H, twice each, with the factors 1/2 of α and β drawn out.
      const [gSum, gSkew, gDifference, gCross] = [g00 + g11, g10 - g01, g00 - g11, g10 + g01];
      const [hSum, hSkew, hDifference, hCross] = [h00 + h11, h10 - h01, h00 - h11, h10 + h01];
      const alphaRe = (gSum * hSum + gSkew * hSkew) / 2;
      const alphaIm = (gSum * hSkew - gSkew * hSum) / 2;
      const betaRe = (gDifference * hDifference + gCross * hCross) / 2;
      const betaIm = (gDifference * hCross - gCross * hDifference) / 2;
      cc[p * half + q] = alphaRe + betaRe;
      ss[p * half + q] = alphaRe - betaRe;
      sc[p * half + q]! -= alphaIm + betaIm;
      // c_p s_q is s_q c_p of the block across the diagonal.
      sc[q * half + p]! += alphaIm - betaIm;
    }
  }
  return { unrotated, coefficients: { cc, ss, sc } };
}

/** The value for one rotation. */
export function rotatedNormAt({ unrotated, coefficients }: RotatedNorm, { angles }: Rotation): number {
  if (angles === null || coefficients === undefined) return unrotated;
  const { cos, sin } = angles;
  const { cc, ss, sc } = coefficients;
  const half = cos.length;
  let total = 0;
  for (let p = 0; p < half; p++) {
    let withCos = 0;
    let withSin = 0;
    for (let q = 0; q < half; q++) {
      const at = p * half + q;
      withCos += cc[at]! * cos[q]!;
      withSin += ss[at]! * sin[q]! + sc[at]! * cos[q]!;
    }
    total += cos[p]! * withCos + sin[p]! * withSin;
  }
  return total;
}
