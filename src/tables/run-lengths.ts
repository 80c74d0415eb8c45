import type { ByteWriter } from 'hyparquet-writer';

/** Bit-packed numbers come in groups of eight, and a run shorter than a group is better off in one. */
const groupSize = 8;

/**
 * Writes small whole numbers as Parquet's hybrid of runs and bit-packed groups: what levels and dictionary indexes are
 * made of. Runs are taken as runs, so that a column of few long ones costs nothing.
 * Source: Parquet format, "Run Length Encoding / Bit-Packing Hybrid (RLE = 3)".
 */
export class RunLengthWriter {
  private readonly writer: ByteWriter;
  private readonly bitWidth: number;
  private readonly packed: number[] = [];
  private value = 0;
  private count = 0;

  /** @param bitWidth of the largest number, 1 to 24 */
  constructor(writer: ByteWriter, bitWidth: number) {
    this.writer = writer;
    this.bitWidth = bitWidth;
  }

  /** Appends `value` `count` times over. */
  add(value: number, count: number): void {
    if (count > 0 && value !== this.value) {
      this.endRun();
      this.value = value;
    }
    this.count += count;
  }

  finish(): void {
    this.endRun();
    this.endPacked();
  }

  private endRun(): void {
    const { packed } = this;
    // An open group must be filled, if not by these numbers then by the next ones.
    while (this.count > 0 && (packed.length % groupSize !== 0 || this.count < groupSize)) {
      packed.push(this.value);
      this.count--;
    }
    if (this.count === 0) return;
    this.endPacked();
    this.writer.appendVarInt(this.count << 1);
    for (let bit = 0; bit < this.bitWidth; bit += 8) this.writer.appendUint8((this.value >>> bit) & 0xff);
    this.count = 0;
  }

  private endPacked(): void {
    const { packed, bitWidth, writer } = this;
    if (packed.length === 0) return;
    while (packed.length % groupSize !== 0) packed.push(0);
    writer.appendVarInt(((packed.length / groupSize) << 1) | 1);
    let bits = 0;
    let held = 0;
    for (const number of packed) {
      bits |= number << held;
      for (held += bitWidth; held >= 8; held -= 8) {
        writer.appendUint8(bits & 0xff);
        bits >>>= 8;
      }
    }
    packed.length = 0;
  }
}
