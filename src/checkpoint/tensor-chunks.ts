import { bytesPerElement } from '../tensor/dtype.js';
import { toBytes } from '../tensor/encode.js';
import { elementCount } from '../tensor/tensor.js';
import { type TensorInfo, type TensorSource, tensorMissing } from './tensor-source.js';

/** So much of a tensor is held at once while it is written. */
const chunkBytes = 2 ** 24;

/** Bytes of a tensor's numbers. */
export function tensorBytes({ dtype, shape }: Pick<TensorInfo, 'dtype' | 'shape'>): number {
  return elementCount(shape) * bytesPerElement[dtype];
}

/** What a source says of a tensor that must be there. @throws CheckpointError where it is missing */
export function infoOf(source: TensorSource, name: string): TensorInfo {
  return source.info(name) ?? tensorMissing(source.file, name);
}

/**
 * The numbers of a tensor, row-major, as little-endian bytes: some rows at a time.
 * @throws CheckpointError as the source
 */
export function* tensorChunks(source: TensorSource, name: string): Generator<Uint8Array> {
  const info = infoOf(source, name);
  const [height = 0] = info.shape;
  const total = tensorBytes(info);
  if (total <= chunkBytes) {
    yield toBytes(source.read(name));
    return;
  }
  source.verify?.(name);
  const count = Math.max(1, Math.floor((height * chunkBytes) / total));
  for (let from = 0; from < height; from += count) {
    yield toBytes(source.read(name, { from, count: Math.min(count, height - from) }));
  }
}
