import { readWhole } from '../files/read-whole.js';
import type { StateDict } from '../tensor/tensor.js';
import { nodeCodec } from './codec-node.js';
import { readCheckpoint, readTensors } from './read.js';
import { readTestSet, type TestSetTensors } from './test-set.js';

/**
 * Opens a checkpoint, `.pt` or safetensors.
 * @param key of the state dict to take, where a PyTorch file has several
 * @returns its bytes, and tensors that are views on them
 * @throws InputError
 */
export function openCheckpoint(
  path: string,
  key?: string,
): { readonly bytes: Uint8Array; readonly state: StateDict } {
  const bytes = readWhole(path);
  return { bytes, state: readCheckpoint(bytes, path, nodeCodec, key) };
}

/** Every tensor of a file, state dict or not. @throws InputError */
export function openTensors(path: string): StateDict {
  return readTensors(readWhole(path), path, nodeCodec);
}

/** A `test.pth`. @throws InputError */
export function openTestSet(path: string): TestSetTensors {
  return readTestSet(readWhole(path), path, nodeCodec);
}
