import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['server/test/faults/*.test.ts'],
    globalSetup: 'test/support/own-temporary-folder.ts',
    testTimeout: 1_800_000,
    hookTimeout: 60_000,
    fileParallelism: false,
  },
})
