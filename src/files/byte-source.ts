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
