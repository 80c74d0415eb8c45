import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeInChromium, launchChromium } from './chromium.js';
import { type GivenModel, serveGivenModel } from './given-model.js';
import { drawn, eventually, openPage } from './open-page.js';
import { summarisedHeads } from './summarised-heads.js';

const grid = { layers: 40, heads: 20 };
const total = grid.layers * grid.heads;
/** A bulk between 0.08 and 0.09 by the layer of the reader, and three strong pairs. */
const strong = new Map([
  ['2.3>20.5', 0.9],
  ['4.0>30.1', 0.7],
  ['4.0>31.7', 0.5],
]);
const nameOf = (head: number) => `${Math.floor(head / grid.heads)}.${head % grid.heads}`;
const matchOf = (writer: number, reader: number) =>
  strong.get(`${nameOf(writer)}>${nameOf(reader)}`) ??
  0.08 + Math.floor(reader / grid.heads) * 2e-4 + (writer % 7) * 1e-6;

describeInChromium('a model of so many heads that only its strongest pairs have rows', () => {
  let browser: Browser;
  let model: GivenModel;
  let page: Page;
  let faults: string[];
  beforeAll(async () => {
    browser = await launchChromium();
    model = await serveGivenModel('model', summarisedHeads(grid, matchOf, 60));
    model.change({ phase: 'done', measured: 1 });
    const opened = await openPage(browser);
    page = opened.page;
    faults = opened.faults;
    await page.goto(model.url);
    await page.locator('.atlas canvas').first().waitFor();
    await drawn(page);
  });
  afterAll(async () => {
    await browser?.close();
    await model?.close();
  });

  const box = async () => (await page.locator('.atlas canvas[role=img]').boundingBox())!;
  /** The middle of a cell, in shares of the map. */
  const cell = (writer: number, reader: number) =>
    [(writer + 0.5) / total, 1 - (reader + 0.5) / total] as const;
  const head = (name: string) => Number(name.split('.')[0]) * grid.heads + Number(name.split('.')[1]);
  /** Colours of the painted map around a place, as sums of red, green and blue: small ones are dark. */
  const colours = ([x, y]: readonly [number, number], reach = 0) =>
    page.evaluate(
      ([across, down, around]) => {
        const canvas = document.querySelector<HTMLCanvasElement>('.atlas canvas')!;
        const copy = new OffscreenCanvas(canvas.width, canvas.height);
        const ink = copy.getContext('2d', { willReadFrequently: true })!;
        ink.drawImage(canvas, 0, 0);
        const [left, top] = [Math.floor(across * canvas.width), Math.floor(down * canvas.height)];
        const side = 2 * around + 1;
        const { data } = ink.getImageData(left - around, top - around, side, side);
        return Array.from({ length: side * side }, (_, at) =>
          data[4 * at + 3] === 0 ? 765 : data[4 * at]! + data[4 * at + 1]! + data[4 * at + 2]!,
        );
      },
      [x, y, reach] as const,
    );
  const said = () => page.locator('.heads-atlas .said').innerText();

  it('says how many pairs there are, and lists the strongest', async () => {
    // 40 · 39 / 2 pairs of layers, 400 pairs of heads each.
    expect(await page.locator('#heads .lead').innerText()).toMatch(
      /312.000 pairs of a head and a later one, of which the 60 strongest have numbers of their own/,
    );
    const rows = await page
      .locator('.pair-list tbody tr')
      .evaluateAll((all) =>
        all.map((row) => (row as HTMLTableRowElement).innerText.split(/\s+/).slice(0, 3)),
      );
    expect(rows.slice(0, 3)).toEqual([
      ['2.3', '20.5', '0.900'],
      ['4.0', '30.1', '0.700'],
      ['4.0', '31.7', '0.500'],
    ]);
    expect(rows).toHaveLength(60);
  });

  it('paints the bulk in colours that can be told apart, and strong pairs so large that they are seen', async () => {
    // Three layers of readers, in the middle of a pair of layers each: rules and dots are elsewhere.
    const bulk = await Promise.all([5, 20, 38].map((layer) => colours(cell(head('3.10'), layer * 20 + 10))));
    const [low, middle, high] = bulk.map(([sum]) => sum!);
    expect(low).toBeGreaterThan(middle! + 40);
    expect(middle).toBeGreaterThan(high! + 40);
    for (const name of strong.keys()) {
      const [writer, reader] = name.split('>') as [string, string];
      const around = await colours(cell(head(writer), head(reader)), 3);
      expect(around.filter((sum) => sum < high! - 60).length).toBeGreaterThanOrEqual(6);
    }
    // Nothing below the diagonal.
    expect(await colours(cell(head('30.10'), head('10.10')))).toEqual([765]);
  });

  it('names the pair near the pointer, or what is known of the two layers there', async () => {
    const { x, y, width, height } = await box();
    const point = async ([across, down]: readonly [number, number], by = 0) =>
      page.mouse.move(x + across * width + by, y + down * height);
    await point(cell(head('4.0'), head('30.1')), 1);
    await eventually(said).toBe('4.0 → 30.1 0.700');
    await point(cell(head('3.10'), head('21.10')));
    await eventually(said).toMatch(/^layers 3 → 21 median 0\.0842, 95 % below 0\.0842, largest 0\.0842$/);
    await page.mouse.move(0, 0);
    await eventually(said).toBe('2.3 → 20.5 0.900 (chosen)');
  });

  it('goes from strong pair to strong pair with the arrow keys, and zooms in anywhere', async () => {
    await page.locator('.atlas canvas[role=img]').focus();
    await page.keyboard.press('ArrowUp');
    await eventually(said).toMatch(/^(?!2\.3 → 20\.5)\d+\.\d+ → \d+\.\d+ 0\.\d+$/);
    const { x, y, width, height } = await box();
    const [across, down] = cell(head('3.10'), head('21.10'));
    await page.mouse.dblclick(x + across * width, y + down * height);
    await page.getByRole('button', { name: 'whole model' }).click();
    await eventually(() => page.getByText('double click zooms in').count()).toBe(1);
    expect(faults).toEqual([]);
  });
});
