import { ShapeError } from '../errors.js';
import { adamW, adamWFactors } from './adamw.js';
import type { ModelConfig } from './config.js';
import { dropThreshold, maskKey } from './dropout.js';
import type { DropoutKey, Engine, LossOptions } from './engine.js';
import { backwardBlock, type Dropout, forwardBlock } from './kernel/block.js';
import { instantiateKernels } from './kernel/kernels.js';
import {
  applyLinear,
  applyLinearBackward,
  applyNorm,
  applyNormBackward,
  createMachine,
  packWeights,
} from './kernel/machine.js';
import { planMemory } from './kernel/memory-plan.js';
import { readExtras } from './kernel/read-extras.js';
import { createTokenTable } from './kernel/token-table.js';
import { parameterLayout } from './parameters.js';
import { countSequences } from './tokens.js';

/** How to build an engine. */
export interface EngineOptions {
  /** Fused multiply-add: faster where the JavaScript engine has relaxed SIMD, but the bits depend on the machine. */
  readonly fast?: boolean;
}

/**
 * The fast engine: WebAssembly SIMD kernels in float32, one sequence at a time so that its activations stay in the cache.
 * Its results are the same bits on every machine, unless `fast`.
 * @throws InputError when the config is not an architecture, the model does not fit into 4 GiB, or `fast` is not to be had
 */
