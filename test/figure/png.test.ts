import { Resvg } from '@resvg/resvg-js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { figureMaker, svgOf } from '../../src/figure/dynamics.js';
import { fontFiles } from '../../src/figure/fonts.js';
import { PngEncoder } from '../../src/figure/png/encode.js';
import { blankPanel, differencesOf, paintPanel } from '../../src/figure/png/panel-pixels.js';
import { PngRenderer, renderPng } from '../../src/figure/png.js';
import { pngChunks, readPng } from './read-png.js';
import { someCurves } from './some-curves.js';

const choice = { setting: 'some_run', rank: 10, method: 'mean', relPos: 0 } as const;

describe('encoder', () => {
  const width = fc.integer({ min: 1, max: 9 });

  test('what is encoded is decoded, whatever the pixels, by an encoder that has encoded others', () => {
    const encoder = new PngEncoder();
    fc.assert(
      fc.property(
        fc.array(fc.tuple(width, fc.infiniteStream(fc.constantFrom(0, 0, 1, 254, 255))), {
          minLength: 1,
          maxLength: 3,
        }),
        fc.integer({ min: 1, max: 5 }),
        (parts, height) => {
          const panels = parts.map(([width, stream]) => {
            const pixels = new Uint8Array(4 * width * height);
            for (let at = 0; at < pixels.length; at++) {
              pixels[at] = at % 4 === 3 ? 255 : (stream.next().value ?? 0);
            }
            return { width, pixels };
          });
          const expected: number[] = [];
          for (let y = 0; y < height; y++) {
            for (const { width, pixels } of panels) {
              for (let x = 0; x < width; x++) {
                for (let channel = 0; channel < 3; channel++) {
                  expected.push(pixels[4 * (y * width + x) + channel]!);
                }
              }
            }
          }
          const read = readPng(
            encoder.encode(panels.map(({ width, pixels }) => differencesOf(pixels, width, height))),
          );
          expect([...read.pixels]).toEqual(expected);
        },
      ),
    );
  });

  test('a blank panel is white', () => {
    expect([...readPng(new PngEncoder().encode([blankPanel(2, 3)])).pixels]).toEqual(Array(18).fill(255));
  });
});

describe('a figure', async () => {
  const figure = figureMaker(someCurves({ heads: 2 }))(choice);
  const png = await renderPng(figure);

  test('is a PNG of the notebook’s size at 200 dots an inch', () => {
    expect([...png.subarray(0, 8)]).toEqual([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
    const chunks = pngChunks(png);
    expect(chunks.map(([type]) => type)).toEqual(['IHDR', 'pHYs', 'IDAT', 'IEND']);
    expect([...chunks[0]![1]]).toEqual([0, 0, 0x12, 0x9e, 0, 0, 0x04, 0x31, 8, 2, 0, 0, 0]); // 4766 by 1073
    expect([...chunks[1]![1]]).toEqual([0, 0, 0x1e, 0xc2, 0, 0, 0x1e, 0xc2, 1]); // 7874 dots a metre
  });

  test('has the same bytes from a renderer that has drawn others', async () => {
    const renderer = new PngRenderer();
    await renderer.render(figureMaker(someCurves({ layers: 1 }))(choice));
    expect(Buffer.compare(await renderer.render(figure), png)).toBe(0);
    expect(Buffer.compare(await renderer.render(figure), png)).toBe(0);
  });

  test('put together from panels is the picture of its SVG', () => {
    const { width, height, pixels } = readPng(png);
    const inches = / width="[^"]*in" height="[^"]*in"/;
    expect(svgOf(figure)).toMatch(inches);
    const whole = new Resvg(svgOf(figure).replace(inches, ` width="${width}" height="${height}"`), {
      font: {
        loadSystemFonts: false,
        fontFiles: [fontFiles.regular, fontFiles.bold],
        defaultFontFamily: 'DejaVu Sans',
      },
    }).render();
    expect([whole.width, whole.height]).toEqual([width, height]);
    const expected = new Uint8Array(pixels.length);
    whole.pixels.forEach((value, at) => {
      if (at % 4 !== 3) expected[3 * (at >> 2) + (at % 4)] = value;
    });
    let most = 0;
    let differ = 0;
    pixels.forEach((value, at) => {
      const far = Math.abs(value - expected[at]!);
      most = Math.max(most, far);
      if (far > 0) differ++;
    });
    // resvg computes in float32 and samples an edge in sixteen steps: at other places it rounds otherwise.
    expect(most).toBeLessThanOrEqual(16);
    expect(differ).toBeLessThan(1e-4 * pixels.length);
  });

  test('shares its panels with others: each different one is painted once', async () => {
    let painted = 0;
    const renderer = new PngRenderer((...panel) => {
      painted++;
      return paintPanel(...panel);
    });
    const make = figureMaker(someCurves());
    await renderer.render(make({ ...choice, rank: 5 }));
    expect(painted).toBe(5);
    await renderer.render(make({ ...choice, rank: 10 }));
    // The errors, the z-score and the mismatch depend on no rank.
    expect(painted).toBe(7);
  });
});
