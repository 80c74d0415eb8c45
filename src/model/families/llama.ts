import { z } from 'zod';
import { type Architecture, type NormRule, rotatedWidth } from '../architecture.js';
import type { AttentionWeights, LayerWeights, NormWeights } from '../weights.js';
import { activationOf, checkHeads, checkModelConfig, dividedWidth, limits, size } from './config-schema.js';
import type { ModelFamily } from './family.js';
import { headRows, pairedOrder } from './head-rows.js';
import { type NamedTensors, namedTensors } from './named-tensors.js';
import { ropeScalingSchema, rotaryPositions } from './rotary-frequencies.js';

const schema = z.object({
  vocab_size: size(limits.vocabulary).default(32_000),
  hidden_size: size(limits.width).default(4096),
  intermediate_size: size(limits.width * 8).default(11_008),
  num_hidden_layers: size(limits.layers).default(32),
  num_attention_heads: size(limits.heads).default(32),
  num_key_value_heads: size(limits.heads).nullish(),
  head_dim: size(limits.width).nullish(),
  max_position_embeddings: size(limits.positions).default(2048),
  hidden_act: z.string().default('silu'),
  rms_norm_eps: z.number().positive().default(1e-6),
  rope_theta: z.number().positive().optional(),
  rope_scaling: ropeScalingSchema,
  rope_parameters: ropeScalingSchema,
  tie_word_embeddings: z.boolean().default(false),
  sliding_window: size(limits.positions).nullish(),
  use_sliding_window: z.boolean().default(false),
  max_window_layers: z.int().min(0).max(limits.layers).default(0),
  clip_qkv: z.number().positive().nullish(),
});

export type LlamaConfig = z.infer<typeof schema>;

/** What sets one of the families with Llama's names apart from the others. */
interface LlamaKind {
  readonly name: string;
  /** The window of a layer, by the config. */
  readonly window: (options: LlamaConfig, layer: number) => number | null;
  /** OLMo normalises without gain or shift, and takes the mean off. */
  readonly plainLayerNorm?: true;
  /** Qwen 3 normalises each head's queries and keys. */
  readonly headNorms?: true;
  /** Width of a head where the config does not say; the residual stream's share by default. */
  readonly headWidth?: number;
}

const noWindow = () => null;
/** Qwen's window is for the layers after the first `max_window_layers`. */
const lateWindow = (options: LlamaConfig, layer: number) =>
  options.use_sliding_window && layer >= options.max_window_layers ? (options.sliding_window ?? null) : null;

const kinds: readonly LlamaKind[] = [
  { name: 'llama', window: noWindow },
  // Absent is 4096, as in transformers; null is none.
  { name: 'mistral', window: ({ sliding_window: window = 4096 }) => window },
  { name: 'qwen2', window: lateWindow },
  { name: 'qwen3', window: lateWindow, headNorms: true, headWidth: 128 },
  { name: 'olmo', window: noWindow, plainLayerNorm: true },
];

/** Llama and the families that share its names: Mistral, Qwen 2 and 3, OLMo. */
export const llamaFamilies: readonly ModelFamily[] = kinds.map((kind) => ({
  name: kind.name,
  architecture: (config, file) => architectureOf(kind, checkModelConfig(schema, config, file), file),
  weights: (source, architecture) => {
    const tensors = namedTensors(source, ['model.', ''], 'embed_tokens.weight', kind.name);
    const { width, vocabSize } = architecture;
    const embedding = tensors.tokenRows('embed_tokens.weight', vocabSize, width);
    const norm = (name: string): NormWeights =>
      kind.plainLayerNorm ? { gain: null, shift: null } : tensors.norm(name, width);
    return {
      architecture,
      file: source.file,
      embedding,
      unembedding: architecture.tiedEmbeddings
        ? embedding
        : tensors.tokenRows('lm_head.weight', vocabSize, width),
      unembeddingBias: () => null,
      positionEmbedding: () => null,
      finalNorm: () => norm('norm'),
      layer: (index) => layerOf(tensors, architecture, `layers.${index}`, kind, norm),
    };
  },
}));

