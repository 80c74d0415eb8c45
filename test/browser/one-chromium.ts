import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the Chromium of all tests listens; null where none was found. */
    chromium: string | null;
  }
}

/** Where systems keep it; `CHROMIUM` names another. */
const places = [
  ...['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/snap/bin/chromium'],
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/**
 * Starts one Chromium for all test files, since each start takes a second of CPU time; with nothing that calls home.
 * @returns how to end it
 */
export default async function startChromium(
  project: TestProject,
): Promise<(() => Promise<void>) | undefined> {
  const executablePath = [process.env['CHROMIUM'] ?? '', ...places].find(
    (path) => path !== '' && existsSync(path),
  );
  if (executablePath === undefined) {
    project.provide('chromium', null);
    return undefined;
  }
  const off = ['gpu', 'quic', 'background-networking', 'component-update', 'sync'].map(
    (name) => `--disable-${name}`,
  );
  const server = await chromium.launchServer({
    executablePath,
    host: '127.0.0.1',
    args: ['--no-sandbox', '--no-first-run', ...off],
  });
  project.provide('chromium', server.wsEndpoint());
  return () => server.close();
}
