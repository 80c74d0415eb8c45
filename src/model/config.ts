/**
 * What fixes the architecture: the published option names, SPEC of the published `TFModel`.
 * The training options live with the run folder.
 */
export interface ModelConfig {
  readonly vocab_size: number;
  readonly d_model: number;
  readonly ff_dim: number;
  readonly num_heads: number;
  readonly num_layers: number;
  readonly linear_attn: boolean;
  readonly residual: boolean;
  readonly mlp: boolean;
  readonly dropout: number;
  readonly norm: boolean;
  readonly output_norm: boolean;
  readonly pos: 'rotary' | 'relative' | null;
  readonly rotary_theta: number;
  readonly max_seq_len: number;
}

/** Width of a head, d_model / num_heads. */
export function headWidth(config: ModelConfig): number {
  return config.d_model / config.num_heads;
}
