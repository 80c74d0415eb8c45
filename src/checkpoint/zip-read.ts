import { showValue } from '../errors.js';
import type { ByteSource } from '../files/byte-source.js';
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
  /**
   * Some bytes of an entry. Of a stored one only these are read, and their checksum cannot be checked; a compressed one is
   * read whole.
   * @throws CheckpointError as `read`, and when the entry has no such bytes
   */
  readRange(name: string, offset: number, length: number): Uint8Array;
  /** Reads an entry piece by piece to check its checksum. @throws CheckpointError as `read` */
  verify(name: string): void;
}

const signatures = {
  central: 0x02014b50,
  end: 0x06054b50,
  end64: 0x06064b50,
  locator64: 0x07064b50,
};
const endSize = 22;
const locatorSize = 20;
const end64Size = 56;
const longestComment = 0xffff;

/** Deflate cannot do better than 1032:1, so a claim beyond that is a lie and nothing is allocated for it. */
const bestDeflateRatio = 1032;

/** Compressed entries together, so that a small file cannot fill the memory. Stored ones are as large as the file. */
const largestInflated = 2 ** 31;

/** More than a hundred times what the largest published checkpoints have. */
const longestDirectory = 100_000_000;

/**
 * Reads the directory of a zip archive (stored and deflated entries, zip64).
 * @throws CheckpointError for anything malformed, encrypted or overlapping, and for names that lead out of a folder
 * Source: PKWARE APPNOTE.TXT 6.3.
 */
export function readZip(source: ByteSource, codec: Codec): ZipArchive {
  const file = source.name;
  const fail = (what: string): never => {
    throw new CheckpointError(`${file}: ${what}; copy the file again from where it was written`);
  };
  const place = findDirectory(source, fail);
  const directory = source.read(place.start, place.end - place.start);
  const view = viewOf(directory);
  const entries = new Map<string, Entry>();
  let at = 0;
  for (let index = 0; index < place.count; index++) {
    if (at + 46 > directory.length || view.getUint32(at, true) !== signatures.central) {
      fail(`the zip directory is damaged at entry ${index} of ${place.count}`);
    }
    const { entry, next } = readEntry(source, directory, view, at, place.start, fail);
    checkName(entry.name, file);
    if (entries.has(entry.name)) fail(`two zip entries are named ${showValue(entry.name)}`);
    entries.set(entry.name, entry);
    at = next;
  }
  checkOverlap([...entries.values()], fail);
  const inflated = [...entries.values()].reduce(
    (sum, { method, size }) => sum + (method === 0 ? 0 : size),
    0,
  );
  if (inflated > largestInflated)
    fail(`the compressed zip entries claim ${inflated} bytes, more than the 2 GiB that can be read`);
  const find = (name: string): Entry => entries.get(name) ?? fail(`zip entry ${showValue(name)} is missing`);
  return {
    names: [...entries.keys()],
    has: (name) => entries.has(name),
    size: (name) => entries.get(name)?.size,
    read: (name) => readData(source, find(name), codec, fail),
    readRange: (name, offset, length) => {
      const entry = find(name);
      if (offset + length > entry.size)
        fail(`zip entry ${showValue(name)} has ${entry.size} bytes, not ${offset + length}`);
      if (entry.method === 0) return source.read(entry.start + offset, length);
      return readData(source, entry, codec, fail).subarray(offset, offset + length);
    },
    verify: (name) => {
      const entry = find(name);
      if (entry.method !== 0) readData(source, entry, codec, fail);
      else verifyStored(source, entry, codec, fail);
    },
  };
}

const decoder = new TextDecoder();

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

type Fail = (what: string) => never;

interface Directory {
  readonly start: number;
  readonly end: number;
  readonly count: number;
}

function findDirectory(source: ByteSource, fail: Fail): Directory {
  const { size } = source;
  const tailStart = Math.max(0, size - endSize - longestComment - locatorSize);
  const tail = viewOf(source.read(tailStart, size - tailStart));
  let end = tail.byteLength - endSize;
  const earliest = Math.max(0, end - longestComment);
  while (end >= earliest && tail.getUint32(end, true) !== signatures.end) end--;
  if (end < earliest) return fail('the end of the zip archive is missing, so the file is truncated');
  let count = tail.getUint16(end + 10, true);
  let length = tail.getUint32(end + 12, true);
  let start = tail.getUint32(end + 16, true);
  if (tail.getUint16(end + 4, true) !== 0 && tail.getUint16(end + 4, true) !== 0xffff) {
    fail('the zip archive is split over several disks');
  }
  let limit = tailStart + end;
  if (count === 0xffff || length === 0xffff_ffff || start === 0xffff_ffff) {
    const locator = end - locatorSize;
    if (locator < 0 || tail.getUint32(locator, true) !== signatures.locator64) {
      fail('the zip64 locator is missing');
    }
    limit = uint64(tail, locator + 8, size, fail);
    if (limit + end64Size > tailStart + locator) fail('the zip64 directory end is damaged');
    const end64 = viewOf(source.read(limit, end64Size));
    if (end64.getUint32(0, true) !== signatures.end64) fail('the zip64 directory end is damaged');
    count = uint64(end64, 32, size, fail);
    length = uint64(end64, 40, size, fail);
    start = uint64(end64, 48, size, fail);
  }
  if (start + length > limit) {
    fail(`the zip directory (${length} bytes at ${start}) does not fit the file of ${size} bytes`);
  }
  if (count * 46 > length) fail(`the zip directory announces ${count} entries in ${length} bytes`);
  if (length > longestDirectory) fail(`the zip directory claims ${length} bytes, more than any checkpoint's`);
  return { start, end: start + length, count };
}

