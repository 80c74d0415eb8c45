import type { LinearAlgebra } from '../../linalg/algebra.js';
import { columnsOf } from '../../linalg/blocks.js';
import { eigenvalues } from '../../linalg/eigenvalues.js';
import { type Matrix, matrix } from '../../linalg/matrix.js';
import type { LayerHeads } from './layer-heads.js';

/** Memory of the rows of Eᵀ U that are multiplied at once. */
const bytesAtOnce = 32 * 2 ** 20;

/**
 * Copying score of a head: does its circuit from tokens to logits raise what it reads? Σ Re λ / Σ |λ| over the eigenvalues
 * of U W_OV Eᵀ, in [-1, 1]; those that are not zero are the eigenvalues of the h×h matrix W_v Eᵀ U W_o.
 * @param tokens Eᵀ U, d×d row-major: embedding and unembedding, both V×d
 * Source: Elhage et al. 2021, "Detecting copying behavior".
 */
export function copyingScore(
  heads: LayerHeads,
  head: number,
  tokens: Float64Array,
  algebra: LinearAlgebra,
): number {
  const read = multiplyInParts(heads.value(head), tokens, algebra);
  const { re, im } = eigenvalues(algebra.multiply(read, heads.outputTransposed(head), { b: true }));
  let [sum, size] = [0, 0];
  for (let at = 0; at < re.length; at++) {
    sum += re[at]!;
    size += Math.hypot(re[at]!, im[at]!);
  }
  return sum / size;
}

/** a·b, some rows of b at a time, since those of a wide model are as large as all else together. */
function multiplyInParts(a: Matrix, b: Float64Array, algebra: LinearAlgebra): Matrix {
  const { rows, cols: d } = a;
  const most = Math.max(1, Math.floor(bytesAtOnce / (8 * d)));
  let sum: Matrix | undefined;
  for (let from = 0; from < d; from += most) {
    const count = Math.min(most, d - from);
    const part = matrix(count, d, b.subarray(from * d, (from + count) * d));
    const product = algebra.multiply(columnsOf(a, from, count), part);
    if (sum === undefined) sum = product;
    else for (let at = 0; at < rows * d; at++) sum.data[at]! += product.data[at]!;
  }
  return sum!;
}
