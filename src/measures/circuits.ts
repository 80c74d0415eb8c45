import type { LinearAlgebra } from '../linalg/algebra.js';
import { columnsOf, rowsOfMatrix, sideBySide, transpose } from '../linalg/blocks.js';
import { type Matrix, matrix } from '../linalg/matrix.js';
import type { ModelConfig } from '../model/config.js';
import { headWidth } from '../model/config.js';
import { numericalRank } from './numerical-rank.js';
import { type Rotation, rotateRows, rotation } from './rotary.js';
import type { AttentionWeights, Head } from './weights.js';

/** Singular values of a matrix and its top right singular vectors seen on given columns: row i is v_iᵀ·columns. */
export interface Projection {
  readonly s: Float64Array;
  readonly vtc: Matrix;
}

/** A head that writes and a head of a later layer that reads it. */
export interface Pair {
  readonly writer: Head;
  readonly reader: Head;
}

/** `layer.head`, as the table spells it. */
export function headName({ layer, head }: Pick<Head, 'layer' | 'head'>): string {
  return `${layer}.${head}`;
}

/** `writer>reader`, as the table spells it. */
export function pairName({ writer, reader }: Pair): string {
  return `${headName(writer)}>${headName(reader)}`;
}

/**
 * The decompositions of one checkpoint that several measures share, each made when first asked for and kept.
 * Everything that does not depend on the relative position is made once, whatever number of positions is asked for;
 * with many heads the d×d circuits are never formed: their d_head factors do (QR of the factors, then the small core).
 */
export class Circuits {
  readonly config: ModelConfig;
  readonly weights: AttentionWeights;
  readonly algebra: LinearAlgebra;
  /** Columns kept of every subspace: the largest rank asked for. */
  readonly maxRank: number;
  private readonly made = new Map<string, unknown>();

  constructor(weights: AttentionWeights, config: ModelConfig, algebra: LinearAlgebra, maxRank: number) {
    this.weights = weights;
    this.config = config;
    this.algebra = algebra;
    this.maxRank = maxRank;
  }

  /** Computes once per name. */
  once<T>(name: string, make: () => T): T {
    if (!this.made.has(name)) this.made.set(name, make());
    return this.made.get(name) as T;
  }

  /** R(t) of this model. */
  rotation(relPos: number): Rotation {
    return this.once(`rotation ${relPos}`, () => rotation(this.config, relPos));
  }

  /** Heads whose output a later layer could read: every layer but the last, or the only one. */
  get writers(): readonly Head[] {
    return this.weights.heads.slice(0, Math.max(1, this.weights.heads.length - 1)).flat();
  }

  /** Every head together with every head of a later layer. */
  get pairs(): readonly Pair[] {
    const { heads } = this.weights;
    return heads.flatMap((layer, at) =>
      layer.flatMap((writer) =>
        heads.slice(at + 1).flatMap((later) => later.map((reader) => ({ writer, reader }))),
      ),
    );
  }

  /** Columns of a writer's subspace: no more than its circuit's rank. */
  get writerColumns(): number {
    return Math.min(this.maxRank, headWidth(this.config));
  }

  /** W_OV = W_o W_v: singular values, and its top left vectors, d×writerColumns: what the head writes. */
  private written(writer: Head): { readonly s: Float64Array; readonly u: Matrix } {
    return this.once(`written ${headName(writer)}`, () => {
      const { algebra } = this;
      const { wo, wv } = writer;
      if (!this.factored) {
        const { s, u } = algebra.svd(this.circuitOv(writer), { u: true, count: this.writerColumns });
        return { s, u: u! };
      }
      const left = algebra.qr(wo);
      const right = algebra.qr(transpose(wv));
      const core = algebra.multiply(left.r, right.r, { b: true });
      const { s, u } = algebra.svd(core, { u: true, count: this.writerColumns });
      return { s, u: algebra.multiply(left.q, u!) };
    });
  }

  /**
   * What a reader at relative position t sees of a writer: v_i(W_QK(t))ᵀ·u_j(W_OV), top right vectors on top left ones,
   * as far as both circuits have any: a singular value of zero has no direction of its own.
   */
  read(pair: Pair, relPos: number): Matrix {
    const { reader, writer } = pair;
    const seen = this.once(`read ${headName(reader)} ${relPos}`, () => {
      const { left, right, columns } = this.readerFactors(reader);
      const rotated = rotateRows(this.rotation(relPos), right);
      return this.algebra.projectRight(this.algebra.multiply(left, rotated), columns, this.writerColumns);
    });
    return this.onWriter(seen, this.config.d_model, writer);
  }

  /** Embedding E: singular values, and its top right vectors on every writer's columns. */
  wteOnWriters(): Projection {
    return this.once('wte on writers', () =>
      this.algebra.projectRight(
        this.weights.wte,
        sideBySide(this.writers.map((writer) => this.written(writer).u)),
        Math.min(this.maxRank, this.weights.wte.rows, this.weights.wte.cols),
      ),
    );
  }

  /** E's right vectors on one writer's columns, as far as both have any. */
  wteOnWriter(writer: Head): Matrix {
    const { rows, cols } = this.weights.wte;
    return this.onWriter(this.wteOnWriters(), Math.max(rows, cols), writer);
  }

