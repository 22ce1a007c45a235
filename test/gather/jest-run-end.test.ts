/** How a Jest run ended, beside the results of its tests. */
import { describe, expect, it } from 'vitest'
import { JestCollector } from '../../src/gather/jest.js'
import { assertion, fileResult, gather } from '../support/gather-jest.js'

const PASSED = [fileResult([assertion()])]
const SKIPPED = [fileResult([assertion({ status: 'pending' }), assertion({ status: 'todo' })])]

describe('gatherJest, for a run that bail stopped', () => {
  const failed = [fileResult([assertion({ status: 'failed', failureMessages: ['Error: enough'] })])]
  const results = { testResults: failed, numTotalTestSuites: 4, numFailedTests: 1 }

  it('has failed, and one error says why', () => {
    const { outcome, errors } = gather(results, { config: { rootDir: '/repo', bail: 1 } })

    expect(outcome).toBe('failed')
    expect(errors).toEqual([
      {
        kind: 'error',
        name: 'bail',
        message: 'the run stopped after 1 failed test (bail)',
        stack: 'the run stopped after 1 failed test (bail)\n    (3 of 4 test files have no result)',
      },
    ])
  })

  it('counts the failed tests', () => {
    const two = { ...results, numFailedTests: 2 }

    expect(gather(two, { config: { bail: true } }).errors[0]?.message).toContain('after 2 failed tests')
  })

  it('has failed in watch mode, where Jest interrupts the run', () => {
    const watched = { ...results, numTotalTestSuites: 1, wasInterrupted: true }

    expect(gather(watched, { config: { watch: true, bail: 1 } })).toMatchObject({
      outcome: 'failed',
      errors: [{ name: 'bail' }],
    })
  })

  it('gives a test that another worker ran meanwhile the cause bail', () => {
    const collected = new JestCollector()
    collected.onTestFileStart('/repo/b.test.js')
    collected.onTestCaseStart('/repo/b.test.js', { ancestorTitles: [], title: 'runs', startedAt: 3_000 })

    const { modules } = gather(results, { collected, config: { bail: 1 } })

    expect(modules.at(-1)?.tests).toMatchObject([{ title: 'runs', status: 'not-run', notRunCause: 'bail' }])
  })

  it.each([
    ['fewer tests failed than bail allows', { bail: 2 }, {}],
    ['bail is off', { bail: 0 }, {}],
    ['every file has a result', { bail: 1 }, { numTotalTestSuites: 1 }],
  ])('does not blame bail if %s', (_, config, more) => {
    const names = gather({ ...results, ...more }, { config }).errors.map(({ name }) => name)

    expect(names).not.toContain('bail')
  })
})

describe('gatherJest, for obsolete snapshots', () => {
  const obsolete = { unchecked: 2, uncheckedKeys: ['gone 1', 'other 1'] }
  const result = fileResult([assertion()], { snapshot: obsolete })
  const summary = { failure: true, unchecked: 2, unmatched: 0 }

  it('names them in the file that has them', () => {
    const { outcome, errors, modules } = gather({ testResults: [result], snapshot: summary })

    expect(outcome).toBe('error')
    expect(errors).toEqual([])
    expect(modules).toMatchObject([
      { status: 'failed', errors: [{ name: 'SnapshotError', message: 'obsolete snapshots\n  gone 1\n  other 1' }] },
    ])
  })

  it('does not call them an error when the run removes them', () => {
    const config = { rootDir: '/repo', updateSnapshot: 'all' }

    expect(gather({ testResults: [result], snapshot: { failure: false } }, { config })).toMatchObject({
      outcome: 'passed',
      modules: [{ errors: [] }],
    })
  })

  it('names the snapshot files whose test file is gone, relative to the root', () => {
    const snapshot = { failure: true, filesRemoved: 1, filesRemovedList: ['/repo/__snapshots__/gone.test.js.snap'] }

    expect(gather({ testResults: PASSED, snapshot }, { config: { rootDir: '/repo' } })).toMatchObject({
      outcome: 'error',
      errors: [{ name: 'SnapshotError', message: 'obsolete snapshot files\n  __snapshots__/gone.test.js.snap' }],
    })
  })

  it('counts them if Jest does not name them', () => {
    expect(gather({ snapshot: { failure: true, filesRemoved: 1 } }).errors).toEqual([
      {
        kind: 'error',
        name: 'SnapshotError',
        message: 'snapshots are not up to date: 0 obsolete, 1 obsolete files',
      },
    ])
  })
})

describe('gatherJest, for an exit code that something set', () => {
  const exitCode = { code: 3, path: '/repo/cli.test.js' }
  const config = { rootDir: '/repo' }

  it('is an error of the run that names the file', () => {
    expect(gather({ testResults: PASSED }, { exitCode, config })).toMatchObject({
      outcome: 'error',
      errors: [
        {
          kind: 'error',
          name: 'ExitCode',
          message: 'process.exitCode was set to 3 while cli.test.js ran, and no test failed',
        },
      ],
    })
  })

  it('names no file if several ran', () => {
    const [error] = gather({ testResults: PASSED }, { exitCode: { code: 1 }, config }).errors

    expect(error?.message).toBe('process.exitCode was set to 1 during the run, and no test failed')
  })

  it('is no error of a run that failed anyway', () => {
    const failed = [fileResult([assertion({ status: 'failed' })])]

    expect(gather({ testResults: failed }, { exitCode, config })).toMatchObject({ outcome: 'failed', errors: [] })
  })
})

describe('gatherJest, for a run without tests', () => {
  it.each([
    ['only skipped tests and todos', SKIPPED, {}],
    ['a filter that no test matches', SKIPPED, { testNamePattern: 'nothing' }],
    ['no file under --passWithNoTests', [], { passWithNoTests: true }],
    ['no file under --onlyChanged', [], { onlyChanged: true }],
    ['no file under --lastCommit', [], { lastCommit: true }],
  ])('says that it is fine with %s', (_, testResults, config) => {
    const run = gather({ testResults, numTotalTestSuites: testResults.length }, { config })

    expect([run.outcome, run.nothingToRunIsFine]).toEqual(['no-tests', true])
  })

  it('does not say that it is fine if Jest does not', () => {
    expect(gather({ numTotalTestSuites: 0 }).nothingToRunIsFine).toBeUndefined()
    expect(gather({ testResults: PASSED }, { config: { passWithNoTests: true } }).nothingToRunIsFine).toBeUndefined()
    expect(gather({ testResults: SKIPPED }, { exitCode: { code: 1 } })).toMatchObject({ outcome: 'error' })
  })

  it('was not interrupted when Jest 29 exits because --onlyFailures found no failed test', () => {
    const run = gather({ numTotalTestSuites: 0 }, { partial: true, config: { passWithNoTests: false } })

    expect([run.outcome, run.partial, run.nothingToRunIsFine]).toEqual(['no-tests', undefined, undefined])
  })

  it('was interrupted when the process exits before the first of its files has started', () => {
    expect(gather({ numTotalTestSuites: 2 }, { partial: true })).toMatchObject({
      outcome: 'interrupted',
      partial: true,
    })
  })
})
