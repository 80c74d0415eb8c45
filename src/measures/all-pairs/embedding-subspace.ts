import type { LinearAlgebra } from '../../linalg/algebra.js';
import { transpose } from '../../linalg/blocks.js';
import { leadingEigenvectors } from '../../linalg/leading-eigenvectors.js';
import { matrix } from '../../linalg/matrix.js';
import type { ModelWeights } from '../../model/weights.js';
import { uniformNumbers } from '../jacobi-ensemble.js';
import { numericalRank } from '../numerical-rank.js';
import type { HeadSubspace } from './head-subspaces.js';
import { tokenMatrix, tokenProducts, tokenSquare } from './token-products.js';

/** Above this many tokens the embedding's subspace comes from EᵀE, whose singular vectors are the same. */
const largestWhole = 4096;

/** Above this width the leading vectors of EᵀE are found without decomposing it. */
const widestDecomposed = 1024;

/**
 * The directions that token embeddings use most: top right singular vectors of E, V×d. For large vocabularies from the
 * d×d matrix EᵀE; half of the digits of small singular values are lost there, and none of the leading ones that are used.
 * @param limits above which sizes another way is taken
 */
export function embeddingSubspace(
  weights: ModelWeights,
  count: number,
  algebra: LinearAlgebra,
  limits = { largestWhole, widestDecomposed },
): HeadSubspace {
  const { width, vocabSize } = weights.architecture;
  const rankOf = (s: Float64Array, kept: number) =>
    Math.min(kept, numericalRank(s, Math.max(vocabSize, width)));
  if (vocabSize <= limits.largestWhole) {
    const kept = Math.min(count, vocabSize);
    const { s, v } = algebra.svd(tokenMatrix(weights, weights.embedding, 0, vocabSize), {
      v: true,
      count: kept,
    });
    return { directions: transpose(v!), rank: rankOf(s, kept) };
  }
  if (width > limits.widestDecomposed) {
    const product = tokenSquare(weights, weights.embedding);
    const uniform = uniformNumbers(0);
    const found = leadingEigenvectors(product, width, count, () => uniform() - 0.5, algebra);
    if (found !== undefined)
      return { directions: transpose(found.vectors), rank: rankOf(found.values, count) };
  }
  const square = matrix(width, width);
  tokenProducts(weights, weights.embedding, weights.embedding, square.data);
  const { s, v } = algebra.svd(square, { v: true, count });
  return { directions: transpose(v!), rank: rankOf(s, count) };
}
