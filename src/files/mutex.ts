import { randomUUID } from 'node:crypto';
import { closeSync, openSync, readFileSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { InputError } from '../errors.js';
import { makeFolder } from './atomic-file.js';
import { isAlive, thisProcess } from './process-identity.js';

/** How long to wait for another process before giving up, unless told otherwise, and between looks, in milliseconds. */
const usualPatience = 120_000;
const interval = 25;

/**
 * Does something that only one process may do at a time; the others wait.
 * @param path a file that exists while it is being done   @param patience in milliseconds; dead processes are never waited for
 * @throws InputError when it is never done
 */
export async function exclusively<Result>(
  path: string,
  action: () => Promise<Result>,
  patience = usualPatience,
): Promise<Result> {
  makeFolder(dirname(path));
  const started = performance.now();
  while (!create(path)) {
    clearDead(path);
    if (performance.now() - started > patience) {
      throw new InputError(
        `${path}: another process has held this for ${patience / 1000} s; if none is at work, remove the file`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, interval));
  }
  try {
    return await action();
  } finally {
    rmSync(path, { force: true });
  }
}

function create(path: string): boolean {
  let file: number;
  try {
    file = openSync(path, 'wx');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
  writeSync(file, JSON.stringify(thisProcess()));
  closeSync(file);
  return true;
}

/** Puts aside what a killed process left. Renaming has one winner, who alone removes it. */
function clearDead(path: string): void {
  const aside = `${path}.${randomUUID()}`;
  try {
    if (isAlive(readFileSync(path, 'utf8'), Date.now() - statSync(path).mtimeMs)) return;
    renameSync(path, aside);
    rmSync(aside, { force: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
