import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { curvesOf } from '../../src/series/curves.js';
import { explore } from '../../src/server/explore.js';
import { openTable } from '../../src/tables/save.js';
import { bridgescope, smallRun } from '../cli/run.js';
import { describeInChromium, launchChromium } from './chromium.js';
import { eventually, openPage } from './open-page.js';
import { readout } from './readout.js';

const options = { host: '127.0.0.1', port: 0, jobs: 1, version: '0.0.0-test', pollMilliseconds: 200 };

describeInChromium('a run that is watched in Chromium', () => {
  let folder: string;
  let browser: Browser;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'bridgescope-follow-page-'));
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('says that a run has stalled, and follows it when it goes on', async () => {
    const halting = join(folder, 'halting');
    mkdirSync(halting);
    const take = (...names: string[]) => {
      for (const name of names) cpSync(join(smallRun, name), join(halting, name));
    };
    take('config.json', 'ckpt_0.pt');
    const server = await explore([halting], options);
    const { page: live, faults } = await openPage(browser);
    const now = Date.now;
    try {
      await live.goto(server.url);
      const status = async () =>
        (await live.locator('.begin .run-status').allInnerTexts()).join().replaceAll('\u202f', ' ');
      await eventually(() =>
        live.locator('#timeline').getByRole('slider', { name: 'checkpoint' }).getAttribute('max'),
      ).toBe('0');
      take('ckpt_100.pt');
      await eventually(status).toContain('training · step 100 of 2 000');
      // The clock of the server goes ahead, and nothing comes.
      vi.spyOn(Date, 'now').mockImplementation(() => now() + 120_000);
      await eventually(status).toBe('stalled at step 100 of 2 000: nothing new for a while');
      take('ckpt_200.pt');
      const later = new Date(now() + 120_000);
      utimesSync(join(halting, 'ckpt_200.pt'), later, later);
      await eventually(status).toContain('training · step 200 of 2 000');
      expect(faults).toEqual([]);
    } finally {
      vi.restoreAllMocks();
      await live.context().close();
      await server.close();
    }
  });

  it('follows a run that grows, over a restart of the server', async () => {
    // By another way: the command line's table.
    const measured = await bridgescope(
      ...[
        'measure',
        smallRun,
        '--out',
        folder,
        '--rel-pos',
        '0',
        '--steps',
        '1000',
        '--no-figures',
        '--quiet',
      ],
    );
    expect(measured.status).toBe(0);
    const { table } = await openTable(join(folder, 'measures.parquet'));
    const key = { setting: 'small_run', measure: 'z_score', of: '0.0>1.0', rel_pos: 0 };
    const z = curvesOf(table).find(key)!.values[0]!;
    const growing = join(folder, 'growing');
    cpSync(smallRun, growing, { recursive: true });
    for (const name of readdirSync(growing))
      if (/^ckpt_?(1\d\d\d|2000)?\.pt$/.test(name)) rmSync(join(growing, name));
    let server = await explore([growing], options);
    const { page: live } = await openPage(browser);
    await live.goto(`${server.url}#axis=linear`);
    const slider = live.locator('#timeline').getByRole('slider', { name: 'checkpoint' });
    await eventually(() => slider.getAttribute('max')).toBe('9');
    // Half a file, which is passed over when a later one is taken, then all of it.
    const whole = readFileSync(join(smallRun, 'ckpt_1000.pt'));
    writeFileSync(join(growing, 'ckpt_1000.pt'), whole.subarray(0, 9000));
    cpSync(join(smallRun, 'ckpt_1100.pt'), join(growing, 'ckpt_1100.pt'));
    await eventually(() => slider.getAttribute('max')).toBe('10');
    await live.keyboard.press('End');
    await eventually(() => slider.getAttribute('aria-valuetext')).toBe('step 1100');
    writeFileSync(join(growing, 'ckpt_1000.pt'), whole);
    await eventually(() => slider.getAttribute('max')).toBe('11');
    await live.keyboard.press('ArrowLeft');
    await eventually(() => slider.getAttribute('aria-valuetext')).toBe('step 1000');
    await eventually(async () => Number((await readout(live, 'growing'))['z-score'])).toBeCloseTo(z, 2);
    const { port } = server;
    await server.close();
    await eventually(() => live.locator('.banner').isVisible()).toBe(true);
    expect(Number((await readout(live, 'growing'))['z-score'])).toBeGreaterThan(0);
    cpSync(join(smallRun, 'ckpt_1200.pt'), join(growing, 'ckpt_1200.pt'));
    server = await explore([growing], { ...options, port });
    try {
      await eventually(() => live.locator('.banner').count()).toBe(0);
      await eventually(() => slider.getAttribute('max')).toBe('12');
    } finally {
      await live.context().close();
      await server.close();
    }
  });
});
