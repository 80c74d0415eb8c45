import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { smallRun } from '../cli/run.js';
import { describeInChromium } from './chromium.js';
import { drawnText } from './drawn-text.js';
import { eventually } from './open-page.js';
import { readout } from './readout.js';
import { openServedPage, type ServedPage } from './served-page.js';

describeInChromium('the step of the page', () => {
  let folder: string;
  let opened: ServedPage;
  let page: Page;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'bridgescope-page-step-'));
    // The same run, of which only three checkpoints were kept: its errors are of every hundredth step.
    const sparse = join(folder, 'sparse');
    mkdirSync(sparse);
    for (const name of ['config.json', 'err_arr.json', 'ckpt_0.pt', 'ckpt_600.pt', 'ckpt_1500.pt'])
      cpSync(join(smallRun, name), join(sparse, name));
    opened = await openServedPage([smallRun, sparse], { pollMilliseconds: 200 });
    page = opened.page;
  });
  afterAll(async () => {
    await opened?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const step = () => new URLSearchParams(new URL(page.url()).hash.slice(1)).get('step');
  const cells = async (run: string) =>
    Object.fromEntries(
      Object.entries(await readout(page, run)).map(([name, text]) => [name, text.replaceAll('\u202f', ' ')]),
    );

  it('is decided once and stands in the link', async () => {
    await eventually(step).toBe('1200');
  });

  it('stays where it is when runs are hidden, chosen or opened', async () => {
    const chip = page.locator('.chip', { hasText: 'small_run' });
    await chip.click();
    await eventually(() => page.locator('.readout tbody tr').count()).toBe(1);
    expect([step(), (await cells('sparse'))['step']]).toEqual(['1200', 'at step 1 200']);
    await chip.click();
    await eventually(() => page.url()).not.toContain('hide=');
    await page.evaluate(() => {
      location.hash += '&run=sparse';
    });
    await eventually(() => page.url()).toContain('run=sparse');
    await eventually(() => cells('small_run').then(({ step: shown }) => shown)).toBe('at step 1 200');
    expect(step()).toBe('1200');
  });

  it('gives no value of another step without its step', async () => {
    const sparse = await cells('sparse');
    expect(sparse['z-score']).toMatch(/^\d.* at 1 500$/);
    expect(sparse['OOD error']).toMatch(/^0\.\d+$/);
    expect((await cells('small_run'))['z-score']).toMatch(/^\d\.\d+$/);
    const described = await page.locator('[data-panel=z_score] .chart').getAttribute('aria-label');
    expect(described!.replaceAll('\u202f', ' ')).toMatch(
      /small_run: .* at the selected step 1 200.*sparse: .* at step 1 500, the nearest to the selected one/,
    );
    const drawn = (await drawnText(page, 'z_score')).map(({ text }) => text);
    expect(drawn).toContainEqual(expect.stringMatching(/^sparse \d.* at 1 500$/));
  });

  it('opens the nearest checkpoint of a run that lacks it, and says so', async () => {
    await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
    const header = page.locator('#step .step-header');
    await eventually(() => header.innerText()).toMatch(/sparse has no checkpoint of step 1.200/);
    expect(await page.locator('#step h2').innerText()).toMatch(/1.500/);
    // From there on, both can be compared at one step.
    await page.locator('#step .step-header').getByRole('button', { name: 'smaller opened step' }).click();
    await eventually(step).toBe('600');
    await eventually(() => header.innerText()).not.toMatch(/no checkpoint/);
    expect((await cells('small_run'))['step']).toBe('at step 600');
    expect((await cells('small_run'))['z-score']).toBe((await cells('sparse'))['z-score']);
  });

  it('has no errors at step 0, where none were recorded', async () => {
    await page.keyboard.press('Home');
    await eventually(step).toBe('0');
    const { 'ID error': id, 'OOD error': ood, 'z-score': z } = await cells('small_run');
    expect([id, ood]).toEqual(['–', '–']);
    expect(z).toMatch(/\d/);
    expect(opened.faults).toEqual([]);
  });
});
