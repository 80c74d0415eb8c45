import { tensorOfFloat64 } from '../checkpoint/tensor-source.js';
import { type Matrix, matrix } from '../linalg/matrix.js';
import { decodeFloat64, sizeOfMap } from '../model/decode-map.js';
import { storedTensor } from '../model/stored-matrix.js';
import type { LinearMap } from '../model/weights.js';

/** W of a linear map in float64, with its rows in the map's order, `[out, in]`; always a copy that may be written to. */
export function matrixOfMap(map: LinearMap): Matrix {
  const { out, in: cols } = sizeOfMap(map);
  return matrix(out, cols, decodeFloat64(map));
}

/** A linear map of a computed matrix. */
export function mapOfMatrix({ rows, cols, data }: Matrix, bias: Float64Array | null): LinearMap {
  return { weight: storedTensor(tensorOfFloat64(data, [rows, cols])), rows: null, bias };
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
