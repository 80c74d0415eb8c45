import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { formatStep, formatValue } from '../../explorer/chart/format.js';
import { percent, roundUp, scaleEnd } from '../../explorer/step/numbers.js';
import { nodeCodec } from '../../src/checkpoint/codec-node.js';
import { writeNpz } from '../../src/checkpoint/npz-write.js';
import { readTestSet } from '../../src/checkpoint/test-set.js';
import { version } from '../../src/cli/version.js';
import { kernels } from '../../src/linalg/kernels.js';
import { parseConfig } from '../../src/run/config.js';
import { type Exploring, explore } from '../../src/server/explore.js';
import { arrayNames, stepArrays } from '../../src/step/arrays.js';
import { circuitMaps } from '../../src/step/circuit-maps.js';
import { cosines } from '../../src/step/cosines.js';
import { pairCircuits } from '../../src/step/open-step.js';
import { pairScores } from '../../src/step/over-rel-pos.js';
import { readSequence } from '../../src/step/read-sequence.js';
import { createStepSession } from '../../src/step/session.js';
import { spectra } from '../../src/step/spectra.js';
import { fromTestSet } from '../../src/train/sequences.js';
import { bridgescope } from '../cli/run.js';
import { bytesOf, complaintsOf, describeInChromium, launchChromium } from './chromium.js';
import { seriousFaults } from './faults.js';
import { drawn, eventually, reveal } from './open-page.js';

// A browser beside other work is slow, and that is no fault of the page.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const root = fileURLToPath(new URL('../../', import.meta.url));
const runs = {
  small_run: join(root, 'examples/small_run'),
  deep: join(root, 'test/golden/runs/four_layers_four_heads'),
  one_layer: join(root, 'test/golden/runs/one_layer'),
};

/** What the page should show, computed here. */
function open(run: keyof typeof runs, step: number) {
  const { config } = parseConfig(readFileSync(join(runs[run], 'config.json'), 'utf8'), run);
  const session = createStepSession(kernels);
  session.open('it', new Uint8Array(readFileSync(join(runs[run], `ckpt_${step}.pt`))), config, run);
  return { config, session, step: session.get('it'), engine: session.engine('it') };
}

