import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { version } from '../../src/cli/version.js';
import type { RunConfig } from '../../src/run/config.js';
import { type Exploring, explore } from '../../src/server/explore.js';
import { describeInChromium, launchChromium } from './chromium.js';
import { eventually, openPage } from './open-page.js';

/** Trains a step in a millisecond. */
const tiny: Partial<RunConfig> = {
  max_seq_len: 24,
  vocab_size: 12,
  d_model: 16,
  rep_l: 6,
  rep_h: 11,
  ood_len_pattern: 11,
  n_save: 4,
  sample_size_test: 20,
};

/** Runs in the training worker before its own code: what goes wrong there by itself is hard to bring about. */
function inWorker(page: Page, code: string): Promise<unknown> {
  return page.route(/lab\.worker/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `${code};${await response.text()}` });
  });
}

describeInChromium('the lab when something is in its way', () => {
  let exploring: Exploring;
  let browser: Browser;
  beforeAll(async () => {
    exploring = await explore([], { host: '127.0.0.1', port: 0, jobs: 1, version });
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await exploring?.close();
  });

  const openLab = async (prepare: (page: Page) => Promise<unknown> = async () => {}) => {
    const { page, faults } = await openPage(browser);
    await prepare(page);
    await page.goto(`${exploring.url}lab.html`);
    const bench = page.locator('.bench').nth(1);
    const more = bench.locator('details.more');
    const set = async (options: Partial<RunConfig>) => {
      if (!(await more.evaluate((element) => (element as HTMLDetailsElement).open))) {
        await more.locator('summary').click();
      }
      for (const [option, value] of Object.entries(options)) {
        await bench.locator(`#lab-2-${option}`).fill(String(value));
      }
    };
    const train = (name = /^Train/) => bench.getByRole('button', { name }).click();
    const phase = () => bench.locator('.standing [role=status]').innerText();
    const step = () => bench.locator('progress').evaluate((bar) => (bar as HTMLProgressElement).value);
    return { page, faults, bench, set, train, phase, step };
  };

  it('says that a model does not fit into memory, and trains a smaller one', async () => {
    const { page, faults, bench, set, train, phase, step } = await openLab();
    // Attention of a sequence to itself grows with the square of its length: beyond 4 GiB here.
    await set({ ...tiny, max_seq_len: 40_000, num_epoch: 50 });
    await train();
    await eventually(phase).toBe('stopped');
    expect(await bench.locator('.standing .problem').innerText()).toMatch(
      /the model needs \d+ MiB, more than is available; choose smaller sizes/,
    );
    await set({ ...tiny, num_epoch: 50 });
    await train(/^Train again/);
    await eventually(phase).toBe('finished');
    expect(await step()).toBe(50);
    expect(await bench.locator('.standing .problem').count()).toBe(0);
    expect(faults).toEqual([]);
    await page.context().close();
  });

  it('keeps what was trained when memory runs out on the way, and can begin again', async () => {
    const { page, bench, set, train, phase, step } = await openLab((lab) =>
      inWorker(
        lab,
        `const tell = postMessage.bind(self);
        self.postMessage = (event) => {
          if (event.kind === 'progress' && event.step > 60) throw new RangeError('Array buffer allocation failed');
          tell(event);
        }`,
      ),
    );
    await set({ ...tiny, num_epoch: 200 });
    await train();
    await eventually(phase).toBe('stopped');
    expect(await bench.locator('.standing .problem').innerText()).toMatch(
      /the browser ran out of memory; choose .*What was trained so far is kept: download it/,
    );
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      bench.getByRole('button', { name: /download .*\.pt/ }).click(),
    ]);
    expect(file.suggestedFilename()).toBe('pool_30_seed_2026.zip');
    await page.unrouteAll();
    await train(/^Train again/);
    await eventually(phase).toBe('finished');
    expect(await step()).toBe(200);
    await page.context().close();
  });

  it('says that a worker has gone silent, and no longer when it is heard again', async () => {
    let hearAgain = () => {};
    const { page, faults, bench, set, train, phase, step } = await openLab(async (lab) => {
      await lab.clock.install();
      // The worker stands still until an answer comes.
      await lab.route('**/silence', async (route) => {
        await new Promise<void>((resolve) => {
          hearAgain = resolve;
        });
        await route.fulfill({ body: '' });
      });
      await inWorker(
        lab,
        `const tell = postMessage.bind(self);
        let told = 0;
        self.postMessage = (event) => {
          tell(event);
          if (event.kind !== 'progress' || ++told !== 2) return;
          const silence = new XMLHttpRequest();
          silence.open('GET', '/silence', false);
          silence.send();
        }`,
      );
    });
    await set({ ...tiny, num_epoch: 100_000 });
    await train();
    const alert = bench.getByText('Nothing has come from the worker for a while');
    await eventually(step).toBeGreaterThan(0);
    expect(await alert.count()).toBe(0);
    // The clock of the page alone goes ahead.
    await page.clock.fastForward(13_000);
    await eventually(() => alert.count()).toBe(1);
    expect(await phase()).toBe('training');
    hearAgain();
    await eventually(() => alert.count()).toBe(0);
    expect(await phase()).toBe('training');
    expect(faults).toEqual([]);
    await page.context().close();
  });

  it('trains on in a hidden tab, and tells in its title how far it is', async () => {
    const { page, faults, set, train, step, phase } = await openLab();
    const title = await page.title();
    await set({ ...tiny, num_epoch: 20_000 });
    await train();
    await eventually(step).toBeGreaterThan(0);
    const hide = (hidden: boolean) =>
      page.evaluate((isHidden) => {
        Object.defineProperty(document, 'hidden', { configurable: true, get: () => isHidden });
        document.dispatchEvent(new Event('visibilitychange'));
      }, hidden);
    await hide(true);
    const before = await step();
    await eventually(step).toBeGreaterThan(before + 100);
    expect(await page.title()).toMatch(new RegExp(`^\\d+ % trained · ${title}$`));
    expect(await phase()).toBe('training');
    await hide(false);
    expect(await page.title()).toBe(title);
    expect(faults).toEqual([]);
    await page.context().close();
  });

  it('trains neither model while the settings of one are wrong, and says which', async () => {
    const { page, faults, set } = await openLab();
    const both = page.getByRole('button', { name: 'Train both' });
    const said = page.locator('.pair-problem');
    expect(await said.count()).toBe(0);
    await set({ num_heads: 3 });
    expect(await said.innerText()).toBe(
      'The second model cannot be trained: 3 heads do not divide d_model 32; choose a divisor. Each model can be trained alone by its own button.',
    );
    expect(await both.isDisabled()).toBe(true);
    await set({ num_heads: 2 });
    expect(await said.count()).toBe(0);
    await both.click();
    await page.getByRole('button', { name: 'Pause both' }).click();
    expect(faults).toEqual([]);
    await page.context().close();
  });

  it('names the values of the model that is behind, each with its own step', async () => {
    const { page, faults, set, train, phase } = await openLab(async (lab) => {
      await lab.addInitScript(() => {
        const { fillText } = CanvasRenderingContext2D.prototype;
        const texts: string[] = [];
        Object.assign(globalThis, { texts });
        CanvasRenderingContext2D.prototype.fillText = function (text, ...place) {
          if (this.canvas.closest('[data-panel=errors]') !== null) texts.push(text);
          fillText.call(this, text, ...place);
        };
      });
    });
    await set({ ...tiny, num_epoch: 40 });
    await train();
    await eventually(phase).toBe('finished');
    const faster = page.locator('.bench').nth(0);
    await faster.locator('#lab-1-num_epoch').fill('120');
    await faster.locator('#lab-1-d_model').fill('16');
    await faster.getByRole('button', { name: /^Train/ }).click();
    await eventually(() => faster.locator('.standing [role=status]').innerText()).toBe('finished');
    // At the end of the one that is ahead.
    await page.getByRole('slider', { name: 'checkpoint' }).focus();
    await page.keyboard.press('End');
    await eventually(() =>
      page.evaluate(() => (globalThis as unknown as { texts: string[] }).texts.slice(-12)),
    ).toContainEqual(expect.stringMatching(/^pool_30 0\.\d+ at 40$/));
    expect(faults).toEqual([]);
    await page.context().close();
  });

  it('is where its server leads, with its charts beside the buttons', async () => {
    const { page, faults } = await openPage(browser, { viewport: { width: 1280, height: 800 } });
    await page.goto(exploring.url);
    await page.locator('.bench').first().waitFor();
    expect(page.url()).toBe(`${exploring.url}lab.html`);
    for (const [width, height, charts] of [
      [1280, 800, 4],
      [390, 844, 1],
    ] as const) {
      await page.setViewportSize({ width, height });
      await page.locator('.pair-choice').evaluate((choice) => {
        const bar = document.querySelector('.top-bar')!.clientHeight;
        scrollBy(0, choice.getBoundingClientRect().top - bar);
      });
      const seen = () =>
        page.evaluate(() => {
          const isSeen = (element: Element) => {
            const { top, bottom } = element.getBoundingClientRect();
            return top >= 0 && bottom <= innerHeight;
          };
          return {
            button: isSeen(document.querySelector('button.both')!),
            charts: [...document.querySelectorAll('.panel .chart')].filter(isSeen).length,
          };
        });
      await eventually(seen).toEqual({ button: true, charts: expect.any(Number) });
      expect((await seen()).charts, `charts at ${width}`).toBeGreaterThanOrEqual(charts);
    }
    expect(faults).toEqual([]);
    await page.context().close();
  });

  it('says of a single layer why panels and maps have nothing to show', async () => {
    const { page, faults, set, train, phase } = await openLab();
    await set({ ...tiny, num_layers: 1, num_epoch: 40 });
    await train();
    await eventually(phase).toBe('finished');
    for (const panel of ['z_score', 'qk_ov_match', 'mismatch_ratio']) {
      const note = page.locator(`[data-panel=${panel}] .chart-note`);
      await eventually(() => note.allInnerTexts()).toEqual([
        'A model of one layer has no later layer that reads what the first one writes.',
      ]);
    }
    for (const panel of ['errors', 'wte_ov_match']) {
      expect(await page.locator(`[data-panel=${panel}] .chart-note`).count(), panel).toBe(0);
    }
    await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
    await page.locator('#lab-step .opened .token').first().waitFor();
    const step = page.locator('#lab-step');
    expect(await step.locator('.maps figure').count()).toBe(1);
    expect(await step.innerText()).toContain('A model of one layer has no later layer to read');
    expect(faults).toEqual([]);
    await page.context().close();
  });
});
