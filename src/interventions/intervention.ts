import type { AttentionWeights, ModelWeights } from '../model/weights.js';

/**
 * A change of a model's weights. It returns weights that measures and the forward pass take as they take any model's; the
 * ones given are never written to, and nothing is computed before a layer is read.
 */
export type Intervention = (weights: ModelWeights) => ModelWeights;

/** Interventions one after the other, the first one first. Without any, the weights themselves. */
export function composeInterventions(interventions: readonly Intervention[]): Intervention {
  return (weights) => interventions.reduce((edited, intervene) => intervene(edited), weights);
}

/** Weights whose attention in some layers is replaced when it is read. @param edits by layer */
export function withAttention(
  weights: ModelWeights,
  edits: ReadonlyMap<number, (attention: AttentionWeights) => AttentionWeights>,
): ModelWeights {
  if (edits.size === 0) return weights;
  return {
    ...weights,
    layer: (index) => {
      const layer = weights.layer(index);
      const edit = edits.get(index);
      if (edit === undefined) return layer;
      return { attention: () => edit(layer.attention()), mlp: () => layer.mlp() };
    },
  };
}
