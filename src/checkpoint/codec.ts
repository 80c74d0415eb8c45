import { inflateSync } from 'fflate';
import { crc32 } from './crc32.js';

/** Checksums and decompression; Node has faster ones than a browser. */
export interface Codec {
  /** CRC-32 as in zip; `before` is that of the bytes before these, 0 for none. */
  crc32(bytes: Uint8Array, before?: number): number;
  /** Raw deflate; must not return more than `size` bytes, and throws on malformed data. */
  inflate(bytes: Uint8Array, size: number): Uint8Array;
}

/** Plain JavaScript, for everywhere. */
export const portableCodec: Codec = {
  crc32,
  inflate: (bytes, size) => inflateSync(bytes, { out: new Uint8Array(size) }),
};
