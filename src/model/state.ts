import { InputError } from '../errors.js';
import { toFloat32 } from '../tensor/decode.js';
import { isFloating } from '../tensor/dtype.js';
import { fromFloat32 } from '../tensor/encode.js';
import type { StateDict } from '../tensor/tensor.js';
import { isScoreBias } from './families/copying-names.js';
import type { ParameterLayout } from './parameters.js';

/**
 * A state dict's tensors as the flat array that an engine loads. A missing `att_bias` is zero: published GPU runs neither train
 * nor store it. Tensors of other names are ignored.
 * @param file named in errors
 * @throws InputError when a parameter is missing, has another shape, or no floating-point format
 */
export function flatParameters(state: StateDict, layout: ParameterLayout, file: string): Float32Array {
  const values = new Float32Array(layout.length);
  for (const { name, shape, offset } of layout.parameters) {
    const tensor = state.get(name);
    if (tensor === undefined) {
      if (isScoreBias(name)) continue;
      throw new InputError(`${file}: no tensor ${name}; is config.json the one of this run?`);
    }
    if (tensor.shape.join() !== shape.join()) {
      throw new InputError(
        `${file}: ${name} has shape ${tensor.shape.join('×')}, expected ${shape.join('×')} from config.json; is it the one of this run?`,
      );
    }
    if (!isFloating(tensor.dtype)) {
      throw new InputError(
        `${file}: ${name} is ${tensor.dtype}, expected weights in a floating-point format; save them again before they are quantised`,
      );
    }
    values.set(toFloat32(tensor), offset);
  }
  return values;
}

/** The flat array as a state dict, in PyTorch's order; the tensors are views on it. */
export function stateOf(values: Float32Array, layout: ParameterLayout): StateDict {
  return new Map(
    layout.parameters.map(({ name, shape, offset, length }) => [
      name,
      fromFloat32(values.subarray(offset, offset + length), shape),
    ]),
  );
}
