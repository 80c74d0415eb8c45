import type { ForwardOptions, ForwardResult } from '../engine.js';
import type { Machine } from './machine.js';

type Extras = Partial<Record<'logits' | 'attention' | 'residuals', Float32Array>>;

/**
 * What a forward pass returns on request besides losses and predictions.
 * @returns arrays for all sequences, and what copies one sequence's activations into them; null when nothing is requested
 */
export function readExtras(machine: Machine, options: ForwardOptions, sequences: number) {
  const { config, plan, memory } = machine;
  const { d_model: d, vocab_size: size, num_heads: heads, num_layers: layers } = config;
  const { tokens, row, length } = plan;
  const values: Extras = {};
  if (options.logits) values.logits = new Float32Array(sequences * tokens * size);
  if (options.attention) values.attention = new Float32Array(sequences * layers * heads * tokens * tokens);
  if (options.residuals) values.residuals = new Float32Array(sequences * (layers + 1) * tokens * d);
  const activations = new Float32Array(memory.buffer);

  /** to[t][c] = from[c][t]: the memory has features (or keys) as rows. */
  const transposed = (from: number, columns: number, to: Float32Array, at: number) => {
    for (let t = 0; t < tokens; t++) {
      for (let c = 0; c < columns; c++) to[at + t * columns + c] = activations[(from + c * row) / 4 + t]!;
    }
  };
  const read = (sequence: number) => {
    const { logits, attention, residuals } = values;
    if (logits) transposed(plan.logits, size, logits, sequence * tokens * size);
    for (let layer = 0; attention && layer < plan.blocks.length; layer++) {
      for (let head = 0; head < heads; head++) {
        const at = ((sequence * layers + layer) * heads + head) * tokens * tokens;
        transposed(plan.blocks[layer]!.p + head * length * row, tokens, attention, at);
        // Blocks beyond the diagonal's are never computed.
        for (let i = 0; i < tokens; i++) attention.fill(0, at + i * tokens + i + 1, at + (i + 1) * tokens);
      }
    }
    for (let layer = 0; residuals && layer <= layers; layer++) {
      // Without the residual every block is the identity.
      const x = plan.residuals[Math.min(layer, plan.blocks.length)]!;
      transposed(x, d, residuals, (sequence * (layers + 1) + layer) * tokens * d);
    }
  };
  const asked = Object.keys(values).length > 0;
  return {
    values: values as Pick<ForwardResult, 'logits' | 'attention' | 'residuals'>,
    read: asked ? read : null,
  };
}