function architectureOf(kind: LlamaKind, options: LlamaConfig, file: string): Architecture {
  const heads = options.num_attention_heads;
  const keyHeads = options.num_key_value_heads ?? heads;
  const headWidth = options.head_dim ?? kind.headWidth ?? dividedWidth(options.hidden_size, heads, file);
  checkHeads({ heads, keyHeads }, headWidth, file);
  const scaling = options.rope_scaling ?? options.rope_parameters;
  const base = options.rope_theta ?? scaling?.rope_theta ?? 10_000;
  const norm: NormRule = kind.plainLayerNorm
    ? { kind: 'layer', epsilon: 1e-5 }
    : { kind: 'rms', epsilon: options.rms_norm_eps };
  return {
    family: kind.name,
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
      clip: options.clip_qkv ?? null,
      windows: Array.from({ length: options.num_hidden_layers }, (_, layer) => kind.window(options, layer)),
    },
    positions: rotaryPositions(headWidth, headWidth, base, scaling, file),
    norm,
    finalNorm: norm,
    mlp: {
      width: options.intermediate_size,
      activation: activationOf(options.hidden_act, file),
      gated: true,
    },
    residual: 'sequential',
    logitSoftcap: null,
    tiedEmbeddings: options.tie_word_embeddings,
  };
}

function layerOf(
  tensors: NamedTensors,
  architecture: Architecture,
  block: string,
  kind: LlamaKind,
  norm: (name: string) => NormWeights,
): LayerWeights {
  const { headWidth } = architecture;
  // Gains of a head stand in the order of its rows.
  const headNorm = (name: string): NormWeights | null => {
    if (!kind.headNorms) return null;
    const { gain } = tensors.norm(`${block}.self_attn.${name}`, headWidth);
    const order = pairedOrder(headWidth, headWidth);
    return { gain: Float64Array.from(order, (dimension) => gain![dimension]!), shift: null };
  };
  return {
    attention: () => ({
      norm: norm(`${block}.input_layernorm`),
      ...projections(tensors, architecture, block),
      queryNorm: headNorm('q_norm'),
      keyNorm: headNorm('k_norm'),
      scoreBias: null,
      outputNorm: null,
    }),
    mlp: () => ({
      norm: norm(`${block}.post_attention_layernorm`),
      ...gatedMlp(tensors, architecture, block),
      outputNorm: null,
    }),
  };
}

/** `q_proj`, `k_proj`, `v_proj` and `o_proj` of a layer. */
export function projections(
  tensors: NamedTensors,
  architecture: Architecture,
  block: string,
): Pick<AttentionWeights, 'query' | 'key' | 'value' | 'output'> {
  const { heads, keyHeads, headWidth, width } = architecture;
  const rotated = rotatedWidth(architecture);
  const map = (name: string, count: number, turned: number) =>
    tensors.linear(
      `${block}.self_attn.${name}`,
      count * headWidth,
      width,
      headRows({ heads: count, width: headWidth, firstRow: (head) => head * headWidth, rotated: turned }),
    );
  return {
    query: map('q_proj', heads, rotated),
    key: map('k_proj', keyHeads, rotated),
    value: map('v_proj', keyHeads, 0),
    output: tensors.linear(`${block}.self_attn.o_proj`, width, heads * headWidth),
  };
}

/** `up_proj`, `gate_proj` and `down_proj` of a layer. */
export function gatedMlp(tensors: NamedTensors, { mlp, width }: Architecture, block: string) {
  return {
    up: tensors.linear(`${block}.mlp.up_proj`, mlp!.width, width),
    gate: tensors.linear(`${block}.mlp.gate_proj`, mlp!.width, width),
    down: tensors.linear(`${block}.mlp.down_proj`, width, mlp!.width),
  };
}
