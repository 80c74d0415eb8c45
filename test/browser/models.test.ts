import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TableBuilder } from '../../src/series/table.js';
import { type Exploring, explore } from '../../src/server/explore.js';
import { goldenModelPath, smallLlama } from '../model/families/golden-models.js';
import { describeInChromium, launchChromium } from './chromium.js';
import { serveGivenModel } from './given-model.js';
import { eventually, openPage } from './open-page.js';
import { someHeads } from './some-heads.js';

const pairs = {
  ...{ layers: 2, heads: 4, steps: null },
  match: (writer: number, reader: number) => (writer === 1 && reader === 6 ? 0.9 : 0.2),
  ...{ zScore: () => 0, q: () => 0.5, induction: (head: number) => head / 10 },
};

/** What heads do, before any pair is measured. */
function headsAlone() {
  const table = new TableBuilder();
  for (let head = 0; head < 8; head++) {
    const key = { setting: 'model', measure: 'induction', of: `${Math.floor(head / 4)}.${head % 4}` };
    table.append({ ...key, step: null, rel_pos: null, rank: null, statistic: null, value: head / 10 });
  }
  return table.build();
}

describeInChromium('a page of models', () => {
  let folder: string;
  let browser: Browser;
  let served: Exploring;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'bridgescope-models-'));
    for (const step of [0, 10])
      cpSync(goldenModelPath('gpt_neox'), join(folder, `series/step${step}`), { recursive: true });
    browser = await launchChromium();
    const options = { host: '127.0.0.1', port: 0, jobs: 1, version: '0.0.0-test' };
    served = await explore([join(folder, 'series'), `llama=${smallLlama}`], options);
  });
  afterAll(async () => {
    await browser?.close();
    await served?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('has nothing of runs: no test errors, no opened step of a run, no tour, no lab', async () => {
    const { page, faults } = await openPage(browser);
    await page.goto(served.url);
    await page.locator('.atlas canvas').first().waitFor();
    // A series has panels over training, but for what models do not have.
    const panels = () =>
      page
        .locator('.panels [data-panel]')
        .evaluateAll((all) => all.map((panel) => (panel as HTMLElement).dataset['panel']));
    await eventually(panels).toEqual(['z_score', 'qk_ov_match', 'mismatch_ratio', 'wte_ov_match', 'extra']);
    expect(await page.locator('.readout thead').innerText()).not.toContain('error');
    for (const id of ['step', 'lab']) expect(await page.locator(`#${id}`).count()).toBe(0);
    expect(await page.getByRole('button', { name: /tour/i }).count()).toBe(0);
    // A single model has no panels at all.
    await page.goto(`${served.url}#hide=series`);
    await eventually(() => page.locator('[data-panel]').count()).toBe(0);
    await page.locator('#provenance').scrollIntoViewIfNeeded();
    expect(await page.locator('#lab').count()).toBe(0);
    expect(faults).toEqual([]);
    await page.context().close();
  });

  it('says that pairs are being measured, and how far, and shows what heads do meanwhile', async () => {
    const model = await serveGivenModel('model', headsAlone());
    const { page, faults } = await openPage(browser);
    await page.goto(model.url);
    const section = page.locator('#heads');
    await section.locator('[data-head="7"]').waitFor();
    expect(await section.locator('[data-head="7"]').getAttribute('title')).toBe('head 1.3: 0.700');
    expect(await section.innerText()).not.toContain('not measured');
    expect(await section.locator('.measuring').innerText()).toBe('measuring, 0 % done');
    model.change({ share: 0.371 });
    await eventually(() => section.locator('.measuring').innerText()).toBe('measuring, 37 % done');
    expect(await section.locator('progress').getAttribute('value')).toBe('0.371');
    model.change({ phase: 'done', measured: 1 }, someHeads(pairs));
    await eventually(() => page.locator('.pair-numbers h3').innerText()).toBe('Head 1.2 reads head 0.1');
    expect(await section.locator('.measuring').count()).toBe(0);
    expect(faults).toEqual([]);
    await page.context().close();
    await model.close();
  });

  it('says why a model has no pairs once it is measured', async () => {
    const model = await serveGivenModel('model', headsAlone());
    model.change({ phase: 'done', measured: 1 });
    const { page } = await openPage(browser);
    await page.goto(model.url);
    await eventually(() => page.locator('#heads .lead').innerText()).toBe(
      '2 layers of 4 heads. No pairs of heads were measured.',
    );
    await page.context().close();
    await model.close();
  });
});
