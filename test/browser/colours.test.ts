import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { smallPool, smallRun } from '../cli/run.js';
import { describeInChromium } from './chromium.js';
import { drawnLines, drawnText } from './drawn-text.js';
import { eventually, measured, reveal } from './open-page.js';
import { openServedPage, type ServedPage } from './served-page.js';

describeInChromium('the grammar of colour', () => {
  let opened: ServedPage;
  let page: Page;

  beforeAll(async () => {
    opened = await openServedPage([smallRun, smallPool], { hash: 'hide=small_pool', colorScheme: 'light' });
    page = opened.page;
    await measured(page);
  });
  afterAll(async () => {
    await opened?.close();
  });

  const token = (name: string) =>
    page.evaluate(
      (wanted) => getComputedStyle(document.documentElement).getPropertyValue(`--${wanted}`).trim(),
      name,
    );
  const errorsOf = (run: string, name: 'err_test' | 'err_ood'): number[] =>
    JSON.parse(readFileSync(join(run, 'err_arr.json'), 'utf8')).map(
      (row: Record<string, number>) => row[name]!,
    );

  it('gives both errors the hue of their run, and a dash to ID', async () => {
    const colour = await token('run-1');
    await page.mouse.move(5, 400);
    const curves = (await drawnLines(page, 'errors')).filter((line) => line.colour === colour);
    expect(curves.map(({ dashed }) => dashed).sort()).toEqual([false, true]);
    const ticks = (await drawnText(page, 'errors')).filter(
      ({ text, align }) => align === 'right' && /^\d/.test(text),
    );
    const [low, high] = [ticks[0]!, ticks.at(-1)!];
    const valueAt = (y: number) =>
      Number(low.text) + ((y - low.y) / (high.y - low.y)) * (Number(high.text) - Number(low.text));
    for (const { dashed, points } of curves) {
      const expected = errorsOf(smallRun, dashed ? 'err_test' : 'err_ood');
      expect(valueAt(points.at(-1)![1])).toBeCloseTo(expected.at(-1)!, 2);
      expect(valueAt(points[0]![1])).toBeCloseTo(expected[0]!, 1);
    }
  });

  it('gives another run another hue, in all panels the same', async () => {
    await page.getByRole('button', { name: 'small_pool' }).click();
    await eventually(() => page.locator('.readout tbody tr').count()).toBe(2);
    const [one, two] = [await token('run-1'), await token('run-2')];
    for (const panel of ['errors', 'z_score', 'qk_ov_match', 'mismatch_ratio', 'extra']) {
      const hues = new Set(
        (await drawnLines(page, panel)).filter(({ width }) => width > 1.5).map(({ colour }) => colour),
      );
      expect([...hues].sort(), panel).toEqual([one, two].sort());
    }
  });

  it('draws measures of an opened step in neutral ink', async () => {
    await reveal(page, '#step');
    await page.locator('#step .trio').waitFor();
    const hues = await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map((at) => token(`run-${at}`)));
    const rgb = (hex: string) =>
      `rgb(${[1, 3, 5].map((from) => Number.parseInt(hex.slice(from, from + 2), 16)).join(', ')})`;
    const used = await page.$$eval('#step .plot .curve, #step .spectrum rect', (all) =>
      all.flatMap((one) => {
        const { stroke, fill, color } = getComputedStyle(one);
        return one.matches('rect') ? [fill] : [stroke, color];
      }),
    );
    expect(used.length).toBeGreaterThan(20);
    expect(used.filter((colour) => hues.map(rgb).includes(colour))).toEqual([]);
    expect(opened.faults).toEqual([]);
  });
});
