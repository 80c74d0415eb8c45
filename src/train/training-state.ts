import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openTensors } from '../checkpoint/open.js';
import { writeSafetensors } from '../checkpoint/safetensors.js';
import { InputError } from '../errors.js';
import { writeFileAtomically } from '../run/atomic-file.js';
import { toFloat32, toFloat64 } from '../tensor/decode.js';
import { fromFloat32 } from '../tensor/encode.js';
import type { Tensor } from '../tensor/tensor.js';
import type { ModelState } from './team.js';

/** From where a run goes on. Random numbers need no state: those of a step are a function of the seed and the step. */
export interface TrainingState extends ModelState {
  /** Updates done. */
  readonly step: number;
  /** Mean loss that the last of them differentiated; it has no entry in the log yet where the step is still to be evaluated. */
  readonly lossStep: number;
}

/** Name of the file in the run folder. */
export const stateName = 'training_state.safetensors';

/** Names of the moments as in PyTorch's AdamW. */
const flatNames = { parameters: 'parameters', m: 'exp_avg', v: 'exp_avg_sq' } as const;

/** Writes the state of a run, in one file so that its parts always belong together. */
export function saveTrainingState(folder: string, state: TrainingState): void {
  const flat = (values: Float32Array) => fromFloat32(values, [values.length]);
  const bytes = writeSafetensors(
    new Map([
      ['step', float64(state.step)],
      ['loss_step', float64(state.lossStep)],
      [flatNames.parameters, flat(state.parameters)],
      [flatNames.m, flat(state.m)],
      [flatNames.v, flat(state.v)],
    ]),
  );
  writeFileAtomically(join(folder, stateName), bytes);
}

/**
 * Reads the state of a run; null where there is none yet.
 * @param length number of parameters
 * @throws InputError when the file is damaged or of another model
 */
export function openTrainingState(folder: string, length: number): TrainingState | null {
  const path = join(folder, stateName);
  if (!existsSync(path)) return null;
  const tensors = openTensors(path);
  const read = (name: string, count: number): Float64Array | Float32Array => {
    const tensor = tensors.get(name);
    if (tensor?.shape.length !== 1 || tensor.shape[0] !== count) {
      throw new InputError(
        `${path}: expected ${name} with ${count} numbers, found ${tensor?.shape.join('×') ?? 'none'}; start over with --overwrite`,
      );
    }
    return tensor.dtype === 'float64' ? toFloat64(tensor) : toFloat32(tensor);
  };
  const numbers = (name: string) => Float32Array.from(read(name, length));
  return {
    step: read('step', 1)[0]!,
    lossStep: read('loss_step', 1)[0]!,
    parameters: numbers(flatNames.parameters),
    m: numbers(flatNames.m),
    v: numbers(flatNames.v),
  };
}

function float64(value: number): Tensor {
  return {
    dtype: 'float64',
    shape: [1],
    strides: [1],
    offset: 0,
    storage: new Uint8Array(Float64Array.of(value).buffer),
  };
}
