import { z } from 'zod';
import { InputError } from '../../errors.js';
import { type Architecture, rotatedWidth } from '../architecture.js';
import type { LayerWeights } from '../weights.js';
import { activationOf, checkHeads, checkModelConfig, dividedWidth, limits, size } from './config-schema.js';
import type { ModelFamily } from './family.js';
import { fusedLinear } from './fused-linear.js';
import { headRows } from './head-rows.js';
import { type NamedTensors, namedTensors } from './named-tensors.js';
import { ropeScalingSchema, rotaryPositions } from './rotary-frequencies.js';

const schema = z.object({
  vocab_size: size(limits.vocabulary).default(65_024),
  hidden_size: size(limits.width).default(4544),
  num_hidden_layers: size(limits.layers).default(32),
  num_attention_heads: size(limits.heads).default(71),
  num_kv_heads: size(limits.heads).nullish(),
  ffn_hidden_size: size(limits.width * 8).nullish(),
  max_position_embeddings: size(limits.positions).default(2048),
  activation: z.string().default('gelu'),
  layer_norm_epsilon: z.number().positive().default(1e-5),
  alibi: z.boolean().default(false),
  multi_query: z.boolean().default(true),
  new_decoder_architecture: z.boolean().default(false),
  parallel_attn: z.boolean().default(true),
  rope_theta: z.number().positive().default(10_000),
  rope_scaling: ropeScalingSchema,
  tie_word_embeddings: z.boolean().default(true),
});

/** Falcon: queries of a group, then its key and its value, in one matrix; attention and feed-forward side by side. */
export const falcon: ModelFamily = {
  name: 'falcon',
  architecture: (config, file) => {
    const options = checkModelConfig(schema, config, file);
    if (options.alibi) {
      throw new InputError(
        `${file}: alibi positions are not supported; use a Falcon with rotary ones (alibi false)`,
      );
    }
    const heads = options.num_attention_heads;
    const keyHeads = options.new_decoder_architecture
      ? (options.num_kv_heads ?? heads)
      : options.multi_query
        ? 1
        : heads;
    const headWidth = dividedWidth(options.hidden_size, heads, file);
    checkHeads({ heads, keyHeads }, headWidth, file);
    const norm = { kind: 'layer', epsilon: options.layer_norm_epsilon } as const;
    return {
      family: 'falcon',
      layers: options.num_hidden_layers,
      heads,
      keyHeads,
      headWidth,
      width: options.hidden_size,
      vocabSize: options.vocab_size,
      maxPositions: options.max_position_embeddings,
      embeddingScale: 1,
      attention: {
        kind: 'softmax',
        scale: 1 / Math.sqrt(headWidth),
        softcap: null,
        clip: null,
        windows: Array.from({ length: options.num_hidden_layers }, () => null),
      },
      positions: rotaryPositions(headWidth, headWidth, options.rope_theta, options.rope_scaling, file),
      norm,
      finalNorm: norm,
      mlp: {
        width: options.ffn_hidden_size ?? 4 * options.hidden_size,
        activation: activationOf(options.activation, file),
        gated: false,
      },
      residual: options.new_decoder_architecture || options.parallel_attn ? 'parallel' : 'sequential',
      logitSoftcap: null,
      tiedEmbeddings: options.tie_word_embeddings,
    };
  },
  weights: (source, architecture) => {
    const tensors = namedTensors(source, ['transformer.', ''], 'word_embeddings.weight', 'falcon');
    const { width, vocabSize } = architecture;
    const embedding = tensors.tokenRows('word_embeddings.weight', vocabSize, width);
    return {
      architecture,
      file: source.file,
      embedding,
      unembedding: architecture.tiedEmbeddings
        ? embedding
        : tensors.tokenRows('lm_head.weight', vocabSize, width),
      unembeddingBias: () => null,
      positionEmbedding: () => null,
      finalNorm: () => tensors.norm('ln_f', width),
      layer: (index) => layerOf(tensors, architecture, `h.${index}`),
    };
  },
};

function layerOf(tensors: NamedTensors, architecture: Architecture, block: string): LayerWeights {
  const { heads, keyHeads, headWidth, width, mlp, residual } = architecture;
  const rotated = rotatedWidth(architecture);
  // A group: its queries, then its key, then its value.
  const queries = heads / keyHeads;
  const groupRows = (queries + 2) * headWidth;
  const rows = (count: number, firstRow: (head: number) => number, turned: number) =>
    headRows({ heads: count, width: headWidth, firstRow, rotated: turned });
  const norm = (name: string) => tensors.norm(`${block}.${name}`, width);
  // The new architecture has two norms, but for its 11B; one feeds attention and feed-forward alike, unless they follow each other.
  const hasTwo = tensors.has('h.0.ln_attn.weight');
  const mlpNorm = hasTwo
    ? 'ln_mlp'
    : residual === 'sequential'
      ? 'post_attention_layernorm'
      : 'input_layernorm';
  return {
    attention: () => {
      const part = fusedLinear(
        tensors.linear(`${block}.self_attention.query_key_value`, keyHeads * groupRows, width),
      );
      const query = (head: number) => Math.floor(head / queries) * groupRows + (head % queries) * headWidth;
      return {
        norm: norm(hasTwo ? 'ln_attn' : 'input_layernorm'),
        query: part(rows(heads, query, rotated)),
        key: part(rows(keyHeads, (group) => group * groupRows + queries * headWidth, rotated)),
        value: part(rows(keyHeads, (group) => group * groupRows + (queries + 1) * headWidth, 0)),
        output: tensors.linear(`${block}.self_attention.dense`, width, heads * headWidth),
        queryNorm: null,
        keyNorm: null,
        scoreBias: null,
        outputNorm: null,
      };
    },
    mlp: () => ({
      norm: norm(mlpNorm),
      up: tensors.linear(`${block}.mlp.dense_h_to_4h`, mlp!.width, width),
      gate: null,
      down: tensors.linear(`${block}.mlp.dense_4h_to_h`, width, mlp!.width),
      outputNorm: null,
    }),
  };
}
