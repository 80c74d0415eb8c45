import type { Browser, BrowserContextOptions } from 'playwright-core';
import { type Exploring, explore } from '../../src/server/explore.js';
import { launchChromium } from './chromium.js';
import { openPage, type Watched } from './open-page.js';

/** An explorer that serves runs, and a browser with a page of it. */
export interface ServedPage extends Watched {
  readonly browser: Browser;
  readonly served: Exploring;
  close(): Promise<void>;
}

/**
 * Serves runs and opens their page; what it shows first need not be there yet.
 * @param hash the view, as it stands in a link
 */
export async function openServedPage(
  inputs: readonly string[],
  { hash = '', pollMilliseconds, ...context }: ServedPageOptions = {},
): Promise<ServedPage> {
  const options = { host: '127.0.0.1', port: 0, jobs: 1, version: '0.0.0-test' };
  const [browser, served] = await Promise.all([
    launchChromium(),
    explore(inputs, { ...options, ...(pollMilliseconds !== undefined && { pollMilliseconds }) }),
  ]);
  const watched = await openPage(browser, context);
  await watched.page.goto(`${served.url}${hash === '' ? '' : `#${hash}`}`);
  return {
    ...watched,
    ...{ browser, served },
    close: async () => {
      await browser.close();
      await served.close();
    },
  };
}

export interface ServedPageOptions extends BrowserContextOptions {
  readonly hash?: string;
  /** How often folders are looked at. */
  readonly pollMilliseconds?: number;
}
