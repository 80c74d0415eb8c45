import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { tableMetadata } from '../../src/tables/meta.js';
import { saveTable } from '../../src/tables/save.js';
import { bridgescope, goldenRuns, smallRun } from '../cli/run.js';
import { describeInChromium, launchChromium } from './chromium.js';
import { seriousFaults } from './faults.js';
import { drawn, eventually, openPage } from './open-page.js';
import { someHeads } from './some-heads.js';

/** Pair 1.2 > 3.1 stands out by its match, 0.3 > 2.0 by its z-score. */
const layers = 4;
const heads = 4;
const model = {
  layers,
  heads,
  match: (writer: number, reader: number, step: number) =>
    writer === 6 && reader === 13 ? 0.9 : 0.2 + (writer * 16 + reader) / 2000 + (step || 0) * 1e-4,
  zScore: (writer: number, reader: number) => (writer === 3 && reader === 8 ? 4.5 : (writer - reader) / 10),
  q: (writer: number, reader: number) => (writer === 6 && reader === 13 ? 0.004 : 0.8),
  induction: (head: number) => (head === 13 ? 0.77 : 0.01 * head),
};

describeInChromium('a model of many heads', () => {
  let browser: Browser;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'many heads '));
    browser = await launchChromium();
    for (const [name, steps] of [
      ['single', null],
      ['series', [0, 100, 200]],
    ] as const) {
      const table = someHeads({ ...model, steps });
      saveTable(table, tableMetadata('test', {}), join(folder, name), ['parquet']);
      const { status, stderr } = await bridgescope(
        ...[
          'report',
          join(folder, name, 'measures.parquet'),
          '--out',
          join(folder, `${name}.html`),
          '--quiet',
        ],
      );
      expect([status, stderr]).toEqual([0, '']);
    }
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const rowsOf = (page: Page) =>
    page
      .locator('.pair-list tbody tr')
      .evaluateAll((rows) =>
        rows.map((row) => [...(row as HTMLTableRowElement).cells].map((c) => c.innerText)),
      );

  it('opens with its heads: the strongest pair is chosen in list, grid, atlas and numbers alike', async () => {
    const { page, faults } = await openPage(browser);
    await page.goto(`file://${join(folder, 'single.html')}`);
    await page.locator('.atlas canvas').first().waitFor();
    // A single model has no panels over training.
    expect(await page.locator('#timeline').count()).toBe(0);
    const rows = await rowsOf(page);
    expect(rows).toHaveLength(96);
    expect(rows[0]).toEqual(['1.2', '3.1', '0.900', '0.0040']);
    // The second strongest: writer 2.3 (11) and reader 3.3 (15).
    expect(rows[1]?.slice(0, 2)).toEqual(['2.3', '3.3']);
    expect(await page.locator('.pair-list tr[aria-selected="true"] td').first().innerText()).toBe('1.2');
    expect(await page.locator('.pair-numbers h3').innerText()).toBe('Head 3.1 reads head 1.2');
    expect(await page.locator('.head-cell.marked').count()).toBe(2);
    expect(await page.locator('.head-cell.marked').nth(1).getAttribute('title')).toBe('head 3.1: 0.900');

    // Another measure finds another pair, and an address holds it all.
    await page.locator('.heads-controls select').selectOption('z_score');
    await drawn(page);
    expect((await rowsOf(page))[0]?.slice(0, 3)).toEqual(['0.3', '2.0', '4.50']);
    await page.locator('.pair-list button.pair').first().click();
    await eventually(() => new URL(page.url()).hash).toContain('pair=0.3%3E2.0');
    expect(new URL(page.url()).hash).toContain('pairs=z_score');
    await page.reload();
    await page.locator('.atlas canvas').first().waitFor();
    expect(await page.locator('.pair-numbers h3').innerText()).toBe('Head 2.0 reads head 0.3');
    expect(faults).toEqual([]);
    await page.context().close();
  });

  it('filters by layer, head and value, and says how many pairs are left', async () => {
    const { page } = await openPage(browser);
    await page.goto(`file://${join(folder, 'single.html')}#writes=1&reads=3.1`);
    await page.locator('.pair-list tbody tr').first().waitFor();
    expect((await rowsOf(page)).map((row) => row[0])).toEqual(['1.2', '1.3', '1.1', '1.0']);
    await page.getByLabel('at least').fill('0.5');
    await drawn(page);
    expect(await rowsOf(page)).toHaveLength(1);
    expect(await page.locator('.heads-list figcaption p').innerText()).toBe('1 of 96');
    await page.getByLabel('at least').fill('2');
    await drawn(page);
    expect(await page.locator('.pair-list').innerText()).toContain('no pair is left');
    await page.context().close();
  });

  it('says at which rank and position pairs were measured, where others were chosen elsewhere', async () => {
    const { page } = await openPage(browser);
    await page.goto(`file://${join(folder, 'single.html')}#rank=7&t=-3`);
    const chosen = (name: string) => page.getByRole('spinbutton', { name }).textContent();
    await eventually(() => chosen('rank of the pairs')).toBe('5');
    await eventually(() => chosen('relative position of the pairs')).toBe('0');
    await page.context().close();
  });

  it('colours heads by what they do, and names a pair below the pointer', async () => {
    const { page } = await openPage(browser);
    await page.goto(`file://${join(folder, 'single.html')}#colour=induction`);
    await page.locator('.head-cell').first().waitFor();
    expect(await page.locator('[data-head="13"]').getAttribute('title')).toBe('head 3.1: 0.770');
    const map = page.locator('.atlas canvas[role=img]');
    const box = (await map.boundingBox())!;
    // Writer 1.2 is head 6 from the left, reader 3.1 head 13 from below.
    await page.mouse.move(box.x + (6.5 / 16) * box.width, box.y + ((15 - 13 + 0.5) / 16) * box.height);
    await eventually(() => page.locator('.heads-atlas .said').innerText()).toBe('1.2 → 3.1 0.900');
    await page.mouse.move(0, 0);
    // From the chosen pair the arrow keys go to its neighbours, without moving the page's step.
    await map.focus();
    await page.keyboard.press('ArrowRight');
    await eventually(() => page.locator('.heads-atlas .said').innerText()).toMatch(/^1\.3 → 3\.1/);
    await page.context().close();
  });

  it('follows the step of a series', async () => {
    const { page, faults } = await openPage(browser);
    await page.goto(`file://${join(folder, 'series.html')}#step=0`);
    await page.locator('.pair-list tbody tr').first().waitFor();
    const weakest = async () => (await rowsOf(page)).at(-1);
    expect((await weakest())?.slice(0, 3)).toEqual(['0.0', '1.0', '0.202']);
    await page.keyboard.press('End');
    await eventually(weakest).toEqual(['0.0', '1.0', '0.222', '0.80']);
    expect(faults).toEqual([]);
    await page.context().close();
  });

  it('is of the run that has many heads, whichever is in focus', async () => {
    const out = join(folder, 'mixed.html');
    const deep = `deep=${goldenRuns}/four_layers_four_heads`;
    const { status } = await bridgescope('report', smallRun, deep, '--out', out, '--quiet');
    expect(status).toBe(0);
    const { page, faults } = await openPage(browser);
    const lead = page.locator('#heads .lead');
    // This run was saved at step 10 alone; its heads are narrower than the usual ranks.
    await page.goto(`file://${out}#run=small_run&step=10&pairs=z_score`);
    await eventually(() => lead.innerText()).toMatch(/^deep: 4 layers of 4 heads, 96 pairs/);
    expect(await rowsOf(page)).toHaveLength(96);
    await page.goto(`file://${out}#run=small_run&step=1200`);
    await eventually(() => lead.innerText()).toMatch(/^deep: .* was not measured at this step\.$/);
    expect(faults).toEqual([]);
    await page.context().close();
  });

  it('fits a phone, and has no serious fault of accessibility', async () => {
    const { page } = await openPage(browser, { viewport: { width: 390, height: 844 }, bypassCSP: true });
    await page.goto(`file://${join(folder, 'single.html')}`);
    await page.locator('.atlas canvas').first().waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    expect(await seriousFaults(page, '#heads')).toEqual([]);
    await page.context().close();
  });
});
