import { ShapeError } from '../../errors.js';
import type { ModelConfig } from '../config.js';
import { dropThreshold, isDropped, maskKey } from '../dropout.js';
import type { DropoutKey, Engine, ForwardOptions, ForwardResult } from '../engine.js';
import { findParameter, parameterLayout } from '../parameters.js';
import { countSequences } from '../tokens.js';
import { updateAdamW } from './adamw.js';
import { argmax, crossEntropy } from './cross-entropy.js';
import { backwardSequence, forwardSequence, type Masks, type SequenceTape } from './sequence.js';

/**
 * The slow, clear engine: plain loops in float64, one sequence after another.
 * It says what the kernels must compute; gradients can be checked on it by finite differences.
 * @throws InputError when the config is not an architecture
 */
export function createReferenceEngine(config: ModelConfig): Engine<Float64Array> {
  const layout = parameterLayout(config);
  const zeros = () => new Float64Array(layout.length);
  const [parameters, gradients] = [zeros(), zeros()];
  const moments = { m: zeros(), v: zeros() };
  const named = (values: Float64Array) => (name: string) => {
    const { offset, length } = findParameter(layout, name);
    return values.subarray(offset, offset + length);
  };
  const checkLength = (values: ArrayLike<number>, what: string) => {
    if (values.length !== layout.length) {
      throw new ShapeError(`${what}: expected ${layout.length} numbers, found ${values.length}`);
    }
  };
  const { max_seq_len: length, vocab_size: size } = config;

  return {
    config,
    layout,
    parameters,
    gradients,
    moments,
    load(values) {
      checkLength(values, 'parameters');
      parameters.set(values);
    },
    clearGradients() {
      gradients.fill(0);
    },
    addGradients(shard) {
      checkLength(shard, 'gradients');
      for (let i = 0; i < gradients.length; i++) gradients[i]! += shard[i]!;
    },
    accumulate(tokens, options) {
      const sequences = countSequences(tokens, config);
      let lossSum = 0;
      for (let s = 0; s < sequences; s++) {
        const sequence = sequenceAt(tokens, s, length);
        const masks = options.dropout ? drawnMasks(config, options.dropout, s) : noMasks;
        const tape = forwardSequence(config, named(parameters), sequence, masks);
        const dLogits = new Float64Array(length * size);
        for (let t = 0; t < length - 1; t++) {
          const row = tape.logits.slice(t * size, (t + 1) * size);
          lossSum += crossEntropy(row, sequence[t + 1]!, options.labelSmoothing);
          dLogits.set(
            row.map((value) => value * options.scale),
            t * size,
          );
        }
        backwardSequence(config, named(parameters), named(gradients), sequence, tape, dLogits);
      }
      return lossSum;
    },
    forward(tokens, options = {}) {
      const sequences = countSequences(tokens, config);
      const tapes: SequenceTape[] = [];
      const losses = new Float64Array(sequences * (length - 1));
      const predictions = new Int32Array(sequences * length);
      for (let s = 0; s < sequences; s++) {
        const sequence = sequenceAt(tokens, s, length);
        const tape = forwardSequence(config, named(parameters), sequence, noMasks);
        tapes.push(tape);
        for (let t = 0; t < length; t++) {
          const row = tape.logits.slice(t * size, (t + 1) * size);
          predictions[s * length + t] = argmax(row);
          if (t < length - 1) {
            losses[s * (length - 1) + t] = crossEntropy(row, sequence[t + 1]!, options.labelSmoothing ?? 0);
          }
        }
      }
      const lossSum = losses.reduce((sum, loss) => sum + loss, 0);
      return { losses, predictions, lossSum, ...extras(tapes, options, config) };
    },
    adamw(options) {
      for (const { offset, length: count, trained } of layout.parameters) {
        if (trained) updateAdamW(parameters, gradients, moments, offset, offset + count, options);
      }
    },
  };
}

const noMasks: Masks = () => null;

function sequenceAt(tokens: ArrayLike<number>, index: number, length: number): Int32Array {
  return Int32Array.from({ length }, (_, t) => tokens[index * length + t]!);
}

function drawnMasks(config: ModelConfig, key: DropoutKey, sequence: number): Masks {
  const threshold = dropThreshold(config.dropout);
  return (layer, site) => {
    const words = maskKey(key, sequence, layer, site);
    return Float64Array.from({ length: config.max_seq_len * config.d_model }, (_, i) =>
      isDropped(i, words, threshold) ? 0 : 1 / (1 - config.dropout),
    );
  };
}

function extras(tapes: SequenceTape[], options: ForwardOptions, config: ModelConfig) {
  const result: Partial<Pick<ForwardResult<Float64Array>, 'logits' | 'attention' | 'residuals'>> = {};
  // Without the residual the blocks are identities: nothing attends to anything.
  const block = config.num_heads * config.max_seq_len ** 2;
  const unattended = new Float64Array(config.num_layers * block);
  return Object.assign(
    result,
    options.logits && { logits: joined(tapes.map((tape) => tape.logits)) },
    options.attention && {
      attention: joined(
        tapes.flatMap((tape) => (config.residual ? tape.blocks.map((b) => b.weights) : [unattended])),
      ),
    },
    options.residuals && { residuals: joined(tapes.flatMap((tape) => tape.residuals)) },
  );
}

function joined(parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
