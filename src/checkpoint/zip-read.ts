import type { Codec } from './codec.js';
import { CheckpointError } from './errors.js';

/** One file inside a zip archive. */
interface Entry {
  readonly name: string;
  readonly method: 0 | 8;
  readonly crc: number;
  readonly compressedSize: number;
  readonly size: number;
  /** Where its local header starts in the archive, and where its data does. */
  readonly header: number;
  readonly start: number;
}

/** A zip archive whose directory has been checked; data is checked when it is read. */
export interface ZipArchive {
  readonly names: readonly string[];
  has(name: string): boolean;
  /** Bytes that the directory announces for an entry; undefined where there is none. */
  size(name: string): number | undefined;
  /**
   * The bytes of an entry: a view on the archive where it is stored, a copy where it is compressed.
   * @throws CheckpointError when it is missing, or its size or checksum is wrong
   */
  read(name: string): Uint8Array;
}

const signatures = {
  local: 0x04034b50,
  central: 0x02014b50,
  end: 0x06054b50,
  end64: 0x06064b50,
  locator64: 0x07064b50,
};
const endSize = 22;
const longestComment = 0xffff;

/** Deflate cannot do better than 1032:1, so a claim beyond that is a lie and nothing is allocated for it. */
const bestDeflateRatio = 1032;

/** As large as a file may be: small ones must not fill the memory by inflating to more. */
const largestContent = 2 ** 31;

/**
 * Reads the directory of a zip archive (stored and deflated entries, zip64).
 * @param file named in errors
 * @throws CheckpointError for anything malformed, encrypted or overlapping, and for names that lead out of a folder
 * Source: PKWARE APPNOTE.TXT 6.3.
 */
export function readZip(bytes: Uint8Array, file: string, codec: Codec): ZipArchive {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fail = (what: string): never => {
    throw new CheckpointError(`${file}: ${what}; copy the file again from where it was written`);
  };
  const directory = findDirectory(view, fail);
  const entries = new Map<string, Entry>();
  let at = directory.start;
  for (let index = 0; index < directory.count; index++) {
    if (at + 46 > directory.end || view.getUint32(at, true) !== signatures.central) {
      fail(`the zip directory is damaged at entry ${index} of ${directory.count}`);
    }
    const { entry, next } = readEntry(bytes, view, at, directory, fail);
    checkName(entry.name, file);
    if (entries.has(entry.name)) fail(`two zip entries are named ${JSON.stringify(entry.name)}`);
    entries.set(entry.name, entry);
    at = next;
  }
  checkOverlap([...entries.values()], fail);
  const total = [...entries.values()].reduce((sum, { size }) => sum + size, 0);
  if (total > largestContent)
    fail(`the zip entries claim ${total} bytes, more than the 2 GiB that can be read`);
  return {
    names: [...entries.keys()],
    has: (name) => entries.has(name),
    size: (name) => entries.get(name)?.size,
    read: (name) => {
      const entry = entries.get(name);
      if (entry === undefined) return fail(`zip entry ${JSON.stringify(name)} is missing`);
      return readData(bytes, entry, codec, fail);
    },
  };
}

type Fail = (what: string) => never;

interface Directory {
  readonly start: number;
  readonly end: number;
  readonly count: number;
}

function findDirectory(view: DataView, fail: Fail): Directory {
  const size = view.byteLength;
  let end = size - endSize;
  const earliest = Math.max(0, end - longestComment);
  while (end >= earliest && view.getUint32(end, true) !== signatures.end) end--;
  if (end < earliest) return fail('the end of the zip archive is missing, so the file is truncated');
  let count = view.getUint16(end + 10, true);
  let length = view.getUint32(end + 12, true);
  let start = view.getUint32(end + 16, true);
  if (view.getUint16(end + 4, true) !== 0 && view.getUint16(end + 4, true) !== 0xffff) {
    fail('the zip archive is split over several disks');
  }
  let limit = end;
  if (count === 0xffff || length === 0xffff_ffff || start === 0xffff_ffff) {
    const locator = end - 20;
    if (locator < 0 || view.getUint32(locator, true) !== signatures.locator64) {
      fail('the zip64 locator is missing');
    }
    const end64 = uint64(view, locator + 8, fail);
    if (end64 + 56 > locator || view.getUint32(end64, true) !== signatures.end64) {
      fail('the zip64 directory end is damaged');
    }
    count = uint64(view, end64 + 32, fail);
    length = uint64(view, end64 + 40, fail);
    start = uint64(view, end64 + 48, fail);
    limit = end64;
  }
  if (start + length > limit) {
    fail(`the zip directory (${length} bytes at ${start}) does not fit the file of ${size} bytes`);
  }
  if (count * 46 > length) fail(`the zip directory announces ${count} entries in ${length} bytes`);
  return { start, end: start + length, count };
}

function uint64(view: DataView, at: number, fail: Fail): number {
  const value = view.getBigUint64(at, true);
  // No offset, size or count can exceed the file, and compressed sizes are checked again with their ratio.
  if (value > BigInt(view.byteLength) * BigInt(bestDeflateRatio)) {
    fail(`a zip64 field claims ${value} in a file of ${view.byteLength} bytes`);
  }
  return Number(value);
}

