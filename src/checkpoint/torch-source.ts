import type { StateDict, Tensor } from '../tensor/tensor.js';
import { type PickledTensor, readLayout, type StoredBytes } from './pickled-tensor.js';
import type { PickledState } from './state-dict.js';
import { rowsOfTensor, type TensorSource, tensorMissing, tensorRows } from './tensor-source.js';

/** Tensors of a pickle as a source: each is read from its storage when it is asked for. */
export function sourceOfPickled(state: PickledState, file: string): TensorSource {
  const layoutOf = (tensor: PickledTensor | undefined) => tensor?.content?.layout;
  return {
    file,
    names: [...state.keys()],
    info: (name) => {
      const layout = layoutOf(state.get(name));
      return layout && { name, dtype: layout.dtype, shape: layout.shape, file };
    },
    read: (name, rows) => {
      const { layout, storage } = state.get(name)?.content ?? tensorMissing(file, name);
      if (rows === undefined) return readLayout(layout, storage);
      tensorRows({ name, shape: layout.shape, file }, rows);
      return readLayout(rowsOfTensor(layout, rows), storage);
    },
    verify: (name) => state.get(name)?.content?.storage.verify?.(),
  };
}

/** All tensors in memory; those that share a storage share its bytes, and the checksum of every storage is checked. */
export function readPickled(state: PickledState): StateDict {
  const read = new Map<StoredBytes, Uint8Array>();
  const bytesOf = (storage: StoredBytes): Uint8Array => {
    const bytes = read.get(storage) ?? storage.read();
    read.set(storage, bytes);
    return bytes;
  };
  const tensors = new Map<string, Tensor>();
  for (const [name, { content }] of state) {
    if (content === undefined) continue;
    const { dtype, shape, strides, offset } = content.layout;
    tensors.set(name, { dtype, shape, strides, offset, storage: bytesOf(content.storage) });
  }
  return tensors;
}
