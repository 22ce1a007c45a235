import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['server/test/hostile/*.test.ts'],
    globalSetup: 'test/support/own-temporary-folder.ts',
    testTimeout: 120_000,
    hookTimeout: 60_000,
    fileParallelism: false,
  },
})
