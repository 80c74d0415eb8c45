/** Where bytes are written to, one after the other, and those written before can be corrected. */
export interface ByteSink {
  write(bytes: Uint8Array): void;
  /** Writes over bytes that are there already, from byte `at` on. */
  rewrite(at: number, bytes: Uint8Array): void;
}

/** Bytes in memory, of a size that is known beforehand. */
export class MemorySink implements ByteSink {
  readonly bytes: Uint8Array<ArrayBuffer>;
  private length = 0;

  constructor(size: number) {
    this.bytes = new Uint8Array(size);
  }

  write(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  rewrite(at: number, bytes: Uint8Array): void {
    this.bytes.set(bytes, at);
  }
}
