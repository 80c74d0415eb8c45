import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../errors.js';
import { type Manifest, manifestName } from './run-files.js';

/** Reads the manifest of a run; null where there is none. @throws InputError when it is not one */
export function openManifest(folder: string): Manifest | null {
  const path = join(folder, manifestName);
  if (!existsSync(path)) return null;
  try {
    const manifest = JSON.parse(readFileSync(path, 'utf8')) as Manifest;
    if (typeof manifest.version === 'string' && typeof manifest.checkpoints === 'object') return manifest;
  } catch {
    // Told below, like every other file that is no manifest.
  }
  throw new InputError(`${path}: not the manifest of a training run; start over with --overwrite`);
}
