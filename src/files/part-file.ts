import {
  appendFileSync,
  closeSync,
  existsSync,
  ftruncateSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { InputError } from '../errors.js';
import { makeFolder, writeFileAtomically } from './atomic-file.js';
import { Ranges } from './ranges.js';

/**
 * A file of the Hub of which only parts are on this disk. The file itself has its full size, with holes; a log beside it, in the
 * folder `.hub`, says where it comes from and which bytes have come. A part is noted when its bytes are written, so that a
 * process may be killed at any moment. When all bytes have come, the log is removed: the file is an ordinary one.
 *
 * The log has a line of JSON for each note: `{"repo", "commit", "path", "size"}` first, then `[from, to]` and `{"etag"}`. A line
 * that was torn is no JSON, and what it told is fetched again.
 */
export interface PartFile extends HubPlace {
  readonly have: Ranges;
  /** What the server called this version of the file; null before anything has come. */
  readonly etag: string | null;
}

/** A file of a model on the Hub, at one commit. */
export interface HubPlace {
  /** `org/name` */
  readonly repo: string;
  readonly commit: string;
  readonly path: string;
  /** In bytes. */
  readonly size: number;
}

/** Where the log of a file stands. */
export function partLog(file: string): string {
  return join(dirname(file), '.hub', basename(file));
}

/** Makes a file of which nothing is here yet. @throws InputError where it cannot be made */
export function createPartFile(file: string, { repo, commit, path, size }: HubPlace): void {
  const log = partLog(file);
  try {
    makeFolder(dirname(log));
    // The log first: a file without one would be taken for whole.
    writeFileAtomically(log, Buffer.from(`${JSON.stringify({ repo, commit, path, size })}\n`));
    const descriptor = openSync(file, 'a');
    ftruncateSync(descriptor, size);
    closeSync(descriptor);
  } catch (error) {
    throw unwritable(file, error);
  }
}

/** What is known of a file; undefined where it is whole, and where it is none of these. @throws InputError where the log is damaged */
export function readPartFile(file: string): PartFile | undefined {
  if (!existsSync(partLog(file))) return undefined;
  let text: string;
  try {
    text = readFileSync(partLog(file), 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new InputError(`${partLog(file)}: cannot be read (${code}); check its permissions`);
  }
  const [first, ...notes] = text.split('\n').map(parsed);
  if (!isPlace(first)) {
    throw new InputError(
      `${partLog(file)}: is no log of a file that was read in parts; remove it and ${file}`,
    );
  }
  const have = new Ranges();
  let etag: string | null = null;
  for (const note of notes) {
    if (isRange(note, first.size)) have.add(note[0], note[1]);
    else if (hasEtag(note)) etag = note.etag;
  }
  return { ...first, have, etag };
}

/** A file that is being filled. */
export interface PartSink {
  /** Writes bytes that have come. @throws InputError as when the disk is full */
  write(at: number, bytes: Uint8Array): void;
  /** Notes that bytes which were written are here. */
  noteRange(from: number, to: number): void;
  noteEtag(etag: string): void;
  close(): void;
}

/** Opens a file to be filled. */
export function openPartSink(file: string): PartSink {
  const log = partLog(file);
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r+');
  } catch (error) {
    throw unwritable(file, error);
  }
  // A note begins a line, also after one that was torn.
  const note = (value: unknown) => {
    try {
      appendFileSync(log, `\n${JSON.stringify(value)}\n`);
    } catch (error) {
      throw unwritable(log, error);
    }
  };
  return {
    write: (at, bytes) => {
      try {
        for (let done = 0; done < bytes.length; )
          done += writeSync(descriptor, bytes, done, bytes.length - done, at + done);
      } catch (error) {
        throw unwritable(file, error);
      }
    },
    noteRange: (from, to) => note([from, to]),
    noteEtag: (etag) => note({ etag }),
    close: () => closeSync(descriptor),
  };
}

/** Removes the log of a file whose bytes have all come. */
export function finishPartFile(file: string): void {
  rmSync(partLog(file), { force: true });
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function isPlace(value: unknown): value is HubPlace {
  const { repo, commit, path, size } = (value ?? {}) as Record<string, unknown>;
  return [repo, commit, path].every((text) => typeof text === 'string') && isCount(size);
}

function isRange(value: unknown, size: number): value is [number, number] {
  if (!Array.isArray(value) || value.length !== 2 || !value.every(isCount)) return false;
  const [from, to] = value as [number, number];
  return from <= to && to <= size;
}

function hasEtag(value: unknown): value is { readonly etag: string } {
  return typeof (value as { etag?: unknown } | undefined)?.etag === 'string';
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function unwritable(file: string, error: unknown): InputError {
  const { code } = error as NodeJS.ErrnoException;
  const remedy =
    code === 'ENOSPC'
      ? 'make room, or choose another place with --cache'
      : 'choose another place with --cache';
  return new InputError(`${file}: cannot be written (${code}); ${remedy}`, { cause: error });
}
