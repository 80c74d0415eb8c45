import type { Tensor } from '../tensor/tensor.js';
import { tensorBytes } from './tensor-chunks.js';
import { rowsOfTensor, type TensorSource } from './tensor-source.js';

/** Whether all tensors of a source together take at most so many bytes. */
export function isAtMost(source: TensorSource, bytes: number): boolean {
  let sum = 0;
  for (const name of source.names) {
    sum += tensorBytes(source.info(name)!);
    if (sum > bytes) return false;
  }
  return true;
}

/**
 * A source that keeps what it has read, for a model that is run again and again: a second pass reads nothing. Memory grows to
 * the size of the file.
 */
export function rememberedSource(source: TensorSource): TensorSource {
  const kept = new Map<string, Tensor>();
  return {
    ...source,
    read(name, rows) {
      const whole = kept.get(name);
      if (whole !== undefined && rows !== undefined) return rowsOfTensor(whole, rows);
      const key = rows === undefined ? name : `${rows.from}+${rows.count} ${name}`;
      let tensor = kept.get(key);
      if (tensor === undefined) {
        tensor = source.read(name, rows);
        kept.set(key, tensor);
      }
      return tensor;
    },
  };
}
