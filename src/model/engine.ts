import type { ModelConfig } from './config.js';
import type { ParameterLayout } from './parameters.js';

/** Where the dropout masks of a batch come from: a mask is a function of these, the layer and the position alone. */
export interface DropoutKey {
  /** Any whole number below 2³²: it separates runs. */
  readonly seed: number;
  /** The training step, below 2³². */
  readonly step: number;
  /** Place in the batch of the first of the given sequences, so that a shard draws the masks of its own sequences. */
  readonly firstSequence: number;
}

/** What the gradient is taken of. */
export interface LossOptions {
  /** Factor on the gradients: 1 / (batch_size·(T - 1)) makes the sum over all shards the gradient of the mean loss. */
  readonly scale: number;
  /** 0, or the share of the target spread evenly over all tokens, as in PyTorch's `cross_entropy`. */
  readonly labelSmoothing: number;
  /** Null for none. The probability is the config's `dropout`. */
  readonly dropout: DropoutKey | null;
}

/** What a forward pass is to return beside losses and predictions. Each costs memory: ask for few sequences. */
export interface ForwardOptions {
  readonly labelSmoothing?: number;
  readonly logits?: boolean;
  readonly attention?: boolean;
  readonly residuals?: boolean;
}

/** Results of a forward pass over N sequences of T tokens. Float64 from the reference, float32 from the kernels. */
export interface ForwardResult<Values extends Float32Array | Float64Array = Float32Array> {
  /** N×(T - 1): the loss of predicting token t + 1 at position t, unscaled. */
  readonly losses: Values;
  /** N×T: the token with the largest logit at each position, the first of equals. */
  readonly predictions: Int32Array;
  /** Sum of `losses`, added in float64 in their order. */
  readonly lossSum: number;
  /** N×T×V. */
  readonly logits?: Values;
  /** N×layers×heads×T×T, query by key: probabilities, or plain masked scores under linear attention. */
  readonly attention?: Values;
  /** N×(layers + 1)×T×d: the residual stream before the first block and after each block, before the final norm. */
  readonly residuals?: Values;
}

/** One AdamW update. */
export interface AdamWOptions {
  readonly lr: number;
  /** Which update this is, from 1: it sets the bias corrections. */
  readonly step: number;
  readonly weightDecay: number;
}

/**
 * A model that computes: losses and predictions, gradients, and updates, for one architecture.
 * There are two, `createReferenceEngine` (plain TypeScript in float64) and `createEngine` (WebAssembly kernels in
 * float32), and one conformance suite runs over both.
 *
 * All sequences have T = `max_seq_len` tokens, N×T row-major. Every result is a function of the arguments alone: it depends
 * neither on earlier calls (but through parameters, gradients and moments) nor on the machine. Gradients of a shard of the
 * batch are always the same bits; so a caller that sums the shards' gradients in a fixed order gets the same bits however
 * the shards are spread over workers.
 */
export interface Engine<Values extends Float32Array | Float64Array = Float32Array> {
  readonly config: ModelConfig;
  readonly layout: ParameterLayout;
  /** All parameters, flat, in the layout's order. To read: change them by `load` or `adamw`. The view never detaches. */
  readonly parameters: Values;
  /** Gradients in the same order; zero where a parameter has none. May be written, for instance with a sum over shards. */
  readonly gradients: Values;
  /** AdamW's running means of gradients and of squared gradients, in the same order; to be saved and restored. */
  readonly moments: { readonly m: Values; readonly v: Values };

  /** Replaces all parameters; moments and gradients stay. @throws ShapeError when the length is not the layout's */
  load(parameters: ArrayLike<number>): void;
  /** Sets all gradients to zero. */
  clearGradients(): void;
  /** gradients += shard, element by element. @throws ShapeError when the length is not the layout's */
  addGradients(shard: ArrayLike<number>): void;
  /**
   * Adds to `gradients` the gradient of scale·(sum of the losses of all next-token predictions), and returns the sum of the
   * losses, unscaled.
   * @param tokens N×T   @throws InputError when a token is not below vocab_size or the count is not a multiple of T
   */
  accumulate(tokens: ArrayLike<number>, options: LossOptions): number;
  /**
   * Forward pass without dropout.
   * @param tokens N×T   @throws InputError as in `accumulate`
   */
  forward(tokens: ArrayLike<number>, options?: ForwardOptions): ForwardResult<Values>;
  /**
   * One AdamW update from `gradients`: β 0.9 and 0.98, ε 1e-9, decoupled weight decay; parameters without a gradient
   * stay as they are.
   * p ← p·(1 - lr·wd); m ← β₁m + (1-β₁)g; v ← β₂v + (1-β₂)g²; p ← p - lr/(1-β₁ˢ) · m / (√v/√(1-β₂ˢ) + ε)
   * Source: PyTorch's `torch.optim.AdamW`, in its order of operations.
   */
  adamw(options: AdamWOptions): void;
}
