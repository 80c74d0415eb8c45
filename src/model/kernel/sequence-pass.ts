import { copyingNames } from '../families/copying-names.js';
import { backwardBlock, type Dropout, forwardBlock } from './block.js';
import {
  applyLinear,
  applyLinearBackward,
  applyNormBackward,
  type Machine,
  normaliseRows,
  numbersAt,
} from './machine.js';
import type { TokenTable } from './token-table.js';

/** The passes over one sequence; activations of the last one stay in the machine's memory. */
export interface SequencePass {
  /**
   * Forward pass up to the logits of the sequence number `index` of `tokens`.
   * @param keep whether every block keeps what its backward pass needs, else blocks share the memory of the first
   */
  forward(tokens: ArrayLike<number>, index: number, dropout: Dropout | null, keep: boolean): void;
  /**
   * Cross-entropy of the sequence, summed; the logits give way to their gradient.
   * @param scale factor on that gradient
   */
  loss(smoothing: number, scale: number): number;
  /** Adds the sequence's gradients to all parameters'. Call after `forward` with `keep`, and `loss`. */
  backward(dropout: Dropout | null): void;
  /** Of the last sequence: losses of T - 1 positions, and the likeliest token after each of T. */
  readonly losses: Float32Array;
  readonly predictions: Int32Array;
}

/** @param table the first block's projections of each distinct token; null where each position is projected */
export function createSequencePass(machine: Machine, table: TokenTable | null): SequencePass {
  const { config, kernels, plan, memory, ids } = machine;
  const { row, length, tokens: count } = plan;
  const { d_model: d, vocab_size: size } = config;
  const blocks = plan.blocks.length;
  const positions = new Int32Array(memory.buffer, plan.positions, count);
  const hasLearnedPositions = config.pos === null;
  // Part of the backward pass writes there too.
  const numberPositions = () => {
    for (let t = 0; t < count; t++) positions[t] = t;
  };
  const lastOutput = () => (config.output_norm ? plan.yF : plan.residuals[blocks]!);

  return {
    forward(tokens, index, dropout, keep) {
      for (let t = 0; t < count; t++) ids[t] = tokens[index * count + t]!;
      table?.prepare(ids);
      const x = plan.residuals[0]!;
      kernels.gather(machine.parameter(copyingNames.embedding), 4 * d, plan.ids, x, d, count, row);
      if (hasLearnedPositions) {
        numberPositions();
        const table = machine.parameter(copyingNames.positions);
        kernels.gather(table, 4 * d, plan.positions, plan.dy, d, count, row);
        kernels.addRows(x, plan.dy, x, d, length, row);
      }
      for (let layer = 0; layer < blocks; layer++) {
        forwardBlock(machine, layer, keep ? layer : 0, dropout, layer === 0 ? table : null);
      }
      if (config.output_norm) {
        const to = { xhat: plan.xhatF, y: plan.yF, inverse: plan.inverseF };
        normaliseRows(machine, copyingNames.finalNorm, plan.residuals[blocks]!, to);
      }
      applyLinear(machine, copyingNames.unembedding, lastOutput(), plan.logits);
    },
    loss: (smoothing, scale) =>
      kernels.crossEntropy(
        ...[plan.logits, plan.ids, plan.losses, plan.predictions],
        ...[size, count, length, row, smoothing, scale],
      ),
    backward(dropout) {
      const dLast = config.output_norm ? plan.dy : plan.dx;
      applyLinearBackward(machine, copyingNames.unembedding, lastOutput(), {
        dy: plan.logits,
        dx: dLast,
        add: false,
      });
      if (config.output_norm) {
        const kept = { xhat: plan.xhatF, inverse: plan.inverseF };
        applyNormBackward(machine, copyingNames.finalNorm, kept, { dy: plan.dy, dx: plan.dx, add: false });
      }
      for (let layer = blocks - 1; layer >= 0; layer--) {
        backwardBlock(machine, layer, dropout, layer === 0 ? table : null);
      }
      kernels.scatterAdd(plan.dx, row, d, count, machine.gradient(copyingNames.embedding), 4 * d, plan.ids);
      if (hasLearnedPositions) {
        numberPositions();
        const gradient = machine.gradient(copyingNames.positions);
        kernels.scatterAdd(plan.dx, row, d, count, gradient, 4 * d, plan.positions);
      }
    },
    losses: numbersAt(machine, plan.losses, count - 1),
    predictions: new Int32Array(memory.buffer, plan.predictions, count),
  };
}
