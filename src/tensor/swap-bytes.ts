import { bytesPerElement, type DType } from './dtype.js';

/** Numbers in the other byte order, as a fresh array; each half of a complex number on its own. */
export function withSwappedBytes(bytes: Uint8Array, dtype: DType): Uint8Array {
  const size = dtype.startsWith('complex') ? bytesPerElement[dtype] / 2 : bytesPerElement[dtype];
  const swapped = new Uint8Array(bytes.length);
  for (let at = 0; at < bytes.length; at += size) {
    for (let byte = 0; byte < size; byte++) swapped[at + byte] = bytes[at + size - 1 - byte]!;
  }
  return swapped;
}
