import { describe, expect, test } from 'vitest';
import { svgOf } from '../../../src/figure/dynamics.js';
import type { ImageMark, TextMark } from '../../../src/figure/marks.js';
import { drawAtlas, type PairAtlas } from '../../../src/figure/model/atlas.js';
import { renderPdf } from '../../../src/figure/pdf.js';
import { renderPng } from '../../../src/figure/png.js';
import { textWidth } from '../../../src/figure/text-width.js';
import { type HeadGrid, headName, layerOfHead } from '../../../src/model/heads.js';
import { readPng } from '../read-png.js';
import { gpt2Grid, gpt2XlGrid, somePairValues } from './some-model.js';

function someAtlas(grid: HeadGrid, change: Partial<PairAtlas> = {}): PairAtlas {
  const values = somePairValues(grid, 3);
  return {
    ...{ setting: 'some model', measure: 'QK–OV match', details: 'rank 10, mean, rel_pos −1' },
    ...{ grid, values, signed: false, strongest: 'highest' },
    chance: { median: 0.41, low: 0.35, high: 0.47, share: 0.9, of: 'anti-causal pairs' },
    q: values.map((value) => Math.max(0.0001, Math.min(1, 0.8 - value))),
    ...change,
  };
}

const texts = (atlas: PairAtlas): TextMark[] =>
  drawAtlas(atlas).panels.flatMap(({ marks }) => marks.filter((mark) => mark.kind === 'text'));

// Open the snapshots in a browser: a test here is a picture.
describe('pictures', () => {
  const programs: Record<string, PairAtlas> = {
    'atlas-12x12': someAtlas(gpt2Grid),
    'atlas-2x5': someAtlas({ layers: 2, heads: 5 }),
    'atlas-signed': someAtlas(
      { layers: 4, heads: 4 },
      {
        ...{ measure: 'Diagonal z-score', signed: true },
        values: somePairValues({ layers: 4, heads: 4 }).map((value) => 6 * value - 2.4),
        ...{ chance: { median: 0, low: -0.3, high: 0.3, share: 0.9, of: 'anti-causal pairs' }, q: undefined },
      },
    ),
    'atlas-nothing': someAtlas(
      { layers: 3, heads: 2 },
      { values: new Float64Array(36).fill(Number.NaN), chance: undefined, q: undefined },
    ),
  };
  for (const [name, atlas] of Object.entries(programs)) {
    test(name, async () => {
      const svg = svgOf(drawAtlas(atlas), false);
      expect(svg.replace(/base64,[^"]*/g, '')).not.toMatch(/NaN|Infinity|undefined/);
      await expect(svg).toMatchFileSnapshot(`../snapshots/${name}.svg`);
    });
  }
});

test('every causal pair has its colour, and no other pair has any', () => {
  const grid = { layers: 3, heads: 2 };
  const values = Float64Array.from({ length: 36 }, (_, at) => at);
  const atlas = someAtlas(grid, { values });
  const image = drawAtlas(atlas).panels[0]!.marks.find((mark): mark is ImageMark => mark.kind === 'image')!;
  // Two layers that write and two that read, two heads each: cells of 100 units and a unit between layers.
  expect(image.columns).toBe(2 * 201 + 1);
  const colour = (writer: number, reader: number) => {
    const column = 100 * writer + Math.floor(writer / 2) + 1;
    const row = image.rows - (100 * (reader - 2) + Math.floor((reader - 2) / 2) + 1) - 100;
    const corners = [
      [0, 0],
      [0, 99],
      [99, 0],
      [99, 99],
    ].map(([down, right]) => image.pixels[(row + down!) * image.columns + column + right!]);
    expect(new Set(corners).size).toBe(1);
    return corners[0]!;
  };
  let before = 1;
  for (let reader = 2; reader < 6; reader++) {
    for (let writer = 0; writer < 4; writer++) {
      if (layerOfHead(grid, writer) < layerOfHead(grid, reader)) {
        // Values rise with the reader, then with the writer.
        expect(colour(writer, reader)).toBeGreaterThan(before);
        before = colour(writer, reader);
      } else expect(colour(writer, reader)).toBe(0);
    }
  }
});

test('comes as PNG with the same colours, and as PDF', async () => {
  const figure = drawAtlas(
    someAtlas({ layers: 2, heads: 2 }, { values: Float64Array.from({ length: 16 }, (_, at) => at) }),
  );
  const image = figure.panels[0]!.marks.find((mark): mark is ImageMark => mark.kind === 'image')!;
  const { width, pixels } = readPng(await renderPng(figure));
  const { x, y } = image.box;
  for (const [column, row] of [
    [20, 20],
    [180, 20],
    [20, 180],
    [180, 180],
  ] as const) {
    const at = 3 * ((y + 2 * row) * width + x + 2 * column);
    const drawn = `#${Buffer.from(pixels.subarray(at, at + 3)).toString('hex')}`;
    expect(drawn).toBe(image.colours[image.pixels[row * image.columns + column]! - 1]);
  }
  const pdf = Buffer.from(await renderPdf(figure)).toString('latin1');
  expect(pdf).toMatch(/\/Subtype \/Image/);
});

test.each([
  ['highest', 1],
  ['lowest', -1],
] as const)('the strongest pairs are named in order where the %s is strongest', (strongest, sign) => {
  const grid = { layers: 4, heads: 5 };
  const values = somePairValues(grid, 9);
  const expected: { pair: string; value: number }[] = [];
  values.forEach((value, at) => {
    const [reader, writer] = [Math.floor(at / 20), at % 20];
    if (layerOfHead(grid, writer) < layerOfHead(grid, reader)) {
      expected.push({ pair: `${headName(grid, writer)} > ${headName(grid, reader)}`, value });
    }
  });
  expected.sort((a, b) => sign * (b.value - a.value));
  const shown = texts(someAtlas(grid, { values, strongest })).map(({ content }) => content);
  expect(shown.filter((content) => /^\d+\.\d+ > \d+\.\d+$/.test(content))).toEqual(
    expected.slice(0, 12).map(({ pair }) => pair),
  );
});

test('1200 heads make an SVG that a page can hold, with all text inside of it', () => {
  const atlas = someAtlas(gpt2XlGrid);
  const figure = drawAtlas(atlas);
  expect(svgOf(figure, false).length).toBeLessThan(800_000);
  for (const { content, x, y, size, anchor, bold } of texts(atlas)) {
    const width = textWidth(content, size, bold);
    const left = x - (anchor === 'middle' ? width / 2 : anchor === 'end' ? width : 0);
    expect(left, content).toBeGreaterThanOrEqual(0);
    expect(left + width, content).toBeLessThanOrEqual(figure.width);
    expect(y, content).toBeLessThanOrEqual(figure.height);
  }
});
