import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Exploring, explore } from '../../src/server/explore.js';
import { bridgescope, smallPool, smallRun } from '../cli/run.js';
import { describeInChromium, launchChromium } from './chromium.js';
import { eventually, measured, openPage, reveal } from './open-page.js';

const sweep = fileURLToPath(new URL('../../results/pool_sweep_small/measures.parquet', import.meta.url));

describeInChromium('narrow screens and print', () => {
  let folder: string;
  let browser: Browser;
  let many: Exploring;
  let two: Exploring;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'bridgescope-narrow-'));
    const options = { host: '127.0.0.1', port: 0, jobs: 1, version: '0.0.0-test' };
    [browser, many, two] = await Promise.all([
      launchChromium(),
      explore([sweep], options),
      explore([smallRun, smallPool], options),
    ]);
  });
  afterAll(async () => {
    await browser?.close();
    await many?.close();
    await two?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it.each([390, 768])('a sweep of 39 runs fits %s pixels without scrolling sideways', async (width) => {
    const { page, faults } = await openPage(browser, { viewport: { width, height: 844 } });
    await page.goto(many.url);
    await measured(page);
    for (const part of ['#over-runs', '#lab', '#provenance']) await reveal(page, part);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
    // Charts of a lab that has not begun stand as high as any.
    const heights = await page.$$eval('#lab .chart', (all) => all.map((one) => one.clientHeight));
    expect(Math.min(...heights)).toBeGreaterThan(140);
    expect(faults).toEqual([]);
    await page.context().close();
  });

  it('has a bar that folds to a line, and targets that a finger hits', async () => {
    const { page, faults } = await openPage(browser, {
      ...{ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
    });
    await page.goto(many.url);
    await measured(page);
    const bar = page.locator('.top-bar');
    expect((await bar.boundingBox())!.height).toBeLessThan(64);
    await page.getByRole('button', { name: 'Runs and controls' }).tap();
    await page.getByRole('button', { name: 'pool_size 16, 3 runs' }).waitFor();
    const small = await page.$$eval(
      '.top-bar button, .top-bar [role=spinbutton], .top-bar .switch span, summary, select',
      (all) =>
        all.flatMap((one) => {
          const { width, height } = one.getBoundingClientRect();
          const isTerm = one.matches('.term');
          return width > 0 && !isTerm && height < 43.5 ? [`${one.textContent} ${height}`] : [];
        }),
    );
    expect(small).toEqual([]);
    await page.getByRole('button', { name: 'pool_size 16, 3 runs' }).tap();
    await eventually(() => page.locator('.readout tbody tr').count()).toBe(12);
    await page.getByRole('button', { name: 'Runs and controls' }).tap();
    expect((await bar.boundingBox())!.height).toBeLessThan(64);
    expect(faults).toEqual([]);
    await page.context().close();
  });

  const pagesOf = (pdf: Buffer) => pdf.toString('latin1').match(/\/Type\s*\/Page\b(?!s)/g)!.length;

  it('prints the page of the server as the report of the same runs prints', async () => {
    const out = join(folder, 'two.html');
    expect((await bridgescope('report', smallRun, smallPool, '--out', out, '--quiet')).status).toBe(0);
    const { page: report } = await openPage(browser, { offline: true });
    await report.goto(`file://${out}`);
    const expected = await report.locator('main.static .sheet').allInnerTexts();
    const printed = pagesOf(await report.pdf({ preferCSSPageSize: true }));
    expect(printed).toBe(3);
    await report.context().close();

    const { page, faults } = await openPage(browser);
    await page.goto(two.url);
    await measured(page);
    await page.waitForFunction(() => !document.querySelector('.run-status'));
    const sheet = () =>
      page.evaluate(() => {
        dispatchEvent(new Event('beforeprint'));
        const found = [...document.querySelectorAll<HTMLElement>('main.static .sheet')].map(
          (one) => one.innerText,
        );
        dispatchEvent(new Event('afterprint'));
        return found;
      });
    await eventually(async () => (await sheet()).length).toBe(expected.length);
    const words = (texts: readonly string[]) => texts.join(' ').replace(/\s+/g, ' ');
    const numbers = (text: string) => text.match(/\b\d\.\d{3}\b/g)!.length;
    expect(numbers(words(await sheet()))).toBe(numbers(words(expected)));
    expect(pagesOf(await page.pdf({ preferCSSPageSize: true }))).toBe(printed);
    expect(await page.locator('main.static').count()).toBe(0);
    expect(faults).toEqual([]);
    await page.context().close();
  });

  it('prints three runs on three pages, none of them empty, and is dark without a script', async () => {
    const out = join(folder, 'three.html');
    const runs = [smallRun, smallPool, `again=${smallPool}`];
    expect((await bridgescope('report', ...runs, '--out', out, '--quiet')).status).toBe(0);
    const { page } = await openPage(browser, { offline: true });
    await page.goto(`file://${out}`);
    expect(pagesOf(await page.pdf({ preferCSSPageSize: true }))).toBe(3);
    await page.context().close();
    const { page: dark } = await openPage(browser, { javaScriptEnabled: false, colorScheme: 'dark' });
    await dark.goto(`file://${out}`);
    const colours = await dark.evaluate(() => {
      const line = document.querySelector('.static-figure svg rect')!;
      return [document.documentElement, document.querySelector('.static h1')!, line].map(
        (one, at) => getComputedStyle(one)[at === 0 ? 'backgroundColor' : at === 1 ? 'color' : 'fill'],
      );
    });
    const light = colours.map((colour) => Math.max(...colour.match(/\d+/g)!.slice(0, 3).map(Number)));
    expect(light[0]).toBeLessThan(60);
    expect(light[1]).toBeGreaterThan(200);
    expect(light[2]).toBeLessThan(60);
    await dark.context().close();
  });
});
