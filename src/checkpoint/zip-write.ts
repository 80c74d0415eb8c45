import { type ByteSink, MemorySink } from '../files/byte-sink.js';
import { crc32 } from './crc32.js';

/** A file to put into an archive. */
export interface ZipFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** A file whose bytes are made while the archive is written: `size` of them in all. */
export interface StreamedZipFile {
  readonly name: string;
  readonly size: number;
  chunks(): Iterable<Uint8Array>;
}

/** The checksum of bytes that follow others whose checksum is `before`. */
export type RunningCrc32 = (bytes: Uint8Array, before: number) => number;

/** PyTorch starts the data of every entry at such a multiple, so that tensors can be mapped. */
const alignment = 64;

/** Midnight of 1 January 1980, where zip's calendar begins: the same content gives the same bytes. */
const dosDate = 0x0021;

/** What is as large as this, or larger, stands in zip64's fields. */
const wide = 0xffff_ffff;
const many = 0xffff;

const plainVersion = 20;
const wideVersion = 45;

interface PlannedFile {
  readonly file: StreamedZipFile;
  readonly encoded: Uint8Array;
  /** Where its local header starts, and where its data does. */
  readonly header: number;
  readonly start: number;
}

/** Writes a zip archive of stored entries, each starting at a multiple of 64 bytes. */
export function writeZip(files: readonly ZipFile[]): Uint8Array<ArrayBuffer> {
  const streamed = files.map(({ name, bytes }) => ({ name, size: bytes.length, chunks: () => [bytes] }));
  const sink = new MemorySink(zipSize(streamed));
  writeZipTo(sink, streamed, crc32);
  return sink.bytes;
}

/** Bytes of the archive that `writeZipTo` writes. */
export function zipSize(files: readonly StreamedZipFile[]): number {
  const { planned, end } = plan(files);
  const entries = planned.map((entry) => directoryEntry(entry, 0));
  const directory = entries.reduce((sum, entry) => sum + entry.length, 0);
  return end + directory + directoryEnd(planned.length, directory, end).length;
}

/**
 * Writes the archive of `writeZip` without holding it; beyond 4 GiB in zip64.
 * @param crc as fast as the surroundings have one
 * @throws Error when a file has another size than it said
 * Source: PKWARE APPNOTE.TXT 6.3.
 */
export function writeZipTo(sink: ByteSink, files: readonly StreamedZipFile[], crc: RunningCrc32): void {
  const { planned, end } = plan(files);
  const crcs = planned.map((entry) => writeEntry(sink, entry, crc));
  const entries = planned.map((entry, at) => directoryEntry(entry, crcs[at] ?? 0));
  for (const entry of entries) sink.write(entry);
  const directory = entries.reduce((sum, entry) => sum + entry.length, 0);
  sink.write(directoryEnd(planned.length, directory, end));
}

/** Where everything goes, and where the directory starts. */
function plan(files: readonly StreamedZipFile[]): { planned: PlannedFile[]; end: number } {
  const encoder = new TextEncoder();
  let end = 0;
  const planned = files.map((file) => {
    const encoded = encoder.encode(file.name);
    const header = end;
    const unpadded = header + 30 + encoded.length + (file.size >= wide ? 20 : 0) + 4;
    const start = Math.ceil(unpadded / alignment) * alignment;
    end = start + file.size;
    return { file, encoded, header, start };
  });
  return { planned, end };
}

const crcField = 14;

/** The checksum stands before the data and is known after it: it is filled in then. */
function writeEntry(sink: ByteSink, entry: PlannedFile, crc: RunningCrc32): number {
  const { file, header } = entry;
  sink.write(localHeader(entry));
  let sum = 0;
  let written = 0;
  for (const chunk of file.chunks()) {
    sink.write(chunk);
    sum = crc(chunk, sum);
    written += chunk.length;
  }
  if (written !== file.size) throw new Error(`${file.name}: ${written} bytes instead of ${file.size}`);
  const field = new Uint8Array(4);
  new DataView(field.buffer).setUint32(0, sum, true);
  sink.rewrite(header + crcField, field);
  return sum;
}

