import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../errors.js';
import { writeFileAtomically } from '../run/atomic-file.js';

/** What a run was made by, and a fingerprint of each of its checkpoints. */
export interface Manifest {
  /** Version of bridgescope. */
  readonly version: string;
  /** Whether with fused multiply-add, whose bits depend on the machine. */
  readonly fast: boolean;
  readonly config: Readonly<Record<string, unknown>>;
  /** Whether all steps were done. */
  readonly finished: boolean;
  /** SHA-256 of each checkpoint file by its name. */
  readonly checkpoints: Readonly<Record<string, string>>;
}

/** Name of the file in the run folder. */
export const manifestName = 'manifest.json';

/** Writes the manifest of a run. */
export function saveManifest(folder: string, manifest: Manifest): void {
  writeFileAtomically(join(folder, manifestName), [`${JSON.stringify(manifest, null, 1)}\n`]);
}

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
