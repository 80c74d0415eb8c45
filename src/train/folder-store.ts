import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomically } from '../files/atomic-file.js';
import type { RunStore } from './run-writer.js';

/** A run folder on the disk; a file gets its name only when it is whole. */
export function folderStore(folder: string): RunStore {
  return {
    has: (name) => existsSync(join(folder, name)),
    write: (name, data) => writeFileAtomically(join(folder, name), data),
    sha256: (bytes) => createHash('sha256').update(bytes).digest('hex'),
  };
}