function localHeader({ file, encoded, header, start }: PlannedFile): Uint8Array {
  const bytes = new Uint8Array(start - header);
  const view = new DataView(bytes.buffer);
  const isWide = file.size >= wide;
  view.setUint32(0, 0x04034b50, true);
  view.setUint16(4, isWide ? wideVersion : plainVersion, true);
  view.setUint16(12, dosDate, true);
  view.setUint32(18, Math.min(file.size, wide), true);
  view.setUint32(22, Math.min(file.size, wide), true);
  view.setUint16(26, encoded.length, true);
  view.setUint16(28, bytes.length - 30 - encoded.length, true);
  bytes.set(encoded, 30);
  let extra = 30 + encoded.length;
  if (isWide) extra = setWideField(view, extra, [file.size, file.size]);
  // PyTorch's own padding field, "FB".
  view.setUint16(extra, 0x4246, true);
  view.setUint16(extra + 2, bytes.length - extra - 4, true);
  return bytes;
}

function directoryEntry({ file, encoded, header }: PlannedFile, crc: number): Uint8Array {
  const fields = [...(file.size >= wide ? [file.size, file.size] : []), ...(header >= wide ? [header] : [])];
  const extra = fields.length === 0 ? 0 : 4 + 8 * fields.length;
  const bytes = new Uint8Array(46 + encoded.length + extra);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x02014b50, true);
  view.setUint16(4, extra === 0 ? plainVersion : wideVersion, true);
  view.setUint16(6, extra === 0 ? plainVersion : wideVersion, true);
  view.setUint16(14, dosDate, true);
  view.setUint32(16, crc, true);
  view.setUint32(20, Math.min(file.size, wide), true);
  view.setUint32(24, Math.min(file.size, wide), true);
  view.setUint16(28, encoded.length, true);
  view.setUint16(30, extra, true);
  view.setUint32(42, Math.min(header, wide), true);
  bytes.set(encoded, 46);
  if (extra > 0) setWideField(view, 46 + encoded.length, fields);
  return bytes;
}

/** zip64's extra field: 64-bit numbers for those that are full elsewhere. @returns where it ends */
function setWideField(view: DataView, at: number, fields: readonly number[]): number {
  view.setUint16(at, 1, true);
  view.setUint16(at + 2, 8 * fields.length, true);
  fields.forEach((field, index) => {
    view.setBigUint64(at + 4 + 8 * index, BigInt(field), true);
  });
  return at + 4 + 8 * fields.length;
}

/** @param count of entries   @param length of the directory, and where it starts, in bytes */
function directoryEnd(count: number, length: number, start: number): Uint8Array {
  const isWide = count >= many || length >= wide || start >= wide;
  const bytes = new Uint8Array((isWide ? 56 + 20 : 0) + 22);
  const view = new DataView(bytes.buffer);
  if (isWide) {
    view.setUint32(0, 0x06064b50, true);
    view.setBigUint64(4, 44n, true);
    view.setUint16(12, wideVersion, true);
    view.setUint16(14, wideVersion, true);
    view.setBigUint64(24, BigInt(count), true);
    view.setBigUint64(32, BigInt(count), true);
    view.setBigUint64(40, BigInt(length), true);
    view.setBigUint64(48, BigInt(start), true);
    view.setUint32(56, 0x07064b50, true);
    view.setBigUint64(64, BigInt(start + length), true);
    view.setUint32(72, 1, true);
  }
  const end = bytes.length - 22;
  view.setUint32(end, 0x06054b50, true);
  view.setUint16(end + 8, Math.min(count, many), true);
  view.setUint16(end + 10, Math.min(count, many), true);
  view.setUint32(end + 12, Math.min(length, wide), true);
  view.setUint32(end + 16, Math.min(start, wide), true);
  return bytes;
}
