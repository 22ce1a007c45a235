import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    root: '.',
    include: ['test/matrix/**/*.test.ts'],
    globalSetup: ['test/support/own-temporary-folder.ts', 'test/matrix/set-up.ts'],
    reporters: ['./test/matrix/table.ts', ['default', { summary: false, silent: 'passed-only' }]],
    testTimeout: 180_000,
    // Runs of real runners, each of several processes.
    maxConcurrency: 3,
  },
})
