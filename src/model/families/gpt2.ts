import { z } from 'zod';
import { InputError } from '../../errors.js';
import type { Architecture } from '../architecture.js';
import type { LayerWeights } from '../weights.js';
import { activationOf, checkModelConfig, dividedWidth, limits, size } from './config-schema.js';
import type { ModelFamily } from './family.js';
import { fusedLinear } from './fused-linear.js';
import { headRows } from './head-rows.js';
import { type NamedTensors, namedTensors } from './named-tensors.js';

const schema = z.object({
  vocab_size: size(limits.vocabulary).default(50_257),
  n_positions: size(limits.positions).default(1024),
  n_embd: size(limits.width).default(768),
  n_layer: size(limits.layers).default(12),
  n_head: size(limits.heads).default(12),
  n_inner: size(limits.width * 8).nullish(),
  activation_function: z.string().default('gelu_new'),
  layer_norm_epsilon: z.number().positive().default(1e-5),
  scale_attn_weights: z.boolean().default(true),
  scale_attn_by_inverse_layer_idx: z.boolean().default(false),
  tie_word_embeddings: z.boolean().default(true),
});

/** GPT-2: weights stored `[in, out]`, queries, keys and values side by side in one matrix, learned positions. */
export const gpt2: ModelFamily = {
  name: 'gpt2',
  architecture: (config, file) => {
    const options = checkModelConfig(schema, config, file);
    if (options.scale_attn_by_inverse_layer_idx) {
      throw new InputError(
        `${file}: scale_attn_by_inverse_layer_idx is not supported; use a model with plain scores`,
      );
    }
    const headWidth = dividedWidth(options.n_embd, options.n_head, file);
    const norm = { kind: 'layer', epsilon: options.layer_norm_epsilon } as const;
    return {
      family: 'gpt2',
      layers: options.n_layer,
      heads: options.n_head,
      keyHeads: options.n_head,
      headWidth,
      width: options.n_embd,
      vocabSize: options.vocab_size,
      maxPositions: options.n_positions,
      embeddingScale: 1,
      attention: {
        kind: 'softmax',
        scale: options.scale_attn_weights ? 1 / Math.sqrt(headWidth) : 1,
        softcap: null,
        clip: null,
        windows: Array.from({ length: options.n_layer }, () => null),
      },
      positions: { kind: 'learned' },
      norm,
      finalNorm: norm,
      mlp: {
        width: options.n_inner ?? 4 * options.n_embd,
        activation: activationOf(options.activation_function, file),
        gated: false,
      },
      residual: 'sequential',
      logitSoftcap: null,
      tiedEmbeddings: options.tie_word_embeddings,
    };
  },
  weights: (source, architecture) => {
    const tensors = namedTensors(source, ['transformer.', ''], 'wte.weight', 'gpt2');
    const { width, vocabSize, maxPositions } = architecture;
    const embedding = tensors.tokenRows('wte.weight', vocabSize, width);
    return {
      architecture,
      file: source.file,
      embedding,
      unembedding: architecture.tiedEmbeddings
        ? embedding
        : tensors.tokenRows('lm_head.weight', vocabSize, width),
      unembeddingBias: () => null,
      positionEmbedding: () => tensors.tensor('wpe.weight', [maxPositions!, width]),
      finalNorm: () => tensors.norm('ln_f', width),
      layer: (index) => layerOf(tensors, architecture, `h.${index}`),
    };
  },
};

function layerOf(tensors: NamedTensors, architecture: Architecture, block: string): LayerWeights {
  const { heads, headWidth, width, mlp } = architecture;
  const partRows = (part: number) =>
    headRows({
      heads,
      width: headWidth,
      firstRow: (head) => part * heads * headWidth + head * headWidth,
      rotated: 0,
    });
  return {
    attention: () => {
      const part = fusedLinear(
        tensors.transposedLinear(`${block}.attn.c_attn`, 3 * heads * headWidth, width),
      );
      return {
        norm: tensors.norm(`${block}.ln_1`, width),
        query: part(partRows(0)),
        key: part(partRows(1)),
        value: part(partRows(2)),
        output: tensors.transposedLinear(`${block}.attn.c_proj`, width, heads * headWidth),
        queryNorm: null,
        keyNorm: null,
        scoreBias: null,
        outputNorm: null,
      };
    },
    mlp: () => ({
      norm: tensors.norm(`${block}.ln_2`, width),
      up: tensors.transposedLinear(`${block}.mlp.c_fc`, mlp!.width, width),
      gate: null,
      down: tensors.transposedLinear(`${block}.mlp.c_proj`, width, mlp!.width),
      outputNorm: null,
    }),
  };
}
