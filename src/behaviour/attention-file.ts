import { InputError } from '../errors.js';
import type { HeadGrid } from '../model/heads.js';
import type { Prediction } from './predict-tokens.js';
import type { TokenSequences } from './token-file.js';

/** All maps of a call are held at once. */
const mostBytes = 2 ** 30;

/** A float32 tensor of a file of maps. */
export interface AttentionTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/**
 * Holds, before anything is run, that attention maps of these sequences fit a file.
 * @throws InputError where their lengths differ, or they are too large to be held
 */
export function checkAttentionRoom({ layers, heads }: HeadGrid, sequences: TokenSequences): void {
  const T = sequences[0]!.length;
  const other = sequences.findIndex(({ length }) => length !== T);
  if (other !== -1) {
    throw new InputError(
      `--attention: sequence ${other} has ${sequences[other]!.length} tokens, sequence 0 has ${T}; give sequences of one length, or one at a time`,
    );
  }
  const bytes = 4 * layers * heads * sequences.length * T * T;
  if (bytes <= mostBytes) return;
  const fit = Math.floor(mostBytes / (4 * layers * heads * T * T));
  throw new InputError(
    `--attention: maps of ${layers * heads} heads on ${sequences.length} sequences of ${T} tokens take ${Math.ceil(bytes / 2 ** 20)} MiB, more than ${mostBytes / 2 ** 20} MiB; ${fit > 0 ? `give ${fit} sequences at a time` : 'give shorter ones'}`,
  );
}

/** `attention.{layer}`, heads × T × T (query by key) of one sequence, sequences × heads × T × T of several. */
export function attentionTensors(
  { layers, heads }: HeadGrid,
  predictions: readonly Prediction[],
): AttentionTensor[] {
  const T = predictions[0]!.tokens.length;
  const N = predictions.length;
  return Array.from({ length: layers }, (_, layer) => {
    const values = new Float32Array(N * heads * T * T);
    predictions.forEach(({ attention }, sequence) => {
      for (let head = 0; head < heads; head++) {
        values.set(attention!.get(layer * heads + head)!, (sequence * heads + head) * T * T);
      }
    });
    const shape = N === 1 ? [heads, T, T] : [N, heads, T, T];
    return { name: `attention.${layer}`, shape, values };
  });
}
