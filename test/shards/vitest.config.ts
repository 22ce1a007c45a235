import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/shards/**/*.test.ts'],
    globalSetup: 'test/support/own-temporary-folder.ts',
    maxWorkers: 1,
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
})
