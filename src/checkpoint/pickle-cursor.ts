import { showValue } from '../errors.js';
import { CheckpointError } from './errors.js';

/** Decimal digits, and bytes, of the longest whole number that is read: a square of its length is the work it makes. */
const longestInteger = { digits: 80, bytes: 32 };

const specialFloats: ReadonlyMap<string, number> = new Map([
  ['nan', Number.NaN],
  ['inf', Number.POSITIVE_INFINITY],
  ['-inf', Number.NEGATIVE_INFINITY],
]);

const utf8Decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Takes numbers and texts off the bytes of a pickle, one after the other, and never past their end. */
export class PickleCursor {
  protected readonly bytes: Uint8Array;
  protected readonly view: DataView;
  private readonly file: string;
  private at = 0;

  /** @param file named in errors */
  constructor(bytes: Uint8Array, file: string) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.file = file;
  }

  /** Moves on by `count` bytes and returns where they start. */
  protected skip(count: number): number {
    const from = this.at;
    if (count > this.bytes.length - from)
      this.fail(`ends after ${this.bytes.length} bytes, in the middle of an instruction`);
    this.at = from + count;
    return from;
  }

  protected uint8(): number {
    return this.bytes[this.skip(1)]!;
  }

  /** A length field; what it announces must be there before anything is made of it. */
  protected length(size: 4 | 8): number {
    const from = this.skip(size);
    const value = size === 4 ? this.view.getUint32(from, true) : Number(this.view.getBigUint64(from, true));
    if (value > this.bytes.length - this.at)
      this.fail(`announces ${value} bytes, but only ${this.bytes.length - this.at} follow`);
    return value;
  }

  protected raw(length: number): Uint8Array {
    const from = this.skip(length);
    return this.bytes.subarray(from, from + length);
  }

  protected utf8(length: number): string {
    return utf8Decoder.decode(this.raw(length));
  }

  protected latin1(length: number): string {
    const bytes = this.raw(length);
    let text = '';
    for (let at = 0; at < length; at += 4096) text += String.fromCharCode(...bytes.subarray(at, at + 4096));
    return text;
  }

  protected line(): string {
    const end = this.bytes.indexOf(0x0a, this.at);
    if (end === -1) return this.fail('ends in the middle of a line');
    const text = this.latin1(end - this.at);
    this.at = end + 1;
    return text;
  }

  /** Little-endian two's complement. */
  protected long(length: number): number | bigint {
    if (length > longestInteger.bytes) this.fail(`holds a whole number of ${length} bytes`);
    const digits = this.raw(length);
    let value = 0n;
    for (let at = length - 1; at >= 0; at--) value = (value << 8n) | BigInt(digits[at]!);
    return narrow(BigInt.asIntN(8 * length, value));
  }

  protected textInteger(text: string): number | bigint | boolean {
    if (text === '00' || text === '01') return text === '01';
    if (!/^[-+]?\d+$/.test(text) || text.length > longestInteger.digits)
      return this.fail(`holds ${showValue(text)} where a whole number belongs`);
    return narrow(BigInt(text));
  }

  protected textFloat(text: string): number {
    const special = specialFloats.get(text);
    const value = special ?? Number(text);
    if (special === undefined && (text === '' || Number.isNaN(value)))
      this.fail(`holds ${showValue(text)} where a number belongs`);
    return value;
  }

  protected quoted(text: string): string {
    const match = /^(['"])(.*)\1$/s.exec(text.trim());
    return match === null ? this.fail('holds a text without quotes') : match[2]!.replace(/\\(['"\\])/g, '$1');
  }

  protected fail(what: string): never {
    throw new CheckpointError(
      `${this.file}: the pickle ${what} (byte ${this.at}); copy the file again from where it was written`,
    );
  }
}

function narrow(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** Python's "raw-unicode-escape"; numbers beyond Unicode stay as they stand. */
export function unescapeUnicode(text: string): string {
  return text.replace(
    /\\u([0-9a-fA-F]{4})|\\U(000[0-9a-fA-F]{5}|0010[0-9a-fA-F]{4})/g,
    (_, short?: string, long?: string) => String.fromCodePoint(Number.parseInt(short ?? long ?? '', 16)),
  );
}
