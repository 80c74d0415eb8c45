import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { InputError } from '../errors.js';
import type { ByteSink } from './byte-sink.js';

/**
 * Writes a file under a temporary name beside it and renames it when all bytes are on the disk, so that no half-written
 * file ever has the final name. The folder is made if need be.
 * @throws InputError when the disk is full or the folder cannot be written
 */
export function writeFileAtomically(path: string, data: Uint8Array | Iterable<string | Uint8Array>): void {
  writeAtomically(path, (sink) => {
    if (data instanceof Uint8Array) sink.write(data);
    else for (const chunk of data) sink.write(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
  });
}

/**
 * Lets `fill` write a file piece by piece, as `writeFileAtomically` does.
 * @throws what `fill` throws, with nothing left of the file; InputError as `writeFileAtomically`
 */
export function writeAtomically(path: string, fill: (sink: ByteSink) => void): void {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.partial`);
  try {
    makeFolder(dirname(path));
    const file = openSync(temporary, 'w');
    try {
      fill({
        write: (bytes) => writeFully(file, bytes),
        rewrite: (at, bytes) => {
          for (let done = 0; done < bytes.length; )
            done += writeSync(file, bytes, done, bytes.length - done, at + done);
        },
      });
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    discard(temporary);
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw unwritable(path, code, error);
  }
}

/**
 * Looks whether files can be made in a folder, without making it: before hours of work, not after.
 * @throws InputError when they cannot
 */
export function checkWritable(folder: string): void {
  let existing = folder;
  while (!existsSync(existing) && dirname(existing) !== existing) existing = dirname(existing);
  try {
    if (!statSync(existing).isDirectory()) throw unwritable(folder, 'ENOTDIR');
    accessSync(existing, constants.W_OK | constants.X_OK);
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw unwritable(folder, (error as NodeJS.ErrnoException).code ?? String(error), error);
  }
}

function unwritable(path: string, code: string, cause?: unknown): InputError {
  const reason = reasons.get(code) ?? `it failed with ${code}`;
  const remedy = code === 'ENOSPC' || code === 'EDQUOT' ? 'make room there or choose' : 'choose';
  return new InputError(`${path}: cannot be written: ${reason}; ${remedy} another place`, { cause });
}

/** Removes what is left of a file; where even that fails, the first error is the one to report. */
function discard(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {}
}

const reasons = new Map([
  ['ENOSPC', 'the disk is full'],
  ['EDQUOT', 'the disk quota is used up'],
  ['EACCES', 'permission denied'],
  ['EPERM', 'permission denied'],
  ['EROFS', 'the file system is read-only'],
  ['ENOTDIR', 'part of its path is a file'],
  ['EEXIST', 'part of its path is a file'],
  ['EISDIR', 'a folder has its name'],
  ['ENOENT', 'its folder cannot be made'],
]);

/** Writes all bytes to an open file; `writeSync` may write less than it was given. */
export function writeFully(file: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
}

/**
 * Makes a folder and those above it, one at a time: `recursive` never ends where nothing can be made, as below /proc.
 * @throws the system's own error, with its code
 */
export function makeFolder(path: string): void {
  if (madeOrThere(path)) return;
  if (!existsSync(dirname(path))) makeFolder(dirname(path));
  // Another process may have made it, or its parent, meanwhile.
  if (!madeOrThere(path)) mkdirSync(path);
}

/** @returns false where its parent is missing; throws every other error */
function madeOrThere(path: string): boolean {
  try {
    mkdirSync(path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return false;
    if (code === 'EEXIST' && statSync(path).isDirectory()) return true;
    throw error;
  }
}
