import type { LinearAlgebra } from '../../linalg/algebra.js';
import { transpose } from '../../linalg/blocks.js';
import type { Matrix } from '../../linalg/matrix.js';
import { numericalRank } from '../numerical-rank.js';
import { type Rotation, rotateRows } from '../rotary.js';
import type { LayerHeads } from './layer-heads.js';

/** The leading directions of a head's circuit in the residual stream. */
export interface HeadSubspace {
  /** Orthonormal directions as columns, d×count, the strongest first. */
  readonly columns: Matrix;
  /** How many of them are directions of their own: a singular value of zero has none. */
  readonly rank: number;
}

/**
 * What a head writes: top left singular vectors of W_OV = W_o W_v, from its factors.
 * W_o = Q_o R_o, W_vᵀ = Q_v R_v, so W_OV = Q_o (R_o R_vᵀ) Q_vᵀ: the SVD of an h×h core.
 */
export function writtenSubspace(
  heads: LayerHeads,
  head: number,
  count: number,
  algebra: LinearAlgebra,
): HeadSubspace {
  const output = algebra.qr(transpose(heads.outputTransposed(head)));
  const value = algebra.qr(transpose(heads.value(head)));
  const core = algebra.multiply(output.r, value.r, { b: true });
  const { s, u } = algebra.svd(core, { u: true, count });
  return { columns: algebra.multiply(output.q, u!), rank: rankOf(s, output.q.rows, count) };
}

/**
 * What a head reads at each relative position: top right singular vectors of W_QK(t) = W_qᵀ R(t) W_k.
 * W_qᵀ = Q_q R_q, W_kᵀ = Q_k R_k, so W_QK(t) = Q_q (R_q R(t) R_kᵀ) Q_kᵀ.
 */
export function readSubspaces(
  heads: LayerHeads,
  head: number,
  rotations: readonly Rotation[],
  count: number,
  algebra: LinearAlgebra,
): HeadSubspace[] {
  const query = algebra.qr(transpose(heads.query(head)));
  const key = algebra.qr(transpose(heads.key(head)));
  const right = transpose(key.r);
  return rotations.map((rotation) => {
    const core = algebra.multiply(query.r, rotateRows(rotation, right));
    const { s, v } = algebra.svd(core, { v: true, count });
    return { columns: algebra.multiply(key.q, v!), rank: rankOf(s, key.q.rows, count) };
  });
}

function rankOf(s: Float64Array, width: number, count: number): number {
  return Math.min(count, numericalRank(s, width));
}
