import type { LinearAlgebra } from '../../linalg/algebra.js';
import type { Matrix } from '../../linalg/matrix.js';
import { numericalRank } from '../numerical-rank.js';
import { type Rotation, rotateRows } from '../rotary.js';
import type { LayerHeads } from './layer-heads.js';

/** The leading directions of a head's circuit in the residual stream. */
export interface HeadSubspace {
  /** Orthonormal directions as rows, count×d, the strongest first. */
  readonly directions: Matrix;
  /** How many of them are directions of their own: a singular value of zero has none. */
  readonly rank: number;
}

/**
 * What a head writes: top left singular vectors of W_OV = W_o W_v, from its factors.
 * W_oᵀ = L_o Q_oᵀ, W_v = L_v Q_vᵀ, so W_OV = Q_o (L_oᵀ L_v) Q_vᵀ: the SVD of an h×h core.
 */
export function writtenSubspace(
  heads: LayerHeads,
  head: number,
  count: number,
  algebra: LinearAlgebra,
): HeadSubspace {
  const written = heads.outputTransposed(head);
  const output = algebra.lq(written);
  const value = algebra.lower(heads.value(head));
  const core = algebra.multiply(output.l, value, { a: true });
  const { s, u } = algebra.svd(core, { u: true, count });
  return { directions: output.transposedProduct(u!), rank: rankOf(s, written.cols, count) };
}

/**
 * What a head reads at each relative position: top right singular vectors of W_QK(t) = W_qᵀ R(t) W_k.
 * W_q = L_q Q_qᵀ, W_k = L_k Q_kᵀ, so W_QK(t) = Q_q (L_qᵀ R(t) L_k) Q_kᵀ.
 */
export function readSubspaces(
  heads: LayerHeads,
  head: number,
  rotations: readonly Rotation[],
  count: number,
  algebra: LinearAlgebra,
): HeadSubspace[] {
  const keys = heads.key(head);
  const query = algebra.lower(heads.query(head));
  const key = algebra.lq(keys);
  return rotations.map((rotation) => {
    const core = algebra.multiply(query, rotateRows(rotation, key.l), { a: true });
    const { s, v } = algebra.svd(core, { v: true, count });
    return { directions: key.transposedProduct(v!), rank: rankOf(s, keys.cols, count) };
  });
}

function rankOf(s: Float64Array, width: number, count: number): number {
  return Math.min(count, numericalRank(s, width));
}
