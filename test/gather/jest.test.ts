import { describe, expect, it } from 'vitest'
import { gatherJest, type JestInput } from '../../src/gather/jest.js'
import { createJestCollector } from '../../src/gather/jest-collector.js'
import type { JestAssertion, JestFileResult, JestResults } from '../../src/gather/jest-types.js'
import type { TestResult } from '../../src/model.js'

/** What Jest says of a test that passed at once. */
function assertion(parts: Partial<JestAssertion> = {}): JestAssertion {
  return { ancestorTitles: [], title: 'works', status: 'passed', duration: 5, startAt: 2_000, invocations: 1, ...parts }
}

function fileResult(testResults: readonly JestAssertion[], parts: Partial<JestFileResult> = {}): JestFileResult {
  return { testFilePath: '/repo/a.test.js', testResults, ...parts }
}

function gather(results: Partial<JestResults>, parts: Partial<JestInput> = {}) {
  return gatherJest({
    results: { testResults: [], startTime: 1_000, ...results },
    config: { rootDir: '/repo' },
    version: '30.5.2',
    collected: createJestCollector(),
    runId: 'run',
    finishedAtMs: 4_000,
    cwd: '/elsewhere',
    ...parts,
  })
}

/** What becomes of the only test of a run. */
function gatherTest(test: Partial<JestAssertion>, config = {}): TestResult {
  const [found] = gather({ testResults: [fileResult([assertion(test)])] }, { config }).modules[0]?.tests ?? []
  if (found === undefined) throw new Error('the test is gone')
  return found
}

const STACK = 'Error: boom\n    at Object.<anonymous> (/repo/a.test.js:7:3)'

describe('a test of Jest', () => {
  it('has its times, and one exact attempt, when it passed at once', () => {
    expect(gatherTest({})).toMatchObject({
      status: 'passed',
      flaky: false,
      startedAt: '1970-01-01T00:00:02.000Z',
      durationMs: 5,
      attempts: [{ index: 0, status: 'passed', errors: [], exact: true }],
    })
  })

  it('whose attempts nobody saw has as many as Jest counted, and says that it knows only the last', () => {
    const test = gatherTest({ invocations: 3, failing: true })

    expect(test).toMatchObject({ flaky: true, retry: { count: 2 }, expectedFailure: true })
    expect(test.attempts.map(({ status, exact }) => [status, exact])).toEqual([
      ['failed', false],
      ['failed', false],
      ['passed', true],
    ])
  })

  it('has no times where Jest has none', () => {
    const test = gatherTest({ duration: null, startAt: null, invocations: undefined })

    expect([test.startedAt, test.durationMs, test.attempts.length]).toEqual([undefined, undefined, 1])
  })

  it.each([
    ['pending', {}, 'skipped', undefined],
    ['pending', { testNamePattern: 'other' }, 'skipped', 'filter'],
    ['pending', { testNamePattern: 'WORKS' }, 'skipped', undefined],
    ['pending', { testNamePattern: '(' }, 'skipped', undefined],
    ['disabled', {}, 'skipped', undefined],
    ['todo', {}, 'todo', undefined],
  ])('that is %s under %j is %s', (status, config, expected, notRunCause) => {
    const test = gatherTest({ status }, config)

    expect([test.status, test.notRunCause, test.attempts]).toEqual([expected, notRunCause, []])
  })

  it('has the line it is declared at, else the one it failed at', () => {
    const failed = { status: 'failed', failureMessages: [STACK] }

    expect(gatherTest({ ...failed, location: { line: 2, column: 0 } }).location).toEqual({ line: 2 })
    expect(gatherTest(failed, { rootDir: '/repo' }).location).toEqual({ line: 7, column: 3 })
  })

  it('has an error for each message, with the details where Jest copied them', () => {
    const test = gatherTest({
      status: 'failed',
      failureDetails: [{ message: 'boom', stack: STACK, matcherResult: { expected: 1, actual: 2 } }, {}],
      failureMessages: [STACK, 'TypeError: of an event', 'thrown: "text"'],
    })

    expect(test.errors).toMatchObject([
      { kind: 'assertion', message: 'boom', expected: '1', actual: '2' },
      { kind: 'error', name: 'TypeError', message: 'of an event' },
      { message: 'thrown: "text"' },
    ])
  })

  it('that threw a value which Jest wrapped has the place of the inner error', () => {
    const inner = { message: '', stack: 'Error: \n    at Object.test (/repo/a.test.js:9:1)' }
    const wrapped = { message: 'thrown: "text"', stack: 'Error: thrown: "text"', cause: inner }

    expect(gatherTest({ status: 'failed', failureDetails: [wrapped] }, { rootDir: '/repo' }).errors).toMatchObject([
      { message: 'thrown: "text"', location: { line: 9, column: 1 } },
    ])
  })

  it('that threw an error with a cause of its own keeps both', () => {
    const own = {
      message: 'thrown: by us',
      stack: 'Error: thrown: by us',
      cause: { message: 'why', stack: 'Error: why' },
    }

    expect(gatherTest({ status: 'failed', failureDetails: [own] }).errors).toMatchObject([
      { message: 'thrown: by us', cause: { message: 'why' } },
    ])
  })

  it.each([
    [
      'thrown: "Exceeded timeout of 5 ms for a hook.',
      'Error\n    at Object.beforeEach (/repo/a.test.js:3:1)',
      'beforeEach',
    ],
    ['thrown: "Exceeded timeout of 5 ms for a hook.', 'Error\n    at /repo/a.test.js:3:1', undefined],
    ['boom', 'Error: boom\n    at _callCircusHook (/repo/node_modules/jest-circus/run.js:1:1)', undefined],
  ])('that failed in a hook says so: %s', (message, stack, hook) => {
    const [error] = gatherTest({ status: 'failed', failureDetails: [{ message, stack }] }).errors

    expect([error?.kind, error?.hook]).toEqual(['hook', hook])
  })
})

