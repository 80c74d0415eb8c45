import { crc32, inflateSync } from 'node:zlib';

/** Chunks of a PNG by type, in order; every CRC is checked. */
export function pngChunks(png: Uint8Array): [string, Uint8Array][] {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  const chunks: [string, Uint8Array][] = [];
  for (let at = 8; at < png.length; ) {
    const length = view.getUint32(at);
    const type = Buffer.from(png.subarray(at + 4, at + 8)).toString('latin1');
    if (view.getUint32(at + 8 + length) !== crc32(png.subarray(at + 4, at + 8 + length))) {
      throw new Error(`wrong CRC of ${type}`);
    }
    chunks.push([type, png.subarray(at + 8, at + 8 + length)]);
    at += 12 + length;
  }
  return chunks;
}

/** Pixels of a PNG of 8-bit red, green and blue whose rows have the filter Up; zlib checks the Adler-32. */
export function readPng(png: Uint8Array): { width: number; height: number; pixels: Uint8Array } {
  const chunks = new Map(pngChunks(png));
  const header = chunks.get('IHDR')!;
  const view = new DataView(header.buffer, header.byteOffset);
  const [width, height] = [view.getUint32(0), view.getUint32(4)];
  const rows = inflateSync(chunks.get('IDAT')!);
  const length = 3 * width;
  if (rows.length !== height * (length + 1)) throw new Error(`${rows.length} bytes of pixels`);
  const pixels = new Uint8Array(length * height);
  for (let y = 0; y < height; y++) {
    const filter = rows[y * (length + 1)];
    if (filter !== 2) throw new Error(`filter ${filter}`);
    for (let x = 0; x < length; x++) {
      const above = y > 0 ? pixels[(y - 1) * length + x]! : 0;
      pixels[y * length + x] = rows[y * (length + 1) + 1 + x]! + above;
    }
  }
  return { width, height, pixels };
}
