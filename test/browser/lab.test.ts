import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { formatStep, formatValue } from '../../explorer/chart/format.js';
import { nodeCodec } from '../../src/checkpoint/codec-node.js';
import { readZip } from '../../src/checkpoint/zip-read.js';
import { version } from '../../src/cli/version.js';
import { bytesInMemory } from '../../src/files/byte-source.js';
import { parseConfig, type RunConfig } from '../../src/run/config.js';
import { openRun } from '../../src/run/folder.js';
import { curvesOf } from '../../src/series/curves.js';
import { measureRuns } from '../../src/series/measure-runs.js';
import { type Exploring, explore } from '../../src/server/explore.js';
import { trainRun } from '../../src/train/train-run.js';
import { filesOf } from '../train/files-of.js';
import { bytesOf, complaintsOf, describeInChromium, launchChromium } from './chromium.js';
import { seriousFaults } from './faults.js';

/** Learns to copy within a few hundred steps. */
const quick: Partial<RunConfig> = {
  max_seq_len: 24,
  vocab_size: 12,
  d_model: 24,
  rep_l: 6,
  rep_h: 11,
  ood_len_pattern: 11,
  dropout: 0,
  lr: 0.008,
  num_epoch: 600,
  n_save: 6,
};

describeInChromium('the lab', () => {
  let scratch: string;
  let exploring: Exploring;
  let browser: Browser;
  let page: Page;
  let complaints: string[];
  beforeAll(async () => {
    scratch = mkdtempSync(join(tmpdir(), 'bridgescope-lab-page-'));
    exploring = await explore([], { host: '127.0.0.1', port: 0, jobs: 1, version });
    browser = await launchChromium();
    page = await browser.newPage({ viewport: { width: 1280, height: 1000 } });
    page.setDefaultTimeout(100_000);
    complaints = complaintsOf(page);
    await page.goto(`${exploring.url}lab.html`);
  });
  afterAll(async () => {
    await browser?.close();
    await exploring?.close();
    rmSync(scratch, { recursive: true, force: true });
  });

  const set = async (bench: number, options: Partial<RunConfig>) => {
    const details = page
      .locator('.bench')
      .nth(bench - 1)
      .locator('details.more');
    if (!(await details.evaluate((element) => (element as HTMLDetailsElement).open))) {
      await details.locator('summary').click();
    }
    for (const [option, value] of Object.entries(options)) {
      const field = page.locator(`#lab-${bench}-${option}`);
      if (option === 'distr') await field.selectOption(String(value));
      else await field.fill(String(value));
    }
  };
  const button = (bench: number, name: RegExp) =>
    page
      .locator('.bench')
      .nth(bench - 1)
      .getByRole('button', { name });
  const status = (bench: number) =>
    page
      .locator('.bench')
      .nth(bench - 1)
      .locator('.standing');
  const reaches = (bench: number, phase: string) =>
    status(bench).getByText(phase, { exact: true }).waitFor({ timeout: 100_000 });
  const stepOf = async (bench: number) =>
    Number(/step ([\d\s]+) of/.exec((await status(bench).textContent())!)![1]!.replace(/\D/g, ''));

  /** Downloads a run, and unpacks it as `out/NAME`. */
  const download = async (bench: number, format: string) => {
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      button(bench, new RegExp(`download .*\\.${format}`)).click(),
    ]);
    const archive = await bytesOf(file);
    const zip = readZip(bytesInMemory(archive, 'run.zip'), nodeCodec);
    const folder = join(scratch, `${bench}-${format}`);
    for (const name of zip.names) {
      mkdirSync(join(folder, name, '..'), { recursive: true });
      writeFileSync(join(folder, name), zip.read(name));
    }
    return join(folder, file.suggestedFilename().replace('.zip', ''));
  };
  /** The same run by `trainRun`. */
  const trainInNode = async (folder: string, format: 'pt' | 'safetensors') => {
    const { config } = parseConfig(readFileSync(join(folder, 'config.json'), 'utf8'), folder);
    const out = `${folder}-node`;
    await trainRun({
      ...{ out, config, ifThere: 'overwrite', evalEvery: null, jobs: 1, fast: false },
      ...{ formats: [format], version },
    });
    return { out, config };
  };

  it('tells what is wrong with a setting next to it, as train does', async () => {
    await set(1, { num_heads: 3 });
    const field = page.locator('#lab-1-num_heads');
    const problem = page.locator('#lab-1-num_heads-problem');
    expect(await problem.textContent()).toBe('3 heads do not divide d_model 32; choose a divisor');
    expect(await field.getAttribute('aria-describedby')).toBe('lab-1-num_heads-problem');
    expect(await button(1, /Train/).isDisabled()).toBe(true);
    await set(1, { num_heads: 1 });
    // A field stays in sight while it is being corrected.
    await set(1, { n_save: -1 });
    await page.locator('#lab-1-n_save-problem').waitFor();
    await page.locator('#lab-1-n_save').fill('40');
    expect(await page.locator('#lab-1-n_save').isVisible()).toBe(true);
    expect(await problem.count()).toBe(0);
    expect(await button(1, /Train/).isDisabled()).toBe(false);
  });

  it('trains two models to where one has found the rule and the other has not', async () => {
    await set(1, { ...quick, distr: 'unif' });
    await set(2, { ...quick, distr: 'unif', pool_size: 4, num_epoch: 300, n_save: 3 });
    await page.getByRole('button', { name: 'Train both' }).click();
    await reaches(2, 'finished');
    await reaches(1, 'finished');
    expect(await stepOf(1)).toBe(600);
    const errors = async (bench: number) =>
      /OOD error ([\d.]+)/.exec((await status(bench).textContent())!)![1];
    // Its floor is 1/7 of 11/12: the last of seven masked tokens predicts the background.
    expect(Number(await errors(1))).toBeLessThan(0.3);
    expect(Number(await errors(2))).toBeGreaterThan(0.8);
  });

  it('shows what measure finds in the run folder to take home, which has the bytes of train', async () => {
    const folder = await download(1, 'pt');
    const { out } = await trainInNode(folder, 'pt');
    expect(filesOf(folder)).toEqual(filesOf(out));

    const { table } = await measureRuns([openRun(folder)], {
      ...{ ranks: [10], relPos: [0], steps: () => true, jobs: 1, architecture: {} },
    });
    const curves = curvesOf(table);
    const setting = 'infinite_seed_2026';
    const pair = { setting, of: '0.0>1.0', rel_pos: 0 };
    const shown = {
      errors: { setting, measure: 'err_ood' },
      z_score: { ...pair, measure: 'z_score' },
      qk_ov_match: { ...pair, measure: 'qk_ov_match', rank: 10, statistic: 'mean' },
      mismatch_ratio: { ...pair, measure: 'mismatch_ratio' },
      wte_ov_match: { setting, measure: 'wte_ov_match', of: '0.0', rank: 10, statistic: 'mean' },
    };
    for (const [panel, key] of Object.entries(shown)) {
      const curve = curves.find(key)!;
      const words = await page.locator(`[data-panel=${panel}] .chart`).getAttribute('aria-label');
      expect(words).toContain(`infinite: `);
      expect(words).toContain(`${formatValue(curve.values.at(-1)!)} at step ${formatStep(600)}`);
    }
  });

  it('pauses, steps, goes on to the next checkpoint and to the end, with the bytes of train', async () => {
    await set(2, { num_epoch: 200, n_save: 4, pool_size: 50, seed: 7, num_heads: 2, num_layers: 3 });
    await button(2, /1 step/).click();
    await reaches(2, 'paused');
    expect(await stepOf(2)).toBe(1);
    await button(2, /1 step/).click();
    await expect.poll(() => stepOf(2), { timeout: 60_000 }).toBe(2);
    await reaches(2, 'paused');
    await button(2, /1 checkpoint/).click();
    await expect.poll(() => stepOf(2), { timeout: 60_000 }).toBe(50);
    await reaches(2, 'paused');
    expect(await page.locator('#lab-2-seed').isDisabled()).toBe(true);
    // Within the page, since a hundred steps may take less time than a click from here.
    await button(2, /Go on/).evaluate(async (train: HTMLButtonElement) => {
      train.click();
      while (!train.textContent.includes('Pause')) await new Promise(requestAnimationFrame);
      train.click();
    });
    await reaches(2, 'paused');
    const stopped = await stepOf(2);
    expect(stopped).toBeGreaterThanOrEqual(50);
    // It stays where it paused: one step more is the next one.
    await button(2, /1 step/).click();
    await expect.poll(() => stepOf(2), { timeout: 60_000 }).toBe(stopped + 1);
    await reaches(2, 'paused');
    await button(2, /Go on/).click();
    await reaches(2, 'finished');
    const folder = await download(2, 'safetensors');
    const { out, config } = await trainInNode(folder, 'safetensors');
    expect(config).toMatchObject({ pool_size: 50, seed: 7, num_heads: 2, num_layers: 3 });
    expect(filesOf(folder)).toEqual(filesOf(out));
  });

  it('moves the step shown by keys and slider', async () => {
    const slider = page.getByRole('slider', { name: 'checkpoint' });
    await slider.focus();
    await page.keyboard.press('Home');
    expect(await slider.getAttribute('aria-valuetext')).toBe('step 0');
    await page.locator('.watch summary').focus();
    await page.keyboard.press('ArrowRight');
    expect(await slider.getAttribute('aria-valuetext')).toBe('step 50');
  });

  it('says why a run ended that diverged, and that what was trained is kept', async () => {
    await set(2, { lr: 1e30, num_layers: 2 });
    await button(2, /Train again/).click();
    await reaches(2, 'stopped');
    expect(await status(2).textContent()).toMatch(
      /training diverged: .*not.* finite.*; the last good checkpoint is that of step 0 in this page; try a smaller lr/,
    );
    expect(await button(2, /download .*\.pt/).isDisabled()).toBe(false);
    expect(complaints).toEqual([]);
  });

  it('has no serious fault of accessibility, light and dark', async () => {
    // With the opened step, and tokens in it that an early model predicts wrong.
    await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
    const wrong = page.locator('#lab-step .token.wrong').first();
    // Its name has what is seen of it in one piece: the token, and the one predicted.
    expect(await wrong.textContent()).toMatch(/^\d+, \d+ was predicted, which is wrong$/);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await seriousFaults(page, 'main')).toEqual([]);
    }
  });

  it('says so when its worker cannot be had, and trains again when it can', async () => {
    const other = await browser.newPage();
    await other.route(/lab\.worker/, (route) => route.abort());
    await other.goto(`${exploring.url}lab.html`);
    const first = other.locator('.bench').first();
    await first.getByRole('button', { name: /Train/ }).click();
    await first.getByText('the training worker stopped unexpectedly').waitFor();
    await other.unroute(/lab\.worker/);
    await first.getByRole('button', { name: /Train again/ }).click();
    await first.getByText('training', { exact: true }).waitFor();
    await expect
      .poll(() => first.locator('progress').evaluate((bar) => (bar as HTMLProgressElement).value), {
        timeout: 60_000,
      })
      .toBeGreaterThan(3);
    await other.close();
  });
});
