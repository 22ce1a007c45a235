import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/foreign-verifiers/**/*.test.ts'],
    globalSetup: 'test/support/own-temporary-folder.ts',
    // The files share what is installed.
    fileParallelism: false,
    reporters: ['verbose'],
    disableConsoleIntercept: true,
    testTimeout: 120_000,
    hookTimeout: 600_000,
  },
})
