import { type Browser, chromium, type Download, type Page } from 'playwright-core';
import { describe, inject } from 'vitest';

/** Of the Chromium that all tests share; `one-chromium.ts` has started it. */
const endpoint = inject('chromium');

/** What takes a second on an idle machine may take long on a busy one. */
const timeout = 120_000;

/** A group of tests in a real Chromium. Where there is none they are skipped, and that is said aloud. */
export function describeInChromium(name: string, tests: () => void): void {
  if (endpoint === null) {
    process.stderr.write(
      `\n*** SKIPPED: ${name}. No Chromium was found. Install one (Debian: apt-get install chromium), or name it: CHROMIUM=/path/to/it npm test ***\n\n`,
    );
  }
  describe.skipIf(endpoint === null)(name, { timeout }, tests);
}

/**
 * The Chromium of all tests, as if it were one's own: closing it closes the pages that were opened through it, and no others.
 */
export function launchChromium(): Promise<Browser> {
  return chromium.connect(endpoint!);
}

/** Everything that a page complains about, as it comes: a test expects none of it. */
export function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  return complaints;
}

/** What a page has handed out. */
export async function bytesOf(download: Download): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of await download.createReadStream()) chunks.push(chunk);
  return Buffer.concat(chunks);
}
