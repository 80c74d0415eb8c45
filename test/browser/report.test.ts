import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TableBuilder } from '../../src/series/table.js';
import { tableMetadata } from '../../src/tables/meta.js';
import { writeParquet } from '../../src/tables/parquet.js';
import { bridgescope, smallRun } from '../cli/run.js';
import { smallLlama } from '../model/families/golden-models.js';
import { bytesOf, describeInChromium, launchChromium } from './chromium.js';
import { eventually, measured, openPage } from './open-page.js';
import { readout } from './readout.js';

describeInChromium('a report in Chromium, from a file, with the network off', () => {
  let folder: string;
  let browser: Browser;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'bridgescope-page-'));
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('shows the run, opens at the step of its address, and hands out its figure and its data', async () => {
    const out = join(folder, 'report.html');
    expect((await bridgescope('report', smallRun, '--out', out, '--quiet')).status).toBe(0);
    const { page, faults } = await openPage(browser, { offline: true });
    await page.goto(`file://${out}#step=900&rank=5`);
    await page.waitForFunction(() => document.querySelectorAll('.readout td').length === 7);
    await measured(page);
    expect(Number((await readout(page, 'small_run'))['OOD error'])).toBeCloseTo(0.681, 3);
    expect(await page.locator('main.static').isVisible()).toBe(false);

    await page.locator('#provenance').scrollIntoViewIfNeeded();
    const save = async (label: string) => {
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: label }).click(),
      ]);
      return { name: download.suggestedFilename(), bytes: await bytesOf(download) };
    };
    const svg = await save('Figure SVG');
    expect(svg.name).toBe('small_run_rank_5_method_mean_rel_pos_0.svg');
    expect(svg.bytes.toString()).toContain('<title>small_run: training dynamics, rank 5');
    const png = await save('Figure PNG');
    expect(png.bytes.subarray(1, 4).toString()).toBe('PNG');
    expect(png.bytes.readUInt32BE(16)).toBe(4766);
    const csv = await save('Figure data CSV');
    const table = csv.bytes.toString().trim().split('\n');
    expect(table[0]).toBe('setting,step,measure,of,writer,reader,rel_pos,rank,statistic,value');
    expect(table.filter((row) => row.includes('qk_ov_match'))).toHaveLength(21);
    expect(faults).toEqual([]);
    await page.context().close();
  });

  it('shows the texts that a model has read', async () => {
    const out = join(folder, 'model.html');
    const texts = ['The cat sat. The cat', 'abc abc'];
    const asked = texts.flatMap((text) => ['--text', text]);
    const { status } = await bridgescope('report', smallLlama, ...asked, '--out', out, '--quiet');
    expect(status).toBe(0);
    const { page, faults } = await openPage(browser, { offline: true });
    await page.goto(`file://${out}`);
    const part = page.locator('.text-part');
    await part.scrollIntoViewIfNeeded();
    const tokens = () => part.locator('.text-tokens').innerText();
    await eventually(async () => (await tokens()).replace(/\s/g, '')).toContain('The·cat·sat.·The·cat');
    expect(await part.locator('textarea').count()).toBe(0);
    await part.getByRole('combobox', { name: 'text that the model has read' }).selectOption('abc abc');
    await eventually(async () => (await tokens()).replace(/\s/g, '')).toContain('abc·abc');
    // The address keeps the text that is shown.
    await eventually(async () => page.url()).toContain('text=abc');
    expect(faults).toEqual([]);
    await page.context().close();
  });

  it('prints a sheet of two pages', async () => {
    const out = join(folder, 'report.html');
    const { page } = await openPage(browser);
    await page.goto(`file://${out}`);
    const pdf = (await page.pdf({ preferCSSPageSize: true })).toString('latin1');
    expect(pdf.match(/\/Type\s*\/Page\b(?!s)/g)).toHaveLength(2);
    await page.context().close();
  });

  it('can be read without JavaScript', async () => {
    const { page } = await openPage(browser, { javaScriptEnabled: false, offline: true });
    await page.goto(`file://${join(folder, 'report.html')}`);
    expect(await page.locator('.static-figure svg').count()).toBe(5);
    expect(await page.locator('.static-figure svg').first().isVisible()).toBe(true);
    expect(await page.locator('main.static').innerText()).toMatch(
      /OOD error crosses one half at step 1.2\d\d/,
    );
    await page.context().close();
  });

  it('runs nothing of a hostile folder or table, in the page or without it', async () => {
    const attack = '</script><script>globalThis.hacked=1</script><img src=x onerror=globalThis.hacked=2>';
    // A file system has no slash in a name; an option and a table do.
    const run = join(folder, '<img src=x onerror=globalThis.hacked=3>"\'&lt;');
    cpSync(smallRun, run, { recursive: true });
    const config = JSON.parse(readFileSync(join(run, 'config.json'), 'utf8'));
    writeFileSync(
      join(run, 'config.json'),
      JSON.stringify({ ...config, out_dir: attack, [attack]: attack, __proto__: attack, $: '$& $` $1' }),
    );
    const builder = new TableBuilder();
    for (const measure of ['err_test', 'err_ood', attack]) {
      const key = { setting: attack, measure, of: measure === attack ? attack : null, statistic: null };
      builder.appendCurve({ ...key, rel_pos: null, rank: null }, [1, 2, 3], [1, 0.7, 0.2]);
    }
    const metadata = tableMetadata(attack, {
      [attack]: { config: { [attack]: attack }, checkpoints: { 1: attack } },
    });
    const table = join(folder, 'hostile.parquet');
    writeFileSync(table, writeParquet(builder.build(), metadata));

    const out = join(folder, 'hostile.html');
    expect((await bridgescope('report', run, table, '--out', out, '--quiet')).status).toBe(0);
    const { page, faults } = await openPage(browser, { offline: true });
    await page.goto(`file://${out}`);
    await page.waitForFunction(() => document.querySelectorAll('.readout tbody tr').length === 2);
    await page.locator('#provenance').scrollIntoViewIfNeeded();
    await page.locator('#provenance .config-differences').waitFor();
    expect(await page.locator('#provenance').innerText()).toContain(attack);
    await page.keyboard.press('s');
    await page.keyboard.press('t');
    await page.keyboard.press('Escape');
    expect(await page.evaluate(() => (globalThis as { hacked?: number }).hacked)).toBeUndefined();
    expect(await page.evaluate(() => document.querySelectorAll('img').length)).toBe(0);
    expect(await page.evaluate(() => document.scripts.length)).toBe(2);
    expect(faults).toEqual([]);
    // Nor would anything run if some text were markup: the policy knows the one script by its hash.
    await page.evaluate(() => {
      const script = document.createElement('script');
      script.textContent = 'globalThis.hacked = 4';
      document.body.append(script);
    });
    expect(await page.evaluate(() => (globalThis as { hacked?: number }).hacked)).toBeUndefined();
    await page.context().close();
  });
});
