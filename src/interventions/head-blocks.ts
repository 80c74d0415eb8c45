import { tensorOfFloat64 } from '../checkpoint/tensor-source.js';
import { type Matrix, matrix } from '../linalg/matrix.js';
import type { LinearMap } from '../model/weights.js';
import { toFloat64 } from '../tensor/decode.js';

/** W of a linear map in float64, with its rows in the map's order, `[out, in]`; always a copy that may be written to. */
export function matrixOfMap({ weight, rows }: LinearMap): Matrix {
  const values = toFloat64(weight);
  const cols = weight.shape[1]!;
  if (rows === null) return matrix(weight.shape[0]!, cols, values);
  const picked = new Float64Array(rows.length * cols);
  rows.forEach((row, at) => {
    picked.set(values.subarray(row * cols, (row + 1) * cols), at * cols);
  });
  return matrix(rows.length, cols, picked);
}

/** A linear map of a computed matrix. */
export function mapOfMatrix({ rows, cols, data }: Matrix, bias: Float64Array | null): LinearMap {
  return { weight: tensorOfFloat64(data, [rows, cols]), rows: null, bias };
}

/** Writes `block` over rows from row `from` on. */
export function setRows(target: Matrix, from: number, block: Matrix): void {
  target.data.set(block.data, from * target.cols);
}

/** Writes `block` over columns from column `from` on. */
export function setColumns(target: Matrix, from: number, block: Matrix): void {
  for (let row = 0; row < target.rows; row++) {
    const values = block.data.subarray(row * block.cols, (row + 1) * block.cols);
    target.data.set(values, row * target.cols + from);
  }
}
