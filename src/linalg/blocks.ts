import { ShapeError } from '../errors.js';
import { type Matrix, matrix } from './matrix.js';

/** aᵀ, as a copy. */
export function transpose(a: Matrix): Matrix {
  const data = new Float64Array(a.data.length);
  for (let row = 0; row < a.rows; row++) {
    for (let col = 0; col < a.cols; col++) data[col * a.rows + row] = a.data[row * a.cols + col]!;
  }
  return matrix(a.cols, a.rows, data);
}

/** `count` rows from row `from` on; the matrix itself where that is all of it. @throws ShapeError when there are fewer */
export function rowsOfMatrix(a: Matrix, from: number, count: number): Matrix {
  if (from === 0 && count === a.rows) return a;
  if (from < 0 || from + count > a.rows) {
    throw new ShapeError(`rows ${from} to ${from + count} of a ${a.rows}×${a.cols} matrix do not exist`);
  }
  return matrix(count, a.cols, a.data.slice(from * a.cols, (from + count) * a.cols));
}

/** `count` columns from column `from` on; the matrix itself where that is all of it. @throws ShapeError when there are fewer */
export function columnsOf(a: Matrix, from: number, count: number): Matrix {
  if (from === 0 && count === a.cols) return a;
  if (from < 0 || from + count > a.cols) {
    throw new ShapeError(`columns ${from} to ${from + count} of a ${a.rows}×${a.cols} matrix do not exist`);
  }
  const data = new Float64Array(a.rows * count);
  for (let row = 0; row < a.rows; row++) {
    const start = row * a.cols + from;
    data.set(a.data.subarray(start, start + count), row * count);
  }
  return matrix(a.rows, count, data);
}

/** [a | b | …]. @throws ShapeError when the row counts differ or there is no part */
export function sideBySide(parts: readonly Matrix[]): Matrix {
  const [first, ...others] = parts;
  if (first === undefined || others.some(({ rows }) => rows !== first.rows)) {
    throw new ShapeError(
      `matrices side by side need equal rows, got ${parts.map(({ rows }) => rows).join(', ')}`,
    );
  }
  if (others.length === 0) return first;
  const cols = parts.reduce((sum, part) => sum + part.cols, 0);
  const data = new Float64Array(first.rows * cols);
  let from = 0;
  for (const part of parts) {
    for (let row = 0; row < first.rows; row++) {
      data.set(part.data.subarray(row * part.cols, (row + 1) * part.cols), row * cols + from);
    }
    from += part.cols;
  }
  return matrix(first.rows, cols, data);
}
