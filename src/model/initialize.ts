import type { ParameterLayout } from './parameters.js';

/** Where random numbers come from: a seeded stream with the same numbers on every machine. */
export interface RandomSource {
  /** Uniform on [0, 1). */
  uniform(): number;
  /** Standard normal. */
  normal(): number;
}

/**
 * Parameters of an untrained model, drawn in the order of the layout.
 * Embeddings N(0, 1); weights and biases of linear maps U(-1/√fan_in, 1/√fan_in); LayerNorms 1 and 0; `att_bias` 0.
 * Source: PyTorch's defaults for `nn.Embedding`, `nn.Linear` and `nn.LayerNorm`, which the published code keeps.
 */
export function initialParameters(layout: ParameterLayout, random: RandomSource): Float32Array {
  const values = new Float32Array(layout.length);
  for (const { offset, length, initial } of layout.parameters) {
    for (let i = offset; i < offset + length; i++) {
      if (initial.kind === 'normal') values[i] = random.normal();
      else if (initial.kind === 'uniform') values[i] = (2 * random.uniform() - 1) * initial.bound;
      else values[i] = initial.value;
    }
  }
  return values;
}
