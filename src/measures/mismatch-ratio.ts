import { rowsOfMatrix } from '../linalg/blocks.js';
import type { Matrix } from '../linalg/matrix.js';
import { allFinite } from './all-finite.js';
import { type Circuits, headName, type Pair, pairName } from './circuits.js';
import type { Measure } from './measure.js';
import { rotateRows } from './rotary.js';

/**
 * Token mismatch ratio: the share of tokens that would rather attend to another token's copy than to their own.
 * S = E W_QKOV(t) Eᵀ; the share of rows i whose largest entry is not S[i, i] (the first of equal entries counts). Null where S overflows.
 * Source: notebook `QKOV_matching`, mismatch ratio.
 */
export const mismatchRatio: Measure = (circuits, { relPos }, emit) => {
  for (const pair of circuits.pairs) {
    const of = pairName(pair);
    for (const rel_pos of relPos) {
      emit(
        { measure: 'mismatch_ratio', of, rel_pos, rank: null, statistic: null },
        tokenMismatch(circuits, pair, rel_pos),
      );
    }
  }
};

/** Rows of S formed at once: V can be large, so S is never held whole. */
const rowsAtOnce = 256;

function tokenMismatch(circuits: Circuits, pair: Pair, relPos: number): number {
  const { algebra } = circuits;
  const { wte } = circuits.weights;
  const { reader } = pair;
  const queries = circuits.once(`token queries ${headName(reader)}`, () =>
    algebra.multiply(wte, reader.wq, { b: true }),
  );
  const rotated = rotateRows(circuits.rotation(relPos), circuits.tokenKeys(pair));
  let mismatches = 0;
  for (let from = 0; from < wte.rows; from += rowsAtOnce) {
    const block = rowsOfMatrix(queries, from, Math.min(rowsAtOnce, wte.rows - from));
    const scores = algebra.multiply(block, rotated);
    if (!allFinite(scores.data)) return Number.NaN;
    mismatches += countMismatches(scores, from);
  }
  return mismatches / wte.rows;
}

function countMismatches(scores: Matrix, firstToken: number): number {
  let mismatches = 0;
  for (let row = 0; row < scores.rows; row++) {
    const start = row * scores.cols;
    let best = 0;
    for (let col = 1; col < scores.cols; col++) {
      if (scores.data[start + col]! > scores.data[start + best]!) best = col;
    }
    if (best !== firstToken + row) mismatches++;
  }
  return mismatches;
}
