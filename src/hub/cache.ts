import { lstatSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { statusOf } from '../files/folder-listing.js';
import { cacheFolder } from './snapshot.js';

/** A model in the cache. */
export interface CachedModel {
  /** `org/name` */
  readonly repo: string;
  /** How many commits of it are there, in part or whole. */
  readonly commits: number;
  /** What it takes of the disk, in bytes: holes take nothing. */
  readonly bytes: number;
}

const start = 'models--';

/** The models of a cache, by name. */
export function cachedModels(cache: string): CachedModel[] {
  return foldersOf(cache).map((folder) => ({
    repo: folder.slice(start.length).replace('--', '/'),
    commits: entriesOf(join(cache, folder, 'snapshots')).length,
    bytes: bytesBelow(join(cache, folder)),
  }));
}

/** What a whole cache takes of the disk, in bytes. */
export function cacheBytes(cache: string): number {
  return foldersOf(cache).reduce((sum, folder) => sum + bytesBelow(join(cache, folder)), 0);
}

/**
 * Removes models from a cache, and nothing else of its folder.
 * @param repos those to remove, all where none are given
 * @returns those that were there
 */
export function clearCache(cache: string, repos: readonly string[]): CachedModel[] {
  const found = cachedModels(cache).filter(({ repo }) => repos.length === 0 || repos.includes(repo));
  for (const { repo } of found) rmSync(cacheFolder(cache, repo), { recursive: true, force: true });
  return found;
}

function foldersOf(cache: string): string[] {
  return entriesOf(cache).filter((name) => name.startsWith(start));
}

function entriesOf(folder: string): string[] {
  return statusOf(folder)?.isDirectory() === true ? readdirSync(folder).sort() : [];
}

/** Blocks on the disk; links are not followed. */
function bytesBelow(folder: string): number {
  let sum = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) sum += bytesBelow(path);
    // Another process may remove it meanwhile.
    else sum += (lstatSync(path, { throwIfNoEntry: false })?.blocks ?? 0) * 512;
  }
  return sum;
}
