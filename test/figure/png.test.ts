import { Resvg } from '@resvg/resvg-js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Figure, figureMaker, svgOf } from '../../src/figure/dynamics.js';
import { fontFiles } from '../../src/figure/fonts.js';
import { encodePng } from '../../src/figure/png/encode.js';
import { makeTile } from '../../src/figure/png/tile.js';
import { PngRenderer, renderPng } from '../../src/figure/png.js';
import { pngChunks, readIndexedPng } from './read-png.js';
import { someCurves } from './some-curves.js';

const choice = { setting: 'some_run', rank: 10, method: 'mean', relPos: 0 } as const;

describe('encoder', () => {
  const pixelRows = fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 40 }),
    // Long runs, as figures have.
    fc
      .array(fc.tuple(fc.constantFrom(0, 1, 255), fc.integer({ min: 1, max: 700 })), {
        minLength: 1,
        maxLength: 4,
      })
      .map((runs) => Uint8Array.from(runs.flatMap(([value, length]) => Array<number>(length).fill(value)))),
  );

  test('what is encoded is decoded, whatever the pixels', () => {
    fc.assert(
      fc.property(
        fc.array(pixelRows, { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 1, max: 5 }),
        (parts, height) => {
          // Each row is the one above, shifted by its number.
          const value = (part: Uint8Array, x: number, y: number) => part[(x + y * y) % part.length]!;
          const tiles = parts.map((part) => {
            const stride = Math.ceil(part.length / 4) * 4;
            const pixels = new Uint8Array(stride * height);
            for (let y = 0; y < height; y++) {
              for (let x = 0; x < part.length; x++) pixels[y * stride + x] = value(part, x, y);
            }
            return makeTile(pixels, part.length, height, stride);
          });
          const palette = Uint8Array.from({ length: 768 }, (_, at) => at % 251);
          const read = readIndexedPng(encodePng(tiles, palette));
          expect(Buffer.compare(read.palette, palette)).toBe(0);
          const expected: number[] = [];
          for (let y = 0; y < height; y++) {
            for (const part of parts) for (let x = 0; x < part.length; x++) expected.push(value(part, x, y));
          }
          expect([...read.pixels]).toEqual(expected);
        },
      ),
    );
  });
});

describe('a figure', () => {
  const figure = figureMaker(someCurves({ heads: 2 }))(choice);
  const png = renderPng(figure);

  test('is a PNG of the notebook’s size at 200 dots an inch', () => {
    expect([...png.subarray(0, 8)]).toEqual([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
    const chunks = pngChunks(png);
    expect(chunks.map(([type]) => type)).toEqual(['IHDR', 'PLTE', 'pHYs', 'IDAT', 'IEND']);
    expect([...chunks[0]![1]]).toEqual([0, 0, 0x12, 0x9e, 0, 0, 0x04, 0x31, 8, 3, 0, 0, 0]); // 4766 by 1073, indexed
    expect([...chunks[2]![1]]).toEqual([0, 0, 0x1e, 0xc2, 0, 0, 0x1e, 0xc2, 1]); // 7874 dots a metre
  });

  test('has the same bytes from a renderer that has drawn others', () => {
    const renderer = new PngRenderer();
    renderer.render(figureMaker(someCurves({ layers: 1 }))(choice));
    expect(Buffer.compare(renderer.render(figure), png)).toBe(0);
    expect(Buffer.compare(renderer.render(figure), png)).toBe(0);
  });

  test('looks as another renderer draws the SVG', () => {
    // Only resvg kerns and joins letters, so edges of text differ.
    const { mean, far } = difference(figure);
    expect(mean).toBeLessThan(1);
    expect(far).toBeLessThan(0.005);
  });

  test('but for text, differs from it by rounding', () => {
    const panels = figure.panels.map((panel) => ({
      ...panel,
      marks: panel.marks.filter(({ kind }) => kind !== 'text'),
    }));
    const { mean, far } = difference({ ...figure, panels });
    expect(mean).toBeLessThan(0.1);
    // resvg samples coverage in steps of a quarter.
    expect(far).toBe(0);
  });
});

/** How a figure and resvg's drawing of its SVG differ: mean over pixels of 256 levels, and the share that are 80 apart. */
function difference(figure: Figure): { mean: number; far: number } {
  const { pixels } = new Resvg(svgOf(figure), {
    fitTo: { mode: 'width', value: figure.width },
    font: {
      loadSystemFonts: false,
      fontFiles: [fontFiles.regular, fontFiles.bold],
      defaultFontFamily: 'DejaVu Sans',
    },
  }).render();
  const read = readIndexedPng(renderPng(figure));
  expect(pixels.length).toBe(4 * read.width * read.height);
  let sum = 0;
  let far = 0;
  for (let at = 0; at < read.pixels.length; at++) {
    let most = 0;
    for (let channel = 0; channel < 3; channel++) {
      const own = read.palette[3 * read.pixels[at]! + channel]!;
      most = Math.max(most, Math.abs(own - pixels[4 * at + channel]!));
    }
    sum += most;
    if (most > 80) far++;
  }
  return { mean: sum / read.pixels.length, far: far / read.pixels.length };
}
