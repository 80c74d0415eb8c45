import { InputError } from '../errors.js';
import { toFloat32 } from '../tensor/decode.js';
import type { StateDict } from '../tensor/tensor.js';
import type { ParameterLayout } from './parameters.js';

/**
 * Lays a state dict out flat, in the layout's order, for `Engine.load`.
 * A missing `att_bias` is zeros: on a GPU the published code neither trains nor stores it.
 * @throws InputError naming the file and the tensor that is missing or has another shape
 */
export function flatParameters(state: StateDict, layout: ParameterLayout, file: string): Float32Array {
  const flat = new Float32Array(layout.length);
  for (const { name, shape, offset } of layout.parameters) {
    const tensor = state.get(name);
    if (tensor === undefined) {
      if (name.endsWith('.att_bias')) continue;
      throw new InputError(
        `${file}: tensor ${name} is missing; expected ${shape.join('×')} by the config, correct config.json or the file`,
      );
    }
    const found = tensor.shape.join('×');
    const expected = shape.join('×');
    if (found !== expected) {
      throw new InputError(
        `${file}: tensor ${name} is ${found}, but the config makes it ${expected}; correct config.json or the file`,
      );
    }
    flat.set(toFloat32(tensor), offset);
  }
  return flat;
}
