import { describe, expect, it } from 'vitest'
import { assertion, fileResult, gather, STACK } from '../support/gather-jest.js'

describe('a run of Jest', () => {
  it('says what it was configured with', () => {
    const config = { shard: { shardIndex: 2, shardCount: 3 }, watchAll: true, seed: 42 }

    expect(gather({ startTime: 0 }, { config })).toMatchObject({
      rootDir: '/elsewhere',
      shard: { index: 2, count: 3 },
      watch: true,
      seed: 42,
      durationMs: 0,
      outcome: 'no-tests',
    })
  })

  it.each([
    ['a limit of failures was reached', { bail: 1 }, { numFailedTests: 1 }, 'interrupted', ': the run stopped after'],
    ['files that do not load count too', { bail: true }, { numRuntimeErrorTestSuites: 1 }, 'interrupted', 'stopped'],
    ['nobody knows why', {}, {}, 'error', '1 of 2 test files have no result'],
  ])('without a result of every file is not green: %s', (_, config, counts, outcome, message) => {
    const results = { testResults: [fileResult([assertion()])], numTotalTestSuites: 2, ...counts }

    expect(gather(results, { config })).toMatchObject({
      outcome,
      errors: [{ name: 'IncompleteRun', message: expect.stringContaining(message) }],
    })
  })

  it.each([
    [{ wasInterrupted: true }, 'interrupted'],
    [{ numFailedTests: 1 }, 'error'],
    [{ numRuntimeErrorTestSuites: 1 }, 'error'],
    [{ runExecError: { message: 'boom', stack: STACK } }, 'error'],
    [{ snapshot: { failure: true, unmatched: 0, unchecked: 2 } }, 'error'],
    [{ snapshot: { failure: true, unmatched: 1 } }, 'passed'],
    [{}, 'passed'],
  ])('of passed tests alone with %j is %s', (results, outcome) => {
    expect(gather({ testResults: [fileResult([assertion()])], ...results }).outcome).toBe(outcome)
  })

  it('says which snapshots nobody uses any more', () => {
    expect(gather({ snapshot: { failure: true, filesRemoved: 1 } }).errors).toEqual([
      {
        kind: 'error',
        name: 'SnapshotError',
        message: 'snapshots are not up to date: 0 obsolete, 1 obsolete files',
      },
    ])
  })
})
