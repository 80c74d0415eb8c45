import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/browser/one-chromium.ts'],
    // Half of the time tests wait for other processes: two files at once keep two cores busy.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // Tests start whole programs and browsers: on a machine busy with other work that takes minutes, and is no fault.
    testTimeout: 240_000,
    hookTimeout: 240_000,
  },
});
