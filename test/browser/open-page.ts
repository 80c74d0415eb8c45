import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { assert, expect, vi } from 'vitest';
import { complaintsOf } from './chromium.js';

/** However busy the machine is. */
const waiting = { timeout: 60_000, interval: 50 };

/** A page and everything that was not in order in it. */
export interface Watched {
  readonly page: Page;
  readonly faults: string[];
}

/** Opens a page that notes errors and warnings of its console, exceptions, and requests that fail. */
export async function openPage(browser: Browser, options: BrowserContextOptions = {}): Promise<Watched> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();
  const faults = complaintsOf(page);
  page.on('requestfailed', (request) => {
    // A stream of events ends with its page.
    if (!request.url().endsWith('/api/events')) faults.push(`${request.url()} failed`);
  });
  return { page, faults };
}

/**
 * Scrolls to a section as a reader would who looks for it, until its code is loaded: what stands for it meanwhile goes
 * away, so it is found again in every frame.
 */
export async function reveal(page: Page, selector: string): Promise<void> {
  await page.waitForFunction((wanted) => {
    const section = document.querySelector(wanted);
    if (section !== null) section.scrollIntoView();
    else scrollTo(0, document.documentElement.scrollHeight);
    return section !== null && !section.matches('.skeleton');
  }, selector);
}

/** Waits until every run of the page is measured and every panel has its curves. @throws Error with what it says instead */
export async function measured(page: Page): Promise<void> {
  const lacking = () =>
    document.querySelector('.readout') === null
      ? ['no readout']
      : [...document.querySelectorAll<HTMLElement>('.chart-note, .run-status')]
          // The lab below waits to be begun.
          .filter((note) => note.closest('#lab') === null)
          .map((note) => note.innerText);
  await vi.waitFor(async () => assert.deepEqual(await page.evaluate(lacking), []), waiting);
}

/** Waits until the page has drawn what it was just told: two frames, the second of which begins after the first is done. */
export function drawn(page: Page): Promise<void> {
  return page.evaluate(async () => {
    for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
  });
}

/** Expects something of a page that need not be so at once, however busy the machine is. */
export function eventually<T>(read: () => T | Promise<T>) {
  return expect.poll(read, waiting);
}
