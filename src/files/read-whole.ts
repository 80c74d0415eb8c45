import { readFileSync, type Stats, statSync } from 'node:fs';
import { InputError } from '../errors.js';

/** Node reads no larger file at once; no checkpoint of such a model comes near. */
const largestFile = 2 ** 31 - 1;

/**
 * The bytes of a file. A folder, a device or a pipe is none: reading one might never end.
 * @throws InputError when there is no such file or it cannot be read
 */
export function readWhole(path: string): Buffer {
  const status = statusOf(path);
  if (status === undefined) throw new InputError(`${path}: no such file; check the path`);
  if (!status.isFile()) throw new InputError(`${path}: expected a file, found a folder or device`);
  if (status.size > largestFile)
    throw new InputError(`${path}: ${status.size} bytes are more than the 2 GiB that can be read`);
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

function unreadable(path: string, error: unknown): InputError {
  const { code } = error as NodeJS.ErrnoException;
  return new InputError(`${path}: cannot be read (${code}); check the path and its permissions`);
}
