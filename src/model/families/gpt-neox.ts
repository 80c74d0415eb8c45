import { z } from 'zod';
import { type Architecture, rotatedWidth } from '../architecture.js';
import type { LayerWeights } from '../weights.js';
import { activationOf, checkHeads, checkModelConfig, dividedWidth, limits, size } from './config-schema.js';
import type { ModelFamily } from './family.js';
import { fusedLinear } from './fused-linear.js';
import { headRows } from './head-rows.js';
import { type NamedTensors, namedTensors } from './named-tensors.js';
import { ropeScalingSchema, rotaryPositions } from './rotary-frequencies.js';

const schema = z.object({
  vocab_size: size(limits.vocabulary).default(50_432),
  hidden_size: size(limits.width).default(6144),
  num_hidden_layers: size(limits.layers).default(44),
  num_attention_heads: size(limits.heads).default(64),
  intermediate_size: size(limits.width * 8).default(24_576),
  max_position_embeddings: size(limits.positions).default(2048),
  hidden_act: z.string().default('gelu'),
  rotary_pct: z.number().min(0).max(1).default(0.25),
  rotary_emb_base: z.number().positive().default(10_000),
  rope_scaling: ropeScalingSchema,
  layer_norm_eps: z.number().positive().default(1e-5),
  use_parallel_residual: z.boolean().default(true),
  tie_word_embeddings: z.boolean().default(false),
});

/** GPT-NeoX, of which Pythia is: one matrix of queries, keys and values head by head, rotary on part of a head. */
export const gptNeox: ModelFamily = {
  name: 'gpt_neox',
  architecture: (config, file) => {
    const options = checkModelConfig(schema, config, file);
    const heads = options.num_attention_heads;
    const headWidth = dividedWidth(options.hidden_size, heads, file);
    // As transformers rounds it.
    const rotated = Math.floor(headWidth * options.rotary_pct);
    checkHeads({ heads, keyHeads: heads }, rotated, file);
    const norm = { kind: 'layer', epsilon: options.layer_norm_eps } as const;
    return {
      family: 'gpt_neox',
      layers: options.num_hidden_layers,
      heads,
      keyHeads: heads,
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
      positions: rotaryPositions(rotated, headWidth, options.rotary_emb_base, options.rope_scaling, file),
      norm,
      finalNorm: norm,
      mlp: {
        width: options.intermediate_size,
        activation: activationOf(options.hidden_act, file),
        gated: false,
      },
      residual: options.use_parallel_residual ? 'parallel' : 'sequential',
      logitSoftcap: null,
      tiedEmbeddings: options.tie_word_embeddings,
    };
  },
  weights: (source, architecture) => {
    const tensors = namedTensors(source, ['gpt_neox.', ''], 'embed_in.weight', 'gpt_neox');
    const { width, vocabSize } = architecture;
    const embedding = tensors.tokenRows('embed_in.weight', vocabSize, width);
    return {
      architecture,
      file: source.file,
      embedding,
      unembedding: architecture.tiedEmbeddings
        ? embedding
        : tensors.tokenRows('embed_out.weight', vocabSize, width),
      unembeddingBias: () => null,
      positionEmbedding: () => null,
      finalNorm: () => tensors.norm('final_layer_norm', width),
      layer: (index) => layerOf(tensors, architecture, `layers.${index}`),
    };
  },
};

function layerOf(tensors: NamedTensors, architecture: Architecture, block: string): LayerWeights {
  const { heads, headWidth, width, mlp } = architecture;
  const rotated = rotatedWidth(architecture);
  const partRows = (part: number, turned: number) =>
    headRows({
      heads,
      width: headWidth,
      firstRow: (head) => (3 * head + part) * headWidth,
      rotated: turned,
    });
  return {
    attention: () => {
      const part = fusedLinear(
        tensors.linear(`${block}.attention.query_key_value`, 3 * heads * headWidth, width),
      );
      return {
        norm: tensors.norm(`${block}.input_layernorm`, width),
        query: part(partRows(0, rotated)),
        key: part(partRows(1, rotated)),
        value: part(partRows(2, 0)),
        output: tensors.linear(`${block}.attention.dense`, width, heads * headWidth),
        queryNorm: null,
        keyNorm: null,
        scoreBias: null,
        outputNorm: null,
      };
    },
    mlp: () => ({
      norm: tensors.norm(`${block}.post_attention_layernorm`, width),
      up: tensors.linear(`${block}.mlp.dense_h_to_4h`, mlp!.width, width),
      gate: null,
      down: tensors.linear(`${block}.mlp.dense_4h_to_h`, width, mlp!.width),
      outputNorm: null,
    }),
  };
}
