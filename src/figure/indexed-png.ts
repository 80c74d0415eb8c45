import { zlibSync } from 'fflate';
import { crc32 } from '../checkpoint/crc32.js';
import type { ImageMark } from './marks.js';

const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const indexedColour = 3;

/**
 * A picture of numbered colours as a PNG for SVG and PDF to hold, made without Node, so that browsers can make it too.
 * Source: PNG specification (W3C, third edition).
 */
export function indexedPng({ columns, rows, pixels, colours }: ImageMark): Uint8Array {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, columns);
  view.setUint32(4, rows);
  header.set([8, indexedColour, 0, 0, 0], 8);
  const palette = Uint8Array.from([
    ...[255, 255, 255],
    ...colours.flatMap((colour) => [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16))),
  ]);
  const lines = new Uint8Array(rows * (columns + 1));
  for (let row = 0; row < rows; row++) {
    lines.set(pixels.subarray(row * columns, (row + 1) * columns), row * (columns + 1) + 1);
  }
  return joined([
    signature,
    chunk('IHDR', header),
    chunk('PLTE', palette),
    chunk('tRNS', Uint8Array.of(0)),
    chunk('IDAT', zlibSync(lines, { level: 6, mem: 8 })),
    chunk('IEND', new Uint8Array(0)),
  ]);
}

/** The same as text that can stand in an attribute. */
export function pngDataUri(image: ImageMark): string {
  const bytes = indexedPng(image);
  let text = '';
  // Arguments of one call must be few enough for the stack.
  for (let at = 0; at < bytes.length; at += 0x2000) {
    text += String.fromCharCode(...bytes.subarray(at, at + 0x2000));
  }
  return `data:image/png;base64,${btoa(text)}`;
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set(
    Uint8Array.from(type, (character) => character.charCodeAt(0)),
    4,
  );
  bytes.set(data, 8);
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)));
  return bytes;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
