import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Exploring, explore } from '../../src/server/explore.js';
import { smallPool, smallRun } from '../cli/run.js';
import { bytesOf, describeInChromium, launchChromium } from './chromium.js';
import { drawn, eventually, measured, openPage, reveal, type Watched } from './open-page.js';

describeInChromium('files of what is seen', () => {
  let browser: Browser;
  let served: Exploring;
  let watched: Watched;
  let page: Page;

  beforeAll(async () => {
    const options = { host: '127.0.0.1', port: 0, jobs: 1, version: '0.0.0-test' };
    [browser, served] = await Promise.all([launchChromium(), explore([smallRun, smallPool], options)]);
    watched = await openPage(browser, { permissions: ['clipboard-read', 'clipboard-write'] });
    page = watched.page;
    await page.goto(`${served.url}#step=1200`);
    await measured(page);
  });
  afterAll(async () => {
    await browser?.close();
    await served?.close();
  });

  /** The file that a figure's arrow makes. */
  const saved = async (figure: string, kind: 'SVG' | 'PNG' | 'CSV'): Promise<Buffer> => {
    const menu = page.locator(`${figure} .save`).first();
    await menu.locator('summary').click();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      menu.getByRole('button', { name: kind, exact: true }).click(),
    ]);
    expect(download.suggestedFilename()).toMatch(new RegExp(`^[\\w.\\-–]+\\.${kind.toLowerCase()}$`));
    return bytesOf(download);
  };
  const lines = (csv: Buffer) => csv.toString().trim().split('\n');
  /** Places of a line's points in a saved chart, which has the axis and the colours of the page. */
  const points = (svg: string, colour: string) =>
    [...svg.matchAll(/<path d="([^"]+)" fill="none" stroke="([^"]+)"/g)]
      .filter(([, , stroke]) => stroke === colour)
      .map(([, path]) => path!)
      .sort((a, b) => b.length - a.length)[0] ?? '';

  it('saves a chart with the axis, the zoom and the values at line ends that it has', async () => {
    const log = (await saved('[data-panel=z_score]', 'SVG')).toString();
    const texts = (svg: string) => [...svg.matchAll(/>([^<]+)<\/text>/g)].map(([, text]) => text!);
    expect(texts(log)).toContain('Does like attend to like?');
    expect(texts(log)).toContain('run 1.89');
    expect(texts(log)).toContain('pool 0.0906');
    expect(texts(log).some((text) => text.endsWith('t = 0'))).toBe(true);
    // Of run 2, in its colour: every checkpoint has a point.
    expect(points(log, '#d55e00').match(/L/g)?.length).toBeGreaterThanOrEqual(18);

    await page.evaluate(() => {
      location.hash = 'step=1200&axis=linear&zoom=1000-1500';
    });
    await eventually(() => page.getByRole('button', { name: 'show all steps' }).isVisible()).toBe(true);
    await drawn(page);
    const linear = (await saved('[data-panel=z_score]', 'SVG')).toString();
    expect(texts(linear)).toContain('1.2K');
    expect(points(linear, '#d55e00').match(/L/g)!.length).toBeLessThan(10);
    const rows = lines(await saved('[data-panel=z_score]', 'CSV'));
    expect(rows[0]).toBe('line,step,value');
    expect(rows.slice(1).map((row) => row.split(',').slice(0, 2).join(' '))).toEqual(
      ['run', 'pool'].flatMap((run) =>
        [1000, 1100, 1200, 1300, 1400, 1500].map((step) => `${run} 0.0>1.0 ${step}`),
      ),
    );
    expect(Number(rows[3]!.split(',')[2])).toBeCloseTo(1.89, 2);
    await page.evaluate(() => {
      location.hash = 'step=1200';
    });
    await drawn(page);
  });

  it('saves a PNG three times as dense as the page', async () => {
    const png = await saved('[data-panel=errors]', 'PNG');
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    const box = (await page.locator('[data-panel=errors] .chart').boundingBox())!;
    expect(png.readUInt32BE(16)).toBe(3 * (Math.floor(box.width) + 2 * 12));
  });

  it('saves all panels together from a bar at the top, and a run with its table', async () => {
    const menu = page.locator('.download-menu');
    const take = async (row: string, kind: string) => {
      await menu.locator('summary').click();
      const group = menu.locator('fieldset', { hasText: row });
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        group.getByRole('button', { name: kind, exact: true }).click(),
      ]);
      return { name: download.suggestedFilename(), bytes: await bytesOf(download) };
    };
    const sheet = await take('All panels', 'SVG');
    expect(sheet.name).toBe('small_run_small_pool.svg');
    const svg = sheet.bytes.toString();
    for (const title of await page.locator('#timeline [data-panel] h3').allInnerTexts())
      expect(svg).toContain(`>${title}</text>`);
    expect(svg).toContain('>small_pool</text>');
    const csv = lines((await take('All panels', 'CSV')).bytes);
    expect(csv[0]).toBe('chart,line,step,value');
    expect(
      csv.some((row) => /QK–OV match · rank 10, mean, t = 0",run 0\.0>1\.0,1200,0\.85[78]/.test(row)),
    ).toBe(true);
    const table = await take('published layout', 'Parquet');
    expect(table.name).toBe('small_run.parquet');
    expect(table.bytes.subarray(0, 4).toString()).toBe('PAR1');
  });

  it('copies a link to what is seen, at once', async () => {
    await page.locator('body').press('m');
    await page.getByRole('button', { name: 'Copy link' }).click();
    await eventually(() => page.evaluate(() => navigator.clipboard.readText())).toBe(
      `${served.url}#step=1200&match=largest`,
    );
    await page.locator('body').press('m');
  });

  it('saves maps with the ids of their rows and columns, plots and spectra', async () => {
    await reveal(page, '#step');
    await page.locator('.opened .maps .heat-figure').first().waitFor();
    const map = page.locator('.opened .maps .heat-figure').nth(3);
    const ticks = await map.locator('.heat-ticks.below span').allInnerTexts();
    expect(ticks).toEqual(['0', '5', '10', '15']);
    const rows = lines(await saved('.opened .maps .heat-figure:nth-child(4)', 'CSV'));
    expect(rows[0]).toBe('token that looks,token that was copied,value');
    expect(rows).toHaveLength(1 + 16 * 16);
    const diagonal = rows.slice(1).filter((row) => row.split(',')[0] === row.split(',')[1]);
    const mean = diagonal.reduce((sum, row) => sum + Number(row.split(',')[2]) / 16, 0);
    const summary = await map.locator('canvas').getAttribute('aria-label');
    const said = Number(/diagonal ([−\d.]+)\./.exec(summary!)![1]!.replace('−', '-'));
    expect(mean).toBeCloseTo(said, 2);
    const svg = (await saved('.opened .maps .heat-figure:nth-child(4)', 'SVG')).toString();
    expect(svg).toContain('href="data:image/png;base64,');
    expect(svg).toContain('>token that looks →</text>');

    expect(lines(await saved('.opened .spectrum', 'CSV'))[0]).toBe('index,singular_value,screenot_threshold');
    const cosines = lines(await saved('.opened .split > div:nth-child(2) .plot', 'CSV'));
    expect(cosines[0]).toBe('principal angle i,QK reads OV,E and OV,random 5 %,random 95 %');
    expect(cosines).toHaveLength(11);
    // Attention has a scale of colours, and ids.
    await page.locator('.opened .attention').scrollIntoViewIfNeeded();
    expect((await page.locator('.attention-scale .scale').innerText()).replace(/\s+/g, ' ')).toBe('0 1');
    expect(await page.locator('.attention .heat-ticks.below').count()).toBe(2);
    expect(watched.faults).toEqual([]);
  });
});
