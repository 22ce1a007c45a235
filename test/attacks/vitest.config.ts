import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/attacks/**/*.test.ts'],
    globalSetup: 'test/support/own-temporary-folder.ts',
    reporters: ['default'],
  },
})
