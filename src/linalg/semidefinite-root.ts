import { type Matrix, matrix } from './matrix.js';

/**
 * L with a = L·Lᵀ, n×n, of a symmetric positive semidefinite matrix of any rank: Cholesky with diagonal pivoting, which ends
 * where what is left is rounding; its other columns are zero. Rows are in the order of a, so L is a permuted triangle.
 * Source: Higham 1990, "Analysis of the Cholesky decomposition of a semi-definite matrix".
 */
export function semidefiniteRoot({ rows: n, data }: Matrix): Matrix {
  const root = matrix(n, n);
  const l = root.data;
  const rest = Float64Array.from({ length: n }, (_, i) => data[i * n + i]!);
  const left = Array.from({ length: n }, (_, i) => i);
  const negligible = n * Number.EPSILON * rest.reduce((most, value) => Math.max(most, value), 0);
  for (let k = 0; k < n; k++) {
    let place = 0;
    for (let at = 1; at < left.length; at++) if (rest[left[at]!]! > rest[left[place]!]!) place = at;
    const pivot = left[place]!;
    if (!(rest[pivot]! > negligible)) break;
    left.splice(place, 1);
    const size = Math.sqrt(rest[pivot]!);
    l[pivot * n + k] = size;
    for (const i of left) {
      let sum = data[i * n + pivot]!;
      for (let p = 0; p < k; p++) sum -= l[i * n + p]! * l[pivot * n + p]!;
      const entry = sum / size;
      l[i * n + k] = entry;
      rest[i]! -= entry * entry;
    }
  }
  return root;
}
