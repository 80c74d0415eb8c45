import type { Matrix } from '../linalg/matrix.js';
import { type Circuits, headName, type Pair, pairName } from './circuits.js';
import type { Measure } from './measure.js';
import type { Rotation } from './rotary.js';
import { type RotatedNorm, rotatedNorm, rotatedNormAt } from './rotated-norm.js';

/**
 * Diagonal z-score of W_QKOV = W_QK(t) W_OV: does a token attend to where its own copy was written?
 * (mean(diag W_QKOV) - mean(W_QKOV)) / std(W_QKOV), population std over all d² entries.
 *
 * With B = W_k W_o W_v, no d×d matrix is needed: trace = tr(R B W_qᵀ), sum of entries = (W_q 1)ᵀ R (B 1),
 * ‖W_QKOV‖² = ⟨W_q W_qᵀ, R B Bᵀ Rᵀ⟩; the factor 1/√d_head cancels. Null where all entries are equal.
 * Source: notebook `QKOV_matching`, z-score.
 */
export const zScore: Measure = (circuits, { relPos }, emit) => {
  for (const pair of circuits.pairs) {
    const of = pairName(pair);
    const sums = pairSums(circuits, pair);
    for (const rel_pos of relPos) {
      emit(
        { measure: 'z_score', of, rel_pos, rank: null, statistic: null },
        diagonalZScore(sums, circuits.rotation(rel_pos), circuits.config.d_model),
      );
    }
  }
};

/** What the z-score needs of a pair at any relative position. */
interface PairSums {
  /** tr(R·B·W_qᵀ) by pairs of rows. */
  readonly trace: PairedSum;
  /** (W_q 1)ᵀ R (B 1) by pairs of rows. */
  readonly total: PairedSum;
  readonly squares: RotatedNorm;
}

/** A sum Σ cos(a_p)·even_p + sin(a_p)·odd_p; `even` alone where R is the identity. */
interface PairedSum {
  readonly even: Float64Array;
  readonly odd: Float64Array;
}

function diagonalZScore({ trace, total, squares }: PairSums, rotation: Rotation, d: number): number {
  const diagonalMean = sumAt(trace, rotation) / d;
  const mean = sumAt(total, rotation) / d ** 2;
  const meanSquare = rotatedNormAt(squares, rotation) / d ** 2;
  const variance = meanSquare - mean ** 2;
  // Below the rounding error of the mean square there is no spread to divide by.
  if (!(variance > 4 * Number.EPSILON * meanSquare)) return Number.NaN;
  return (diagonalMean - mean) / Math.sqrt(variance);
}

function pairSums(circuits: Circuits, pair: Pair): PairSums {
  const { reader } = pair;
  const written = circuits.keysOnWritten(pair);
  const querySums = circuits.once(`query sums ${headName(reader)}`, () => rowSums(reader.wq));
  const queryGram = circuits.once(`query gram ${headName(reader)}`, () =>
    circuits.algebra.multiply(reader.wq, reader.wq, { b: true }),
  );
  const writtenSums = rowSums(written);
  return {
    trace: pairedSum(reader.wq.rows, (i, j) => rowProduct(written, i, reader.wq, j)),
    total: pairedSum(reader.wq.rows, (i, j) => writtenSums[i]! * querySums[j]!),
    squares: rotatedNorm(queryGram, circuits.writtenGram(pair)),
  };
}

/** tr(R·D) for a matrix D of which only the 2×2 blocks on the diagonal matter. */
function pairedSum(rows: number, entry: (i: number, j: number) => number): PairedSum {
  const even = new Float64Array(Math.ceil(rows / 2));
  const odd = new Float64Array(even.length);
  for (let row = 0; row < rows; row++) {
    even[row >> 1]! += entry(row, row);
    const other = row ^ 1;
    if (other < rows) odd[row >> 1]! += row < other ? entry(row, other) : -entry(row, other);
  }
  return { even, odd };
}

function sumAt({ even, odd }: PairedSum, { angles }: Rotation): number {
  let sum = 0;
  for (let pair = 0; pair < even.length; pair++) {
    sum += angles === null ? even[pair]! : angles.cos[pair]! * even[pair]! + angles.sin[pair]! * odd[pair]!;
  }
  return sum;
}

function rowProduct(a: Matrix, i: number, b: Matrix, j: number): number {
  let sum = 0;
  for (let col = 0; col < a.cols; col++) sum += a.data[i * a.cols + col]! * b.data[j * b.cols + col]!;
  return sum;
}

/** a·1 */
function rowSums(a: Matrix): Float64Array {
  const sums = new Float64Array(a.rows);
  for (let row = 0; row < a.rows; row++) {
    for (let col = 0; col < a.cols; col++) sums[row]! += a.data[row * a.cols + col]!;
  }
  return sums;
}
