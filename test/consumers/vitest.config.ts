import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/consumers/**/*.test.ts'],
    globalSetup: 'test/support/own-temporary-folder.ts',
    reporters: [['tree', { summary: false }]],
    maxWorkers: 1,
    testTimeout: 120_000,
    hookTimeout: 600_000,
  },
})
