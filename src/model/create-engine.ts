import { ShapeError } from '../errors.js';
import { adamW, adamWFactors } from './adamw.js';
import type { ModelConfig } from './config.js';
import { dropThreshold, maskKey } from './dropout.js';
import type { DropoutKey, Engine, LossOptions } from './engine.js';
import type { Dropout } from './kernel/block.js';
import { instantiateKernels } from './kernel/kernels.js';
import { createMachine, numbersAt, packWeights } from './kernel/machine.js';
import { planMemory } from './kernel/memory-plan.js';
import { readExtras } from './kernel/read-extras.js';
import { createSequencePass } from './kernel/sequence-pass.js';
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
  const pass = createSequencePass(machine, table);
  const count = plan.tokens;

  const parameters = numbersAt(machine, plan.parameters, layout.length);
  const gradients = numbersAt(machine, plan.gradients, layout.length);
  const moments = {
    m: numbersAt(machine, plan.m, layout.length),
    v: numbersAt(machine, plan.v, layout.length),
  };
  let packed = false;

  if (config.pos === 'rotary') {
    kernels.rotaryTable(plan.rotary, plan.row, machine.headWidth, count, config.rotary_theta);
  }

  const checkLength = (values: ArrayLike<number>, what: string) => {
    if (values.length !== layout.length) {
      throw new ShapeError(`${what}: expected ${layout.length} numbers, found ${values.length}`);
    }
  };
  const prepare = () => {
    if (packed) return;
    packWeights(machine);
    table?.reset();
    packed = true;
  };

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
        const dropout = dropoutOf(config, key, s);
        pass.forward(tokens, s, dropout, true);
        lossSum += pass.loss(labelSmoothing, scale);
        pass.backward(dropout);
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
        pass.forward(tokens, s, null, extras.read !== null);
        extras.read?.(s);
        result.lossSum += pass.loss(options.labelSmoothing ?? 0, 0);
        result.losses.set(pass.losses, s * (count - 1));
        result.predictions.set(pass.predictions, s * count);
      }
      return { ...result, ...extras.values };
    },
    adamw(update) {
      const { decay, stepSize, deviation } = adamWFactors(update);
      const { beta1, beta2, epsilon } = adamW;
      for (const { offset, length, trained } of layout.parameters) {
        if (!trained) continue;
        const at = 4 * offset;
        kernels.adamW(
          ...[plan.parameters + at, plan.gradients + at, plan.m + at, plan.v + at, length],
          ...[decay, beta1, 1 - beta1, beta2, 1 - beta2, stepSize, deviation, epsilon],
        );
      }
      packed = false;
    },
  };
}

/** Dropout of one sequence of a batch; null where nothing is dropped. */
function dropoutOf(config: ModelConfig, key: DropoutKey | null, sequence: number): Dropout | null {
  if (key === null || config.dropout === 0) return null;
  return {
    threshold: dropThreshold(config.dropout),
    scale: 1 / (1 - config.dropout),
    key: (layer, site) => maskKey(key, sequence, layer, site),
  };
}
