import { keptOnceWhole } from '../stored-matrix.js';
import type { LinearMap } from '../weights.js';

/** Takes maps out of one that a file keeps together: each is some of its rows, with their biases. */
export function fusedLinear(whole: LinearMap): (rows: Int32Array) => LinearMap {
  const { bias } = whole;
  const weight = keptOnceWhole(whole.weight);
  return (rows) => ({ weight, rows, bias: bias && biasOfRows(bias, rows) });
}

/** The entries of a bias that belong to rows. */
export function biasOfRows(bias: Float64Array, rows: Int32Array): Float64Array {
  const picked = new Float64Array(rows.length);
  for (let at = 0; at < picked.length; at++) picked[at] = bias[rows[at]!]!;
  return picked;
}
