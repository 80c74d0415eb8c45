/** Collects bits into bytes, the first bit lowest, as DEFLATE packs them. */
export class BitWriter {
  private bytes = new Uint8Array(1 << 18);
  private view = new DataView(this.bytes.buffer);
  private length = 0;
  private pending = 0;
  private pendingBits = 0;

  /** Appends up to 24 bits. */
  write(bits: number, count: number): void {
    this.reserve(1);
    this.pending |= bits << this.pendingBits;
    this.pendingBits += count;
    this.view.setUint32(this.length, this.pending, true);
    this.length += this.pendingBits >> 3;
    this.pending >>>= this.pendingBits & 24;
    this.pendingBits &= 7;
  }

  /** Appends the codes of tokens `from` up to `to`; codes have at most 24 bits. */
  writeAll(
    tokens: Uint16Array,
    from: number,
    to: number,
    codeBits: Uint32Array,
    codeLengths: Uint8Array,
  ): void {
    this.reserve(to - from);
    const { view } = this;
    let { length, pending, pendingBits } = this;
    for (let at = from; at < to; at++) {
      const token = tokens[at]!;
      pending |= codeBits[token]! << pendingBits;
      pendingBits += codeLengths[token]!;
      // Whole bytes are kept and the others overwritten by the next code: faster than a loop over bytes.
      view.setUint32(length, pending, true);
      length += pendingBits >> 3;
      pending >>>= pendingBits & 24;
      pendingBits &= 7;
    }
    this.length = length;
    this.pending = pending;
    this.pendingBits = pendingBits;
  }

  /** Fills the last byte with zero bits. */
  align(): void {
    if (this.pendingBits > 0) this.write(0, 8 - this.pendingBits);
  }

  /** The whole bytes written so far. */
  finish(): Uint8Array {
    return this.bytes.slice(0, this.length);
  }

  /** Makes room for so many codes, of at most three bytes each, and for the four bytes written at once. */
  private reserve(codes: number): void {
    const needed = this.length + 3 * codes + 4;
    if (needed <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, 2 * this.bytes.length));
    grown.set(this.bytes);
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
  }
}
