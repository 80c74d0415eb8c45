import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { explore } from '../../src/server/explore.js';
import { runsToLookAt } from '../../src/sweep/runs-to-look-at.js';
import { bridgescope, smallRun } from '../cli/run.js';
import { describeInChromium, launchChromium } from './chromium.js';
import { eventually, openPage } from './open-page.js';
import { readout } from './readout.js';

describeInChromium('a sweep at work', () => {
  let folder: string;
  let browser: Browser;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'bridgescope-sweep-page-'));
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('shows runs that begin, and settles those that end, while the page is open', async () => {
    const sweep = join(folder, 'sweep');
    const work = join(sweep, 'work', 'pool_30.1');
    mkdirSync(work, { recursive: true });
    writeFileSync(join(sweep, 'plan.yaml'), 'runs: []\n');
    for (const name of ['config.json', 'ckpt_0.pt', 'ckpt_100.pt'])
      cpSync(join(smallRun, name), join(work, name));
    const options = { host: '127.0.0.1', port: 0, jobs: 1, version: '0.0.0-test', pollMilliseconds: 100 };
    const served = await explore([sweep], { ...options, standFor: runsToLookAt });
    const { page, faults } = await openPage(browser);
    try {
      await page.goto(served.url);
      const chips = async () =>
        Promise.all((await page.locator('.chip').all()).map((chip) => chip.getAttribute('title')));
      await eventually(chips).toEqual([expect.stringMatching(/^pool_30: training/)]);
      // Another one begins.
      const second = join(sweep, 'work', 'infinite.1');
      mkdirSync(second);
      const config = JSON.parse(readFileSync(join(smallRun, 'config.json'), 'utf8'));
      writeFileSync(join(second, 'config.json'), JSON.stringify({ ...config, seed: 7 }));
      await eventually(async () => (await chips()).length).toBe(2);
      expect((await chips())[1]).toMatch(/^infinite: waiting for the first checkpoint/);
      // The first one ends: its folder is moved, and holds a table from then on.
      const measured = await bridgescope(
        ...[
          'measure',
          `pool_30=${smallRun}`,
          '--out',
          work,
          '--steps',
          '0,100,2000',
          '--no-figures',
          '--quiet',
        ],
      );
      expect(measured.status).toBe(0);
      mkdirSync(join(sweep, 'runs'));
      renameSync(work, join(sweep, 'runs', 'pool_30'));
      await eventually(async () => (await chips())[0]).toBe('pool_30');
      await eventually(() => page.locator('.begin .run-status').count()).toBe(1);
      await page.keyboard.press('End');
      await eventually(async () => (await readout(page, 'pool_30'))['step']).toMatch(/2.000/);
      expect(Number((await readout(page, 'pool_30'))['OOD error'])).toBeGreaterThan(0);
      expect(faults).toEqual([]);
    } finally {
      await page.context().close();
      await served.close();
    }
  });

  it('takes the folder of a sweep that kept its table alone, in explore and in a report', async () => {
    const kept = join(folder, 'kept');
    mkdirSync(kept);
    cpSync(
      new URL('../../results/pool_sweep_small/measures.parquet', import.meta.url),
      join(kept, 'measures.parquet'),
    );
    cpSync(new URL('../../results/pool_sweep_small/plan.yaml', import.meta.url), join(kept, 'plan.yaml'));
    expect(runsToLookAt([kept])).toEqual([join(kept, 'measures.parquet')]);
    const out = join(folder, 'sweep.html');
    const { status, stderr } = await bridgescope('report', kept, '--out', out, '--quiet');
    expect([status, stderr]).toEqual([0, '']);
    const { page, faults } = await openPage(browser, { offline: true });
    await page.goto(`file://${out}`);
    await eventually(() => page.locator('.readout tbody tr').count()).toBe(13);
    expect(faults).toEqual([]);
    await page.context().close();
  });
});