function uint64(view: DataView, at: number, fileSize: number, fail: Fail): number {
  const value = view.getBigUint64(at, true);
  // No offset, size or count can exceed the file, and compressed sizes are checked again with their ratio.
  if (value > BigInt(fileSize) * BigInt(bestDeflateRatio)) {
    fail(`a zip64 field claims ${value} in a file of ${fileSize} bytes`);
  }
  return Number(value);
}

/** @param at where the entry stands in the bytes of the directory   @param dataEnd where these start in the file */
function readEntry(
  source: ByteSource,
  directory: Uint8Array,
  view: DataView,
  at: number,
  dataEnd: number,
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
  if (next > directory.length) fail('a zip directory entry runs past the directory');
  const nameBytes = directory.subarray(at + 46, extraStart);
  const name = decoder.decode(nameBytes);
  const shown = showValue(name);
  if (flags & 1) fail(`zip entry ${shown} is encrypted`);
  if (method !== 0 && method !== 8) {
    return fail(`zip entry ${shown} uses compression method ${method}, expected 0 (stored) or 8 (deflated)`);
  }
  const wide = zip64Fields(view, at, extraStart, extraLength, source.size, fail);
  const { compressedSize, size, header } = wide;
  const local = readLocalHeader(source, header, nameLength, dataEnd);
  if (local === undefined) return fail(`zip entry ${shown} has no local header at ${header}`);
  if (!isEqual(local.nameBytes, nameBytes)) {
    fail(`zip entry ${shown} is called ${showValue(decoder.decode(local.nameBytes))} in its local header`);
  }
  const { start } = local;
  if (start + compressedSize > dataEnd) {
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

/** The name that stands before an entry's data, and where these start; undefined where no such header can be. */
function readLocalHeader(
  source: ByteSource,
  header: number,
  nameLength: number,
  dataEnd: number,
): { readonly nameBytes: Uint8Array; readonly start: number } | undefined {
  if (header + 30 > dataEnd) return undefined;
  const bytes = source.read(header, Math.min(30 + nameLength, dataEnd - header));
  if (!isEqual(bytes.subarray(0, 4), localSignature)) return undefined;
  const ownLength = uint16(bytes, 26);
  const nameBytes =
    ownLength === nameLength
      ? bytes.subarray(30)
      : source.read(header + 30, Math.min(ownLength, dataEnd - header - 30));
  return { nameBytes, start: header + 30 + ownLength + uint16(bytes, 28) };
}

const localSignature = Uint8Array.of(0x50, 0x4b, 3, 4);

function uint16(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8);
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

/** Sizes and offset of an entry, from the zip64 extra field where the 32-bit ones are full. */
function zip64Fields(
  view: DataView,
  at: number,
  extraStart: number,
  extraLength: number,
  fileSize: number,
  fail: Fail,
) {
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
        return uint64(view, value - 8, fileSize, fail);
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
      `${file}: zip entry ${showValue(name)} is a path trick; PyTorch does not write such names, so do not use this file`,
    );
  }
}

function checkOverlap(entries: readonly Entry[], fail: Fail): void {
  const ordered = [...entries].sort((a, b) => a.header - b.header);
  ordered.forEach((entry, index) => {
    const next = ordered[index + 1];
    if (next !== undefined && entry.start + entry.compressedSize > next.header) {
      fail(`zip entries ${showValue(entry.name)} and ${showValue(next.name)} overlap`);
    }
  });
}

function readData(source: ByteSource, entry: Entry, codec: Codec, fail: Fail): Uint8Array {
  const shown = showValue(entry.name);
  const stored = source.read(entry.start, entry.compressedSize);
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
  checkCrc(codec.crc32(data), entry, fail);
  return data;
}

/** So much of an entry is held at once while its checksum is computed. */
const pieceBytes = 2 ** 24;

function verifyStored(source: ByteSource, entry: Entry, codec: Codec, fail: Fail): void {
  let crc = 0;
  for (let at = 0; at < entry.size; at += pieceBytes) {
    crc = codec.crc32(source.read(entry.start + at, Math.min(pieceBytes, entry.size - at)), crc);
  }
  checkCrc(crc, entry, fail);
}

function checkCrc(crc: number, entry: Entry, fail: Fail): void {
  if (crc === entry.crc) return;
  fail(
    `zip entry ${showValue(entry.name)} has checksum ${hex(crc)}, expected ${hex(entry.crc)}: its bytes have changed`,
  );
}

function hex(value: number): string {
  return value.toString(16).padStart(8, '0');
}
