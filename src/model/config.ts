import { z } from 'zod';

/** A whole number in a range; upper limits keep a hostile file from asking for absurd amounts of memory. */
export const count = (least: number, most: number) => z.int().min(least).max(most);

/**
 * What fixes the published `TFModel`: its options under their published names, with their published defaults.
 * The options of training live with the run folder.
 */
export const modelConfigSchema = z.object({
  vocab_size: count(1, 1_000_000).default(32),
  d_model: count(1, 65_536).default(64),
  ff_dim: count(1, 1_000_000).default(256),
  num_heads: count(1, 4096).default(1),
  num_layers: count(1, 1024).default(2),
  linear_attn: z.boolean().default(false),
  residual: z.boolean().default(true),
  mlp: z.boolean().default(false),
  dropout: z.number().min(0).lt(1).default(0.1),
  norm: z.boolean().default(true),
  output_norm: z.boolean().default(false),
  pos: z.enum(['rotary', 'relative']).nullable().default('rotary'),
  rotary_theta: z.number().positive().default(10_000),
  max_seq_len: count(2, 65_536).default(64),
});

export type ModelConfig = Readonly<z.infer<typeof modelConfigSchema>>;

/** Width of a head, d_model / num_heads. */
export function headWidth(config: ModelConfig): number {
  return config.d_model / config.num_heads;
}
