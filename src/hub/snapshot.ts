import { copyFileSync, existsSync, linkSync, realpathSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { largestIndex } from '../checkpoint/open-source.js';
import { parseShardIndex } from '../checkpoint/sharded.js';
import { makeFolder, writeFileAtomically } from '../files/atomic-file.js';
import { namesIn, readSmallFile, statusOf } from '../files/folder-listing.js';
import { createPartFile } from '../files/part-file.js';
import { configName, missingWeights, weightsIn } from '../run/weight-names.js';
import { filesOf, type HubFile, isHubFile, wholeFile } from './hub-client.js';
import { HubError } from './requests.js';
import type { HubSettings } from './settings.js';

/** Files beside the weights that are read as a whole: what models need, and what texts need. */
const textFiles = [
  'tokenizer.json',
  'tokenizer_config.json',
  'vocab.json',
  'merges.txt',
  'special_tokens_map.json',
];
/** The list of a commit's files, kept so that it is asked for once. */
const listName = '.files.json';

/** What of a model is wanted besides its weights. */
export interface SnapshotWants {
  /** What turns text into tokens. */
  readonly texts: boolean;
}

/** The folder of a model in a cache, laid out as the Hub's own tools do. */
export function cacheFolder(cache: string, repo: string): string {
  return join(cache, `models--${repo.replace('/', '--')}`);
}

/** The folder of one commit. */
export function snapshotFolder(cache: string, repo: string, commit: string): string {
  return join(cacheFolder(cache, repo), 'snapshots', commit);
}

/**
 * Makes the folder of a model at a commit look as if all of it had been downloaded: its config and the like are, its files of
 * weights have their size, and their bytes come when they are read.
 * @returns the folder
 * @throws HubError where the model has no weights that are read here, or the Hub refuses
 */
export async function prepareSnapshot(
  settings: HubSettings,
  repo: string,
  commit: string,
  { texts }: SnapshotWants,
): Promise<string> {
  const folder = snapshotFolder(settings.cache, repo, commit);
  const files = await filesAt(settings, repo, commit, folder);
  const names = files.map(({ path }) => path);
  const weights = weightsIn(names);
  if (!names.includes(configName)) {
    throw new HubError(`hf:${repo}: has no ${configName}; choose a model in the format of transformers`);
  }
  if (weights === undefined) throw new HubError(`hf:${repo}: ${missingWeights(names)}`);
  const isIndex = weights.endsWith('.index.json');
  const small = [configName, ...(isIndex ? [weights] : []), ...(texts ? textFiles : [])];
  for (const file of files.filter(({ path }) => small.includes(path))) {
    if (existsSync(join(folder, file.path)) || takeFromHubCache(settings, repo, commit, file, folder))
      continue;
    refuseOffline(settings, repo, file.path);
    const bytes = await wholeFile(settings, { repo, commit, ...file });
    writeFileAtomically(join(folder, file.path), bytes);
  }
  const large = isIndex ? shardsOf(join(folder, weights)) : [weights];
  for (const file of files.filter(({ path }) => large.includes(path))) {
    if (existsSync(join(folder, file.path)) || takeFromHubCache(settings, repo, commit, file, folder))
      continue;
    createPartFile(join(folder, file.path), { repo, commit, ...file });
  }
  return folder;
}

async function filesAt(
  settings: HubSettings,
  repo: string,
  commit: string,
  folder: string,
): Promise<HubFile[]> {
  const list = join(folder, listName);
  const kept = readList(list);
  if (kept !== undefined) return kept;
  const own = join(cacheFolder(settings.hubCache, repo), 'snapshots', commit);
  if (settings.offline) {
    if (!existsSync(own)) refuseOffline(settings, repo, `revision ${commit}`);
    return namesIn(own).map((path) => ({ path, size: statusOf(join(own, path))?.size ?? 0 }));
  }
  const files = await filesOf(settings, repo, commit);
  writeFileAtomically(list, Buffer.from(JSON.stringify(files)));
  return files;
}

/** The list of a commit's files as it was kept; undefined where it is damaged, so that it is asked for again. */
function readList(path: string): HubFile[] | undefined {
  if (!existsSync(path)) return undefined;
  try {
    const list: unknown = JSON.parse(readSmallFile(path));
    return Array.isArray(list) && list.every(isHubFile) ? list : undefined;
  } catch {
    return undefined;
  }
}

/** Uses a file that the Hub's own tools have downloaded: a link where the disk allows it, a copy elsewhere. */
function takeFromHubCache(
  { hubCache }: HubSettings,
  repo: string,
  commit: string,
  { path, size }: HubFile,
  folder: string,
): boolean {
  const theirs = join(cacheFolder(hubCache, repo), 'snapshots', commit, path);
  if (!existsSync(theirs) || statSync(theirs).size !== size) return false;
  makeFolder(folder);
  const bytes = realpathSync(theirs);
  // Under another name first: whoever is killed over a copy leaves nothing that looks whole.
  const partial = join(folder, `.${path}.${process.pid}.partial`);
  rmSync(partial, { force: true });
  try {
    linkSync(bytes, partial);
  } catch {
    copyFileSync(bytes, partial);
  }
  renameSync(partial, join(folder, path));
  return true;
}

/** Names of the shards that an index gives tensors to. @throws CheckpointError where it is no index */
function shardsOf(index: string): string[] {
  return [...new Set(parseShardIndex(readSmallFile(index, undefined, largestIndex), index).values())];
}

function refuseOffline({ offline }: HubSettings, repo: string, what: string): void {
  if (!offline) return;
  throw new HubError(`hf:${repo}: ${what} is not in the cache; set HF_HUB_OFFLINE=0 to fetch it`);
}