  /**
   * The columns of a projection that belong to one writer, up to the rank of its W_OV, and the rows up to the rank of the
   * matrix projected.
   * @param size the longer side of that matrix
   */
  private onWriter({ s, vtc }: Projection, size: number, writer: Head): Matrix {
    const at = writer.layer * this.config.num_heads + writer.head;
    const written = numericalRank(this.written(writer).s, this.config.d_model);
    const columns = columnsOf(vtc, at * this.writerColumns, Math.min(this.writerColumns, written));
    return rowsOfMatrix(columns, 0, Math.min(vtc.rows, numericalRank(s, size)));
  }

  /**
   * X, (V+1)×d: the rows of E without their mean, then the mean row itself, each of length 1.
   * A row of zeros has no direction: it becomes NaN.
   */
  wteCentered(): Matrix {
    return this.once('wte centered', () => {
      const { rows, cols, data } = this.weights.wte;
      const x = new Float64Array((rows + 1) * cols);
      const mean = x.subarray(rows * cols);
      for (let row = 0; row < rows; row++) {
        for (let col = 0; col < cols; col++) mean[col]! += data[row * cols + col]! / rows;
      }
      for (let row = 0; row < rows; row++) {
        for (let col = 0; col < cols; col++) x[row * cols + col] = data[row * cols + col]! - mean[col]!;
      }
      for (let row = 0; row <= rows; row++) normalize(x.subarray(row * cols, (row + 1) * cols));
      return matrix(rows + 1, cols, x);
    });
  }

  /** Layer 0's whole W_q or W_k: singular values, and its top right vectors on the rows of X. */
  firstLayerOnTokens(part: 'q' | 'k'): Projection {
    return this.once(`first layer ${part} on tokens`, () => {
      const x = this.once('wte centered, transposed', () => transpose(this.wteCentered()));
      const weight = part === 'q' ? this.weights.firstWq : this.weights.firstWk;
      return this.algebra.projectRight(weight, x, this.maxRank);
    });
  }

  /** K = W_k W_o: the reader's keys on the writer's outputs, d_head×d_head. */
  core(pair: Pair): Matrix {
    return this.once(`core ${pairName(pair)}`, () => this.algebra.multiply(pair.reader.wk, pair.writer.wo));
  }

  /** B = W_k W_o W_v: the reader's keys of what the writer writes, d_head×d. */
  keysOnWritten(pair: Pair): Matrix {
    return this.once(`keys on written ${pairName(pair)}`, () =>
      this.factored
        ? this.algebra.multiply(this.core(pair), pair.writer.wv)
        : this.algebra.multiply(pair.reader.wk, this.circuitOv(pair.writer)),
    );
  }

  /** B Bᵀ, d_head×d_head. */
  writtenGram(pair: Pair): Matrix {
    const { algebra } = this;
    if (!this.factored) {
      const written = this.keysOnWritten(pair);
      return algebra.multiply(written, written, { b: true });
    }
    const { wv } = pair.writer;
    const valueGram = this.once(`value gram ${headName(pair.writer)}`, () =>
      algebra.multiply(wv, wv, { b: true }),
    );
    const core = this.core(pair);
    return algebra.multiply(algebra.multiply(core, valueGram), core, { b: true });
  }

  /** B Eᵀ: the reader's keys of what the writer writes for every token, d_head×V. */
  tokenKeys(pair: Pair): Matrix {
    const { algebra, weights } = this;
    return this.once(`token keys ${pairName(pair)}`, () => {
      if (!this.factored) return algebra.multiply(this.keysOnWritten(pair), weights.wte, { b: true });
      const values = this.once(`token values ${headName(pair.writer)}`, () =>
        algebra.multiply(pair.writer.wv, weights.wte, { b: true }),
      );
      return algebra.multiply(this.core(pair), values);
    });
  }

  /** W_OV = W_o W_v, d×d; only where heads are too wide for their factors to be cheaper. */
  private circuitOv({ layer, head, wo, wv }: Head): Matrix {
    return this.once(`ov ${layer}.${head}`, () => this.algebra.multiply(wo, wv));
  }

  /** From this ratio on, QR of two d×d_head factors costs less than the SVD of a d×d circuit. */
  private get factored(): boolean {
    return 2 * headWidth(this.config) <= this.config.d_model;
  }

  /** W_QK(t) = left·R(t)·right up to an orthonormal basis, and the writers' columns in that basis. */
  private readerFactors(reader: Head): { left: Matrix; right: Matrix; columns: Matrix } {
    return this.once(`factors ${headName(reader)}`, () => {
      const { algebra } = this;
      const written = this.once(`written before layer ${reader.layer}`, () =>
        sideBySide(
          this.weights.heads
            .slice(0, reader.layer)
            .flat()
            .map((writer) => this.written(writer).u),
        ),
      );
      if (!this.factored) return { left: transpose(reader.wq), right: reader.wk, columns: written };
      const query = algebra.qr(transpose(reader.wq));
      const key = algebra.qr(transpose(reader.wk));
      return {
        left: query.r,
        right: transpose(key.r),
        columns: algebra.multiply(key.q, written, { a: true }),
      };
    });
  }
}

function normalize(row: Float64Array): void {
  let squares = 0;
  for (const value of row) squares += value * value;
  const length = Math.sqrt(squares);
  for (let at = 0; at < row.length; at++) row[at]! /= length;
}
