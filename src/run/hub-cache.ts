import { basename, dirname, join } from 'node:path';
import { InputError } from '../errors.js';
import { namesIn, readSmallFile, statusOf } from '../files/folder-listing.js';

/** A revision of a model in the Hub's cache. */
export interface CachedRevision {
  /** `main`, `step1000`, … */
  readonly revision: string;
  /** The folder of its snapshot. */
  readonly path: string;
}

/** Nothing that leads to another folder: commits are digits in 16s, but tests and mirrors use names. */
const commitName = /^[0-9A-Za-z][0-9A-Za-z_.-]{0,199}$/;

/** Whether a folder is one model of the Hub's cache, `models--ORG--NAME`. */
export function isHubCache(path: string, names: readonly string[]): boolean {
  return /^models--/.test(basename(path)) && names.includes('snapshots');
}

/**
 * The folder of the cache that a snapshot belongs to: its links lead to `blobs` there. Undefined for any other folder.
 */
export function cacheOfSnapshot(folder: string): string | undefined {
  const snapshots = dirname(folder);
  const cache = dirname(snapshots);
  return basename(snapshots) === 'snapshots' && /^models--/.test(basename(cache)) ? cache : undefined;
}

/** `NAME` of `models--ORG--NAME`. */
export function cachedModelName(path: string): string {
  return basename(path).split('--').at(-1) ?? basename(path);
}

/**
 * The revisions of a model in the Hub's cache whose snapshots are there, by name.
 * @param notes get a sentence on each that is not
 * @throws InputError where a ref is no commit, or a snapshot lies outside the cache
 */
export function cachedRevisions(cache: string, notes: string[]): CachedRevision[] {
  const refs = join(cache, 'refs');
  const revisions = statusOf(refs)?.isDirectory() ? namesIn(refs) : [];
  const found: CachedRevision[] = [];
  for (const revision of revisions) {
    // Pull requests are in folders of their own.
    if (!statusOf(join(refs, revision))?.isFile()) continue;
    const commit = readSmallFile(join(refs, revision), cache).trim();
    if (!commitName.test(commit)) {
      throw new InputError(
        `${join(refs, revision)}: expected a commit, found ${JSON.stringify(commit.slice(0, 60))}; download the model again`,
      );
    }
    const path = join(cache, 'snapshots', commit);
    if (statusOf(path)?.isDirectory()) found.push({ revision, path });
    else notes.push(`revision ${revision} was passed over: its snapshot ${commit} is not downloaded`);
  }
  if (found.length > 0) return found;
  const snapshots = namesIn(join(cache, 'snapshots'));
  const [only] = snapshots;
  if (snapshots.length === 1 && only !== undefined) {
    return [{ revision: only, path: join(cache, 'snapshots', only) }];
  }
  throw new InputError(
    `${cache}: ${snapshots.length} snapshots and no ref that names one of them; give the folder of one of them`,
  );
}
