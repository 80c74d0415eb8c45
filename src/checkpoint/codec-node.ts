import zlib from 'node:zlib';
import type { Codec } from './codec.js';

/** Node's own zlib: several times faster than JavaScript. */
export const nodeCodec: Codec = {
  crc32: zlib.crc32,
  inflate: (bytes, size) => zlib.inflateRawSync(bytes, { maxOutputLength: Math.max(1, size) }),
};
