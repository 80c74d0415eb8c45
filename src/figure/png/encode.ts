import { crc32 } from 'node:zlib';
import { BitWriter } from './bit-writer.js';
import { type PrefixCode, prefixCode } from './huffman.js';
import { adlerModulus, runLength, type Tile, tokenCount } from './tile.js';

const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const indexedColour = 3;
const filterUp = 2;
const metreInInches = 39.37;

/**
 * An indexed PNG of tiles side by side, 200 dots an inch. Its pixels are one DEFLATE block whose code fits all tiles.
 * @param tiles of equal height
 * @param palette at most 256 colours, three bytes each
 * Source: PNG specification (W3C, third edition); RFC 1950 and 1951.
 */
export function encodePng(tiles: readonly Tile[], palette: Uint8Array): Uint8Array {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(
    0,
    tiles.reduce((sum, { width }) => sum + width, 0),
  );
  view.setUint32(4, tiles[0]!.height);
  header.set([8, indexedColour, 0, 0, 0], 8);
  const density = new Uint8Array(9);
  new DataView(density.buffer).setUint32(0, Math.round(200 * metreInInches));
  density.copyWithin(4, 0, 4);
  density[8] = 1;
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('PLTE', palette),
    chunk('pHYs', density),
    chunk('IDAT', compress(tiles)),
    chunk('IEND', new Uint8Array(0)),
  ]);
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set(Buffer.from(type, 'latin1'), 4);
  bytes.set(data, 8);
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)));
  return bytes;
}

const endOfBlock = 256;
const symbolCount = 286;

/** The symbol and the extra bits of a run's length. Source: RFC 1951 section 3.2.5. */
interface LengthCode {
  readonly symbol: number;
  readonly extra: number;
  readonly extraBits: number;
}

function lengthCode(length: number): LengthCode {
  if (length === 258) return { symbol: 285, extra: 0, extraBits: 0 };
  let symbol = 257;
  let base = 3;
  for (;;) {
    const extraBits = symbol < 265 ? 0 : (symbol - 261) >> 2;
    if (length < base + 2 ** extraBits) return { symbol, extra: length - base, extraBits };
    base += 2 ** extraBits;
    symbol++;
  }
}

const lengthCodes = Array.from({ length: tokenCount }, (_, token) =>
  runLength(token) === 0 ? undefined : lengthCode(runLength(token)),
);

function compress(tiles: readonly Tile[]): Uint8Array {
  const { height } = tiles[0]!;
  const counts = new Uint32Array(symbolCount);
  counts[endOfBlock] = 1;
  counts[filterUp]! += height;
  for (const tile of tiles) {
    tile.counts.forEach((count, token) => {
      counts[lengthCodes[token]?.symbol ?? token]! += count;
    });
  }
  const code = prefixCode(counts, 15);

  const out = new BitWriter();
  out.write(0x0178, 16); // zlib: DEFLATE with a window of 32 KiB, fastest
  out.write(0b101, 3); // the last block, with a code of its own
  writeCode(out, code);
  writeRows(out, tiles, code, height);
  out.write(code.bits[endOfBlock]!, code.lengths[endOfBlock]!);
  out.align();
  const sum = adler32(tiles, height);
  for (const shift of [24, 16, 8, 0]) out.write((sum >>> shift) & 0xff, 8);
  return out.finish();
}

/** The order in which DEFLATE lists the lengths of the code for code lengths. */
const lengthOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

function writeCode(out: BitWriter, { lengths }: PrefixCode): void {
  // One distance is in use, 1, and its code takes one bit.
  const all = [...lengths, 1];
  const counts = new Uint32Array(19);
  for (const length of all) counts[length]!++;
  const ofLengths = prefixCode(counts, 7);
  out.write(symbolCount - 257, 5);
  out.write(0, 5);
  out.write(lengthOrder.length - 4, 4);
  for (const length of lengthOrder) out.write(ofLengths.lengths[length]!, 3);
  for (const length of all) out.write(ofLengths.bits[length]!, ofLengths.lengths[length]!);
}

function writeRows(
  out: BitWriter,
  tiles: readonly Tile[],
  { lengths, bits }: PrefixCode,
  height: number,
): void {
  // A run is its length's code, the extra bits, and a zero bit for distance 1: 21 bits at most.
  const tokenBits = new Uint32Array(tokenCount);
  const tokenLengths = new Uint8Array(tokenCount);
  for (let token = 0; token < tokenCount; token++) {
    const { symbol, extra, extraBits } = lengthCodes[token] ?? { symbol: token, extra: 0, extraBits: -1 };
    tokenBits[token] = bits[symbol]! | (extra << lengths[symbol]!);
    tokenLengths[token] = lengths[symbol]! + extraBits + 1;
  }
  for (let row = 0; row < height; row++) {
    out.write(tokenBits[filterUp]!, tokenLengths[filterUp]!);
    for (const tile of tiles) {
      out.writeAll(tile.tokens, tile.rows[row]!, tile.rows[row + 1]!, tokenBits, tokenLengths);
    }
  }
}

/** Adler-32 of all rows, each after its filter byte, from the sums of their parts. */
function adler32(tiles: readonly Tile[], height: number): number {
  let a = 1;
  let b = 0;
  for (let row = 0; row < height; row++) {
    a = (a + filterUp) % adlerModulus;
    b = (b + a) % adlerModulus;
    for (const { width, sums } of tiles) {
      b = (b + width * a + sums[2 * row + 1]!) % adlerModulus;
      a = (a + sums[2 * row]!) % adlerModulus;
    }
  }
  return b * 65536 + a;
}
