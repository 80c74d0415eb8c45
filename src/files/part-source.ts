import { closeSync, openSync, readSync } from 'node:fs';
import { InputError } from '../errors.js';
import { type ByteSource, checkRange } from './byte-source.js';
import { fillNow } from './fill-now.js';
import { readPartFile } from './part-file.js';
import type { Ranges } from './ranges.js';

/**
 * A file of the Hub of which parts are on this disk, read by range: what is lacking is fetched first.
 * @returns undefined where the file is whole
 * @throws InputError
 */
export function openPartFile(file: string): ByteSource | undefined {
  const part = readPartFile(file);
  if (part === undefined) return undefined;
  const { size } = part;
  // Null once it is whole.
  let have: Ranges | null = part.have;
  const isHere = (from: number, to: number) => have === null || have.lacking(from, to).length === 0;
  return {
    name: file,
    size,
    read: (offset, length) => {
      checkRange(file, size, offset, length);
      if (!isHere(offset, offset + length)) {
        // Another thread or process may have fetched it meanwhile.
        have = readPartFile(file)?.have ?? null;
        if (!isHere(offset, offset + length)) {
          fillNow(file, [[offset, offset + length]]);
          have = readPartFile(file)?.have ?? null;
        }
      }
      return readRange(file, offset, length);
    },
  };
}

/** Bytes of a file that are here. @throws InputError where it has become shorter or is gone */
export function readRange(file: string, offset: number, length: number): Uint8Array<ArrayBuffer> {
  const bytes = Buffer.allocUnsafeSlow(length);
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, 'r');
    for (let done = 0; done < length; ) {
      const count = readSync(descriptor, bytes, done, Math.min(length - done, 2 ** 30), offset + done);
      if (count === 0) throw new InputError(`${file}: became shorter while it was read; try again`);
      done += count;
    }
    return bytes;
  } catch (error) {
    if (error instanceof InputError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw new InputError(`${file}: cannot be read (${code}); the cache may have been cleared: try again`);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
