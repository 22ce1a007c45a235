import { defineConfig } from 'vitest/config'

export default defineConfig({
  // Pages wait for programs most of the time.
  test: {
    include: ['test/docs/**/*.test.ts'],
    globalSetup: 'test/support/own-temporary-folder.ts',
    testTimeout: 240_000,
    hookTimeout: 240_000,
    maxConcurrency: 2,
  },
})
