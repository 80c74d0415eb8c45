import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { smallPool, smallRun } from '../cli/run.js';
import { describeInChromium } from './chromium.js';
import { eventually, measured, openPage } from './open-page.js';
import { readout } from './readout.js';
import { openServedPage, type ServedPage } from './served-page.js';

const stops = 7;

/** Its texts with plain spaces, as a reader sees them. */
function plain(text: string): string {
  return text.replaceAll(/[\u202f\u00a0]/g, ' ');
}

describeInChromium('the guided tour', () => {
  let opened: ServedPage;

  beforeAll(async () => {
    opened = await openServedPage([smallRun, smallPool], { viewport: { width: 1280, height: 800 } });
  });
  afterAll(async () => {
    await opened?.close();
  });

  const arrive = async (page: Page, stop: number): Promise<string> => {
    await eventually(() => page.locator('.tour-count').textContent()).toBe(`${stop} of ${stops}`);
    await page.locator('.told').waitFor();
    await eventually(() => page.locator('.tour').innerText()).not.toContain('Opening the checkpoints');
    return plain(await page.locator('.tour > p:not(.tour-count)').innerText());
  };
  const goOn = (page: Page) => page.locator('.tour button.strong').click();
  const at = async (page: Page, setting: string) => {
    const cells = await readout(page, setting);
    return Object.fromEntries(Object.entries(cells).map(([name, text]) => [name, plain(text)]));
  };

  it('tells the numbers that the charts and the opened step show', async () => {
    const { page, faults } = opened;
    await measured(page);
    await page.keyboard.press('t');

    const first = await arrive(page, 1);
    let cells = await at(page, 'small_run');
    expect(first).toContain(`A${cells['step']!.slice(1)} the gap is widest`);
    expect(first).toContain(`${cells['ID error']} on familiar sequences (ID), and ${cells['OOD error']} on`);
    await goOn(page);

    const second = await arrive(page, 2);
    cells = await at(page, 'small_run');
    expect(second).toContain(`By ${cells['step']!.slice(3)} the diagonal`);
    expect(second).toContain(`stands ${cells['z-score']} standard deviations`);
    await goOn(page);

    const third = await arrive(page, 3);
    cells = await at(page, 'small_run');
    expect(third).toContain(`A${cells['step']!.slice(1)} what layer 1 reads`);
    expect(third).toContain(`score ${cells['QK–OV match']}: the two layers speak`);
    await goOn(page);

    const fourth = await arrive(page, 4);
    cells = await at(page, 'small_run');
    expect(fourth).toContain(`At step ${cells['OOD ½ at']} the error`);
    const [, end, last] = /it is (0\.\d+) at step ([\d ]+)\./.exec(fourth)!;
    await goOn(page);

    const fifth = await arrive(page, 5);
    expect(fifth).toContain('With only 30 patterns to draw from');
    cells = await at(page, 'small_run');
    expect(cells).toMatchObject({ step: `at step ${last}`, 'OOD error': end });
    cells = await at(page, 'small_pool');
    expect(fifth).toContain(`${cells['ID error']} on familiar sequences, and ${cells['OOD error']} on`);
    expect(fifth).toContain(`stay apart (match ${cells['QK–OV match']}, chance`);
    expect(Number(cells['QK–OV match'])).toBeLessThan(0.7);
    await goOn(page);

    // What is told of attention stands below its maps.
    const sixth = await arrive(page, 6);
    const below = page.locator('.compare-attention .note', { hasText: /induction \d+\s%$/ });
    await eventually(() => below.count()).toBe(2);
    const [before, after] = (await below.allInnerTexts()).map(
      (text) => /induction (\d+ %)$/.exec(plain(text))![1],
    );
    expect(sixth).toContain(`${before} of its attention in A, and ${after} in B`);
    expect(Number.parseFloat(after!)).toBeGreaterThan(Number.parseFloat(before!) + 40);
    await goOn(page);

    const seventh = await arrive(page, 7);
    const weights = [...seventh.matchAll(/with weight ([\d.]+)/g)].map(([, weight]) => weight);
    const tokens = await page.locator('#step .token .value').allInnerTexts();
    const [, token, now, past, follower] =
      /^Token (\d+) stands at position (\d+), and stood at (\d+) before; (\d+) came after/.exec(seventh)!;
    expect([tokens[Number(now)], tokens[Number(past)], tokens[Number(past) + 1]]).toEqual([
      ...[token, token, follower],
    ]);
    const said = page.locator('#step .sequence-said');
    await eventually(() => said.innerText()).toContain(
      `From here head 0.0 looks at ${past} (token ${token}, ${weights[0]})`,
    );
    await page.locator('.tour-trace button').nth(1).click();
    await eventually(() => said.innerText()).toContain(
      `From here head 1.0 looks at ${Number(past) + 1} (token ${follower}, ${weights[1]})`,
    );
    expect(await said.innerText()).toContain(`the model expects ${follower} (`);

    // It ends where a reader goes on alone.
    await page.getByRole('button', { name: 'Type your own' }).click();
    await eventually(() => page.locator('.tour').count()).toBe(0);
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('TEXTAREA');
    expect(await page.locator('.told').count()).toBe(0);
    expect(page.url()).not.toContain('pin=');
    expect(faults).toEqual([]);
  });

  it.each([
    [1280, 800],
    [390, 844],
  ])('stands beside its subject, never over it, at %i × %i', async (width, height) => {
    const { page, faults } = await openPage(opened.browser, {
      viewport: { width, height },
      reducedMotion: 'reduce',
    });
    await page.goto(opened.served.url);
    await measured(page);
    await page.keyboard.press('t');
    /** What is wrong with where the card and its subject are. */
    const wrong = () =>
      page.evaluate(() => {
        const box = (selector: string) => document.querySelector(selector)!.getBoundingClientRect();
        const [card, subject, bar] = [box('.tour'), box('.told'), box('.top-bar')];
        const isApart =
          card.left >= subject.right ||
          card.right <= subject.left ||
          card.top >= subject.bottom ||
          card.bottom <= subject.top;
        const isSeen = ({ left, top, right, bottom }: DOMRect) =>
          left >= 0 && right <= innerWidth && top >= bar.bottom - 1 && bottom <= innerHeight + 1;
        return [
          ...(isApart ? [] : ['the card covers its subject']),
          ...(isSeen(card) ? [] : ['the card is not on the screen']),
          ...(isSeen(subject) ? [] : ['its subject is not on the screen']),
          ...(document.documentElement.scrollWidth <= innerWidth ? [] : ['the page scrolls sideways']),
        ];
      });
    for (let stop = 1; stop <= stops; stop++) {
      await arrive(page, stop);
      await eventually(wrong).toEqual([]);
      await goOn(page);
    }
    await eventually(() => page.locator('.tour').count()).toBe(0);
    expect(faults).toEqual([]);
    await page.context().close();
  });
});
