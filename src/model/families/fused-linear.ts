import { keptOnceWhole } from '../stored-matrix.js';
import type { LinearMap } from '../weights.js';

/** Takes maps out of one that a file keeps together: each is some of its rows, with their biases. */
export function fusedLinear(whole: LinearMap): (rows: Int32Array) => LinearMap {
  const { bias } = whole;
  const weight = keptOnceWhole(whole.weight);
  return (rows) => ({ weight, rows, bias: bias && Float64Array.from(rows, (row) => bias[row]!) });
}
