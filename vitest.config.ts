import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Tests start whole programs and browsers: on a machine busy with other work that takes minutes, and is no fault.
    testTimeout: 240_000,
    hookTimeout: 240_000,
  },
});
