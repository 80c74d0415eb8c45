import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { smallRun } from '../cli/run.js';
import { describeInChromium } from './chromium.js';
import { eventually, measured, reveal } from './open-page.js';
import { readout } from './readout.js';
import { openServedPage, type ServedPage } from './served-page.js';

describeInChromium('what a reader does with the page', () => {
  let opened: ServedPage;
  let page: Page;

  beforeAll(async () => {
    opened = await openServedPage([smallRun], { viewport: { width: 1280, height: 800 } });
    page = opened.page;
    await measured(page);
  });
  afterAll(async () => {
    await opened?.close();
  });

  it('offers what was measured where what was chosen was not', async () => {
    await page.evaluate(() => {
      location.hash = '#step=1200&rank=7&t=-20';
    });
    const panel = page.locator('#timeline [data-panel=qk_ov_match]');
    await eventually(() => panel.locator('.chart-note').innerText()).toBe('not measured at rank 7');
    const offers = panel.locator('.chart-offers button');
    expect(await offers.allInnerTexts()).toEqual(['rank 5', 'rank 10', 'rank 15', 'rank 20']);
    await offers.nth(1).click();
    await eventually(() => panel.locator('.chart-note').count()).toBe(0);
    expect(await offers.count()).toBe(0);
    expect(await page.getByRole('spinbutton', { name: 'rank' }).first().innerText()).toBe('10');
    await page.evaluate(() => {
      location.hash = '#step=1200&t=-3';
    });
    await eventually(() =>
      page.locator('#timeline [data-panel=z_score] .chart-offers button').allInnerTexts(),
    ).toEqual(['t = −15', 't = −10', 't = −5', 't = 0']);
    await page.locator('#timeline [data-panel=z_score] .chart-offers button').last().click();
    await measured(page);
  });

  it('writes a value with the same digits in the table, at the chart and in the opened step', async () => {
    await reveal(page, '#step');
    await page.locator('#step .opened[data-step="1200"]:not(.busy)').waitFor();
    const cells = await readout(page, 'small_run');
    const told = page.locator('#step .part', { hasText: 'How it depends on distance' }).locator('strong');
    await eventually(async () => (await told.allInnerTexts()).slice(0, 3)).toEqual([
      cells['z-score'],
      cells['token mismatch'],
      cells['QK–OV match'],
    ]);
    expect(cells['QK–OV match']).toMatch(/^0\.\d{3}$/);
  });

  it('said nothing in the console all the while', () => {
    expect(opened.faults).toEqual([]);
  });
});