describeInChromium('the opened step', () => {
  let scratch: string;
  let exploring: Exploring;
  let browser: Browser;
  let page: Page;
  let complaints: string[];
  beforeAll(async () => {
    scratch = mkdtempSync(join(tmpdir(), 'bridgescope-step-page-'));
    const broken = join(scratch, 'broken');
    mkdirSync(broken);
    cpSync(join(runs.small_run, 'config.json'), join(broken, 'config.json'));
    cpSync(join(runs.small_run, 'ckpt_0.pt'), join(broken, 'ckpt_0.pt'));
    cpSync(join(root, 'test/golden/checkpoint/nan.pt'), join(broken, 'ckpt_100.pt'));
    const measured = ['measure', `small_run_table=${runs.small_run}`, '--steps', '0,1000', '--ranks', '5'];
    const { status } = await bridgescope(...measured, '--out', scratch, '--no-figures', '--quiet');
    expect(status).toBe(0);
    const inputs = [...Object.entries(runs), ['broken', broken]].map(([name, path]) => `${name}=${path}`);
    exploring = await explore([...inputs, join(scratch, 'measures.parquet')], {
      host: '127.0.0.1',
      port: 0,
      jobs: 1,
      version,
    });
    browser = await launchChromium();
    page = await browser.newPage({ viewport: { width: 1280, height: 1000 } });
    page.setDefaultTimeout(60_000);
    complaints = complaintsOf(page);
  });
  afterAll(async () => {
    await browser?.close();
    await exploring?.close();
    rmSync(scratch, { recursive: true, force: true });
  });

  const section = () => page.locator('#step');
  /** Goes to a place of the page as a link would: loads it once, then changes the address. */
  const visit = async (hash: string) => {
    if ((await section().count()) > 0) {
      await page.evaluate((next) => {
        location.hash = next;
      }, hash);
    } else {
      await page.goto(`${exploring.url}#${hash}`);
    }
    await reveal(page, '#step');
    const { step, run } = Object.fromEntries(new URLSearchParams(hash));
    if (run === 'broken' || run === 'small_run_table') return;
    await page.locator(`#step .opened[data-run=${run}]${step ? `[data-step="${step}"]` : ''}`).waitFor();
    await settled();
  };
  const settled = () => page.locator('#step .opened:not(.busy)').waitFor();
  /** Points at an entry of a heat map, and expects it to be told. */
  const expectEntry = async (
    figure: Locator,
    { rows, cols, values }: { rows: number; cols: number; values: ArrayLike<number> },
    [row, col]: readonly [number, number],
  ) => {
    const canvas = figure.locator('canvas').first();
    const said = figure.locator('.said').first();
    await canvas.scrollIntoViewIfNeeded();
    const box = (await canvas.boundingBox())!;
    await canvas.hover({
      position: { x: ((col + 0.5) / cols) * box.width, y: ((row + 0.5) / rows) * box.height },
    });
    await eventually(() => said.innerText()).toContain(formatValue(values[row * cols + col]));
  };
  const map = (title: string) => section().locator('.maps figure', { hasText: title });

  it('shows what src/step computes', async () => {
    await visit('step=1000&run=small_run&rank=5&t=5');
    await page.locator('#step .trio').waitFor();
    const { step } = open('small_run', 1000);
    const choice = pairCircuits(step, '0.0>1.0');
    expect(await section().locator('h2').innerText()).toBe('At step 1\u202f000');
    for (const [at, matrix] of circuitMaps(choice, 5).entries()) {
      const figure = section().locator('.maps figure').nth(at);
      const { rows, cols } = matrix;
      await expectEntry(figure, matrix, [2, 7]);
      expect(await figure.locator('canvas').getAttribute('aria-label')).toContain(
        `${rows} by ${cols}: ${await figure.locator('h4').innerText()}. Largest absolute entry ${formatValue(matrix.largest)}`,
      );
    }
    for (const { of, s } of spectra(choice, 5)) {
      const label = await section()
        .locator(`.spectrum svg[aria-label^="Singular values of ${of}:"]`)
        .getAttribute('aria-label');
      expect(label).toContain(`the largest is ${formatValue(s[0])}, the smallest ${formatValue(s.at(-1))}`);
    }
    const { qkOv, wteOv } = cosines(choice, 5, 5);
    const cosinesLabel = await section()
      .locator('svg[aria-label^="Cosines of the 5"]')
      .getAttribute('aria-label');
    expect(cosinesLabel).toContain(
      `QK reads OV: from ${formatValue(qkOv![0])} down to ${formatValue(qkOv![4])}`,
    );
    expect(cosinesLabel).toContain(
      `E and OV: from ${formatValue(wteOv![0])} down to ${formatValue(wteOv![4])}`,
    );
    const { zScore, mismatch, match } = pairScores(choice, 5, 5)!;
    const said = await section().locator('.trio .said').allInnerTexts();
    expect(said).toEqual([zScore, mismatch, match.mean].map((value) => `t = 5: ${formatValue(value)}`));
  });

  it('saves the arrays behind its numbers', async () => {
    await visit('step=1000&run=small_run&rank=5&t=5');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      section().getByRole('button', { name: 'Save arrays' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('small_run_step_1000_0.0_1.0_t_5.npz');
    const choice = pairCircuits(open('small_run', 1000).step, '0.0>1.0', 5);
    const expected = writeNpz(stepArrays(choice, arrayNames, { relPos: 5, rank: 5 }));
    expect((await bytesOf(download)).equals(expected)).toBe(true);
  });

  it('follows step, rank and relative position', async () => {
    await visit('step=1000&run=small_run');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press(']');
    await section().getByText('At step 1\u202f100').waitFor();
    await page.locator('#step svg[aria-label^="Cosines of the 15"]').waitFor();
    await settled();
    const { step } = open('small_run', 1100);
    const { match } = pairScores(pairCircuits(step, '0.0>1.0'), 0, 15)!;
    const shown = section().locator('.trio .said').nth(2);
    await eventually(() => shown.innerText()).toBe(`t = 0: ${formatValue(match.mean)}`);
    // The curve over t chooses another of the positions that were measured.
    const curve = section().locator('.trio svg').first();
    await curve.focus();
    const pointed = section().locator('.trio .said').first();
    for (
      let left = 0;
      left < 30 && !(await pointed.innerText()).startsWith(`t = ${formatStep(-9)}:`);
      left++
    ) {
      await page.keyboard.press('ArrowLeft');
      await drawn(page);
    }
    await page.keyboard.press('Enter');
    await eventually(() => new URL(page.url()).hash).toContain('t=-10');
    await section()
      .getByText(`at t = ${formatStep(-10)}`)
      .waitFor();
  });

  it('reads a test sequence, and what is pointed at in it', async () => {
    await visit('step=1500&run=small_run&seq=test.3');
    const { config, engine } = open('small_run', 1500);
    const bytes = new Uint8Array(readFileSync(join(runs.small_run, 'test.pth')));
    const { tokens, lengths, starts } = fromTestSet(readTestSet(bytes, 'test.pth', nodeCodec), config);
    const n = config.max_seq_len;
    const sequence = tokens.slice(3 * n, 4 * n);
    const copies = { length: lengths[3]!, starts: [starts![6]!, starts![7]!] as const };
    const reading = readSequence(engine, config, sequence, copies);
    const token = section().locator('.token');
    expect(await token.locator('.value').allInnerTexts()).toEqual([...sequence].map(String));
    const count = (verdict: string) => reading.verdicts.filter((entry) => entry === verdict).length;
    expect(await section().locator('.token.wrong').count()).toBe(count('wrong'));
    expect(await section().locator('.token.right').count()).toBe(count('right'));
    expect(await section().locator('.token.second-copy').count()).toBe(copies.length);
    expect(await section().locator('.sequence-said').innerText()).toContain(
      `${count('right')} of ${count('right') + count('wrong')} tokens`,
    );
    const at = copies.starts[1] + 4;
    await token.nth(at).hover();
    const said = await section().locator('.sequence-said').innerText();
    expect(said).toContain(`Position ${at}, token ${sequence[at]}:`);
    expect(said).toContain(`loss ${formatValue(reading.losses[at - 1])}`);
    expect(said).toContain(`expects ${reading.predictions[at]} (${percent(reading.probabilities[3 * at]!)})`);
    // Row of the reader, which stands below the tokens.
    const row = reading.attention.subarray((n + at) * n, (n + at + 1) * n);
    const heights = await token
      .locator('.weight')
      .evaluateAll((bars) => bars.map((bar) => (bar as HTMLElement).style.height));
    expect(heights.map((height) => Number.parseFloat(height) / 100)).toEqual(
      [...row].map((weight) => expect.closeTo(weight, 4)),
    );
    const head = section().locator('.attention figure').nth(1);
    const own = reading.attention.subarray(n * n, 2 * n * n);
    await expectEntry(head, { rows: n, cols: n, values: own }, [at, at - 3]);
    expect(complaints).toEqual([]);
  });

  it('takes a typed sequence, and says what is wrong with one', async () => {
    await visit('step=2000&run=small_run');
    const field = section().locator('textarea');
    await field.fill('1 2 3 4 5 6 7 9 1 2 3 4 5 6 7');
    await eventually(() => section().locator('.token').count()).toBe(15);
    expect(await section().locator('.token.second-copy').count()).toBe(7);
    const { config, engine } = open('small_run', 2000);
    const tokens = Int32Array.of(1, 2, 3, 4, 5, 6, 7, 9, 1, 2, 3, 4, 5, 6, 7);
    const { verdicts } = readSequence(engine, config, tokens, { length: 7, starts: [0, 8] });
    expect(await section().locator('.token.right').count()).toBe(
      verdicts.filter((verdict) => verdict === 'right').length,
    );
    await field.fill('1 2 99 <img src=x onerror=alert(1)>');
    expect(await section().locator('.typed-error').innerText()).toContain(
      'token 3 is "99": expected a whole number from 0 to 15',
    );
    expect(await field.getAttribute('aria-invalid')).toBe('true');
    expect(await section().locator('.token').count()).toBe(15);
    await expect.poll(() => new URL(page.url()).hash).toContain(`seq=typed.${tokens.join('.')}`);
    await section().getByRole('button', { name: 'back to the test set' }).click();
    await eventually(() => section().locator('.token').count()).toBe(config.max_seq_len);
  });

  it('enlarges a map, and reads it by keyboard', async () => {
    await visit('step=2000&run=small_run');
    const { step } = open('small_run', 2000);
    const scores = circuitMaps(pairCircuits(step, '0.0>1.0'), 0)[3]!;
    await map('The same, token by token').locator('canvas').focus();
    await page.keyboard.press('Enter');
    const dialog = page.locator('dialog[open]');
    await dialog.locator('canvas').focus();
    for (const key of ['ArrowRight', 'ArrowDown', 'ArrowRight']) await page.keyboard.press(key);
    expect(await dialog.locator('.said').innerText()).toBe(
      `token 1 looks for 2 ${formatValue(scores.values[scores.cols + 2])}`,
    );
    await page.keyboard.press('Escape');
    expect(await dialog.count()).toBe(0);
    expect(await section().locator('h2').innerText()).toBe('At step 2\u202f000');
  });

  it('prints one scale of colours for all steps, or the own one of an early step, and links it', async () => {
    await visit('step=0&run=small_run');
    const usual = (step: number) =>
      circuitMaps(pairCircuits(open('small_run', step).step, '0.0>1.0'), 0)[2]!.usual;
    const scale = map('One through the other').locator('.scale');
    const ends = (high: number) => new RegExp(`${scaleEnd(-high)}\\s*(≥ )?${scaleEnd(high)}$`);
    await eventually(() => scale.innerText()).toMatch(ends(roundUp(usual(2000))));
    await section().getByRole('radio', { name: "this step's own" }).dispatchEvent('click');
    await eventually(() => scale.innerText()).toMatch(ends(roundUp(usual(0))));
    expect(roundUp(usual(0))).toBeLessThan(roundUp(usual(2000)));
    await eventually(() => page.url()).toContain('scale=own');
    await section().getByRole('radio', { name: 'same at all steps' }).dispatchEvent('click');
    await eventually(() => scale.innerText()).toMatch(ends(roundUp(usual(2000))));
  });

  it('chooses heads of a deeper model', async () => {
    await visit('run=deep&rank=4');
    await section().getByRole('combobox', { name: 'writes' }).selectOption('1.2');
    await section().getByText('circuits of heads 1.2 →').waitFor();
    await section().getByRole('combobox', { name: 'reads' }).selectOption('3.0');
    await section().getByText('circuits of heads 1.2 → 3.0').waitFor();
    await settled();
    const { step } = open('deep', 10);
    const matrix = circuitMaps(pairCircuits(step, '1.2>3.0'), 0)[2]!;
    await expectEntry(map('One through the other'), matrix, [3, 9]);
    // The circuits do not wait for the test sets that sequences come from.
    await eventually(() => section().locator('.attention-thumbs .thumb').count()).toBe(16);
    expect(await section().locator('.attention-chosen figure').count()).toBe(1);
    await section().getByRole('combobox', { name: 'writes' }).selectOption('2.3');
    await section().getByText('Layer 3 reads layer 2: circuits of heads 2.3 → 3.0').waitFor();
    expect(await page.locator('h1').innerText()).toBe('Do later layers read what earlier ones write?');
    const readers = section().getByRole('combobox', { name: 'reads' }).locator('option');
    await eventually(() => readers.allInnerTexts()).toEqual([0, 1, 2, 3].map((head) => `head 3.${head}`));
  });

  it('says what a model of one layer and a broken checkpoint do not have', async () => {
    await visit('run=one_layer');
    await section().getByText('A model of one layer has no later layer').waitFor();
    expect(await section().locator('.maps figure').count()).toBe(1);
    expect(await section().locator('.trio').count()).toBe(0);
    await eventually(() => section().locator('.attention figure').count()).toBe(1);
    await visit('run=broken&step=100');
    await section().locator('.warning').waitFor();
    expect(await section().locator('.warning').innerText()).toMatch(/NaN or infinity/);
    await visit('run=broken&step=0');
    await page.locator('#step .opened[data-run=broken]').waitFor();
    expect(await section().locator('.maps figure').count()).toBe(4);
  });

  it('says what a folder without test sets and a table do not have, and the console stays empty', async () => {
    await visit('run=broken&step=0');
    await eventually(() => section().locator('.token').count()).toBe(32);
    expect(await section().locator('.chooser').innerText()).toContain('no test sets');
    expect(await section().locator('option:disabled').allInnerTexts()).toEqual([
      'ID test set',
      'OOD test set',
    ]);
    await visit('run=small_run_table&step=0');
    await section().getByText('holds numbers, not weights; open the run folder').waitFor();
    expect(complaints).toEqual([]);
  });

  it('computes nothing while it is out of sight or its tab is hidden, and then what is wanted by now', async () => {
    await visit('run=small_run&step=1000');
    const asked: string[] = [];
    page.on('request', (request) => {
      // Code of other parts may be loaded whenever a reader comes near them.
      if (!request.url().includes('/assets/')) asked.push(request.url().split('/').at(-1)!);
    });
    const shown = () => section().locator('.opened').getAttribute('data-step');
    const goTo = async (...steps: readonly number[]) => {
      for (const step of steps) {
        await page.keyboard.press('ArrowRight');
        await eventually(() => page.locator('.readout th').first().innerText()).toContain(
          String(step).replace(/(?=\d{3}$)/, '\u202f'),
        );
        await drawn(page);
      }
    };
    // Observers are told in the order in which they were made: when this one is, the page's own has been.
    await section().evaluate((element) => {
      // Out of sight from the top, whatever the sections above it show by then.
      (element as HTMLElement).style.marginTop = '2000px';
      scrollTo(0, 0);
      return new Promise<void>((resolve) => {
        const observer = new IntersectionObserver(
          (entries) => {
            if (entries.at(-1)!.isIntersecting) return;
            observer.disconnect();
            resolve();
          },
          { rootMargin: '300px' },
        );
        observer.observe(element);
      });
    });
    await drawn(page);
    await goTo(1100, 1200, 1300);
    expect([await shown(), asked]).toEqual(['1000', []]);
    await reveal(page, '#step');
    await eventually(shown).toBe('1300');
    await settled();
    expect(asked).toEqual(['1300']);
    const hide = (hidden: boolean) =>
      page.evaluate((isHidden) => {
        Object.defineProperty(document, 'hidden', { configurable: true, get: () => isHidden });
        document.dispatchEvent(new Event('visibilitychange'));
      }, hidden);
    await hide(true);
    await goTo(1400, 1500, 1600);
    expect([await shown(), asked]).toEqual(['1300', ['1300']]);
    await hide(false);
    await eventually(shown).toBe('1600');
    expect(asked).toEqual(['1300', '1600']);
    // The address follows a moment later: a link to the one that still stands there would be no change.
    await eventually(() => page.url()).toContain('step=1600');
  });

  it.each(['light', 'dark'] as const)('has no serious fault of accessibility in %s', async (colorScheme) => {
    await page.emulateMedia({ colorScheme });
    await visit('step=1000&run=small_run');
    await page.locator('#step .trio').waitFor();
    expect(await seriousFaults(page, '#step')).toEqual([]);
  });
});
