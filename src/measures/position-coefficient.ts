import { type Matrix, matrix } from '../linalg/matrix.js';
import type { Circuits } from './circuits.js';
import type { Emit, Measure } from './measure.js';
import { numericalRank } from './numerical-rank.js';

/**
 * Position coefficients: how much of a token the first layer's queries and keys see; what they miss is left to position.
 * For the rows x of X (centred embeddings and their mean direction, each of length 1): ‖x V_r(W_q)‖, ‖x V_r(W_k)‖ by rank
 * (`query_subspace`, `key_subspace`); ‖x W‖ with W as stored (`query`, `key`, as the notebook has it); and ‖x Wᵀ‖, the
 * length of what the layer really computes (`query_input`, `key_input`).
 * Null for r above the rank of W_q or W_k. Statistics: mean and population std over the V token rows, and the mean row's own value.
 * Source: notebook `position_matching`.
 */
export const positionCoefficient: Measure = (circuits, { config, ranks }, emit) => {
  for (const [part, name] of [
    ['q', 'query'],
    ['k', 'key'],
  ] as const) {
    const { s, vtc } = circuits.firstLayerOnTokens(part);
    const lengths = subspaceLengths(vtc, ranks);
    const most = numericalRank(s, config.d_model);
    for (const rank of ranks) {
      emitStatistics(emit, `${name}_subspace`, rank, rank > most ? unknown(vtc.cols) : lengths.get(rank)!);
    }
    const weight = part === 'q' ? circuits.weights.firstWq : circuits.weights.firstWk;
    emitStatistics(emit, name, null, imageLengths(circuits, weight, false));
    emitStatistics(emit, `${name}_input`, null, imageLengths(circuits, weight, true));
  }
};

/**
 * What the measure takes means of: a row for every token and one for the mean direction, ‖x V_r(W_q)‖, ‖x V_r(W_k)‖, ‖x W_q‖, ‖x W_k‖
 * with W as stored, (V+1)×4; NaN for r above the rank of W.
 * @param rank r, at most the columns that the circuits keep
 */
export function positionCoefficients(circuits: Circuits, rank: number): Matrix {
  const columns = (['q', 'k'] as const).map((part) => {
    const { s, vtc } = circuits.firstLayerOnTokens(part);
    const known = rank <= numericalRank(s, circuits.config.d_model);
    return known ? subspaceLengths(vtc, [rank]).get(rank)! : unknown(vtc.cols);
  });
  const { firstWq, firstWk } = circuits.weights;
  columns.push(imageLengths(circuits, firstWq, false), imageLengths(circuits, firstWk, false));
  const out = matrix(columns[0]!.length, columns.length);
  columns.forEach((column, at) => {
    column.forEach((value, row) => {
      out.data[row * columns.length + at] = value;
    });
  });
  return out;
}

function unknown(count: number): Float64Array {
  return new Float64Array(count).fill(Number.NaN);
}

/** ‖x V_r‖ of every row x for every r: root of the running sum of squares down the rows of Vᵀ Xᵀ. */
function subspaceLengths(vtx: Matrix, ranks: readonly number[]): Map<number, Float64Array> {
  const squares = new Float64Array(vtx.cols);
  const wanted = new Set(ranks);
  const lengths = new Map<number, Float64Array>();
  for (let row = 0; row < vtx.rows; row++) {
    const start = row * vtx.cols;
    for (let col = 0; col < vtx.cols; col++) squares[col]! += vtx.data[start + col]! * vtx.data[start + col]!;
    if (wanted.has(row + 1)) lengths.set(row + 1, squares.map(Math.sqrt));
  }
  return lengths;
}

/** ‖x W‖ for every row of X, W as stored; ‖x Wᵀ‖ where `transposed`. */
function imageLengths(circuits: Circuits, weight: Matrix, transposed: boolean): Float64Array {
  const { rows, cols, data } = circuits.algebra.multiply(circuits.wteCentered(), weight, { b: transposed });
  const lengths = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    let squares = 0;
    for (let at = row * cols; at < (row + 1) * cols; at++) squares += data[at]! * data[at]!;
    lengths[row] = Math.sqrt(squares);
  }
  return lengths;
}

function emitStatistics(emit: Emit, of: string, rank: number | null, lengths: Float64Array): void {
  const tokens = lengths.length - 1;
  let sum = 0;
  for (let token = 0; token < tokens; token++) sum += lengths[token]!;
  const mean = sum / tokens;
  let squares = 0;
  for (let token = 0; token < tokens; token++) squares += (lengths[token]! - mean) ** 2;
  const variance = squares / tokens;
  const key = { measure: 'position_coefficient', of, rel_pos: null, rank };
  emit({ ...key, statistic: 'token_mean' }, mean);
  emit({ ...key, statistic: 'token_std' }, Math.sqrt(variance));
  emit({ ...key, statistic: 'mean_direction' }, lengths[tokens]!);
}
