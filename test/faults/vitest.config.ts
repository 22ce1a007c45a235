import { defineConfig } from 'vitest/config'

/** Long runs against the package as built: `npm run test:faults`; `JUX_FAULTS=quick` for a twentieth of the counts. */
export default defineConfig({
  test: {
    include: ['test/faults/**/*.test.ts'],
    globalSetup: 'test/support/own-temporary-folder.ts',
    testTimeout: 1_200_000,
    hookTimeout: 60_000,
    fileParallelism: false,
  },
})
