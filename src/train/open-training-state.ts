import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openTensors } from '../checkpoint/open.js';
import { InputError } from '../errors.js';
import { toFloat32, toFloat64 } from '../tensor/decode.js';
import { stateName, stateTensors, type TrainingState } from './run-files.js';

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
    parameters: numbers(stateTensors.parameters),
    m: numbers(stateTensors.m),
    v: numbers(stateTensors.v),
  };
}
