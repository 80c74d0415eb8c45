import type { Command } from 'commander';
import type { Needed } from '../hub/needed-tensors.js';
import { say } from './exit.js';
import { startProgress } from './progress.js';

/** The options of commands that take models of the Hub. */
export interface HubFlags {
  cache?: string | undefined;
}

export interface HubJob extends HubFlags {
  /** What is read of them; null for what their files say of themselves alone. */
  readonly needed: Needed | null;
  readonly texts?: boolean;
  readonly quiet?: boolean | undefined;
  readonly signal?: AbortSignal;
}

/** Adds `--cache` to a command. */
export function addHubOptions(command: Command): Command {
  return command.option(
    '--cache <DIR>',
    'where parts of models from the Hub (hf:ORG/NAME) are kept (see bridgescope cache --help)',
  );
}

/**
 * Inputs in which models of the Hub are folders of the cache, `NAME=PATH`; all others are as they were given. What will be
 * read is fetched first, under a bar in bytes.
 * @throws InputError in one line where a model cannot be had
 */
export async function fromHub(sources: readonly string[], job: HubJob): Promise<string[]> {
  if (!sources.some((source) => source.includes('hf:'))) return [...sources];
  const { isOnHub } = await import('../hub/local-models.js');
  const inputs: string[] = [];
  for (const source of sources) {
    if (!isOnHub(source)) inputs.push(source);
    else {
      const { name, folder } = await modelFromHub(source, job);
      inputs.push(`${name}=${folder}`);
    }
  }
  return inputs;
}

/** As `fromHub`, for commands that take one file or folder. */
export async function pathFromHub(source: string, job: HubJob): Promise<string> {
  if (!source.includes('hf:')) return source;
  const { isOnHub } = await import('../hub/local-models.js');
  return isOnHub(source) ? (await modelFromHub(source, job)).folder : source;
}

async function modelFromHub(
  source: string,
  { needed, texts = false, quiet = false, signal, cache }: HubJob,
): Promise<{ readonly name: string; readonly folder: string }> {
  const { hubSettings } = await import('../hub/settings.js');
  const { localModel } = await import('../hub/local-models.js');
  const { cacheBytes } = await import('../hub/cache.js');
  const settings = hubSettings(cache);
  const before = quiet ? 0 : cacheBytes(settings.cache);
  let listing: ReturnType<typeof startProgress> | undefined;
  const model = await localModel(source, settings, { texts }, (done, total) => {
    if (total === 1) return;
    listing ??= startProgress('listing', 'revisions', total, quiet);
    listing.update(done);
  }).finally(() => listing?.stop());
  if (needed !== null) {
    const { openModel } = await import('../run/open-model.js');
    const { prefetch } = await import('../hub/prefetch.js');
    const fetching = startFetching(quiet);
    await prefetch([openModel(model.folder)], needed, settings, {
      ...(signal && { signal }),
      onBytes: fetching.update,
    }).finally(fetching.stop);
  }
  if (!quiet) {
    const now = cacheBytes(settings.cache);
    if (now - before > smallGrowth) {
      say(
        `${megabytes(now - before)} came from the Hub; ${settings.cache} holds ${megabytes(now)} (bridgescope cache list, clear)`,
      );
    }
  }
  return model;
}

/** A cache that grows by less, in bytes, is not worth a line. */
const smallGrowth = 1e6;

/** Bytes as a person reads them. */
export function megabytes(bytes: number): string {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(2)} GB`;
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}

/** A bar that counts megabytes, whose total is known once it moves. */
function startFetching(quiet: boolean): { update(done: number, total: number): void; stop(): void } {
  let bar: ReturnType<typeof startProgress> | undefined;
  const tenths = (bytes: number) => Math.round(bytes / 1e5) / 10;
  return {
    update: (done, total) => {
      if (done === 0) return;
      bar ??= startProgress('fetching', 'MB', tenths(total), quiet);
      bar.update(tenths(done), [], tenths(total));
    },
    stop: () => bar?.stop(),
  };
}
