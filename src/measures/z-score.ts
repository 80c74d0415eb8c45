import type { Matrix } from '../linalg/matrix.js';
import { type Circuits, headName, type Pair, pairName } from './circuits.js';
import type { Measure } from './measure.js';
import { rotateCols, rotateRows } from './rotary.js';

/**
 * Diagonal z-score of W_QKOV = W_QK(t) W_OV: does a token attend to where its own copy was written?
 * (mean(diag W_QKOV) - mean(W_QKOV)) / std(W_QKOV), population std over all d² entries.
 *
 * With K = W_k W_o, no d×d matrix is needed: trace = ⟨R K, (W_v W_qᵀ)ᵀ⟩, sum of entries = (W_q 1)ᵀ R K (W_v 1),
 * ‖W_QKOV‖² = ⟨Rᵀ (W_q W_qᵀ) R, K (W_v W_vᵀ) Kᵀ⟩; the factor 1/√d_head cancels. Null where all entries are equal.
 * Source: notebook `QKOV_matching`, z-score.
 */
export const zScore: Measure = (circuits, { relPos }, emit) => {
  for (const pair of circuits.pairs) {
    const of = pairName(pair);
    for (const rel_pos of relPos) {
      emit(
        { measure: 'z_score', of, rel_pos, rank: null, statistic: null },
        diagonalZScore(circuits, pair, rel_pos),
      );
    }
  }
};

function diagonalZScore(circuits: Circuits, pair: Pair, relPos: number): number {
  const { reader } = pair;
  const d = circuits.config.d_model;
  const rotation = circuits.rotation(relPos);
  const { core, trace, writtenSum, writtenGram } = pairFactors(circuits, pair);
  const querySum = circuits.once(`query sum ${headName(reader)}`, () => rowSums(reader.wq));
  // Rᵀ G R: columns by Rᵀ through the rows of the symmetric G, then rows.
  const queryGram = circuits.once(`query gram ${headName(reader)} ${relPos}`, () => {
    const gram = circuits.once(`query gram ${headName(reader)}`, () =>
      circuits.algebra.multiply(reader.wq, reader.wq, { b: true }),
    );
    const inverse = circuits.rotation(-relPos);
    return rotateRows(inverse, rotateCols(inverse, gram));
  });
  const diagonalMean = inner(rotateRows(rotation, core), trace) / d;
  const rotatedSum = rotateRows(rotation, writtenSum);
  const mean = inner(rotatedSum, querySum) / d ** 2;
  const meanSquare = inner(queryGram, writtenGram) / d ** 2;
  const variance = meanSquare - mean ** 2;
  // Below the rounding error of the mean square there is no spread to divide by.
  if (!(variance > 4 * Number.EPSILON * meanSquare)) return Number.NaN;
  return (diagonalMean - mean) / Math.sqrt(variance);
}

/** What does not depend on t: K, (W_v W_qᵀ)ᵀ, K (W_v 1), K (W_v W_vᵀ) Kᵀ. */
function pairFactors(circuits: Circuits, pair: Pair) {
  const { algebra } = circuits;
  const { reader, writer } = pair;
  return circuits.once(`z-score ${pairName(pair)}`, () => {
    const core = pairCore(circuits, pair);
    const valueSum = circuits.once(`value sum ${headName(writer)}`, () => rowSums(writer.wv));
    const valueGram = circuits.once(`value gram ${headName(writer)}`, () =>
      algebra.multiply(writer.wv, writer.wv, { b: true }),
    );
    return {
      core,
      trace: algebra.multiply(reader.wq, writer.wv, { b: true }),
      writtenSum: algebra.multiply(core, valueSum),
      writtenGram: algebra.multiply(algebra.multiply(core, valueGram), core, { b: true }),
    };
  });
}

/** K = W_k W_o: the reader's keys on the writer's outputs, d_head×d_head. */
export function pairCore(circuits: Circuits, pair: Pair): Matrix {
  return circuits.once(`core ${pairName(pair)}`, () =>
    circuits.algebra.multiply(pair.reader.wk, pair.writer.wo),
  );
}

/** a·1, as a column. */
function rowSums(a: Matrix): Matrix {
  const data = new Float64Array(a.rows);
  for (let row = 0; row < a.rows; row++) {
    for (let col = 0; col < a.cols; col++) data[row]! += a.data[row * a.cols + col]!;
  }
  return { rows: a.rows, cols: 1, data };
}

/** ⟨a, b⟩ = Σ aᵢⱼ bᵢⱼ */
function inner(a: Matrix, b: Matrix): number {
  let sum = 0;
  for (let at = 0; at < a.data.length; at++) sum += a.data[at]! * b.data[at]!;
  return sum;
}
