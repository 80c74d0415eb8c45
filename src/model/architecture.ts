/** Element-wise functions of feed-forward layers: `gelu` is the exact one, `gelu_tanh` its tanh approximation. */
export type Activation = 'relu' | 'gelu' | 'gelu_tanh' | 'silu';

/** How positions enter a model. */
export type Positions =
  | { readonly kind: 'none' }
  /** A vector for each position is added to the token's. */
  | { readonly kind: 'learned' }
  /** A number for each head, query and key position is added to the score. */
  | { readonly kind: 'relative' }
  /**
   * Adjacent pairs (2i, 2i+1) of queries and keys at position m rotate by m·frequencies[i], headWidth/2 of them; 0 where a
   * pair is not rotated. Families order the rows of W_q and W_k so that their pairs are adjacent.
   */
  | { readonly kind: 'rotary'; readonly frequencies: Float64Array };

/** How scores become attention. */
export interface AttentionRule {
  /** `linear`: masked scores are 0 and there is no softmax. */
  readonly kind: 'softmax' | 'linear';
  /** Scores are scale·q·k; 1/√headWidth in most models. */
  readonly scale: number;
  /** c of c·tanh(score/c), or null. */
  readonly softcap: number | null;
  /** Queries, keys and values are clipped to ±clip, or null. */
  readonly clip: number | null;
  /** For each layer: keys j with i - j < window are seen by query i; null where all earlier ones are. */
  readonly windows: readonly (number | null)[];
}

/** A normalisation of residual-stream rows: LayerNorm, or RMSNorm, which does not take the mean off. */
export interface NormRule {
  readonly kind: 'layer' | 'rms';
  readonly epsilon: number;
}

/** A feed-forward layer: down(activation(up x)), or down(activation(gate x)·up x) where it is gated. */
export interface MlpRule {
  readonly width: number;
  readonly activation: Activation;
  readonly gated: boolean;
}

/**
 * What every decoder-only Transformer is, whatever family it comes from: sizes, and the rules of its forward pass.
 * Plain data that can be sent to a worker thread. It says nothing of names in files (see `families`) or of training.
 */
export interface Architecture {
  /** The family that read it: `copying` (the published TFModel), `gpt2`, `llama`, … */
  readonly family: string;
  readonly layers: number;
  /** Query heads of a layer. */
  readonly heads: number;
  /** Key/value heads of a layer; query head j reads key head ⌊j·keyHeads/heads⌋. */
  readonly keyHeads: number;
  /** h, the width of a head. */
  readonly headWidth: number;
  /** d, the width of the residual stream. */
  readonly width: number;
  /** V. */
  readonly vocabSize: number;
  /** Longest sequence the positions allow, or null where nothing bounds it. */
  readonly maxPositions: number | null;
  /** Token vectors are multiplied by this: √d for Gemma, otherwise 1. */
  readonly embeddingScale: number;
  readonly attention: AttentionRule;
  readonly positions: Positions;
  /** Norm of the residual stream before attention and before the feed-forward layer; null for none. */
  readonly norm: NormRule | null;
  /** Norm before the unembedding; null for none. */
  readonly finalNorm: NormRule | null;
  readonly mlp: MlpRule | null;
  /**
   * `sequential`: x + attention(x), then + mlp of that. `parallel`: x + attention(x) + mlp(x).
   * `none`: a block's output is discarded (the published TFModel with `residual: false`).
   */
  readonly residual: 'sequential' | 'parallel' | 'none';
  /** c of c·tanh(logit/c), or null. */
  readonly logitSoftcap: number | null;
  /** Whether the unembedding is the embedding. */
  readonly tiedEmbeddings: boolean;
}

/** The key/value head that a query head reads. */
export function keyHeadOf({ heads, keyHeads }: Architecture, head: number): number {
  return Math.floor((head * keyHeads) / heads);
}

/** m, how many first dimensions of a head are rotated. */
export function rotatedWidth({ positions }: Architecture): number {
  if (positions.kind !== 'rotary') return 0;
  return 2 * positions.frequencies.filter((frequency) => frequency !== 0).length;
}
