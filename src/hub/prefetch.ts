import { dirname, join } from 'node:path';
import { openTensorSource } from '../checkpoint/open-source.js';
import { namesIn } from '../files/folder-listing.js';
import { readPartFile } from '../files/part-file.js';
import { readRange } from '../files/part-source.js';
import type { Range } from '../files/ranges.js';
import type { OpenedModel } from '../run/open-model.js';
import { fillPartFile, lackingOf } from './fill.js';
import { type Needed, neededTensors } from './needed-tensors.js';
import type { HubSettings } from './settings.js';

export interface PrefetchOptions {
  readonly signal?: AbortSignal;
  /** In bytes, of what is lacking of one checkpoint after the other; the total grows with each. */
  readonly onBytes?: (done: number, total: number) => void;
}

/**
 * Fetches what a job will read of models that are on the Hub: all of it in few requests, before the work begins. Files that
 * are whole, and formats in which tensors do not lie together, are passed over: of these, parts are fetched as they are read.
 * @throws HubError; InputError where a file is damaged, or the disk is full
 */
export async function prefetch(
  models: readonly OpenedModel[],
  needed: Needed,
  settings: HubSettings,
  { signal, onBytes }: PrefetchOptions = {},
): Promise<void> {
  let done = 0;
  let total = 0;
  const jobs: { readonly file: string; readonly ranges: readonly Range[] }[] = [];
  for (const model of models) {
    for (const { path, architecture, key, within } of model.steps) {
      await fetchDirectory(path, settings, signal);
      const source = openTensorSource(path, { ...(key && { key }), ...(within && { within }) });
      const byFile = new Map<string, Range[]>();
      for (const { file, bytes } of neededTensors(source, architecture, needed)) {
        if (bytes !== undefined) byFile.set(file, [...(byFile.get(file) ?? []), bytes]);
      }
      for (const [file, ranges] of byFile) {
        const bytes = lackingOf(file, ranges).reduce((sum, [from, to]) => sum + to - from, 0);
        if (bytes === 0) continue;
        jobs.push({ file, ranges });
        total += bytes;
        onBytes?.(done, total);
      }
      signal?.throwIfAborted();
    }
  }
  for (const { file, ranges } of jobs) {
    await fillPartFile(file, ranges, settings, {
      ...(signal && { signal }),
      onBytes: (count) => {
        done += count;
        onBytes?.(done, total);
      },
    });
  }
}

/**
 * Fetches the headers of safetensors files, so that opening them waits for nothing: of one, or of the shards beside an index.
 * @throws as `prefetch`
 */
async function fetchDirectory(path: string, settings: HubSettings, signal?: AbortSignal): Promise<void> {
  const folder = dirname(path);
  const files = path.endsWith('.index.json') ? namesIn(folder).map((name) => join(folder, name)) : [path];
  for (const file of files.filter((name) => name.endsWith('.safetensors'))) {
    const part = readPartFile(file);
    if (part === undefined || part.size < lengthBytes) continue;
    const options = signal === undefined ? {} : { signal };
    await fillPartFile(file, [[0, lengthBytes]], settings, options);
    const length = new DataView(readRange(file, 0, lengthBytes).buffer).getBigUint64(0, true);
    // What such a header says is checked when the file is opened.
    const end = Math.min(lengthBytes + Number(length), part.size, longestHeader);
    await fillPartFile(file, [[lengthBytes, end]], settings, options);
  }
}

/** A safetensors file begins with the length of its header. */
const lengthBytes = 8;
const longestHeader = 100_000_000;
