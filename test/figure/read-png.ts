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

/** Palette numbers of an indexed PNG whose rows have the filters None or Up; zlib checks the Adler-32. */
export function readIndexedPng(png: Uint8Array): {
  width: number;
  height: number;
  pixels: Uint8Array;
  palette: Uint8Array;
} {
  const chunks = new Map(pngChunks(png));
  const header = chunks.get('IHDR')!;
  const view = new DataView(header.buffer, header.byteOffset);
  const [width, height] = [view.getUint32(0), view.getUint32(4)];
  const rows = inflateSync(chunks.get('IDAT')!);
  if (rows.length !== height * (width + 1)) throw new Error(`${rows.length} bytes of pixels`);
  const pixels = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const filter = rows[y * (width + 1)];
    if (filter !== 0 && filter !== 2) throw new Error(`filter ${filter}`);
    for (let x = 0; x < width; x++) {
      const above = filter === 2 && y > 0 ? pixels[(y - 1) * width + x]! : 0;
      pixels[y * width + x] = rows[y * (width + 1) + 1 + x]! + above;
    }
  }
  return { width, height, pixels, palette: chunks.get('PLTE')! };
}
