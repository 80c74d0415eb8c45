import { toFloat64 } from '../tensor/decode.js';
import type { StateDict } from '../tensor/tensor.js';

/** Says where two state dicts differ first, in names, formats, shapes or values; undefined where they do not. */
export function differenceBetween(a: StateDict, b: StateDict): string | undefined {
  for (const [name, tensor] of a) {
    const other = b.get(name);
    if (other === undefined) return `${name} is only in the first`;
    if (tensor.dtype !== other.dtype) return `${name} is ${tensor.dtype} and ${other.dtype}`;
    const shape = tensor.shape.join('×');
    if (shape !== other.shape.join('×')) return `${name} is ${shape} and ${other.shape.join('×')}`;
    const values = toFloat64(tensor);
    const otherValues = toFloat64(other);
    if (values.some((value, at) => !Object.is(value, otherValues[at]))) return `values of ${name}`;
  }
  for (const name of b.keys()) if (!a.has(name)) return `${name} is only in the second`;
  return undefined;
}
