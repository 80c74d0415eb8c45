import { createHash } from 'node:crypto';
import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder, writeFileAtomically } from '../files/atomic-file.js';
import { namesIn, statusOf } from '../files/folder-listing.js';
import { nameRun } from '../run/folder.js';
import { commitOf, type HubRevision, revisionsOf } from './hub-client.js';
import {
  asksForSeries,
  type HubName,
  isHubName,
  matchesRevision,
  modelName,
  parseHubName,
} from './hub-name.js';
import { HubError } from './requests.js';
import type { HubSettings } from './settings.js';
import { cacheFolder, prepareSnapshot, type SnapshotWants } from './snapshot.js';

/** Revisions that are checkpoints of training. */
const stepForm = /^step_?(\d{1,10})$/;
const commitForm = /^[0-9a-f]{40}$/;

/** Whether an input, named or not, is a model of the Hub. */
export function isOnHub(source: string): boolean {
  return isHubName(nameRun(source).path);
}

/** A model of the Hub, in the cache. */
export interface LocalModel {
  /** Its setting in tables and figures. */
  readonly name: string;
  readonly folder: string;
}

/** What a name of the Hub stands for now. */
export interface HubCheckpoints {
  readonly name: string;
  /** `org/name` */
  readonly repo: string;
  readonly isSeries: boolean;
  readonly revisions: readonly (HubRevision & { readonly step: number | null })[];
}

/** The commits that a name of the Hub stands for, and their steps. @throws as `localModel` */
export async function hubRevisions(source: string, settings: HubSettings): Promise<HubCheckpoints> {
  const { setting, path } = nameRun(source);
  const name = parseHubName(path);
  const revisions = await resolveRevisions(settings, name);
  return {
    name: path === source ? modelName(name) : setting,
    repo: name.repo,
    isSeries: asksForSeries(name),
    revisions: revisions.map((entry) => {
      const digits = stepForm.exec(entry.revision)?.[1];
      return { ...entry, step: digits === undefined ? null : Number(digits) };
    }),
  };
}

/**
 * A model of the Hub as a folder of the cache: one revision, or a folder of steps that lead to theirs. Weights are
 * not read yet.
 * @param onRevision is told how many revisions of a series are prepared
 * @throws HubError; UsageError for a name that is none
 */
export async function localModel(
  source: string,
  settings: HubSettings,
  wants: SnapshotWants,
  onRevision: (done: number, total: number) => void = () => {},
): Promise<LocalModel> {
  const { setting, path } = nameRun(source);
  const name = parseHubName(path);
  const revisions = await resolveRevisions(settings, name);
  const folders: string[] = [];
  for (const { commit } of revisions) {
    folders.push(await prepareSnapshot(settings, name.repo, commit, wants));
    onRevision(folders.length, revisions.length);
  }
  const [only = ''] = folders;
  return {
    name: path === source ? modelName(name) : setting,
    folder: asksForSeries(name) ? seriesFolder(settings, name.repo, revisions, folders) : only,
  };
}

/** In the order of the name; those of a pattern by step. */
async function resolveRevisions(settings: HubSettings, name: HubName): Promise<HubRevision[]> {
  const { repo, revisions } = name;
  if (!asksForSeries(name)) {
    const revision = revisions[0] ?? 'main';
    if (commitForm.test(revision)) return [{ revision, commit: revision }];
    if (settings.offline) return [knownRevision(settings, repo, revision)];
    const commit = await commitOf(settings, repo, revision);
    keepRevision(settings, repo, { revision, commit });
    return [{ revision, commit }];
  }
  const known = settings.offline ? knownRevisions(settings, repo) : await revisionsOf(settings, repo);
  const steps = new Map<number, HubRevision>();
  for (const pattern of revisions) {
    const found = known.filter(
      ({ revision }) => matchesRevision(revision, pattern) && stepForm.test(revision),
    );
    if (found.length === 0) {
      const some = known
        .map(({ revision }) => revision)
        .slice(0, 5)
        .join(', ');
      throw new HubError(
        `hf:${repo}@${pattern}: no revision step{N} is named so${settings.offline ? ' in the cache' : ''}; there are ${some || 'none'}${known.length > 5 ? ', …' : ''}`,
      );
    }
    for (const entry of found) steps.set(Number(stepForm.exec(entry.revision)?.[1]), entry);
  }
  const sorted = [...steps].sort(([a], [b]) => a - b).map(([, entry]) => entry);
  if (!settings.offline) for (const entry of sorted) keepRevision(settings, repo, entry);
  return sorted;
}

function keepRevision({ cache }: HubSettings, repo: string, { revision, commit }: HubRevision): void {
  const path = join(cacheFolder(cache, repo), 'refs', ...revision.split('/'));
  if (existsSync(path) && readFileSync(path, 'utf8') === commit) return;
  writeFileAtomically(path, Buffer.from(commit));
}

function knownRevision(settings: HubSettings, repo: string, revision: string): HubRevision {
  for (const cache of [settings.cache, settings.hubCache]) {
    const path = join(cacheFolder(cache, repo), 'refs', ...revision.split('/'));
    if (!existsSync(path)) continue;
    const commit = readFileSync(path, 'utf8').trim();
    if (commitForm.test(commit)) return { revision, commit };
  }
  throw new HubError(`hf:${repo}@${revision}: is not in the cache; set HF_HUB_OFFLINE=0 to fetch it`);
}

function knownRevisions(settings: HubSettings, repo: string): HubRevision[] {
  const folders = [settings.cache, settings.hubCache].map((cache) => join(cacheFolder(cache, repo), 'refs'));
  const names = folders.filter((folder) => statusOf(folder)?.isDirectory()).flatMap(namesIn);
  return [...new Set(names)]
    .filter((revision) => stepForm.test(revision))
    .map((revision) => knownRevision(settings, repo, revision));
}

/** A folder with a link for each step: a series like any other. Its name stands for what is in it, so none is changed. */
function seriesFolder(
  { cache }: HubSettings,
  repo: string,
  revisions: readonly HubRevision[],
  folders: readonly string[],
): string {
  const content = revisions.map(({ revision, commit }) => `${revision} ${commit}`).join('\n');
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 16);
  const series = join(cacheFolder(cache, repo), 'series', hash);
  makeFolder(series);
  for (const [index, { revision }] of revisions.entries()) {
    const link = join(series, revision);
    try {
      symlinkSync(folders[index] ?? '', link, 'junction');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
  return series;
}
