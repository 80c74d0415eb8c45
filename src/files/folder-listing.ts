import { readdirSync, readFileSync, type Stats, statSync } from 'node:fs';
import { InputError } from '../errors.js';
import { checkWithin } from './open-file.js';

/** A file's status, links followed; undefined where there is none. @throws InputError where it is out of reach */
export function statusOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** Names in a folder, sorted. @throws InputError */
export function namesIn(path: string): string[] {
  try {
    return readdirSync(path).sort();
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** Configs and the like are small by nature; the limit keeps a wrong file from being swallowed whole. */
const smallFileLimit = 1 << 24;

/** The text of a small file. @param within see `checkWithin`   @param limit in bytes   @throws InputError */
export function readSmallFile(path: string, within?: string, limit = smallFileLimit): string {
  const status = statusOf(path);
  if (status === undefined)
    throw new InputError(`${path}: no such file, or a link that leads nowhere; check the path`);
  if (!status.isFile()) throw new InputError(`${path}: expected a file, found a folder`);
  if (within !== undefined) checkWithin(path, within);
  if (status.size > limit) {
    throw new InputError(
      `${path}: ${status.size} bytes are too many for such a file (limit ${limit}); restore it`,
    );
  }
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, error: unknown): InputError {
  const { code } = error as NodeJS.ErrnoException;
  return new InputError(`${path}: cannot be read (${code}); check the path and its permissions`);
}
