import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const everything = 'test/**/*.test.ts';
const browser = 'test/browser/**/*.test.ts';
/** Files that put another module in the place of one: their modules are their own. */
const replacing = ['test/run/open-model.test.ts'];

export default defineConfig({
  test: {
    // Half of the time tests wait for other processes: two files at once keep two cores busy.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // Tests start whole programs and browsers: on a machine busy with other work that takes minutes, and is no fault.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    setupFiles: ['test/seeded-properties.ts'],
    restoreMocks: true,
    // Files share what they import: to load it again for each would take a third of the time of all tests.
    isolate: false,
    projects: [
      { extends: true, test: { name: 'units', include: [everything], exclude: [browser, ...replacing] } },
      {
        extends: true,
        test: { name: 'browser', include: [browser], globalSetup: ['test/browser/one-chromium.ts'] },
      },
      { extends: true, test: { name: 'replacing', include: replacing, isolate: true } },
    ],
  },
});
