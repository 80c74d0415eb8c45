import { InputError } from '../errors.js';

/**
 * Bytes that are read by range, so that a file of 30 GB costs the memory of what is asked for. In Node these are files on
 * the disk; in a browser's worker they are `File` objects, through `FileReaderSync`.
 */
export interface ByteSource {
  /** The file's path or name, for errors. */
  readonly name: string;
  /** Bytes in all, when the source was opened. */
  readonly size: number;
  /**
   * Exactly `length` bytes from `offset` on, as a fresh array or a view that nobody changes.
   * @throws InputError naming the file when the range is not there, also where the file has become shorter since it was opened
   */
  read(offset: number, length: number): Uint8Array;
}

/** Bytes that are in memory already: what is read are views on them. */
export function bytesInMemory(bytes: Uint8Array, name: string): ByteSource {
  return {
    name,
    size: bytes.length,
    read: (offset, length) => {
      checkRange(name, bytes.length, offset, length);
      return bytes.subarray(offset, offset + length);
    },
  };
}

/** @throws InputError when a range is not within the `size` bytes of a source */
export function checkRange(name: string, size: number, offset: number, length: number): void {
  if (offset >= 0 && length >= 0 && offset + length <= size) return;
  throw new InputError(
    `${name}: ${length} bytes from byte ${offset} on are not within its ${size} bytes; copy the file again`,
  );
}
