import { z } from 'zod';
import type { Architecture } from '../architecture.js';
import type { LayerWeights, NormWeights } from '../weights.js';
import { activationOf, checkHeads, checkModelConfig, limits, size } from './config-schema.js';
import type { ModelFamily } from './family.js';
import { gatedMlp, projections } from './llama.js';
import { type NamedTensors, namedTensors } from './named-tensors.js';
import { ropeScalingSchema, rotaryPositions } from './rotary-frequencies.js';

const schema = z.object({
  vocab_size: size(limits.vocabulary).default(256_000),
  hidden_size: size(limits.width).default(3072),
  intermediate_size: size(limits.width * 8).default(24_576),
  num_hidden_layers: size(limits.layers).default(28),
  num_attention_heads: size(limits.heads).default(16),
  num_key_value_heads: size(limits.heads).default(16),
  head_dim: size(limits.width).default(256),
  max_position_embeddings: size(limits.positions).default(8192),
  // Published configs of the first Gemma say `gelu`, and mean its tanh approximation.
  hidden_activation: z.string().nullish(),
  rms_norm_eps: z.number().positive().default(1e-6),
  rope_theta: z.number().positive().default(10_000),
  rope_scaling: ropeScalingSchema,
  tie_word_embeddings: z.boolean().default(true),
  query_pre_attn_scalar: z.number().positive().default(256),
  attn_logit_softcapping: z.number().positive().nullish(),
  final_logit_softcapping: z.number().positive().nullish(),
  sliding_window: size(limits.positions).nullish(),
});

type GemmaConfig = z.infer<typeof schema>;

/** Gemma: norms with gain 1 + w, token vectors times √d. */
export const gemma: ModelFamily = familyOf('gemma', () => ({}));

/** Gemma 2: besides, softcapped scores and logits, windows in every other layer, and norms of what joins the stream. */
export const gemma2: ModelFamily = familyOf('gemma2', (options, plain) => ({
  attention: {
    ...plain.attention,
    scale: 1 / Math.sqrt(options.query_pre_attn_scalar),
    softcap: options.attn_logit_softcapping === undefined ? 50 : options.attn_logit_softcapping,
    windows: plain.attention.windows.map((_, layer) =>
      layer % 2 === 0 ? (options.sliding_window === undefined ? 4096 : options.sliding_window) : null,
    ),
  },
  logitSoftcap: options.final_logit_softcapping === undefined ? 30 : options.final_logit_softcapping,
}));

function familyOf(
  name: 'gemma' | 'gemma2',
  differences: (options: GemmaConfig, plain: Architecture) => Partial<Architecture>,
): ModelFamily {
  return {
    name,
    architecture: (config, file) => {
      const options = checkModelConfig(schema, config, file);
      const plain = plainArchitecture(name, options, file);
      return { ...plain, ...differences(options, plain) };
    },
    weights: (source, architecture) => {
      const tensors = namedTensors(source, ['model.', ''], 'embed_tokens.weight', name);
      const { width, vocabSize } = architecture;
      const embedding = tensors.tokenRows('embed_tokens.weight', vocabSize, width);
      return {
        architecture,
        file: source.file,
        embedding,
        unembedding: architecture.tiedEmbeddings
          ? embedding
          : tensors.tokenRows('lm_head.weight', vocabSize, width),
        unembeddingBias: () => null,
        positionEmbedding: () => null,
        finalNorm: () => normOf(tensors, 'norm', width),
        layer: (index) => layerOf(tensors, architecture, `layers.${index}`),
      };
    },
  };
}

function plainArchitecture(name: string, options: GemmaConfig, file: string): Architecture {
  const { head_dim: headWidth, num_attention_heads: heads, num_key_value_heads: keyHeads } = options;
  checkHeads({ heads, keyHeads }, headWidth, file);
  const norm = { kind: 'rms', epsilon: options.rms_norm_eps } as const;
  return {
    family: name,
    layers: options.num_hidden_layers,
    heads,
    keyHeads,
    headWidth,
    width: options.hidden_size,
    vocabSize: options.vocab_size,
    maxPositions: options.max_position_embeddings,
    embeddingScale: Math.sqrt(options.hidden_size),
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
      width: options.intermediate_size,
      activation: activationOf(options.hidden_activation ?? 'gelu_pytorch_tanh', file),
      gated: true,
    },
    residual: 'sequential',
    logitSoftcap: null,
    tiedEmbeddings: options.tie_word_embeddings,
  };
}

function layerOf(tensors: NamedTensors, architecture: Architecture, block: string): LayerWeights {
  const { family, width } = architecture;
  const norm = (name: string) => normOf(tensors, `${block}.${name}`, width);
  const isSecond = family === 'gemma2';
  return {
    attention: () => ({
      norm: norm('input_layernorm'),
      ...projections(tensors, architecture, block),
      queryNorm: null,
      keyNorm: null,
      scoreBias: null,
      outputNorm: isSecond ? norm('post_attention_layernorm') : null,
    }),
    mlp: () => ({
      norm: norm(isSecond ? 'pre_feedforward_layernorm' : 'post_attention_layernorm'),
      ...gatedMlp(tensors, architecture, block),
      outputNorm: isSecond ? norm('post_feedforward_layernorm') : null,
    }),
  };
}

/** The file holds w of the gain 1 + w. */
function normOf(tensors: NamedTensors, name: string, width: number): NormWeights {
  return { gain: tensors.vector(`${name}.weight`, width).map((value) => 1 + value), shift: null };
}
