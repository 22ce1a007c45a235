import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['server/test/openapi/*.test.ts'],
    globalSetup: 'test/support/own-temporary-folder.ts',
    testTimeout: 900_000,
    hookTimeout: 600_000,
    fileParallelism: false,
    disableConsoleIntercept: true,
  },
})
