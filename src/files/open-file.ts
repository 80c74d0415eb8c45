import { type BigIntStats, closeSync, fstatSync, openSync, readSync, realpathSync, statSync } from 'node:fs';
import { isAbsolute, relative, sep } from 'node:path';
import { InputError } from '../errors.js';
import { type ByteSource, checkRange } from './byte-source.js';
import { openPartFile } from './part-source.js';

/** The most that the system is asked for at once: some give no more than 2 GiB whatever is asked. */
const longestRead = 2 ** 30;

/**
 * Files of at most so many bytes are read as a whole. A checkpoint of a small model has a hundred ranges, and for each the system
 * would be called five times.
 */
const smallFile = 2 ** 20;

/** The small file that was read last, so that no more than one is held. */
let lastSmall:
  | { readonly path: string; readonly status: BigIntStats; readonly bytes: Uint8Array }
  | undefined;

/**
 * A file on the disk, read by range. It is opened for each reading and closed again, so that hundreds of shards and
 * checkpoints can be held as sources; that it is still the same file, of the same size and date, is checked each time. Of a file
 * of the Hub, what is not on the disk yet is fetched.
 * @param within a folder out of which no link of the path may lead; any may where there is none
 * @throws InputError when there is no such file, or it is a folder or a device: reading one might never end
 */
export function openFile(path: string, within?: string): ByteSource {
  const opened = statusOf(path);
  if (opened === undefined) throw new InputError(`${path}: no such file; check the path`);
  if (!opened.isFile()) throw new InputError(`${path}: expected a file, found a folder or device`);
  if (within !== undefined) checkWithin(path, within);
  const part = openPartFile(path);
  if (part !== undefined) return part;
  const size = Number(opened.size);
  return {
    name: path,
    size,
    read: (offset, length) => {
      checkRange(path, size, offset, length);
      if (size > smallFile) return readRange(path, opened, offset, length);
      const bytes = allocate(path, length);
      bytes.set(readSmall(path, opened).subarray(offset, offset + length));
      return bytes;
    },
  };
}

/** @throws InputError when a path, its links followed, leads out of a folder */
export function checkWithin(path: string, folder: string): void {
  let way: string;
  try {
    way = relative(realpathSync(folder), realpathSync(path));
  } catch (error) {
    throw unreadable(path, error);
  }
  if (way.split(sep)[0] === '..' || isAbsolute(way)) {
    throw new InputError(`${path}: is a link that leads out of ${folder}; download the model again`);
  }
}

/** A file's status with times in nanoseconds; undefined where there is none. @throws InputError where it is out of reach */
function statusOf(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false, bigint: true });
  } catch (error) {
    throw unreadable(path, error);
  }
}

function readSmall(path: string, opened: BigIntStats): Uint8Array {
  if (lastSmall?.path === path && isSame(lastSmall.status, opened)) {
    const now = statusOf(path);
    if (now === undefined) throw unreadable(path, { code: 'ENOENT' });
    checkUnchanged(path, opened, now);
  } else {
    lastSmall = { path, status: opened, bytes: readRange(path, opened, 0, Number(opened.size)) };
  }
  return lastSmall.bytes;
}

function readRange(path: string, opened: BigIntStats, offset: number, length: number): Uint8Array {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    throw unreadable(path, error);
  }
  try {
    checkUnchanged(path, opened, fstatSync(file, { bigint: true }));
    const bytes = allocate(path, length);
    for (let done = 0; done < length; ) {
      const count = readSync(file, bytes, done, Math.min(length - done, longestRead), offset + done);
      if (count === 0) throw changed(path, `it ends at byte ${offset + done}`);
      done += count;
    }
    // Also one that was rewritten in the meantime: its first and its last bytes would not belong together.
    checkUnchanged(path, opened, fstatSync(file, { bigint: true }));
    return bytes;
  } catch (error) {
    throw error instanceof InputError ? error : unreadable(path, error);
  } finally {
    closeSync(file);
  }
}

function allocate(path: string, length: number): Uint8Array {
  try {
    // Never of Node's pool: views of other number formats need the alignment of a buffer of their own.
    return Buffer.allocUnsafeSlow(length);
  } catch {
    throw new InputError(
      `${path}: ${length} bytes are more than can be held in memory at once; use a machine with more`,
    );
  }
}

function checkUnchanged(path: string, opened: BigIntStats, now: BigIntStats): void {
  if (now.size !== opened.size) throw changed(path, `it had ${opened.size} bytes and has ${now.size}`);
  if (!isSame(now, opened)) throw changed(path, 'it was written to or replaced');
}

function isSame(one: BigIntStats, other: BigIntStats): boolean {
  return (
    one.ino === other.ino && one.dev === other.dev && one.mtimeNs === other.mtimeNs && one.size === other.size
  );
}

function changed(path: string, how: string): InputError {
  return new InputError(
    `${path}: changed while it was read: ${how}; wait until it is written, then try again`,
  );
}

function unreadable(path: string, error: unknown): InputError {
  const { code } = error as NodeJS.ErrnoException;
  return new InputError(`${path}: cannot be read (${code}); check the path and its permissions`);
}
