import { setTimeout as sleep } from 'node:timers/promises';
import { exclusively } from '../files/mutex.js';
import {
  finishPartFile,
  openPartSink,
  type PartFile,
  type PartSink,
  partLog,
  readPartFile,
} from '../files/part-file.js';
import { type Range, Ranges } from '../files/ranges.js';
import { bytesOf } from './hub-client.js';
import { HubError } from './requests.js';
import type { HubSettings } from './settings.js';

/** The most that one request asks for, in bytes, and how many run at a time. */
const longestRequest = 2 ** 24;
const atOnce = 4;
/** After so many bytes they are noted: what a killed process had not noted is fetched again. */
const noteEvery = 2 ** 20;
/** How often in a row a connection may bring nothing, and the first pause in milliseconds; each doubles. */
const fruitless = 4;
const firstPause = 100;
/** How long a connection may bring nothing before another is made, in milliseconds. */
const silence = 30_000;

export interface FillOptions {
  readonly signal?: AbortSignal;
  /** Is told of each piece that has come, in bytes. */
  readonly onBytes?: (count: number) => void;
}

/**
 * Fetches what is lacking of some parts of a file. What has come stays, whatever happens; another process that fetches of the
 * same file is waited for.
 * @throws HubError; InputError where the disk does not take it
 */
export async function fillPartFile(
  file: string,
  wanted: readonly Range[],
  settings: HubSettings,
  options: FillOptions = {},
): Promise<void> {
  if (lackingOf(file, wanted).length === 0) return;
  await exclusively(
    `${partLog(file)}.lock`,
    async () => {
      const part = readPartFile(file);
      if (part === undefined) return;
      const requests = split(lackingOf(file, wanted));
      if (settings.offline && requests.length > 0) {
        throw new HubError(
          `hf:${part.repo}: ${part.path} is not in the cache as far as it is needed; set HF_HUB_OFFLINE=0 to fetch the rest`,
        );
      }
      const sink = openPartSink(file);
      try {
        await fetchAll(part, requests, sink, settings, options);
      } finally {
        sink.close();
      }
      if (readPartFile(file)?.have.lacking(0, part.size).length === 0) finishPartFile(file);
    },
    Number.POSITIVE_INFINITY,
  );
}

/** What of some parts of a file is not here yet, neighbours joined. */
export function lackingOf(file: string, wanted: readonly Range[]): Range[] {
  const have = readPartFile(file)?.have;
  if (have === undefined) return [];
  return [...new Ranges(wanted.flatMap(([from, to]) => have.lacking(from, to)))];
}

function split(ranges: readonly Range[]): Range[] {
  return ranges.flatMap(([from, to]) =>
    Array.from({ length: Math.ceil((to - from) / longestRequest) }, (_, index): Range => {
      const at = from + index * longestRequest;
      return [at, Math.min(to, at + longestRequest)];
    }),
  );
}

async function fetchAll(
  part: PartFile,
  requests: readonly Range[],
  sink: PartSink,
  settings: HubSettings,
  { signal, onBytes }: FillOptions,
): Promise<void> {
  let { etag } = part;
  const checkEtag = (found: string): void => {
    if (etag === found) return;
    if (etag !== null) {
      throw new HubError(
        `hf:${part.repo}: ${part.path} is another file than before on the Hub; clear it with bridgescope cache clear ${part.repo}, and try again`,
      );
    }
    etag = found;
    sink.noteEtag(found);
  };
  const queue = requests[Symbol.iterator]();
  const failed = new AbortController();
  const ended = signal === undefined ? failed.signal : AbortSignal.any([signal, failed.signal]);
  const work = async () => {
    for (const range of queue) {
      ended.throwIfAborted();
      await fetchRange(part, range, sink, settings, checkEtag, ended, onBytes);
    }
  };
  const workers = Array.from({ length: Math.min(atOnce, requests.length) }, () =>
    work().catch((error) => {
      failed.abort(error);
      throw error;
    }),
  );
  // All of them have ended before the file is closed.
  const ends = await Promise.allSettled(workers);
  signal?.throwIfAborted();
  if (failed.signal.aborted) throw failed.signal.reason;
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}

/** Fetches one range; where a connection breaks, the next goes on from there. */
async function fetchRange(
  part: PartFile,
  [from, to]: Range,
  sink: PartSink,
  settings: HubSettings,
  onEtag: (etag: string) => void,
  signal: AbortSignal,
  onBytes?: (count: number) => void,
): Promise<void> {
  let at = from;
  for (let vain = 0; at < to; ) {
    const before = at;
    let noted = at;
    const note = () => {
      if (at > noted) sink.noteRange(noted, at);
      noted = at;
    };
    const quiet = new AbortController();
    let timer = setTimeout(() => quiet.abort(), silence);
    try {
      const ends = AbortSignal.any([signal, quiet.signal]);
      for await (const bytes of bytesOf(settings, part, [at, to], onEtag, ends)) {
        clearTimeout(timer);
        timer = setTimeout(() => quiet.abort(), silence);
        sink.write(at, bytes);
        at += bytes.length;
        if (at - noted >= noteEvery) note();
        onBytes?.(bytes.length);
      }
    } catch (error) {
      signal.throwIfAborted();
      if (!quiet.signal.aborted) throw error;
    } finally {
      clearTimeout(timer);
      note();
    }
    signal.throwIfAborted();
    vain = at > before ? 0 : vain + 1;
    if (vain === fruitless) {
      throw new HubError(
        `hf:${part.repo}: ${part.path} stops coming at byte ${at}; try again later: what has come is kept`,
      );
    }
    if (at < to) await sleep(firstPause * 2 ** vain);
  }
}
