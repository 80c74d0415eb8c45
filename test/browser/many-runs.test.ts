import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Curves, curvesOf } from '../../src/series/curves.js';
import { openTable } from '../../src/tables/save.js';
import { describeInChromium } from './chromium.js';
import { drawnText } from './drawn-text.js';
import { eventually, measured } from './open-page.js';
import { openServedPage, type ServedPage } from './served-page.js';

const sweep = fileURLToPath(new URL('../../results/pool_sweep_small/measures.parquet', import.meta.url));

describeInChromium('a sweep of 39 runs', () => {
  let opened: ServedPage;
  let page: Page;
  /** The same numbers by another way. */
  let curves: Curves;

  beforeAll(async () => {
    opened = await openServedPage([sweep], { hash: 'step=3000', viewport: { width: 1280, height: 800 } });
    page = opened.page;
    curves = curvesOf((await openTable(sweep)).table);
    await measured(page);
    await page.waitForFunction(
      () =>
        document.querySelectorAll('.readout tbody tr').length === 13 &&
        // Rows are there before their values.
        [...document.querySelectorAll('.readout tbody tr')].every((row) =>
          /\d/.test(row.children[3]?.textContent ?? ''),
        ),
    );
  });
  afterAll(async () => {
    await opened?.close();
  });

  const rows = () =>
    page.$$eval('.readout tbody tr', (all) =>
      all.map((row) => [...row.children].map((cell) => (cell.textContent ?? '').replaceAll('\u202f', ' '))),
    );
  const seeds = (pool: number) =>
    [1, 2, 3].map((seed) => {
      const key = {
        setting: `pool_size_${pool}-seed_${seed}`,
        measure: 'z_score',
        of: '0.0>1.0',
        rel_pos: 0,
      };
      const curve = curves.find(key)!;
      return curve.values[curve.steps.indexOf(3000)]!;
    });
  const middle = (values: number[]) => [...values].sort((a, b) => a - b)[1]!;

  it('is grouped by pool size, a colour each, in the bar and in the table of medians', async () => {
    const colours = await page.$$eval('.chip .swatch', (all) =>
      all.map((one) => getComputedStyle(one).backgroundColor),
    );
    expect(colours).toHaveLength(13);
    expect(new Set(colours).size).toBe(13);
    const table = await rows();
    expect(table.map(([name]) => name)).toEqual(
      [16, 32, 64, 128, 192, 256, 288, 320, 384, 512, 768, '1 024', '∞']
        .map((pool) => ` pool_size ${pool} median of 3`)
        .map((name) => name.trim()),
    );
    for (const [at, pool] of [16, 288, 512].entries()) {
      const row = table[[0, 6, 9][at]!]!;
      expect(Number(row[3]!.replace('−', '-'))).toBeCloseTo(middle(seeds(pool)), 2);
    }
    // Where runs cross half: of the larger pools all, of the smallest none.
    expect(table[0]![7]).toBe('– (0 of 3)');
    expect(table[9]![7]).toMatch(/^\d[\d ]* \(3 of 3\)$/);
  });

  it('sorts by a column, and opens a group into its runs', async () => {
    await page.getByRole('button', { name: 'z-score', exact: true }).click();
    const values = (await rows()).map((row) => Number(row[3]!.replace('−', '-')));
    expect(values).toEqual([...values].sort((a, b) => b - a));
    expect(values[0]).not.toBe(values.at(-1));
    await page
      .getByRole('button', { name: /pool_size 512/ })
      .and(page.locator('.group'))
      .click();
    const members = (await rows()).filter(([name]) => name!.startsWith('pool_size_512-seed'));
    expect(members.map((row) => Number(row[3]))).toEqual(
      seeds(512)
        .sort((a, b) => b - a)
        .map((value) => expect.closeTo(value, 2)),
    );
    await page.locator('.group[aria-expanded=true]').click();
  });

  it('has labels where their values are, and leaves out those without room', async () => {
    for (const panel of ['errors', 'z_score', 'wte_ov_match']) {
      const drawn = await drawnText(page, panel);
      const ticks = drawn.filter(({ text, align }) => align === 'right' && /^−?\d/.test(text));
      const numberOf = (text: string) => Number(text.replace('−', '-'));
      const [low, high] = [ticks[0]!, ticks.at(-1)!];
      const heightOf = (value: number) =>
        low.y +
        ((value - numberOf(low.text)) / (numberOf(high.text) - numberOf(low.text))) * (high.y - low.y);
      const labels = drawn.filter(
        ({ text, align }) => align === 'left' && /^(\d+ (\d{3} )?|∞ )?−?\d\.\d+$/.test(text),
      );
      expect(labels.length, panel).toBeGreaterThan(2);
      const heights = labels.map(({ y }) => y).sort((a, b) => a - b);
      for (const { text, y } of labels)
        expect(Math.abs(y - heightOf(numberOf(text.split(' ').at(-1)!))), `${panel} ${text}`).toBeLessThan(
          13,
        );
      for (const [at, y] of heights.entries()) if (at > 0) expect(y - heights[at - 1]!).toBeGreaterThan(13);
    }
  });

  it('names the line that the pointer is on, one of many', async () => {
    const chart = page.locator('[data-panel=z_score] .chart');
    await chart.scrollIntoViewIfNeeded();
    const box = (await chart.boundingBox())!;
    const names = new Set<string>();
    for (let y = 20; y < box.height - 25; y += 9) {
      await page.mouse.move(box.x + 200, box.y + y);
      for (const { text } of await drawnText(page, 'z_score'))
        if (/^(pool_size_\d+-seed_\d|median of 3) −?\d/.test(text)) names.add(text);
    }
    expect(names.size).toBeGreaterThan(1);
    await page.mouse.move(5, 5);
  });

  it('switches a group off and on by its chip, and keeps the colours of the others', async () => {
    const colour = (label: string) =>
      page
        .locator('.readout tr', { hasText: `pool_size ${label} ` })
        .locator('.swatch')
        .evaluate((one) => getComputedStyle(one).backgroundColor);
    const before = await colour('512');
    await page.getByRole('button', { name: 'pool_size 16, 3 runs' }).click();
    await eventually(async () => (await rows()).length).toBe(12);
    expect(await colour('512')).toBe(before);
    await page.getByRole('button', { name: 'pool_size 16, 3 runs' }).click();
    await eventually(async () => (await rows()).length).toBe(13);
    expect(opened.faults).toEqual([]);
  });
});
