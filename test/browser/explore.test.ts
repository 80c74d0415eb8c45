import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Curves, curvesOf } from '../../src/series/curves.js';
import { type Exploring, explore } from '../../src/server/explore.js';
import { openTable } from '../../src/tables/save.js';
import { bridgescope, smallRun } from '../cli/run.js';
import { describeInChromium, launchChromium } from './chromium.js';
import { seriousFaults } from './faults.js';
import { eventually, measured, openPage, type Watched } from './open-page.js';
import { readout, tracedLine } from './readout.js';

const options = { host: '127.0.0.1', port: 0, jobs: 1, version: '0.0.0-test', pollMilliseconds: 200 };

describeInChromium('the explorer in Chromium', () => {
  let folder: string;
  let browser: Browser;
  let served: Exploring;
  let watched: Watched;
  let page: Page;
  /** The same numbers by another way: the command line's table. */
  let curves: Curves;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'bridgescope-page-'));
    // A second run that differs, and has a broken checkpoint.
    const other = join(folder, 'other_run');
    cpSync(smallRun, other, { recursive: true });
    writeFileSync(join(other, 'ckpt_300.pt'), 'not a checkpoint');
    const [table, started, opened] = await Promise.all([
      bridgescope('measure', smallRun, '--out', folder, '--rel-pos=-35:0:5', '--no-figures', '--quiet'),
      launchChromium(),
      explore([smallRun, other], options),
    ]);
    expect(table.status).toBe(0);
    curves = curvesOf((await openTable(join(folder, 'measures.parquet'))).table);
    browser = started;
    served = opened;
    watched = await openPage(browser);
    page = watched.page;
    await page.goto(`${served.url}#hide=other_run&axis=linear`);
    await page.waitForFunction(() => document.querySelectorAll('.readout td').length === 7);
    await measured(page);
  }, 180_000);

  afterAll(async () => {
    await browser?.close();
    await served?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const value = (measure: string, step: number, keys: object = {}): number => {
    const curve = curves.find({ setting: 'small_run', measure, ...keys })!;
    return curve.values[curve.steps.indexOf(step)]!;
  };
  const pair = { of: '0.0>1.0' };
  const expected = (step: number, rank: number, relPos: number, statistic: string) => ({
    'ID error': value('err_test', step),
    'OOD error': value('err_ood', step),
    'z-score': value('z_score', step, { ...pair, rel_pos: relPos }),
    'QK–OV match': value('qk_ov_match', step, { ...pair, rel_pos: relPos, rank, statistic }),
    'token mismatch': value('mismatch_ratio', step, { ...pair, rel_pos: relPos }),
    'wte–OV match': value('wte_ov_match', step, { of: '0.0', rank, statistic }),
  });
  const shown = async () => {
    const { step, ...cells } = await readout(page, 'small_run');
    return {
      step: Number(step?.replace(/\D/g, '')),
      values: Object.fromEntries(
        Object.entries(cells).map(([name, text]) => [name, Number(text.replace('−', '-'))]),
      ),
    };
  };
  /** Three digits are shown. */
  const expectShown = async (wanted: Record<string, number>) => {
    await eventually(async () => {
      const { values } = await shown();
      return Object.entries(wanted).flatMap(([name, number]) =>
        Math.abs(values[name]! - number) <= (number >= 1 ? 0.0051 : 0.00051)
          ? []
          : [`${name} is ${values[name]}, and ${number} in the table`],
      );
    }).toEqual([]);
  };

  it('selects the step where OOD error crosses half, and tells the values of the table there', async () => {
    expect((await shown()).step).toBe(1200);
    await expectShown(expected(1200, 10, 0, 'mean'));
  });

  it('draws in each panel the curve that the table holds', async () => {
    const panels = [
      ['z_score', 'run-1', { measure: 'z_score', ...pair, rel_pos: 0 }],
      ['qk_ov_match', 'run-1', { measure: 'qk_ov_match', ...pair, rel_pos: 0, rank: 10, statistic: 'mean' }],
      ['mismatch_ratio', 'run-1', { measure: 'mismatch_ratio', ...pair, rel_pos: 0 }],
      ['wte_ov_match', 'run-1', { measure: 'wte_ov_match', of: '0.0', rank: 10, statistic: 'mean' }],
    ] as const;
    for (const [id, colour, key] of panels) {
      const curve = curves.find({ setting: 'small_run', ...key })!;
      const traced = await tracedLine(page, id, colour);
      const columns = traced.flatMap((y, x) => (y === null ? [] : [{ x, y }]));
      const [left, right] = [columns[0]!.x, columns.at(-1)!.x];
      expect(right - left, id).toBeGreaterThan(150);
      const [first, last] = [curve.steps[0]!, curve.steps.at(-1)!];
      // Heights of pixels against values, at steps far apart: on a line, as an axis is. The dots' radius is the slack.
      const points = [0.1, 0.3, 0.45, 0.8].map((share) => {
        const at = Math.round(share * (curve.steps.length - 1));
        const x = left + ((curve.steps[at]! - first) / (last - first)) * (right - left);
        const near = columns.reduce((best, c) => (Math.abs(c.x - x) < Math.abs(best.x - x) ? c : best));
        return { y: near.y, value: curve.values[at]! };
      });
      const low = points.reduce((a, b) => (b.value < a.value ? b : a));
      const high = points.reduce((a, b) => (b.value > a.value ? b : a));
      const scale = (low.y - high.y) / (high.value - low.value);
      expect(scale, id).toBeGreaterThan(0);
      for (const { y, value: number } of points) {
        expect(Math.abs(low.y - y - (number - low.value) * scale), id).toBeLessThan(8);
      }
    }
  });

  it('shows all values at the step below the pointer, and selects it on a click', async () => {
    const box = (await page.locator('[data-panel=z_score] .chart').boundingBox())!;
    await page.mouse.move(box.x + box.width * 0.35, box.y + 100);
    const { step } = await shown();
    expect(step % 100).toBe(0);
    expect(step).not.toBe(1200);
    await expectShown(expected(step, 10, 0, 'mean'));
    await page.mouse.down();
    await page.mouse.up();
    await page.mouse.move(5, 400);
    expect((await shown()).step).toBe(step);
    await eventually(() => page.url()).toContain(`step=${step}`);
  });

  it('follows its controls: rank, relative position, match, by button, wheel and key', async () => {
    await page.keyboard.press('End');
    await page.getByRole('button', { name: 'larger rank' }).click();
    await expectShown(expected(2000, 15, 0, 'mean'));
    // The wheel is the page's, until a control has the focus.
    const relPos = page.getByRole('spinbutton', { name: 'relative position' });
    await relPos.hover();
    await page.mouse.wheel(0, 100);
    await eventually(() => page.evaluate(() => scrollY)).toBeGreaterThan(0);
    expect(await relPos.innerText()).toBe('0');
    await relPos.focus();
    await page.mouse.wheel(0, 100);
    await eventually(() => relPos.innerText()).toBe('−5');
    await page.keyboard.press(',');
    await page.keyboard.press('m');
    await relPos.blur();
    await page.evaluate(() => scrollTo(0, 0));
    await page.mouse.move(5, 400);
    await eventually(async () => (await shown()).values['z-score']).toBeCloseTo(
      value('z_score', 2000, { ...pair, rel_pos: -10 }),
      2,
    );
    await expectShown(expected(2000, 15, -10, 'largest'));
    await page.keyboard.press('ArrowLeft');
    await expectShown(expected(1900, 15, -10, 'largest'));
    await page.keyboard.press('Shift+ArrowLeft');
    await expectShown(expected(900, 15, -10, 'largest'));
    await page.keyboard.press('Home');
    const { 'ID error': _id, 'OOD error': _ood, ...figures } = expected(0, 15, -10, 'largest');
    await expectShown(figures);
  });

  it('restores a view from its address', async () => {
    const { page: second, faults } = await openPage(browser);
    await second.goto(
      `${served.url}#hide=other_run&step=700&rank=5&t=-20&match=largest&axis=linear&zoom=400-1000`,
    );
    await second.waitForFunction(() => /700/.test(document.querySelector('.readout th')?.textContent ?? ''));
    await measured(second);
    const cells = await readout(second, 'small_run');
    expect(Number(cells['QK–OV match'])).toBeCloseTo(
      value('qk_ov_match', 700, { ...pair, rel_pos: -20, rank: 5, statistic: 'largest' }),
      3,
    );
    expect(await second.getByRole('radio', { name: 'linear' }).isChecked()).toBe(true);
    expect(await second.getByRole('spinbutton', { name: 'rank' }).textContent()).toBe('5');
    expect(await second.getByRole('button', { name: 'show all steps' }).isVisible()).toBe(true);
    expect(faults).toEqual([]);
    await second.context().close();
  });

  it('goes to a link that is entered while it is busy', async () => {
    // A step was chosen just before: the timer that writes it to the address bar is due when the link comes.
    await page.evaluate(() => {
      dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true }));
      setTimeout(() => {
        location.hash = '#hide=other_run&axis=linear&step=800';
      }, 100);
      const busyUntil = performance.now() + 500;
      while (performance.now() < busyUntil);
    });
    await eventually(async () => (await shown()).step).toBe(800);
    expect(new URL(page.url()).hash).toContain('step=800');
  });

  it('draws only the panels again that another rank changes', async () => {
    const drawn = await page.evaluate(async () => {
      const panels = new Set<string>();
      const { clearRect } = CanvasRenderingContext2D.prototype;
      CanvasRenderingContext2D.prototype.clearRect = function (...box) {
        panels.add(this.canvas.closest<HTMLElement>('[data-panel]')!.dataset['panel']!);
        clearRect.apply(this, box);
      };
      dispatchEvent(new KeyboardEvent('keydown', { key: ']', bubbles: true }));
      // Until the two are drawn, and then long enough for others that would be drawn with them.
      for (let after = 0; after < 3; after += panels.size < 2 ? 0 : 1) {
        await new Promise(requestAnimationFrame);
      }
      dispatchEvent(new KeyboardEvent('keydown', { key: '[', bubbles: true }));
      CanvasRenderingContext2D.prototype.clearRect = clearRect;
      return [...panels].sort();
    });
    expect(drawn).toEqual(['qk_ov_match', 'wte_ov_match']);
  });

  it('zooms by a stroke and shows all on a double click', async () => {
    const chart = page.locator('[data-panel=mismatch_ratio] .chart');
    await chart.scrollIntoViewIfNeeded();
    const box = (await chart.boundingBox())!;
    await page.mouse.move(box.x + 120, box.y + 90);
    await page.mouse.down();
    await page.mouse.move(box.x + 220, box.y + 90, { steps: 4 });
    await page.mouse.up();
    await eventually(() => page.url()).toMatch(/zoom=\d+-\d+/);
    await page.mouse.dblclick(box.x + 150, box.y + 90);
    await eventually(() => page.url()).not.toContain('zoom');
  });

  it('shows several runs in colours that stay, side by side too, and names a broken checkpoint', async () => {
    await page.getByRole('button', { name: 'other_run' }).click();
    const colours = () =>
      page.$$eval('.readout tbody .swatch', (all) =>
        all.map((swatch) => getComputedStyle(swatch).backgroundColor),
      );
    await eventually(async () => (await colours()).length).toBe(2);
    const both = await colours();
    expect(new Set(both).size).toBe(2);
    await page.keyboard.press('1');
    await eventually(colours).toEqual([both[1]]);
    await page.keyboard.press('1');
    await page.keyboard.press('s');
    await eventually(() => page.locator('.run-row').count()).toBe(2);
    await eventually(() => page.locator('.run-row .chart').count()).toBe(10);
    await page.keyboard.press('s');
    await page.goto(`${served.url}#step=300`);
    await eventually(() => page.locator('.scrubber-text .bad').textContent()).toContain('ckpt_300.pt');
  });

  it('has a list of keys', async () => {
    await page.keyboard.press('?');
    await eventually(() => page.locator('dialog.help').isVisible()).toBe(true);
    await page.keyboard.press('Escape');
    await eventually(() => page.locator('dialog.help').isVisible()).toBe(false);
  });

  it.each(['light', 'dark'] as const)('has no serious fault of accessibility in %s', async (colorScheme) => {
    const { page: fresh, faults } = await openPage(browser, { colorScheme, bypassCSP: true });
    await fresh.goto(served.url);
    await measured(fresh);
    expect(await seriousFaults(fresh)).toEqual([]);
    expect(faults).toEqual([]);
    await fresh.context().close();
  });

  it('fits a phone without scrolling sideways, and takes a tap and a pinch', async () => {
    const { page: phone, faults } = await openPage(browser, {
      viewport: { width: 390, height: 844 },
      hasTouch: true,
      isMobile: true,
    });
    await phone.goto(`${served.url}#hide=other_run`);
    await measured(phone);
    const width = await phone.evaluate(() => document.documentElement.scrollWidth);
    expect(width).toBeLessThanOrEqual(390);
    const chart = phone.locator('[data-panel=z_score] .chart');
    await chart.scrollIntoViewIfNeeded();
    await chart.tap({ position: { x: 60, y: 100 } });
    await eventually(() => phone.url()).toMatch(/step=(?!1200)\d/);

    // Two fingers that go apart to twice their distance halve what is shown, around what lies between them.
    await phone.keyboard.press('l');
    const cdp = await phone.context().newCDPSession(phone);
    const { x, y } = (await chart.boundingBox())!;
    const pinch = async (...places: (readonly [number, number])[]) => {
      const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', at: readonly number[]) =>
        cdp.send('Input.dispatchTouchEvent', {
          type,
          touchPoints: at.map((px, id) => ({ x: x + px, y: y + 100, id })),
        });
      await touch('touchStart', places[0]!.slice(0, 1));
      await touch('touchStart', places[0]!);
      for (const place of places.slice(1)) await touch('touchMove', place);
      await touch('touchEnd', []);
    };
    const zoom = () => /zoom=(\d+)-(\d+)/.exec(phone.url())?.slice(1).map(Number);
    const step = /step=\d+/.exec(phone.url())![0];
    await pinch([130, 170], [120, 180], [110, 190]);
    const shownSteps = () => (zoom() === undefined ? Number.POSITIVE_INFINITY : zoom()![1]! - zoom()![0]!);
    // The address may have caught up with the fingers while they still moved.
    await eventually(shownSteps).toBeLessThan(1010);
    const [from, to] = zoom()!;
    expect(shownSteps()).toBeGreaterThan(990);
    expect(from!).toBeGreaterThan(200);
    expect(to!).toBeLessThan(1800);
    expect(phone.url()).toContain(step);
    await pinch([80, 220], [120, 180], [140, 160]);
    await eventually(zoom).toBeUndefined();
    expect(faults).toEqual([]);
    await phone.context().close();
  });

  it('said nothing in the console all the while', () => {
    expect(watched.faults).toEqual([]);
  });
});
