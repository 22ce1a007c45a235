import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['server/test/browser/*.test.ts'],
    globalSetup: 'test/support/own-temporary-folder.ts',
    testTimeout: 300_000,
    hookTimeout: 120_000,
    fileParallelism: false,
  },
})
