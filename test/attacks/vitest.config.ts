import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/runtimes/**/*.test.ts'],
    globalSetup: 'test/support/own-temporary-folder.ts',
    reporters: ['./test/matrix/table.ts', ['default', { summary: false, silent: 'passed-only' }]],
    maxWorkers: 1,
    testTimeout: 120_000,
    hookTimeout: 300_000,
  },
})