export function createEngine(config: ModelConfig, options: EngineOptions = {}): Engine {
  const layout = parameterLayout(config);
  const plan = planMemory(config, layout);
  const { kernels, memory } = instantiateKernels(plan.end, options.fast ?? false);
  const machine = createMachine(config, layout, plan, kernels, memory);
  const table = plan.table ? createTokenTable(machine) : null;
  const { row, length, tokens: count } = plan;
  const { d_model: d, vocab_size: size } = config;

  const numbers = (at: number, n = layout.length) => new Float32Array(memory.buffer, at, n);
  const [parameters, gradients] = [numbers(plan.parameters), numbers(plan.gradients)];
  const moments = { m: numbers(plan.m), v: numbers(plan.v) };
  const { ids } = machine;
  const positions = new Int32Array(memory.buffer, plan.positions, count);
  const losses = numbers(plan.losses, count - 1);
  const predictions = new Int32Array(memory.buffer, plan.predictions, count);
  const blocks = plan.blocks.length;
  let packed = false;

  if (config.pos === 'rotary') {
    kernels.rotaryTable(plan.rotary, row, machine.headWidth, count, config.rotary_theta);
  }

  const checkLength = (values: ArrayLike<number>, what: string) => {
    if (values.length !== layout.length) {
      throw new ShapeError(`${what}: expected ${layout.length} numbers, found ${values.length}`);
    }
  };
  const prepare = () => {
    if (packed) return;
    packWeights(machine, layout);
    table?.reset();
    packed = true;
  };
  const numberPositions = () => {
    for (let t = 0; t < count; t++) positions[t] = t;
  };

  /** Forward pass up to the logits of sequence number `index`. */
  const forwardSequence = (
    tokens: ArrayLike<number>,
    index: number,
    dropout: Dropout | null,
    keep: boolean,
  ) => {
    for (let t = 0; t < count; t++) ids[t] = tokens[index * count + t]!;
    table?.prepare(ids);
    const x = plan.residuals[0]!;
    kernels.gather(machine.parameter('embed.embed.weight'), 4 * d, plan.ids, x, d, count, row);
    if (config.pos === null) {
      numberPositions();
      kernels.gather(machine.parameter('pos_embed.pe.weight'), 4 * d, plan.positions, plan.dy, d, count, row);
      kernels.addRows(x, plan.dy, x, d, length, row);
    }
    for (let layer = 0; layer < blocks; layer++) {
      forwardBlock(machine, layer, keep ? layer : 0, dropout, layer === 0 ? table : null);
    }
    const last = plan.residuals[blocks]!;
    if (config.output_norm) {
      applyNorm(machine, 'ln_f', last, { xhat: plan.xhatF, y: plan.yF, inverse: plan.inverseF });
    }
    applyLinear(machine, 'fc', config.output_norm ? plan.yF : last, plan.logits, size, d);
  };

  const backwardSequence = (dropout: Dropout | null) => {
    const last = config.output_norm ? plan.yF : plan.residuals[blocks]!;
    const dLast = config.output_norm ? plan.dy : plan.dx;
    applyLinearBackward(machine, 'fc', last, plan.logits, dLast, size, d, false);
    if (config.output_norm) {
      const norm = { xhat: plan.xhatF, inverse: plan.inverseF };
      applyNormBackward(machine, 'ln_f', norm, plan.dy, plan.dx, false);
    }
    for (let layer = blocks - 1; layer >= 0; layer--) {
      backwardBlock(machine, layer, dropout, layer === 0 ? table : null);
    }
    kernels.scatterAdd(plan.dx, row, d, count, machine.gradient('embed.embed.weight'), 4 * d, plan.ids);
    if (config.pos === null) {
      numberPositions();
      kernels.scatterAdd(
        plan.dx,
        row,
        d,
        count,
        machine.gradient('pos_embed.pe.weight'),
        4 * d,
        plan.positions,
      );
    }
  };

  const loss = (smoothing: number, scale: number) =>
    kernels.crossEntropy(
      ...[plan.logits, plan.ids, plan.losses, plan.predictions],
      ...[size, count, length, row, smoothing, scale],
    );

  const dropoutOf = (key: DropoutKey | null, sequence: number): Dropout | null =>
    key && config.dropout > 0
      ? {
          threshold: dropThreshold(config.dropout),
          scale: 1 / (1 - config.dropout),
          key: (layer, site) => maskKey(key, sequence, layer, site),
        }
      : null;

  return {
    config,
    layout,
    parameters,
    gradients,
    moments,
    load(values) {
      checkLength(values, 'parameters');
      parameters.set(values);
      packed = false;
    },
    clearGradients() {
      gradients.fill(0);
    },
    addGradients(shard) {
      checkLength(shard, 'gradients');
      for (let i = 0; i < gradients.length; i++) gradients[i]! += shard[i]!;
    },
    accumulate(tokens, { scale, labelSmoothing, dropout: key }: LossOptions) {
      const sequences = countSequences(tokens, config);
      prepare();
      let lossSum = 0;
      for (let s = 0; s < sequences; s++) {
        const dropout = dropoutOf(key, s);
        forwardSequence(tokens, s, dropout, true);
        lossSum += loss(labelSmoothing, scale);
        backwardSequence(dropout);
      }
      table?.flush();
      return lossSum;
    },
    forward(tokens, options = {}) {
      const sequences = countSequences(tokens, config);
      prepare();
      const result = {
        losses: new Float32Array(sequences * (count - 1)),
        predictions: new Int32Array(sequences * count),
        lossSum: 0,
      };
      const extras = readExtras(machine, options, sequences);
      for (let s = 0; s < sequences; s++) {
        forwardSequence(tokens, s, null, extras.read !== null);
        extras.read?.(s);
        result.lossSum += loss(options.labelSmoothing ?? 0, 0);
        result.losses.set(losses, s * (count - 1));
        result.predictions.set(predictions, s * count);
      }
      return { ...result, ...extras.values };
    },
    adamw(update) {
      const { decay, stepSize, deviation } = adamWFactors(update);
      const { beta1, beta2, epsilon } = adamW;
      const factors = [decay, beta1, 1 - beta1, beta2, 1 - beta2, stepSize, deviation, epsilon];
      for (const { offset, length: n, trained } of layout.parameters) {
        const at = 4 * offset;
        if (trained)
          kernels.adamW(plan.parameters + at, plan.gradients + at, plan.m + at, plan.v + at, n, ...factors);
      }
      packed = false;
    },
  };
}
