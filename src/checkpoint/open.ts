import { readFileSync, type Stats, statSync } from 'node:fs';
import zlib from 'node:zlib';
import type { StateDict } from '../tensor/tensor.js';
import type { Codec } from './codec.js';
import { CheckpointError } from './errors.js';
import { readCheckpoint, readTensors } from './read.js';
import { readTestSet, type TestSetTensors } from './test-set.js';

/** Node's own zlib: several times faster than JavaScript. */
export const nodeCodec: Codec = {
  crc32: zlib.crc32,
  inflate: (bytes, size) => zlib.inflateRawSync(bytes, { maxOutputLength: Math.max(1, size) }),
};

/** Node reads no larger file at once; no checkpoint of such a model comes near. */
const largestFile = 2 ** 31 - 1;

/**
 * Opens a checkpoint, `.pt` or safetensors.
 * @returns its bytes, and tensors that are views on them
 * @throws CheckpointError
 */
export function openCheckpoint(path: string): { readonly bytes: Uint8Array; readonly state: StateDict } {
  const bytes = readWhole(path);
  return { bytes, state: readCheckpoint(bytes, path, nodeCodec) };
}

/** Every tensor of a file, state dict or not. @throws CheckpointError */
export function openTensors(path: string): StateDict {
  return readTensors(readWhole(path), path, nodeCodec);
}

/** A `test.pth`. @throws CheckpointError */
export function openTestSet(path: string): TestSetTensors {
  return readTestSet(readWhole(path), path, nodeCodec);
}

function readWhole(path: string): Uint8Array {
  const status = statusOf(path);
  if (status === undefined) throw new CheckpointError(`${path}: no such file; check the path`);
  if (!status.isFile()) throw new CheckpointError(`${path}: expected a file, found a folder or device`);
  if (status.size > largestFile)
    throw new CheckpointError(`${path}: ${status.size} bytes are more than the 2 GiB that can be read`);
  try {
    return readFileSync(path);
  } catch (error) {
    throw unreadable(path, error);
  }
}

function statusOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, error: unknown): CheckpointError {
  const { code } = error as NodeJS.ErrnoException;
  return new CheckpointError(`${path}: cannot be read (${code}); check the path and its permissions`);
}
