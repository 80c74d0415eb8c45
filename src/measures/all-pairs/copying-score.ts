import type { LinearAlgebra } from '../../linalg/algebra.js';
import { eigenvalues } from '../../linalg/eigenvalues.js';
import type { Matrix } from '../../linalg/matrix.js';
import type { LayerHeads } from './layer-heads.js';

/**
 * Copying score of a head: does its circuit from tokens to logits raise what it reads? Σ Re λ / Σ |λ| over the eigenvalues
 * of U W_OV Eᵀ, in [-1, 1]; those that are not zero are the eigenvalues of the h×h matrix W_v Eᵀ U W_o.
 * @param tokens Eᵀ U, d×d: embedding and unembedding, both V×d
 * Source: Elhage et al. 2021, "Detecting copying behavior".
 */
export function copyingScore(
  heads: LayerHeads,
  head: number,
  tokens: Matrix,
  algebra: LinearAlgebra,
): number {
  const read = algebra.multiply(heads.value(head), tokens);
  const { re, im } = eigenvalues(algebra.multiply(read, heads.outputTransposed(head), { b: true }));
  let [sum, size] = [0, 0];
  for (let at = 0; at < re.length; at++) {
    sum += re[at]!;
    size += Math.hypot(re[at]!, im[at]!);
  }
  return sum / size;
}