describe('a test file of Jest', () => {
  it('that could not be loaded has an error of loading', () => {
    const error = { message: 'Cannot find module', stack: 'Error: Cannot find module' }

    const run = gather({ testResults: [fileResult([], { testExecError: error })] })

    expect(run.outcome).toBe('error')
    expect(run.modules[0]).toMatchObject({ status: 'failed', rawStatus: 'failed', errors: [{ kind: 'load' }] })
  })

  it('with tests has an error that is of a hook, or of nobody', () => {
    const errorsOf = (stack: string) =>
      gather({ testResults: [fileResult([assertion()], { testExecError: { message: 'boom', stack } })] }).modules[0]
        ?.errors

    expect(errorsOf('Error: boom\n    at _callCircusHook (/x.js:1:1)')).toMatchObject([
      { kind: 'hook', hook: 'afterAll' },
    ])
    expect(errorsOf(STACK)).toMatchObject([{ kind: 'unhandled' }])
  })

  it('has the text of its failure where the error came without a stack', () => {
    const parts = { testExecError: { message: 'x' }, failureMessage: 'SyntaxError: Unexpected token\n\n  1 | (' }

    expect(gather({ testResults: [fileResult([], parts)] }).modules[0]?.errors).toMatchObject([
      { kind: 'load', name: 'SyntaxError', message: expect.stringMatching(/^Unexpected token/) },
    ])
    expect(gather({ testResults: [fileResult([], { testExecError: 'text' })] }).modules[0]?.errors).toEqual([
      { kind: 'load', name: 'string', message: 'text' },
    ])
  })

  it('has its times, as far as Jest took them', () => {
    const start = { start: 1_000, end: 3_000 }
    const perfStats = {
      ...start,
      loadTestEnvironmentStart: 1_000,
      loadTestEnvironmentEnd: 1_200,
      setupFilesStart: 1_200,
    }

    const [whole, none, negative] = gather({
      testResults: [
        fileResult([], { perfStats }),
        fileResult([], { perfStats: { start: 0, end: 0 } }),
        fileResult([], { perfStats: { start: 2_000, end: 1_000 } }),
      ],
    }).modules

    expect(whole).toMatchObject({
      startedAt: '1970-01-01T00:00:01.000Z',
      durationMs: 2_000,
      timings: { environment: 200 },
    })
    expect(none).not.toHaveProperty('startedAt')
    expect(negative).toMatchObject({ durationMs: 0 })
    expect(negative).not.toHaveProperty('timings')
  })

  it.each([
    [{ name: 'web' }, 'web'],
    ['web', 'web'],
    [undefined, undefined],
  ])('of the project %j is told from others of its name', (displayName, project) => {
    const [module] = gather({ testResults: [fileResult([], { displayName })] }).modules

    expect([module?.project, module?.id]).toEqual([project, JSON.stringify([project ?? '', 'a.test.js'])])
  })

  it('that was skipped whole ran nothing', () => {
    expect(gather({ testResults: [fileResult([], { skipped: true })] }).modules[0]).toMatchObject({
      status: 'skipped',
      rawStatus: 'skipped',
    })
  })

  it('keeps its console output, which Jest releases before the run is over', () => {
    const collector = createJestCollector()
    const console = [
      { type: 'log', message: 'said' },
      { type: 'warn', message: 'warned' },
    ]
    const kept = fileResult([assertion()], { console })
    collector.onTestFileStart(kept.testFilePath)
    collector.onTestFileResult(kept)
    Object.assign(kept, { console: null })
    const unseen = fileResult([], { console: [{ type: 'trace', message: 'late' }] })

    const run = gather({ testResults: [kept, unseen] }, { collected: collector })

    expect(run.modules.map(({ output }) => output)).toEqual([
      [
        { stream: 'stdout', text: 'said\n' },
        { stream: 'stderr', text: 'warned\n' },
      ],
      [{ stream: 'stderr', text: 'late\n' }],
    ])
  })

  it('whose worker was killed keeps the tests that had ended, once each', () => {
    const collector = createJestCollector()
    const killed = fileResult([], { testExecError: { message: 'terminated', stack: 'Error: terminated' } })
    collector.onTestFileStart(killed.testFilePath)
    collector.onTestCaseResult(killed.testFilePath, assertion({ status: 'failed', failureMessages: [STACK] }))
    collector.onTestCaseResult(killed.testFilePath, assertion({ invocations: 2 }))
    collector.onTestCaseResult('/repo/never-begun.test.js', assertion())
    collector.onTestFileResult(killed)

    const [module] = gather({ testResults: [killed] }, { collected: collector }).modules

    expect(module?.tests).toMatchObject([
      { status: 'passed', flaky: true, attempts: [{ errors: [{ message: 'boom' }] }, { status: 'passed' }] },
    ])
    expect(module).toMatchObject({ status: 'failed', errors: [{ kind: 'unhandled', message: 'terminated' }] })
  })

  it('that was not done when the process died has the tests that had ended', () => {
    const collector = createJestCollector()
    collector.onTestFileStart('/repo/b.test.js')
    collector.onTestCaseStart('/repo/b.test.js', { ancestorTitles: ['s'], title: 'begins', startedAt: 3_000 })
    collector.onTestCaseResult('/repo/b.test.js', assertion({ ancestorTitles: ['s'], title: 'begins', startAt: null }))

    const run = gather({}, { collected: collector, partial: true })

    expect(run).toMatchObject({ outcome: 'interrupted', partial: true })
    expect(run.modules).toMatchObject([
      {
        file: 'b.test.js',
        status: 'not-run',
        tests: [{ title: 'begins', path: ['s'], status: 'passed', startedAt: '1970-01-01T00:00:03.000Z' }],
      },
    ])
  })
})

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
