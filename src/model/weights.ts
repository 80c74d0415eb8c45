import type { Tensor } from '../tensor/tensor.js';
import type { Architecture } from './architecture.js';
import type { StoredMatrix } from './stored-matrix.js';

/**
 * A linear map x ↦ W x + b of a model. `weight` is a view `[out, in]` on the file, whatever the file's layout; `rows` picks
 * and orders the view's rows that make up W, since files keep queries, keys and values together and pair rotated dimensions
 * in several ways. So nothing is read before it is needed, or copied before it is decoded.
 */
export interface LinearMap {
  readonly weight: StoredMatrix;
  /** Row i of W is row rows[i] of `weight`; null where W is `weight` as it stands. */
  readonly rows: Int32Array | null;
  /** In the order of W's rows; null for none. */
  readonly bias: Float64Array | null;
}

/** Gain and shift of a norm as they act: Gemma's `1 + w` is resolved. Null where a model has none. */
export interface NormWeights {
  readonly gain: Float64Array | null;
  readonly shift: Float64Array | null;
}

/** Attention of one layer. Rows go head by head, headWidth each, rotated dimensions in adjacent pairs. */
export interface AttentionWeights {
  /** Before attention; null where the architecture has no norms. */
  readonly norm: NormWeights | null;
  /** (heads·h)×d */
  readonly query: LinearMap;
  /** (keyHeads·h)×d */
  readonly key: LinearMap;
  /** (keyHeads·h)×d */
  readonly value: LinearMap;
  /** d×(heads·h) */
  readonly output: LinearMap;
  /** RMSNorm of each head's queries and keys before rotation, h long in the order of the rows (Qwen 3); null for none. */
  readonly queryNorm: NormWeights | null;
  readonly keyNorm: NormWeights | null;
  /** heads×T×T added to scores (relative positions), or null. */
  readonly scoreBias: Tensor | null;
  /** Norm of attention's output before it joins the residual stream (Gemma 2), or null. */
  readonly outputNorm: NormWeights | null;
}

/** Feed-forward weights of one layer. */
export interface MlpWeights {
  readonly norm: NormWeights | null;
  /** width×d */
  readonly up: LinearMap;
  /** width×d, where the architecture's is gated. */
  readonly gate: LinearMap | null;
  /** d×width */
  readonly down: LinearMap;
  /** As of attention. */
  readonly outputNorm: NormWeights | null;
}

/** One layer; each part is read from the file when it is asked for, and not kept. */
export interface LayerWeights {
  attention(): AttentionWeights;
  /** Null where the architecture has no feed-forward layers. */
  mlp(): MlpWeights | null;
}

/** Some rows of a matrix of the vocabulary, `[count, d]`, read when asked for. */
export type TokenRows = (from: number, count: number) => Tensor;

/**
 * The weights of one checkpoint, in terms of the architecture and free of names in files. Interventions and folded norms
 * are functions from such weights to such weights: measures and the forward pass take either.
 * Every reading throws InputError naming the file and the tensor where something is missing, damaged, or of another shape.
 */
export interface ModelWeights {
  readonly architecture: Architecture;
  /** What to call the checkpoint in errors. */
  readonly file: string;
  /** Rows of E, V×d, before `embeddingScale`. */
  readonly embedding: TokenRows;
  /** Rows of the unembedding, V×d: the embedding itself where the two are tied. */
  readonly unembedding: TokenRows;
  /** Bias of the logits, V long, or null. */
  unembeddingBias(): Float64Array | null;
  /** Learned positions, count×d, or null. */
  positionEmbedding(): Tensor | null;
  /** Null where the architecture has no final norm. */
  finalNorm(): NormWeights | null;
  layer(index: number): LayerWeights;
}
