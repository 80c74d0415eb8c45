import type { Architecture } from '../model/architecture.js';
import type { ModelConfig } from '../model/config.js';
import { headWidth } from '../model/config.js';
import { findParameter, type ParameterLayout } from '../model/parameters.js';
import type { AttentionWeights, LinearMap, ModelWeights, NormWeights } from '../model/weights.js';
import { toFloat64 } from '../tensor/decode.js';
import { fromFloat32 } from '../tensor/encode.js';
import type { Tensor } from '../tensor/tensor.js';

/** A run's architecture in the terms of every model. */
export function architectureOfRun(config: ModelConfig): Architecture {
  const h = headWidth(config);
  const norm = { kind: 'layer', epsilon: 1e-5 } as const;
  const frequencies = () =>
    Float64Array.from({ length: h / 2 }, (_, pair) => config.rotary_theta ** ((-2 * pair) / h));
  return {
    family: 'copying',
    layers: config.num_layers,
    heads: config.num_heads,
    keyHeads: config.num_heads,
    headWidth: h,
    width: config.d_model,
    vocabSize: config.vocab_size,
    maxPositions: config.max_seq_len,
    embeddingScale: 1,
    attention: {
      kind: config.linear_attn ? 'linear' : 'softmax',
      scale: 1 / Math.sqrt(h),
      softcap: null,
      clip: null,
      windows: new Array<null>(config.num_layers).fill(null),
    },
    positions:
      config.pos === 'rotary'
        ? { kind: 'rotary', frequencies: frequencies() }
        : { kind: config.pos === null ? 'learned' : 'relative' },
    norm: config.norm ? norm : null,
    finalNorm: config.output_norm ? norm : null,
    mlp: config.mlp ? { width: config.ff_dim, activation: 'relu', gated: false } : null,
    residual: config.residual ? 'sequential' : 'none',
    logitSoftcap: null,
  };
}

/** The parameters of a checkpoint as weights; tensors are views on the array. @param file named in errors */
export function weightsOfRun(
  parameters: Float32Array,
  layout: ParameterLayout,
  config: ModelConfig,
  file: string,
): ModelWeights {
  const architecture = architectureOfRun(config);
  const tensor = (name: string): Tensor => {
    const { offset, length, shape } = findParameter(layout, name);
    return fromFloat32(parameters.subarray(offset, offset + length), shape);
  };
  const vector = (name: string) => toFloat64(tensor(name));
  const map = (name: string): LinearMap => ({
    weight: tensor(`${name}.weight`),
    rows: null,
    bias: vector(`${name}.bias`),
  });
  const norm = (name: string, used: boolean): NormWeights | null =>
    used ? { gain: vector(`${name}.weight`), shift: vector(`${name}.bias`) } : null;
  const tokenRows = (name: string) => (from: number, count: number) => {
    const { offset } = findParameter(layout, name);
    const d = config.d_model;
    return fromFloat32(parameters.subarray(offset + from * d, offset + (from + count) * d), [count, d]);
  };
  return {
    architecture,
    file,
    embedding: tokenRows('embed.embed.weight'),
    unembedding: tokenRows('fc.weight'),
    unembeddingBias: () => vector('fc.bias'),
    positionEmbedding: () => (config.pos === null ? tensor('pos_embed.pe.weight') : null),
    finalNorm: () => norm('ln_f', config.output_norm),
    layer: (index) => ({
      attention: (): AttentionWeights => ({
        norm: norm(`h.${index}.ln_1`, config.norm),
        query: map(`h.${index}.mha.W_q`),
        key: map(`h.${index}.mha.W_k`),
        value: map(`h.${index}.mha.W_v`),
        output: map(`h.${index}.mha.W_o`),
        queryNorm: null,
        keyNorm: null,
        scoreBias: config.pos === 'relative' ? tensor(`h.${index}.mha.att_bias`) : null,
        outputNorm: null,
      }),
      mlp: () =>
        config.mlp
          ? {
              norm: norm(`h.${index}.ln_2`, config.norm),
              up: map(`h.${index}.feed_forward.fc1`),
              gate: null,
              down: map(`h.${index}.feed_forward.fc2`),
              outputNorm: null,
            }
          : null,
    }),
  };
}
