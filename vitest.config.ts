import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', 'server/test/**/*.test.ts'],
    globalSetup: 'test/support/own-temporary-folder.ts',
    // These have commands of their own, and take their time.
    exclude: ['test/{matrix,interop,faults,fuzz,packed,docs,recipes/run}/**', 'server/test/{faults,browser}/**'],
    // Most of the time goes to programs that tests start and wait for, so one worker would leave a core idle.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // This package reports its own tests, as built and as a user names it.
    reporters: ['default', ['jux-reporter/vitest', { storagePath: '.jux' }]],
  },
})
