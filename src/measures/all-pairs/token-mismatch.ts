import type { LinearAlgebra } from '../../linalg/algebra.js';
import { type Matrix, matrix } from '../../linalg/matrix.js';
import { uniformNumbers } from '../jacobi-ensemble.js';
import { type Rotation, rotateRows } from '../rotary.js';
import type { HeadOfLayer } from './compositions.js';

/** Above this many tokens a sample stands for the vocabulary: all of them are V² scores a pair. */
export const largestWholeVocabulary = 4096;

/** Tokens of the sample, and the seed it is drawn from. */
export const sampledTokens = 1000;
export const sampleSeed = 2026;

/** The tokens that the mismatch ratio is taken over: all, or a seeded sample without repetition, in order. */
export function mismatchTokens(vocabSize: number): Int32Array {
  if (vocabSize <= largestWholeVocabulary) return Int32Array.from({ length: vocabSize }, (_, token) => token);
  const uniform = uniformNumbers(sampleSeed);
  const chosen = new Set<number>();
  while (chosen.size < sampledTokens) chosen.add(Math.floor(uniform() * vocabSize));
  return Int32Array.from(chosen).sort();
}

/**
 * Token mismatch ratio of every reader with every writer: the share of tokens that would rather attend to the copy of
 * another one. S = E W_QK(t) W_OV Eᵀ over the given tokens; the share of rows i whose largest entry is not S[i, i] (the
 * first of equal entries counts). NaN where S overflows.
 * @param tokens E, one row a token   @returns readers×writers for each rotation
 * Source: notebook `QKOV_matching`, mismatch ratio.
 */
export function tokenMismatches(
  readers: readonly HeadOfLayer[],
  writers: readonly HeadOfLayer[],
  rotations: readonly Rotation[],
  tokens: Matrix,
  algebra: LinearAlgebra,
): Matrix[] {
  const out = rotations.map(() => matrix(readers.length, writers.length));
  const queriesOf = readers.map(({ heads, head }) =>
    algebra.multiply(tokens, heads.query(head), { b: true }),
  );
  // One memory for the scores of all pairs: new ones would be most of what the heap sees.
  const scores = new Float64Array(tokens.rows ** 2);
  writers.forEach((writer, col) => {
    const values = algebra.multiply(writer.heads.value(writer.head), tokens, { b: true });
    const written = writer.heads.outputTransposed(writer.head);
    readers.forEach((reader, row) => {
      const core = algebra.multiply(reader.heads.key(reader.head), written, { b: true });
      const keys = algebra.multiply(core, values);
      rotations.forEach((rotation, at) => {
        const found = algebra.multiply(queriesOf[row]!, rotateRows(rotation, keys), {}, scores);
        out[at]!.data[row * writers.length + col] = mismatchOf(found);
      });
    });
  });
  return out;
}

function mismatchOf({ rows, cols, data }: Matrix): number {
  let mismatches = 0;
  for (let row = 0; row < rows; row++) {
    const start = row * cols;
    let best = 0;
    let largest = data[start]!;
    // NaN, and a sum with an infinity, stay what they are: one look at the end tells.
    let sum = 0;
    for (let col = 0; col < cols; col++) {
      const score = data[start + col]!;
      sum += score - score;
      if (score > largest) {
        largest = score;
        best = col;
      }
    }
    if (sum !== 0) return Number.NaN;
    if (best !== row) mismatches++;
  }
  return mismatches / rows;
}
