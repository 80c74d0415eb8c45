import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import { describe } from 'vitest';

/** Where systems keep it; `CHROMIUM` names another. */
const places = [
  ...['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/snap/bin/chromium'],
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

const executable = [process.env['CHROMIUM'] ?? '', ...places].find((path) => path !== '' && existsSync(path));

/** What takes a second on an idle machine may take long on a busy one. */
const timeout = 120_000;

/** A group of tests in a real Chromium. Where there is none they are skipped, and that is said aloud. */
export function describeInChromium(name: string, tests: () => void): void {
  if (executable === undefined) {
    process.stderr.write(
      `\n*** SKIPPED: ${name}. No Chromium was found. Install one (Debian: apt-get install chromium), or name it: CHROMIUM=/path/to/it npm test ***\n\n`,
    );
  }
  describe.skipIf(executable === undefined)(name, { timeout }, tests);
}

/** Starts it, with nothing that calls home. */
export function launchChromium(): Promise<Browser> {
  const off = ['gpu', 'quic', 'background-networking', 'component-update', 'sync'].map(
    (name) => `--disable-${name}`,
  );
  return chromium.launch({ executablePath: executable!, args: ['--no-sandbox', '--no-first-run', ...off] });
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
