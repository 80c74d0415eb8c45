import { bridgeOf, writtenBy } from '../interventions/bridge.js';
import { matrixOfMap } from '../interventions/head-blocks.js';
import type { LinearAlgebra } from '../linalg/algebra.js';
import { columnsOf, rowsOfMatrix } from '../linalg/blocks.js';
import { keyHeadOf } from '../model/architecture.js';
import { type HeadIndex, type HeadPair, headInLayer, layerOfHead } from '../model/heads.js';
import type { ModelWeights } from '../model/weights.js';

/** How well two heads fit together by their weights alone, to stand beside what edits of them do. */
export interface Composition {
  /** Diagonal z-score of W_QKOV, as the measure of that name; NaN where all entries are equal. */
  readonly zScore: number;
  /** QK–OV match at a rank, statistic `mean`, as the measure of that name. */
  readonly match: number;
}

/**
 * z-score and QK–OV match of a pair at t = 0, by their definitions: W_QKOV = W_qᵀ (W_k W_o) W_v is formed, so this is for
 * models whose width allows d×d matrices.
 */
export function compositionOf(
  weights: ModelWeights,
  { writer, reader }: HeadPair,
  rank: number,
  algebra: LinearAlgebra,
): Composition {
  const read = blocksOf(weights, reader);
  const written = blocksOf(weights, writer);
  const keys = algebra.multiply(algebra.multiply(read.wk, written.wo), written.wv);
  const { data, rows: d } = algebra.multiply(read.wq, keys, { a: true });
  let [sum, squares, diagonal] = [0, 0, 0];
  data.forEach((value, at) => {
    sum += value;
    squares += value * value;
    if (at % (d + 1) === 0) diagonal += value;
  });
  const mean = sum / d ** 2;
  const variance = squares / d ** 2 - mean ** 2;
  const hasSpread = variance > (4 * Number.EPSILON * squares) / d ** 2;
  const right = columnsOf(bridgeOf(weights, [reader], 0, algebra).basis, 0, rank);
  const left = columnsOf(writtenBy(weights, writer, algebra).basis, 0, rank);
  const cosines = algebra.multiply(right, left, { a: true }).data;
  return {
    zScore: hasSpread ? (diagonal / d - mean) / Math.sqrt(variance) : Number.NaN,
    match: Math.sqrt(cosines.reduce((total, value) => total + value * value, 0) / rank),
  };
}

function blocksOf(weights: ModelWeights, index: HeadIndex) {
  const { architecture } = weights;
  const { headWidth: h } = architecture;
  const head = headInLayer(architecture, index);
  const keyHead = keyHeadOf(architecture, head);
  const { query, key, value, output } = weights.layer(layerOfHead(architecture, index)).attention();
  return {
    wq: rowsOfMatrix(matrixOfMap(query), head * h, h),
    wk: rowsOfMatrix(matrixOfMap(key), keyHead * h, h),
    wv: rowsOfMatrix(matrixOfMap(value), keyHead * h, h),
    wo: columnsOf(matrixOfMap(output), head * h, h),
  };
}

/** The writer and the reader, in a later layer, of the largest z-score; undefined in a model of one layer. */
export function strongestPair(weights: ModelWeights, algebra: LinearAlgebra): HeadPair | undefined {
  const { layers, heads } = weights.architecture;
  let best: { readonly pair: HeadPair; readonly zScore: number } | undefined;
  for (let writer = 0; writer < (layers - 1) * heads; writer++) {
    for (let reader = (Math.floor(writer / heads) + 1) * heads; reader < layers * heads; reader++) {
      const pair = { writer, reader };
      const { zScore } = compositionOf(weights, pair, 1, algebra);
      const score = Number.isNaN(zScore) ? Number.NEGATIVE_INFINITY : zScore;
      if (best === undefined || score > best.zScore) best = { pair, zScore: score };
    }
  }
  return best?.pair;
}
