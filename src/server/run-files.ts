import { closeSync, constants, fstatSync, openSync, readSync, realpathSync } from 'node:fs';
import { relative, sep } from 'node:path';
import { InputError } from '../errors.js';

/** Far above any checkpoint of such a model; a request must not fill the memory. */
const largestFile = 2 ** 30;

/**
 * Reads a file of a run folder for the page: only a plain file that lies below the folder when every link
 * is followed, so that a link planted there leads nowhere.
 * @throws InputError when it lies elsewhere or cannot be read
 */
export function readBelow(folder: string, path: string): Uint8Array<ArrayBuffer> {
  let file: number | undefined;
  try {
    const real = realpathSync(path);
    const inside = relative(realpathSync(folder), real);
    if (inside === '' || inside === '..' || inside.startsWith(`..${sep}`)) {
      throw new InputError(`${path}: is a link that leaves the run folder, which is not served`);
    }
    // The path is real now; if a link takes its place meanwhile, it is not followed. A pipe must not block.
    file = openSync(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const status = fstatSync(file);
    if (!status.isFile()) throw new InputError(`${path}: expected a file, found a folder or device`);
    if (status.size > largestFile)
      throw new InputError(`${path}: ${status.size} bytes are too many to serve`);
    const bytes = new Uint8Array(status.size);
    let filled = 0;
    while (filled < bytes.length) {
      const count = readSync(file, bytes, filled, bytes.length - filled, filled);
      if (count === 0) break;
      filled += count;
    }
    return bytes.subarray(0, filled);
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(`${path}: cannot be read (${(error as NodeJS.ErrnoException).code ?? error})`);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
