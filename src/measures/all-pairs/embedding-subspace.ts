import type { LinearAlgebra } from '../../linalg/algebra.js';
import type { ModelWeights } from '../../model/weights.js';
import { numericalRank } from '../numerical-rank.js';
import type { HeadSubspace } from './head-subspaces.js';
import { tokenMatrix, tokenProducts } from './token-products.js';

/** Above this many tokens the embedding's subspace comes from EᵀE, whose singular vectors are the same. */
const largestWhole = 4096;

/**
 * The directions that token embeddings use most: top right singular vectors of E, V×d. For large vocabularies from the
 * d×d matrix EᵀE; half of the digits of small singular values are lost there, and none of the leading ones that are used.
 */
export function embeddingSubspace(
  weights: ModelWeights,
  count: number,
  algebra: LinearAlgebra,
): HeadSubspace {
  const { width, vocabSize } = weights.architecture;
  if (vocabSize > largestWhole) {
    const { s, v } = algebra.svd(tokenProducts(weights, weights.embedding, weights.embedding), {
      v: true,
      count,
    });
    return { columns: v!, rank: Math.min(count, numericalRank(s, Math.max(vocabSize, width))) };
  }
  const embedding = tokenMatrix(weights, weights.embedding, 0, vocabSize);
  const kept = Math.min(count, vocabSize);
  const { s, v } = algebra.svd(embedding, { v: true, count: kept });
  return { columns: v!, rank: Math.min(kept, numericalRank(s, Math.max(vocabSize, width))) };
}
