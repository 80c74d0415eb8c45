import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { smallPool, smallRun } from '../cli/run.js';
import { describeInChromium } from './chromium.js';
import { eventually, measured } from './open-page.js';
import { tracedLine } from './readout.js';
import { openServedPage, type ServedPage } from './served-page.js';

describeInChromium('the first screen', () => {
  let opened: ServedPage;
  let page: Page;

  beforeAll(async () => {
    opened = await openServedPage([smallRun, smallPool], { viewport: { width: 1280, height: 800 } });
    page = opened.page;
    await measured(page);
  });
  afterAll(async () => {
    await opened?.close();
  });

  it('has the six panels, the slider and the values of both runs', async () => {
    const bottoms = await page.$$eval('[data-panel] .chart, .scrubber input, .readout tbody tr', (all) =>
      all.map((element) => element.getBoundingClientRect().bottom),
    );
    expect(bottoms).toHaveLength(6 + 1 + 2);
    expect(Math.max(...bottoms)).toBeLessThanOrEqual(800);
  });

  it('has one axis of steps for all panels, with a place for step 0', async () => {
    const panels = ['errors', 'z_score', 'qk_ov_match', 'mismatch_ratio', 'wte_ov_match', 'extra'];
    /** Where each panel has the selected step, as the place of the dot on top of the line that marks it. */
    const cursors = () =>
      page.evaluate((ids) => {
        const accent = getComputedStyle(document.documentElement).getPropertyValue('--accent').trim();
        const wanted = [1, 3, 5].map((from) => Number.parseInt(accent.slice(from, from + 2), 16));
        return ids.map((id) => {
          const canvas = document.querySelectorAll<HTMLCanvasElement>(`[data-panel=${id}] canvas`)[1]!;
          const { data, width } = canvas.getContext('2d')!.getImageData(0, 13, canvas.width, 1);
          for (let x = 0; x < width; x++)
            if (wanted.every((channel, c) => Math.abs(data[4 * x + c]! - channel) < 12)) return x;
          return -1;
        });
      }, panels);
    await page.keyboard.press('Home');
    await eventually(() => page.url()).toContain('step=0');
    const [atZero, ...others] = await cursors();
    expect(atZero).toBeGreaterThan(30);
    expect(others).toEqual(others.map(() => atZero));
    await page.keyboard.press('End');
    await eventually(() => page.url()).toContain('step=2000');
    const [atEnd, ...more] = await cursors();
    expect(atEnd! - atZero!).toBeGreaterThan(200);
    expect(more).toEqual(more.map(() => atEnd));
    // The z-score has a checkpoint at 0, and its line begins there.
    const line = await tracedLine(page, 'z_score', 'run-2');
    const begins = line.findIndex((y) => y !== null);
    expect(Math.abs(begins - atZero!)).toBeLessThan(8);
  });

  it('keeps the equation behind "definition", where it covers and moves nothing', async () => {
    const panel = page.locator('[data-panel=errors]');
    const before = await panel.boundingBox();
    expect(await panel.locator('math').isVisible()).toBe(false);
    await panel.getByText('definition', { exact: true }).click();
    expect(await panel.locator('math').isVisible()).toBe(true);
    expect(await panel.boundingBox()).toEqual(before);
    await page.keyboard.press('Escape');
    expect(await panel.locator('math').isVisible()).toBe(false);
    // Reading pixels is the test's own doing.
    expect(opened.faults.filter((fault) => !fault.startsWith('Canvas2D'))).toEqual([]);
  });
});