function readEntry(
  bytes: Uint8Array,
  view: DataView,
  at: number,
  directory: Directory,
  fail: Fail,
): { entry: Entry; next: number } {
  const flags = view.getUint16(at + 8, true);
  const method = view.getUint16(at + 10, true);
  const crc = view.getUint32(at + 16, true);
  const nameLength = view.getUint16(at + 28, true);
  const extraLength = view.getUint16(at + 30, true);
  const commentLength = view.getUint16(at + 32, true);
  const extraStart = at + 46 + nameLength;
  const next = extraStart + extraLength + commentLength;
  if (next > directory.end) fail('a zip directory entry runs past the directory');
  const name = new TextDecoder().decode(bytes.subarray(at + 46, extraStart));
  const shown = JSON.stringify(name);
  if (flags & 1) fail(`zip entry ${shown} is encrypted`);
  if (method !== 0 && method !== 8) {
    return fail(`zip entry ${shown} uses compression method ${method}, expected 0 (stored) or 8 (deflated)`);
  }
  const wide = zip64Fields(view, at, extraStart, extraLength, fail);
  const { compressedSize, size, header } = wide;
  if (header + 30 > directory.start || view.getUint32(header, true) !== signatures.local) {
    fail(`zip entry ${shown} has no local header at ${header}`);
  }
  const localNameLength = view.getUint16(header + 26, true);
  const start = header + 30 + localNameLength + view.getUint16(header + 28, true);
  const localName = new TextDecoder().decode(bytes.subarray(header + 30, header + 30 + localNameLength));
  if (localName !== name)
    fail(`zip entry ${shown} is called ${JSON.stringify(localName)} in its local header`);
  if (start + compressedSize > directory.start) {
    fail(`zip entry ${shown} (${compressedSize} bytes at ${start}) runs past the data`);
  }
  if (method === 0 && size !== compressedSize) {
    fail(`stored zip entry ${shown} claims ${size} bytes in ${compressedSize}`);
  }
  if (size > compressedSize * bestDeflateRatio) {
    fail(`zip entry ${shown} claims to inflate ${compressedSize} bytes to ${size}, more than deflate can`);
  }
  return { entry: { name, method, crc, compressedSize, size, header, start }, next };
}

/** Sizes and offset of an entry, from the zip64 extra field where the 32-bit ones are full. */
function zip64Fields(view: DataView, at: number, extraStart: number, extraLength: number, fail: Fail) {
  let size = view.getUint32(at + 24, true);
  let compressedSize = view.getUint32(at + 20, true);
  let header = view.getUint32(at + 42, true);
  const end = extraStart + extraLength;
  for (let field = extraStart; field + 4 <= end; ) {
    const id = view.getUint16(field, true);
    const length = view.getUint16(field + 2, true);
    if (field + 4 + length > end) break;
    if (id === 1) {
      let value = field + 4;
      const take = (): number => {
        if (value + 8 > field + 4 + length) fail('a zip64 field is too short');
        value += 8;
        return uint64(view, value - 8, fail);
      };
      if (size === 0xffff_ffff) size = take();
      if (compressedSize === 0xffff_ffff) compressedSize = take();
      if (header === 0xffff_ffff) header = take();
    }
    field += 4 + length;
  }
  return { size, compressedSize, header };
}

/** Refuses names that would lead out of a folder, used or not: no honest writer makes them. */
function checkName(name: string, file: string): void {
  const isSuspicious =
    name === '' ||
    name.startsWith('/') ||
    /[\\\0]/.test(name) ||
    /^[A-Za-z]:/.test(name) ||
    name.split('/').includes('..');
  if (isSuspicious) {
    throw new CheckpointError(
      `${file}: zip entry ${JSON.stringify(name)} is a path trick; PyTorch does not write such names, so do not use this file`,
    );
  }
}

function checkOverlap(entries: readonly Entry[], fail: Fail): void {
  const ordered = [...entries].sort((a, b) => a.header - b.header);
  ordered.forEach((entry, index) => {
    const next = ordered[index + 1];
    if (next !== undefined && entry.start + entry.compressedSize > next.header) {
      fail(`zip entries ${JSON.stringify(entry.name)} and ${JSON.stringify(next.name)} overlap`);
    }
  });
}

function readData(bytes: Uint8Array, entry: Entry, codec: Codec, fail: Fail): Uint8Array {
  const shown = JSON.stringify(entry.name);
  const stored = bytes.subarray(entry.start, entry.start + entry.compressedSize);
  let data = stored;
  if (entry.method === 8) {
    try {
      data = codec.inflate(stored, entry.size);
    } catch {
      fail(`zip entry ${shown} does not inflate`);
    }
    if (data.length !== entry.size)
      fail(`zip entry ${shown} inflates to ${data.length} bytes, expected ${entry.size}`);
  }
  const crc = codec.crc32(data);
  if (crc !== entry.crc) {
    fail(`zip entry ${shown} has checksum ${hex(crc)}, expected ${hex(entry.crc)}: its bytes have changed`);
  }
  return data;
}

function hex(value: number): string {
  return value.toString(16).padStart(8, '0');
}
