import { join } from 'node:path';
import { namesIn, statusOf } from '../files/folder-listing.js';

/** Whether names are those of a run folder: of its checkpoints, or of what training writes before the first of them. */
export function areOfRun(names: readonly string[]): boolean {
  return (
    names.some((name) => /^ckpt(_\d+)?\.(pt|pth|safetensors)$/.test(name)) ||
    names.includes('err_arr.json') ||
    (names.includes('config.json') && names.some((name) => /^test(_ood)?\.pth$/.test(name)))
  );
}

/**
 * Paths of the run folders that lie in a folder, in the order of their names.
 * @returns undefined for what is no folder, is a run itself, or holds no run
 * @throws InputError where it cannot be read
 */
export function runsBelow(path: string): string[] | undefined {
  if (statusOf(path)?.isDirectory() !== true) return undefined;
  const names = namesIn(path);
  if (areOfRun(names)) return undefined;
  const runs = names
    .map((name) => join(path, name))
    .filter((entry) => statusOf(entry)?.isDirectory() === true && areOfRun(namesIn(entry)));
  return runs.length === 0 ? undefined : runs;
}
