import { ShapeError } from '../../errors.js';
import type { Transposed } from '../algebra.js';
import { transpose } from '../blocks.js';
import { type Matrix, matrix } from '../matrix.js';

/** op(a)·op(b), summed in the order of the inner index. @throws ShapeError as `LinearAlgebra` says */
export function multiply(a: Matrix, b: Matrix, transposed: Transposed = {}, into?: Float64Array): Matrix {
  const left = transposed.a ? transpose(a) : a;
  const right = transposed.b ? transpose(b) : b;
  if (left.cols !== right.rows) {
    throw new ShapeError(`cannot multiply ${left.rows}×${left.cols} by ${right.rows}×${right.cols}`);
  }
  const product = matrix(left.rows, right.cols, into?.fill(0));
  for (let i = 0; i < left.rows; i++) {
    for (let k = 0; k < left.cols; k++) {
      const factor = left.data[i * left.cols + k]!;
      for (let j = 0; j < right.cols; j++) {
        product.data[i * right.cols + j]! += factor * right.data[k * right.cols + j]!;
      }
    }
  }
  return product;
}
