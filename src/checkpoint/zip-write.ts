import { crc32 } from './crc32.js';
import { CheckpointError } from './errors.js';

/** A file to put into an archive. */
export interface ZipFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** PyTorch starts the data of every entry at such a multiple, so that tensors can be mapped. */
const alignment = 64;

/** Midnight of 1 January 1980, where zip's calendar begins: the same content gives the same bytes. */
const dosDate = 0x0021;

/** zip64 fields are not written, so these are the most an archive can hold. */
const largestArchive = 0xffff_fffe;
const mostEntries = 0xfffe;

/**
 * Writes a zip archive of stored entries, each starting at a multiple of 64 bytes.
 * @throws CheckpointError above 4 GiB or 65534 entries
 */
export function writeZip(files: readonly ZipFile[]): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  let at = 0;
  const entries = files.map(({ name, bytes }) => {
    const encoded = encoder.encode(name);
    const header = at;
    const unpadded = header + 30 + encoded.length + 4;
    const start = Math.ceil(unpadded / alignment) * alignment;
    at = start + bytes.length;
    return { encoded, bytes, header, start, crc: crc32(bytes) };
  });
  const directory = at;
  const size = entries.reduce((sum, { encoded }) => sum + 46 + encoded.length, directory + 22);
  if (size > largestArchive || entries.length > mostEntries) {
    throw new CheckpointError(
      `a checkpoint of ${size} bytes in ${entries.length} entries is more than a zip archive holds (4 GiB, ${mostEntries}); save it as safetensors`,
    );
  }
  const archive = new Uint8Array(size);
  const view = new DataView(archive.buffer);
  at = directory;
  for (const entry of entries) {
    writeLocalHeader(view, archive, entry);
    at = writeDirectoryEntry(view, archive, entry, at);
  }
  view.setUint32(at, 0x06054b50, true);
  view.setUint16(at + 8, entries.length, true);
  view.setUint16(at + 10, entries.length, true);
  view.setUint32(at + 12, at - directory, true);
  view.setUint32(at + 16, directory, true);
  return archive;
}

interface PlacedFile {
  readonly encoded: Uint8Array;
  readonly bytes: Uint8Array;
  readonly header: number;
  readonly start: number;
  readonly crc: number;
}

function writeLocalHeader(view: DataView, archive: Uint8Array, entry: PlacedFile): void {
  const { encoded, bytes, header, start, crc } = entry;
  const extraLength = start - header - 30 - encoded.length;
  view.setUint32(header, 0x04034b50, true);
  view.setUint16(header + 4, 20, true);
  view.setUint16(header + 12, dosDate, true);
  view.setUint32(header + 14, crc, true);
  view.setUint32(header + 18, bytes.length, true);
  view.setUint32(header + 22, bytes.length, true);
  view.setUint16(header + 26, encoded.length, true);
  view.setUint16(header + 28, extraLength, true);
  archive.set(encoded, header + 30);
  // PyTorch's own padding field, "FB".
  const extra = header + 30 + encoded.length;
  view.setUint16(extra, 0x4246, true);
  view.setUint16(extra + 2, extraLength - 4, true);
  archive.set(bytes, start);
}

function writeDirectoryEntry(view: DataView, archive: Uint8Array, entry: PlacedFile, at: number): number {
  const { encoded, bytes, header, crc } = entry;
  view.setUint32(at, 0x02014b50, true);
  view.setUint16(at + 4, 20, true);
  view.setUint16(at + 6, 20, true);
  view.setUint16(at + 14, dosDate, true);
  view.setUint32(at + 16, crc, true);
  view.setUint32(at + 20, bytes.length, true);
  view.setUint32(at + 24, bytes.length, true);
  view.setUint16(at + 28, encoded.length, true);
  view.setUint32(at + 42, header, true);
  archive.set(encoded, at + 46);
  return at + 46 + encoded.length;
}
