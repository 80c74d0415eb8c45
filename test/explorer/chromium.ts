import { existsSync } from 'node:fs';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

/** Where Debian, Ubuntu, Fedora and macOS put it; `CHROMIUM` names another. */
const places = [
  process.env['CHROMIUM'] ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** Path of an installed Chromium; undefined where there is none, and then the tests that need it say so and are skipped. */
export const chromiumPath = places.find((path) => path !== '' && existsSync(path));

if (chromiumPath === undefined) {
  process.stderr.write(`
================================================================================
  SKIPPED: the browser tests. No Chromium was found, so NOTHING of the explorer's
  page was tested. Install it (Debian: apt-get install chromium), or name one:
  CHROMIUM=/path/to/chrome npm test
================================================================================
`);
}

/** Starts it without anything that talks to the network by itself. */
export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath!,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** A page and everything that its console said that is not in order. */
export interface Watched {
  readonly page: Page;
  readonly faults: string[];
}

/** Opens a page that notes errors and warnings of its console, exceptions, and requests that fail. */
export async function openPage(browser: Browser, options: BrowserContextOptions = {}): Promise<Watched> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') faults.push(message.text());
  });
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('requestfailed', (request) => {
    // A stream of events ends with its page.
    if (!request.url().endsWith('/api/events')) faults.push(`${request.url()} failed`);
  });
  return { page, faults };
}
