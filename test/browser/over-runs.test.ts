import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { explore } from '../../src/server/explore.js';
import { tableMetadata } from '../../src/tables/meta.js';
import { saveTable } from '../../src/tables/save.js';
import { bridgescope } from '../cli/run.js';
import { someRuns } from '../stats/some-runs.js';
import { complaintsOf, describeInChromium, launchChromium } from './chromium.js';
import { eventually, openPage, reveal } from './open-page.js';

describeInChromium('figures over runs in a report', () => {
  let browser: Browser;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'over runs '));
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('show all runs together, below a name that is no markup', async () => {
    const { table, configs } = someRuns([
      { setting: 'small <b>', poolSize: 100, every: 1000, oodStep: null, idStep: 900 },
      { setting: 'infinite', every: 1000, oodStep: 2500, lag: { qk_ov_match: 0.9 } },
    ]);
    const records = [...configs].map(([setting, config]) => [setting, { config, checkpoints: {} }]);
    saveTable(table, tableMetadata('test', Object.fromEntries(records)), folder, ['parquet']);
    const out = join(folder, 'report.html');
    const { status, stderr } = await bridgescope(
      ...['report', join(folder, 'measures.parquet'), '--out', out, '--quiet'],
    );
    expect([status, stderr]).toEqual([0, '']);

    const page = await browser.newPage();
    const complaints = complaintsOf(page);
    await page.goto(`file://${out}`);
    const section = page.locator('#over-runs');
    await reveal(page, '#over-runs');
    const captions = section.locator('figcaption');
    expect(await captions.count()).toBe(3);
    expect(await captions.nth(1).textContent()).toMatch(/QK–OV match 0\.9/);
    expect(await section.locator('div > svg').count()).toBe(3);
    expect(await section.locator('div > svg', { hasText: 'rank 10' }).count()).toBe(1);
    expect(complaints).toEqual([]);
    // The words alone, without the menu of formats beside them.
    const told = await captions.evaluateAll((all) =>
      all.map((one) => {
        const words = one.cloneNode(true) as Element;
        words.querySelector('details')?.remove();
        return words.textContent!.trim();
      }),
    );
    const pdf = (await page.pdf({ preferCSSPageSize: true })).toString('latin1');
    expect(pdf.match(/\/Type\s*\/Page\b(?!s)/g)).toHaveLength(3);
    await page.close();

    // Without a script the same figures stand there, with the same words and numbers.
    const { page: plain } = await openPage(browser, { javaScriptEnabled: false, offline: true });
    await plain.goto(`file://${out}`);
    const figures = plain.locator('.static .over-runs figure');
    expect(await figures.locator('figcaption').allTextContents()).toEqual(told);
    expect(await figures.locator('svg').nth(1).isVisible()).toBe(true);
    await plain.context().close();
  });

  it('say how many runs they leave out, and why', async () => {
    const every = 1000;
    const { table, configs } = someRuns([
      { setting: 'pool_100', poolSize: 100, every, oodStep: null, idStep: 900 },
      { setting: 'infinite', every, oodStep: 2500 },
      { setting: 'one_layer', every, layers: 1, oodStep: null },
      { setting: 'unknown', every, oodStep: 3000 },
    ]);
    configs.delete('unknown');
    const records = [...configs].map(([setting, config]) => [setting, { config, checkpoints: {} }]);
    const inside = join(folder, 'left out');
    mkdirSync(inside);
    saveTable(table, tableMetadata('test', Object.fromEntries(records)), inside, ['parquet']);
    const served = await explore([join(inside, 'measures.parquet')], {
      ...{ host: '127.0.0.1', port: 0, jobs: 1, version: '0.0.0-test' },
    });
    const { page, faults } = await openPage(browser);
    try {
      await page.goto(served.url);
      await eventually(async () => {
        await page.mouse.wheel(0, 600);
        return page.locator('#over-runs .left-out').allInnerTexts();
      }).toEqual([
        'Of 4 runs, left out: 1 without a config, 1 that differ from all others in more than pool size and seed.',
      ]);
      expect(faults).toEqual([]);
    } finally {
      await page.context().close();
      await served.close();
    }
  });
});
