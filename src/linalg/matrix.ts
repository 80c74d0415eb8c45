import { ShapeError } from '../errors.js';

/** A dense row-major matrix of float64: entry (i, j) is `data[i * cols + j]`. */
export interface Matrix {
  readonly rows: number;
  readonly cols: number;
  readonly data: Float64Array;
}

/** Wraps row-major data. @throws ShapeError when the length is not rows·cols */
export function matrix(
  rows: number,
  cols: number,
  data: Float64Array = new Float64Array(rows * cols),
): Matrix {
  if (data.length !== rows * cols) {
    throw new ShapeError(`a ${rows}×${cols} matrix needs ${rows * cols} numbers, got ${data.length}`);
  }
  return { rows, cols, data };
}
