import { isContiguous, positions } from './decode.js';
import { bytesPerElement } from './dtype.js';
import { contiguousStrides, elementCount, type Tensor } from './tensor.js';

/** The elements in row-major order as little-endian bytes, in their own format; a view where they already lie so. */
export function toBytes(tensor: Tensor): Uint8Array {
  const { dtype, shape, strides, offset, storage } = tensor;
  const size = bytesPerElement[dtype];
  const count = elementCount(shape);
  if (isContiguous(tensor)) return storage.subarray(offset * size, (offset + count) * size);
  const bytes = new Uint8Array(count * size);
  let at = 0;
  for (const position of positions(shape, strides, offset)) {
    for (let byte = 0; byte < size; byte++) bytes[at++] = storage[position * size + byte]!;
  }
  return bytes;
}

/** A row-major float32 tensor on the array's own memory. */
export function fromFloat32(values: Float32Array, shape: readonly number[]): Tensor {
  const storage = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return { dtype: 'float32', shape, strides: contiguousStrides(shape), offset: 0, storage };
}

/** A row-major float64 tensor on the array's own memory. */
export function fromFloat64(values: Float64Array, shape: readonly number[]): Tensor {
  const storage = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return { dtype: 'float64', shape, strides: contiguousStrides(shape), offset: 0, storage };
}

/** A row-major int64 tensor. */
export function fromIntegers(values: ArrayLike<number>, shape: readonly number[]): Tensor {
  const wide = BigInt64Array.from(values, BigInt);
  return {
    dtype: 'int64',
    shape,
    strides: contiguousStrides(shape),
    offset: 0,
    storage: new Uint8Array(wide.buffer),
  };
}
