import type { HeadIndex } from '../model/heads.js';
import type { ModelWeights } from '../model/weights.js';

/** The residual stream before a layer, to begin there: what an edit of that layer leaves as it is need not be computed again. */
export interface ForwardStart {
  /** The first layer to compute; `layers` for the final norm and the unembedding alone. */
  readonly layer: number;
  /** N×T×d. */
  readonly residual: Float32Array | Float64Array;
}

/** What a forward pass over N sequences of T tokens computes. */
export interface ForwardRequest {
  /** N×T token ids, row-major. */
  readonly tokens: Int32Array;
  /** T. */
  readonly length: number;
  readonly start?: ForwardStart;
  /** Heads whose attention is returned. */
  readonly attention?: readonly HeadIndex[] | 'all';
  /** Layers before which the residual stream is returned; `layers` for the one before the final norm. */
  readonly residuals?: readonly number[];
  /**
   * Losses and predictions at every position (the default), at none, or at some positions of every sequence alone: the
   * others are then not unembedded, and nothing of the last layer is computed for them that no other position needs.
   */
  readonly predictions?: boolean | readonly number[];
  /** Positions (of every sequence) at which all V logits are returned. */
  readonly logits?: readonly number[];
}

/** Results; float64 from the reference, float32 from the kernels. */
export interface ForwardOutput<Values extends Float32Array | Float64Array = Float32Array | Float64Array> {
  /** N×(T - 1): -log of the probability of token t + 1 at position t; NaN where it was not asked for. */
  readonly losses?: Values;
  /** N×T: the token of the largest logit, the first of equals; -1 where it was not asked for. */
  readonly predictions?: Int32Array;
  /** N×P×V for the P positions asked for. */
  readonly logits?: Values;
  /** N×T×T (query by key) of each head asked for. */
  readonly attention?: ReadonlyMap<HeadIndex, Values>;
  /** N×T×d of each layer asked for. */
  readonly residuals?: ReadonlyMap<number, Values>;
}

/**
 * Runs a model on sequences. There are two, a readable reference in float64 and one through WebAssembly kernels in
 * float32; one conformance suite runs over both.
 * @throws InputError for tokens beyond the vocabulary, sequences beyond the positions, and NaN in a layer (named)
 */
export type ForwardPass = (weights: ModelWeights, request: ForwardRequest) => ForwardOutput;
