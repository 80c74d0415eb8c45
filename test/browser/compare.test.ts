import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { formatValue } from '../../explorer/chart/format.js';
import { roundUp, scaleEnd } from '../../explorer/step/numbers.js';
import { kernels } from '../../src/linalg/kernels.js';
import { parseConfig } from '../../src/run/config.js';
import { circuitMaps } from '../../src/step/circuit-maps.js';
import { pairCircuits } from '../../src/step/open-step.js';
import { pairScores } from '../../src/step/over-rel-pos.js';
import { createStepSession } from '../../src/step/session.js';
import { smallPool, smallRun } from '../cli/run.js';
import { describeInChromium } from './chromium.js';
import { eventually, openPage, reveal } from './open-page.js';
import { openServedPage, type ServedPage } from './served-page.js';

/** What the page should show, computed here. */
function circuits(run: string, step: number) {
  const { config } = parseConfig(readFileSync(join(run, 'config.json'), 'utf8'), run);
  const session = createStepSession(kernels);
  session.open('it', new Uint8Array(readFileSync(join(run, `ckpt_${step}.pt`))), config, run);
  return pairCircuits(session.get('it'), '0.0>1.0', 10);
}

describeInChromium('two opened steps side by side', () => {
  let opened: ServedPage;
  let page: Page;

  beforeAll(async () => {
    opened = await openServedPage([smallRun, smallPool], {
      hash: 'step=600&run=small_run',
      viewport: { width: 1280, height: 1000 },
    });
    page = opened.page;
    await reveal(page, '#step');
    await page.locator('#step .opened[data-step="600"]:not(.busy)').waitFor();
  });
  afterAll(async () => {
    await opened?.close();
  });

  const row = (title: string) =>
    page.locator('#step .compare-row', { has: page.getByRole('heading', { name: title }) });
  const entry = async (title: string, figure: number, [at, to]: readonly [number, number], size: number) => {
    const canvas = row(title).locator('figure').nth(figure).locator('canvas');
    await canvas.scrollIntoViewIfNeeded();
    const box = (await canvas.boundingBox())!;
    await canvas.hover({
      position: { x: ((to + 0.5) / size) * box.width, y: ((at + 0.5) / size) * box.height },
    });
    return row(title).locator('figure').nth(figure).locator('.said strong').innerText();
  };

  it('pins A, moves B, and shows what B has more', async () => {
    await page.getByRole('button', { name: 'Pin as A to compare' }).click();
    await eventually(() => page.url()).toContain('pin=600.small_run');
    await page.keyboard.press('End');
    await page.locator('#step .opened[data-step="2000"]:not(.busy)').waitFor();
    const [a, b] = [circuits(smallRun, 600), circuits(smallRun, 2000)];
    const [mapA, mapB] = [circuitMaps(a, 0)[2]!, circuitMaps(b, 0)[2]!];
    const title = 'One through the other';
    const at = 3 * mapA.cols + 5;
    const own = [mapA.values[at]!, mapB.values[at]!, mapB.values[at]! - mapA.values[at]!];
    for (const [figure, value] of own.entries())
      await eventually(() => entry(title, figure, [3, 5], mapA.cols)).toBe(formatValue(value));
    const numbers = page.locator('#step .compare-numbers tr', { hasText: 'z-score' }).locator('td');
    const [zA, zB] = [pairScores(a, 0, 10)!.zScore, pairScores(b, 0, 10)!.zScore];
    expect(await numbers.allInnerTexts()).toEqual([zA, zB, zB - zA].map((value) => formatValue(value)));
  });

  it('compares two runs at one step, with one scale of colours', async () => {
    await page.getByRole('combobox', { name: 'run' }).selectOption('small_pool');
    await page.getByRole('button', { name: /^Unpin A/ }).click();
    await page.getByRole('combobox', { name: 'run' }).selectOption('small_run');
    await page.locator('#step .opened[data-run=small_run]:not(.busy)').waitFor();
    await page.getByRole('button', { name: 'Pin as A to compare' }).click();
    await page.getByRole('combobox', { name: 'run' }).selectOption('small_pool');
    await page.locator('#step .opened[data-run=small_pool]:not(.busy)').waitFor();
    await eventually(() => page.locator('#step .compare .side').allInnerTexts()).toEqual([
      expect.stringMatching(/A\s+small_run, step 2.000/),
      expect.stringMatching(/B\s+small_pool, step 2.000/),
    ]);
    const [a, b] = [circuits(smallRun, 2000), circuits(smallPool, 2000)].map(
      (one) => circuitMaps(one, 0)[3]!,
    );
    const high = roundUp(Math.max(a!.usual, b!.usual));
    await page.mouse.move(5, 5);
    const scales = await row('The same, token by token').locator('.scale').allInnerTexts();
    expect(scales).toHaveLength(3);
    for (const scale of scales)
      expect(scale.replace(/[≤≥\s]+/g, ' ').trim()).toBe(`${scaleEnd(-high)} ${scaleEnd(high)}`);
    // The heat maps of the step alone have it too: they share a scale across runs.
    const alone = await page
      .locator('#step .maps figure', { hasText: 'The same, token by token' })
      .locator('.scale')
      .innerText();
    expect(alone.replace(/[≤≥\s]+/g, ' ').trim()).toBe(`${scaleEnd(-high)} ${scaleEnd(high)}`);
  });

  it('comes back from its link, with the attention of both on one sequence', async () => {
    const { page: second, faults } = await openPage(opened.browser);
    await second.goto(`${opened.served.url}#step=1000&run=small_pool&pin=600.small_run&seq=test.2`);
    await reveal(second, '#step');
    const attention = second.locator('#step .compare-row', { hasText: 'Attention of head 1.0' });
    await eventually(() => attention.locator('figure').count()).toBe(3);
    await eventually(() => second.locator('#step .compare .side').first().innerText()).toMatch(
      /A\s+small_run, step 600/,
    );
    await second.context().close();
    expect([...faults, ...opened.faults]).toEqual([]);
  });
});
