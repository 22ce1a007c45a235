import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/recipes/run/**/*.test.ts'],
    globalSetup: 'test/support/own-temporary-folder.ts',
    maxWorkers: 2,
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
})
