import type { ByteWriter } from 'hyparquet-writer';
import { crc32 } from '../checkpoint/crc32.js';
import { InputError } from '../errors.js';

/** `BSCK`, little-endian. */
const sealMagic = 0x4b43_5342;
const sealBytes = 12;
/** Length of the metadata, and `PAR1`. */
const endBytes = 8;

/**
 * Appends a checksum of everything written so far and of the end of the file that is to follow, in a gap that no column
 * refers to: Parquet's readers, which do not look there, loop or run out of memory on many a damaged byte.
 * @param end metadata, its length, `PAR1`
 */
export function appendSeal(writer: ByteWriter, end: Uint8Array): void {
  const before = crc32(writer.getBytes());
  writer.appendUint32(sealMagic);
  writer.appendUint32(before);
  writer.appendUint32(crc32(end));
}

/**
 * Checks the seal of a file that has one; files of other tools have none.
 * @throws InputError when the bytes are not those that were written
 */
export function checkSeal(bytes: Uint8Array, file: string): void {
  const { length } = bytes;
  const view = new DataView(bytes.buffer, bytes.byteOffset, length);
  if (length < endBytes + sealBytes) return;
  const end = length - endBytes - view.getUint32(length - endBytes, true);
  const seal = end - sealBytes;
  if (seal < 0 || view.getUint32(seal, true) !== sealMagic) return;
  const sound =
    view.getUint32(seal + 4, true) === crc32(bytes.subarray(0, seal)) &&
    view.getUint32(seal + 8, true) === crc32(bytes.subarray(end));
  if (!sound) throw new InputError(`${file}: its checksum is wrong, so the file is damaged; measure again`);
}
