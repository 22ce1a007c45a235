import { defineConfig } from 'vitest/config'

/** Lines and branches, in percent, of each of the folders on its own. */
function heldTo(percent: number, folders: readonly string[]) {
  return Object.fromEntries(folders.map((folder) => [`${folder}/**`, { lines: percent, branches: percent }]))
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', 'server/test/**/*.test.ts'],
    globalSetup: 'test/support/own-temporary-folder.ts',
    // These have commands of their own, and take their time.
    exclude: [
      'test/{attacks,matrix,interop,consumers,faults,foreign-verifiers,fuzz,layouts,packed,docs,recipes/run,runtimes,shards}/**',
      'server/test/{faults,browser,hostile,openapi}/**',
    ],
    // Most of the time goes to programs that tests start and wait for, so one worker would leave a core idle.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // This package reports its own tests, as built and as a user names it.
    reporters: ['default', ['jux-reporter/vitest', { storagePath: '.jux' }]],
    coverage: {
      provider: 'v8',
      enabled: process.env.COVERAGE === '1',
      include: ['src/**/*.ts', 'server/src/**/*.{ts,tsx}'],
      exclude: [
        // Types and lists of names: there is nothing in them that runs.
        'src/{index,internal}.ts',
        'src/{gather/jest-types,gather/vitest-types,gather/playwright-types,sign/trust-types,config/options}.ts',
        'server/src/{context,database/schema}.ts',
        // The first lines of the programs: tests start them as processes, whose coverage is not seen here.
        '{src/cli,server/src}/bin.ts',
        'server/src/ingest/{worker,worker-messages}.ts',
        // They run in the process of a test runner, which tests start too.
        'src/cli/run/{preload,add-reporter,vitest,jest,playwright,runner-arguments}.ts',
        'src/reporters/added-{vitest,jest,playwright}.ts',
        // It starts a command under another account, as a process.
        'src/cli/run/launch.ts',
      ],
      reporter: ['text-summary', 'json', 'json-summary'],
      thresholds: {
        ...heldTo(90, [
          'src/sign',
          'src/report',
          'src/xml',
          'src/scrub',
          'src/attest',
          'src/gate',
          'src/store',
          'src/submit',
          'server/src/ingest',
        ]),
        ...heldTo(
          85,
          ['cli', 'config', 'enrich', 'gather', 'render', 'reporters'].map((name) => `src/${name}`),
        ),
        ...heldTo(
          85,
          ['access', 'database', 'pages', 'queries', 'routes'].map((name) => `server/src/${name}`),
        ),
        '{src,server/src}/*.ts': { lines: 85, branches: 85 },
      },
    },
  },
})
