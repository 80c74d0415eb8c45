/**
 * Names of the published TFModel's tensors, as its state dict has them; linear maps and norms without their `.weight` and
 * `.bias`.
 * Source: the published `TFModel`, `TFBlock`, `MultiHeadAttention`.
 */
export const copyingNames = {
  embedding: 'embed.embed.weight',
  positions: 'pos_embed.pe.weight',
  finalNorm: 'ln_f',
  unembedding: 'fc',
} as const;

/** The same of one layer. */
export interface CopyingLayerNames {
  readonly attentionNorm: string;
  readonly query: string;
  readonly key: string;
  readonly value: string;
  readonly output: string;
  /** A tensor as it stands: relative positions. */
  readonly scoreBias: string;
  readonly mlpNorm: string;
  readonly up: string;
  readonly down: string;
}

const layers: CopyingLayerNames[] = [];

/** Names of a layer's tensors, made once: engines ask for them at every sequence. */
export function copyingLayerNames(layer: number): CopyingLayerNames {
  layers[layer] ??= {
    attentionNorm: `h.${layer}.ln_1`,
    query: `h.${layer}.mha.W_q`,
    key: `h.${layer}.mha.W_k`,
    value: `h.${layer}.mha.W_v`,
    output: `h.${layer}.mha.W_o`,
    scoreBias: `h.${layer}.mha.att_bias`,
    mlpNorm: `h.${layer}.ln_2`,
    up: `h.${layer}.feed_forward.fc1`,
    down: `h.${layer}.feed_forward.fc2`,
  };
  return layers[layer];
}

/** How many layers a checkpoint has, by the names of its tensors. */
export function countCopyingLayers(has: (name: string) => boolean): number {
  let count = 0;
  while (has(`${copyingLayerNames(count).query}.weight`)) count++;
  return count;
}

/** Published runs on a GPU neither train nor store it: missing, it is zero. */
export function isScoreBias(name: string): boolean {
  return name.endsWith('.mha.att_bias');
}

/** Whether a linear map makes queries. */
export function isQueryMap(name: string): boolean {
  return name.endsWith('.mha.W_q');
}
