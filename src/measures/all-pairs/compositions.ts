import type { LinearAlgebra } from '../../linalg/algebra.js';
import { rowsOfMatrix, transpose } from '../../linalg/blocks.js';
import { type Matrix, matrix } from '../../linalg/matrix.js';
import { semidefiniteRoot } from '../../linalg/semidefinite-root.js';
import { inverse, type Rotation, rotateRows } from '../rotary.js';
import { circuitProducts } from './circuit-products.js';
import { type CircuitFactors, type CircuitSet, joinSets } from './circuit-set.js';
import type { LayerHeads } from './layer-heads.js';

/** Which of the measures that are inner products of circuits are wanted. */
export interface CompositionPlan {
  readonly zScore: boolean;
  readonly kComposition: boolean;
  readonly qComposition: boolean;
  readonly vComposition: boolean;
}

/** Numbers of all readers with all writers, readers×writers; undefined for what was not requested. */
export interface Compositions {
  /** One for each rotation. */
  readonly zScore: readonly Matrix[];
  readonly kComposition: readonly Matrix[];
  readonly qComposition: readonly Matrix[];
  readonly vComposition: Matrix | undefined;
}

/** A head, by its layer's matrices. */
export interface HeadOfLayer {
  readonly heads: LayerHeads;
  readonly head: number;
}

/**
 * Diagonal z-score and K-, Q- and V-composition of every reader with every writer. With circuits up to 1/√h, which cancels:
 * - K: ‖W_QK W_OV‖² = ⟨W_QKᵀ W_QK, W_OV W_OVᵀ⟩; Q: ‖W_OVᵀ W_QK‖² = ⟨W_QK W_QKᵀ, W_OV W_OVᵀ⟩;
 *   V: ‖W_OV(reader) W_OV‖² = ⟨W_OV(reader)ᵀ W_OV(reader), W_OV W_OVᵀ⟩; each over the two circuits' own norms;
 * - z: trace = ⟨W_QKᵀ, W_OV⟩, sum of entries = (W_QKᵀ 1)·(W_OV 1), sum of squares as for K.
 * All of these are inner products of a matrix of the reader with one of the writer, each of rank h. Those of K, Q and V are
 * zᵀz: W_QKᵀ W_QK = (R W_k)ᵀ (W_q W_qᵀ) (R W_k) with W_q W_qᵀ = L Lᵀ has z = Lᵀ R W_k.
 * Source: Elhage et al. 2021, "A mathematical framework for transformer circuits"; notebook `QKOV_matching`, z-score.
 */
export function compositions(
  readers: readonly HeadOfLayer[],
  writers: readonly HeadOfLayer[],
  rotations: readonly Rotation[],
  plan: CompositionPlan,
  algebra: LinearAlgebra,
): Compositions {
  const gram = (a: Matrix) => algebra.multiply(a, a, { b: true });
  const read = readers.map((reader) => readingOf(reader, rotations, gram));
  const writing = writers.map((writer) => writingOf(writer, gram));
  /** zᵀz of z = Lᵀ·a. */
  const squareOf = (gram: Matrix, a: Matrix): CircuitFactors => {
    const z = algebra.multiply(semidefiniteRoot(gram), a, { a: true });
    return { x: z, y: z };
  };
  // W_OV W_OVᵀ = W_o (W_v W_vᵀ) W_oᵀ
  const writtenSquare = setOf(writers, ({ heads, head }, at) =>
    squareOf(writing[at]!.values, heads.outputTransposed(head)),
  );
  const writerNorms = writing.map(({ norm }) => norm);
  const qkNorms = rotations.map((_, at) => read.map(({ norms }) => norms[at]!));

  const squares: CircuitSet[] = [];
  for (const rotation of rotations) {
    if (plan.zScore || plan.kComposition) {
      squares.push(
        setOf(readers, ({ heads, head }, at) =>
          squareOf(read[at]!.queries, rotateRows(rotation, heads.key(head))),
        ),
      );
    }
    if (plan.qComposition) {
      // W_QK W_QKᵀ = (R⁻¹ W_q)ᵀ (W_k W_kᵀ) (R⁻¹ W_q)
      squares.push(
        setOf(readers, ({ heads, head }, at) =>
          squareOf(read[at]!.keys, rotateRows(inverse(rotation), heads.query(head))),
        ),
      );
    }
  }
  if (plan.vComposition) {
    // W_OVᵀ W_OV = W_vᵀ (W_oᵀ W_o) W_v
    squares.push(setOf(readers, ({ heads, head }, at) => squareOf(read[at]!.outputs, heads.value(head))));
  }
  const norms = circuitProducts(joinSets(squares), writtenSquare, true);
  const nextSquares = () => rowsOfMatrix(norms, readers.length * taken++, readers.length);
  let taken = 0;
  const scaled = (ofPairs: Matrix, readerNorms: readonly number[]) =>
    overNorms(ofPairs, readerNorms, writerNorms);

  const written = setOf(writers, ({ heads, head }) => ({
    x: heads.outputTransposed(head),
    y: heads.value(head),
  }));
  const zScore: Matrix[] = [];
  const kComposition: Matrix[] = [];
  const qComposition: Matrix[] = [];
  rotations.forEach((rotation, at) => {
    if (plan.zScore || plan.kComposition) {
      const ofKeys = nextSquares();
      if (plan.kComposition) kComposition.push(scaled(ofKeys, qkNorms[at]!));
      if (plan.zScore) {
        const transposed = setOf(readers, ({ heads, head }) => ({
          x: rotateRows(rotation, heads.key(head)),
          y: heads.query(head),
        }));
        const traces = circuitProducts(transposed, written, false);
        const sums = dotProducts(
          read.map((reader) => reader.sums[at]!),
          writing.map((writer) => writer.sums),
        );
        zScore.push(zScores(traces, sums, ofKeys, writing[0]!.sums.length));
      }
    }
    if (plan.qComposition) qComposition.push(scaled(nextSquares(), qkNorms[at]!));
  });
  const vComposition = plan.vComposition
    ? scaled(
        nextSquares(),
        read.map(({ ovNorm }) => ovNorm),
      )
    : undefined;
  return { zScore, kComposition, qComposition, vComposition };
}

