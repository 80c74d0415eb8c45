import type { LinearAlgebra } from '../../linalg/algebra.js';
import { type Matrix, matrix } from '../../linalg/matrix.js';
import { inverse, type Rotation, rotateRows } from '../rotary.js';
import { type CircuitFactors, type CircuitSet, circuitProducts } from './circuit-products.js';
import type { LayerHeads } from './layer-heads.js';

/** Which of the measures that are inner products of circuits are wanted. */
export interface CompositionPlan {
  readonly zScore: boolean;
  readonly kComposition: boolean;
  readonly qComposition: boolean;
  readonly vComposition: boolean;
}

/** Numbers of all readers with all writers, readers×writers; undefined for what was not asked for. */
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
 * All of these are inner products of a matrix of the reader with one of the writer, each of rank h.
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
  const written = setOf(writers, ({ heads, head }) => ({
    x: heads.outputTransposed(head),
    y: heads.value(head),
  }));
  // W_OV W_OVᵀ = W_o (W_v W_vᵀ) W_oᵀ
  const writtenSquare = setOf(writers, ({ heads, head }) => {
    const x = heads.outputTransposed(head);
    return { x, y: algebra.multiply(gram(heads.value(head)), x) };
  });
  const normOfOv = ({ heads, head }: HeadOfLayer) =>
    Math.sqrt(inner(gram(heads.outputTransposed(head)), gram(heads.value(head))));
  const writerNorms = writers.map(normOfOv);
  const normOfQk = ({ heads, head }: HeadOfLayer, rotation: Rotation) =>
    Math.sqrt(inner(gram(heads.query(head)), gram(rotateRows(rotation, heads.key(head)))));
  const scaled = (squares: Matrix, readerNorms: readonly number[]) =>
    overNorms(squares, readerNorms, writerNorms);

  const zScore: Matrix[] = [];
  const kComposition: Matrix[] = [];
  const qComposition: Matrix[] = [];
  for (const rotation of rotations) {
    const keys = ({ heads, head }: HeadOfLayer) => rotateRows(rotation, heads.key(head));
    const norms = readers.map((reader) => normOfQk(reader, rotation));
    if (plan.zScore || plan.kComposition) {
      // W_QKᵀ W_QK = (R W_k)ᵀ (W_q W_qᵀ) (R W_k)
      const square = setOf(readers, (reader) => {
        const x = keys(reader);
        return { x, y: algebra.multiply(gram(reader.heads.query(reader.head)), x) };
      });
      const squares = circuitProducts(square, writtenSquare, true);
      if (plan.kComposition) kComposition.push(scaled(squares, norms));
      if (plan.zScore) {
        const transposed = setOf(readers, (reader) => ({
          x: keys(reader),
          y: reader.heads.query(reader.head),
        }));
        const traces = circuitProducts(transposed, written, false);
        zScore.push(zScores(traces, sumsOfEntries(readers, writers, rotation), squares, width(writers)));
      }
    }
    if (plan.qComposition) {
      // W_QK W_QKᵀ = (R⁻¹ W_q)ᵀ (W_k W_kᵀ) (R⁻¹ W_q)
      const square = setOf(readers, ({ heads, head }) => {
        const x = rotateRows(inverse(rotation), heads.query(head));
        return { x, y: algebra.multiply(gram(heads.key(head)), x) };
      });
      qComposition.push(scaled(circuitProducts(square, writtenSquare, true), norms));
    }
  }
  let vComposition: Matrix | undefined;
  if (plan.vComposition) {
    // W_OVᵀ W_OV = W_vᵀ (W_oᵀ W_o) W_v
    const square = setOf(readers, ({ heads, head }) => {
      const x = heads.value(head);
      return { x, y: algebra.multiply(gram(heads.outputTransposed(head)), x) };
    });
    vComposition = scaled(circuitProducts(square, writtenSquare, true), readers.map(normOfOv));
  }
  return { zScore, kComposition, qComposition, vComposition };
}

function setOf(heads: readonly HeadOfLayer[], circuit: (head: HeadOfLayer) => CircuitFactors): CircuitSet {
  return { count: heads.length, circuit: (at) => circuit(heads[at]!) };
}

function width([first]: readonly HeadOfLayer[]): number {
  return first!.heads.value(first!.head).cols;
}

/** ⟨a, b⟩ */
function inner(a: Matrix, b: Matrix): number {
  let sum = 0;
  for (let at = 0; at < a.data.length; at++) sum += a.data[at]! * b.data[at]!;
  return sum;
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

/** 1ᵀ W_QK(t) W_OV 1 = (W_kᵀ R(t)ᵀ W_q 1)·(W_o W_v 1). */
function sumsOfEntries(
  readers: readonly HeadOfLayer[],
  writers: readonly HeadOfLayer[],
  rotation: Rotation,
): Matrix {
  const read = readers.map(({ heads, head }) => {
    const queries = rotateRows(inverse(rotation), rowSums(heads.query(head)));
    return combineRows(queries.data, heads.key(head));
  });
  const written = writers.map(({ heads, head }) =>
    combineRows(rowSums(heads.value(head)).data, heads.outputTransposed(head)),
  );
  const out = matrix(readers.length, writers.length);
  read.forEach((a, row) => {
    written.forEach((b, col) => {
      let sum = 0;
      for (let at = 0; at < a.length; at++) sum += a[at]! * b[at]!;
      out.data[row * written.length + col] = sum;
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
