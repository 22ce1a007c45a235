import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/matrix/**', 'test/interop/**', 'test/faults/**'],
    testTimeout: 30_000,
  },
})