/** What is taken of a reader's matrices as a whole. */
interface Reading {
  /** W_q W_qᵀ, W_k W_kᵀ and W_oᵀ W_o, h×h. */
  readonly queries: Matrix;
  readonly keys: Matrix;
  readonly outputs: Matrix;
  /** ‖W_QK(t)‖ of each rotation. */
  readonly norms: readonly number[];
  /** W_QK(t)ᵀ 1 = W_kᵀ R(t)ᵀ W_q 1 of each rotation, d long. */
  readonly sums: readonly Float64Array[];
  /** ‖W_OV‖ */
  readonly ovNorm: number;
}

function readingOf(
  { heads, head }: HeadOfLayer,
  rotations: readonly Rotation[],
  gram: (a: Matrix) => Matrix,
): Reading {
  const query = heads.query(head);
  const key = heads.key(head);
  const queries = gram(query);
  const keys = gram(key);
  const outputs = gram(heads.outputTransposed(head));
  const sumOfQueries = rowSums(query);
  return {
    ...{ queries, keys, outputs },
    norms: rotations.map((rotation) => normOf(queries, rotated(rotation, keys))),
    sums: rotations.map((rotation) => combineRows(rotateRows(inverse(rotation), sumOfQueries).data, key)),
    ovNorm: normOf(outputs, gram(heads.value(head))),
  };
}

/** What is taken of a writer's matrices as a whole. */
interface Writing {
  /** W_v W_vᵀ, h×h. */
  readonly values: Matrix;
  /** ‖W_OV‖ */
  readonly norm: number;
  /** W_OV 1, d long. */
  readonly sums: Float64Array;
}

function writingOf({ heads, head }: HeadOfLayer, gram: (a: Matrix) => Matrix): Writing {
  const value = heads.value(head);
  const output = heads.outputTransposed(head);
  const values = gram(value);
  return { values, norm: normOf(values, gram(output)), sums: combineRows(rowSums(value).data, output) };
}

/** ‖xᵀ·y‖ from x xᵀ and y yᵀ. */
function normOf(a: Matrix, b: Matrix): number {
  let square = 0;
  for (let at = 0; at < a.data.length; at++) square += a.data[at]! * b.data[at]!;
  // Rounding can leave a square of nothing below zero.
  return Math.sqrt(Math.max(0, square));
}

/** R·a·Rᵀ of a symmetric a. */
function rotated(rotation: Rotation, a: Matrix): Matrix {
  return rotateRows(rotation, transpose(rotateRows(rotation, a)));
}

function setOf(
  heads: readonly HeadOfLayer[],
  circuit: (head: HeadOfLayer, at: number) => CircuitFactors,
): CircuitSet {
  return { count: heads.length, circuit: (at) => circuit(heads[at]!, at) };
}
/** √squares over the norms of both circuits; NaN where one of them is zero. */
function overNorms(
  { rows, cols, data }: Matrix,
  readerNorms: readonly number[],
  writerNorms: readonly number[],
): Matrix {
  const out = matrix(rows, cols);
  for (let row = 0; row < rows; row++) {
    for (let col = 0; col < cols; col++) {
      // Rounding can leave a square of nothing below zero.
      const square = Math.max(0, data[row * cols + col]!);
      out.data[row * cols + col] = Math.sqrt(square) / (readerNorms[row]! * writerNorms[col]!);
    }
  }
  return out;
}

/** (mean of the diagonal - mean) / standard deviation of W_QKOV, from its trace, sum and sum of squares. */
function zScores(traces: Matrix, sums: Matrix, squares: Matrix, d: number): Matrix {
  const out = matrix(traces.rows, traces.cols);
  for (let at = 0; at < out.data.length; at++) {
    const mean = sums.data[at]! / d ** 2;
    const meanSquare = squares.data[at]! / d ** 2;
    const variance = meanSquare - mean ** 2;
    // Below the rounding error of the mean square there is no spread to divide by.
    out.data[at] =
      variance > 4 * Number.EPSILON * meanSquare
        ? (traces.data[at]! / d - mean) / Math.sqrt(variance)
        : Number.NaN;
  }
  return out;
}

/** All of one list with all of another. */
function dotProducts(first: readonly Float64Array[], second: readonly Float64Array[]): Matrix {
  const out = matrix(first.length, second.length);
  first.forEach((a, row) => {
    second.forEach((b, col) => {
      let sum = 0;
      for (let at = 0; at < a.length; at++) sum += a[at]! * b[at]!;
      out.data[row * second.length + col] = sum;
    });
  });
  return out;
}

/** a·1, as a column. */
function rowSums(a: Matrix): Matrix {
  const sums = matrix(a.rows, 1);
  for (let row = 0; row < a.rows; row++) {
    for (let col = 0; col < a.cols; col++) sums.data[row]! += a.data[row * a.cols + col]!;
  }
  return sums;
}

/** weightsᵀ·a */
function combineRows(weights: Float64Array, a: Matrix): Float64Array {
  const out = new Float64Array(a.cols);
  for (let row = 0; row < a.rows; row++) {
    const weight = weights[row]!;
    for (let col = 0; col < a.cols; col++) out[col]! += weight * a.data[row * a.cols + col]!;
  }
  return out;
}
