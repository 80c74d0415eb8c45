import type { LinearAlgebra } from '../linalg/algebra.js';
import { columnsOf, rowsOfMatrix, transpose } from '../linalg/blocks.js';
import { type Matrix, matrix } from '../linalg/matrix.js';
import { type Architecture, keyHeadOf } from '../model/architecture.js';
import { type HeadIndex, headInLayer, headName, layerOfHead } from '../model/heads.js';
import type { ModelWeights, NormWeights } from '../model/weights.js';
import { matrixOfMap } from './head-blocks.js';
import { completeBasis, type NestedSubspaces } from './subspace.js';

/** The subspaces of a bridge, and the singular values they are ordered by. */
export interface Bridge extends NestedSubspaces {
  /** Of the stack, largest first: min(K·h, d). */
  readonly s: Float64Array;
}

/**
 * The common bridge subspace: right singular vectors of the stacked W_qᵀ R(t) W_k of some heads, that is,
 * the directions of the residual stream in which these heads together look for keys.
 * From factors: with the QR decomposition W_qᵀ = Q T, the stack of T R(t) W_k has the same singular values and right
 * vectors, in K·h rows instead of K·d.
 * The scale of scores, 1/√h as a rule, is left out: it is the same for all heads and turns no direction.
 * @param relPos t of R(t), negative for keys in the past; without rotary positions R = I
 * Source: paper, common bridge representation hypothesis.
 */
export function bridgeOf(
  weights: ModelWeights,
  heads: readonly HeadIndex[],
  relPos: number,
  algebra: LinearAlgebra,
): Bridge {
  const { architecture } = weights;
  const { headWidth: h, width: d } = architecture;
  const stack = matrix(heads.length * h, d);
  const layers = new Map<number, { readonly query: Matrix; readonly key: Matrix }>();
  heads.forEach((index, place) => {
    const layer = layerOfHead(architecture, index);
    const head = headInLayer(architecture, index);
    const attention = layers.get(layer) ?? readQueryAndKey(weights, layer);
    layers.set(layer, attention);
    const wq = rowsOfMatrix(attention.query, head * h, h);
    const wk = rowsOfMatrix(attention.key, keyHeadOf(architecture, head) * h, h);
    const { r } = algebra.qr(transpose(wq));
    const core = algebra.multiply(r, rotated(architecture, relPos, wk));
    stack.data.set(core.data, place * h * d);
  });
  const { s, v } = algebra.svd(stack, { v: true });
  return { s, basis: completeBasis(v!, algebra), dimensions: dimensionsOf(s) };
}

/**
 * What a head writes: left singular vectors of W_OV = W_o W_v.
 * Source: notebook `QKOV_matching`, the left side of the match.
 */
export function writtenBy(weights: ModelWeights, index: HeadIndex, algebra: LinearAlgebra): Bridge {
  const { architecture } = weights;
  const { headWidth: h } = architecture;
  const head = headInLayer(architecture, index);
  const attention = weights.layer(layerOfHead(architecture, index)).attention();
  const wo = columnsOf(matrixOfMap(attention.output), head * h, h);
  const wv = rowsOfMatrix(matrixOfMap(attention.value), keyHeadOf(architecture, head) * h, h);
  const { q, r } = algebra.qr(wo);
  const { s, u } = algebra.svd(algebra.multiply(r, wv), { u: true });
  return { s, basis: completeBasis(algebra.multiply(q, u!), algebra), dimensions: dimensionsOf(s) };
}

function readQueryAndKey(weights: ModelWeights, layer: number) {
  const { query, key, queryNorm, keyNorm } = weights.layer(layer).attention();
  return {
    query: withGains(matrixOfMap(query), queryNorm),
    key: withGains(matrixOfMap(key), keyNorm),
  };
}

/** Where queries and keys are normed head by head (Qwen 3), the gains scale rows: what is left of it up to a factor a token. */
function withGains(rows: Matrix, norm: NormWeights | null): Matrix {
  const gain = norm?.gain;
  if (!gain) return rows;
  return matrix(
    rows.rows,
    rows.cols,
    rows.data.map((value, at) => value * gain[Math.floor(at / rows.cols) % gain.length]!),
  );
}

/** R(t)·rows: adjacent pairs of rows rotate by t·frequencies[i]. */
function rotated({ positions }: Architecture, relPos: number, rows: Matrix): Matrix {
  if (positions.kind !== 'rotary' || relPos === 0) return rows;
  const { cols } = rows;
  const data = rows.data.slice();
  positions.frequencies.forEach((frequency, pair) => {
    const [c, s] = [Math.cos(relPos * frequency), Math.sin(relPos * frequency)];
    const even = 2 * pair * cols;
    for (let col = 0; col < cols; col++) {
      const [x, y] = [data[even + col]!, data[even + cols + col]!];
      data[even + col] = c * x - s * y;
      data[even + cols + col] = s * x + c * y;
    }
  });
  return matrix(rows.rows, cols, data);
}

/** Singular values above rounding, by the rule of LAPACK's and numpy's rank. */
function dimensionsOf(s: Float64Array): number {
  const threshold = s[0]! * s.length * Number.EPSILON;
  return s.filter((value) => value > threshold).length;
}

/** The usual message for a relative position that a model cannot have; undefined where it can. */
export function relPosFault({ positions, family }: Architecture, relPos: number): string | undefined {
  return positions.kind === 'rotary' || relPos === 0
    ? undefined
    : `${family} has no rotary positions, so a bridge at relative position ${relPos} is not defined; take 0`;
}

/** Names of heads as the table spells them, in order: `5.1,6.9`. */
export function headNames(architecture: Architecture, heads: readonly HeadIndex[]): string {
  return heads.map((head) => headName(architecture, head)).join(',');
}
