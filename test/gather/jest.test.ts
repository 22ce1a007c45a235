import { describe, expect, it } from 'vitest'
import { JestCollector } from '../../src/gather/jest.js'
import { testIdOf } from '../../src/gather/test-id.js'
import { assertion, fileResult, gather, gatherTest, STACK } from '../support/gather-jest.js'

const FILE = '/repo/a.test.js'

/** The errors of a test that failed with these texts. */
const errorsFrom = (...failureMessages: string[]) => gatherTest({ status: 'failed', failureMessages }).errors

describe('gatherJest, for a run', () => {
  it('keeps shard, watch mode and seed', () => {
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

  it('does not say passed if a file has no result', () => {
    const results = { testResults: [fileResult([assertion()])], numTotalTestSuites: 2 }

    expect(gather(results)).toMatchObject({
      outcome: 'error',
      errors: [{ name: 'IncompleteRun', message: '1 of 2 test files have no result' }],
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
  ])('for only passed tests and the results %j says %s', (results, outcome) => {
    expect(gather({ testResults: [fileResult([assertion()])], ...results }).outcome).toBe(outcome)
  })

  it('keeps the tests that had ended in an unfinished file when the process died', () => {
    const collector = new JestCollector()
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

describe('gatherJest, for a test file', () => {
  it('gives a file that could not be loaded a load error', () => {
    const error = { message: 'Cannot find module', stack: 'Error: Cannot find module' }

    const run = gather({ testResults: [fileResult([], { testExecError: error })] })

    expect(run.outcome).toBe('error')
    expect(run.modules[0]).toMatchObject({ status: 'failed', rawStatus: 'failed', errors: [{ kind: 'load' }] })
  })

  it('gives the error of a file that has tests the kind hook or unhandled', () => {
    const fileErrors = (stack: string) =>
      gather({ testResults: [fileResult([assertion()], { testExecError: { message: 'boom', stack } })] }).modules[0]
        ?.errors

    expect(fileErrors('Error: boom\n    at _callCircusHook (/x.js:1:1)')).toMatchObject([
      { kind: 'hook', hook: 'afterAll' },
    ])
    expect(fileErrors(STACK)).toMatchObject([{ kind: 'unhandled' }])
  })

  it('reads the error of a file from the text of its failure if the error has no stack', () => {
    const parts = { testExecError: { message: 'x' }, failureMessage: 'SyntaxError: Unexpected token\n\n  1 | (' }

    expect(gather({ testResults: [fileResult([], parts)] }).modules[0]?.errors).toMatchObject([
      { kind: 'load', name: 'SyntaxError', message: expect.stringMatching(/^Unexpected token/) },
    ])
    expect(gather({ testResults: [fileResult([], { testExecError: 'text' })] }).modules[0]?.errors).toEqual([
      { kind: 'load', name: 'string', message: 'text' },
    ])
  })

  it('keeps the times that Jest measured for a file', () => {
    const start = { start: 1_000, end: 3_000 }
    const perfStats = {
      ...start,
      loadTestEnvironmentStart: 1_000,
      loadTestEnvironmentEnd: 1_200,
      setupFilesStart: 1_200,
    }

    const { modules } = gather({
      testResults: [
        fileResult([], { perfStats }),
        fileResult([], { perfStats: { start: 0, end: 0 } }),
        fileResult([], { perfStats: { start: 2_000, end: 1_000 } }),
      ],
    })

    expect(modules.map(({ startedAt, durationMs, timings }) => ({ startedAt, durationMs, timings }))).toEqual([
      { startedAt: '1970-01-01T00:00:01.000Z', durationMs: 2_000, timings: { environment: 200 } },
      {},
      { startedAt: '1970-01-01T00:00:02.000Z', durationMs: 0 },
    ])
  })

  it.each([
    [{ name: 'web' }, 'web'],
    ['web', 'web'],
    [undefined, undefined],
  ])('reads the project and the id of a file from the display name %j', (displayName, project) => {
    const [module] = gather({ testResults: [fileResult([], { displayName })] }).modules

    expect([module?.project, module?.id]).toEqual([project, JSON.stringify([project ?? '', 'a.test.js'])])
  })

  it('calls a file skipped if Jest skipped it', () => {
    expect(gather({ testResults: [fileResult([], { skipped: true })] }).modules[0]).toMatchObject({
      status: 'skipped',
      rawStatus: 'skipped',
    })
  })

  it('keeps the console output of a file, which Jest removes before the run completes', () => {
    const collector = new JestCollector()
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

  it('keeps the tests that had ended in a file whose worker was killed, each once', () => {
    const collector = new JestCollector()
    const killed = fileResult([], { testExecError: { message: 'terminated', stack: 'Error: terminated' } })
    collector.onTestFileStart(FILE)
    collector.onTestCaseResult(FILE, assertion({ status: 'failed', failureMessages: [STACK] }))
    collector.onTestCaseResult(FILE, assertion({ invocations: 2 }))
    collector.onTestCaseResult('/repo/never-begun.test.js', assertion())
    collector.onTestFileResult(killed)

    const [module] = gather({ testResults: [killed] }, { collected: collector }).modules

    expect(module?.tests).toMatchObject([
      { status: 'passed', flaky: true, attempts: [{ errors: [{ message: 'boom' }] }, { status: 'passed' }] },
    ])
    expect(module).toMatchObject({ status: 'failed', errors: [{ kind: 'unhandled', message: 'terminated' }] })
  })
})

describe('gatherJest, for a test', () => {
  it('gives a test that passed at its first attempt its times and one exact attempt', () => {
    const times = { startedAt: '1970-01-01T00:00:02.000Z', durationMs: 5 }

    expect(gatherTest({})).toEqual({
      id: testIdOf(['', 'repo/a.test.js', 'works'], 1),
      title: 'works',
      path: [],
      ordinal: 1,
      status: 'passed',
      rawStatus: 'passed',
      flaky: false,
      ...times,
      attempts: [{ index: 0, status: 'passed', ...times, errors: [], exact: true }],
      errors: [],
      output: [],
      annotations: [],
      attachments: [],
      tags: [],
      meta: [],
    })
  })

  it('gives a test without attempt events as many attempts as Jest counted, of which only the last is exact', () => {
    const test = gatherTest({ invocations: 3, failing: true })

    expect(test).toMatchObject({ flaky: true, retry: { count: 2 }, expectedFailure: true })
    expect(test.attempts).toMatchObject([
      { index: 0, status: 'failed', exact: false },
      { index: 1, status: 'failed', exact: false },
      { index: 2, status: 'passed', exact: true },
    ])
  })

  it('assigns the attempts of two tests with the same name to the right one', () => {
    const collector = new JestCollector()
    const attempt = (status: string, invocations: number, ...failureMessages: string[]) =>
      assertion({ status, invocations, failureMessages })
    const result = fileResult([attempt('failed', 2, 'Error: a2'), attempt('passed', 2)])
    collector.onTestFileStart(FILE)
    for (const one of [
      attempt('failed', 1, 'Error: a1'),
      attempt('failed', 1, 'Error: b1'),
      attempt('failed', 2, 'Error: a2'),
      attempt('passed', 2),
    ])
      collector.onTestCaseResult(FILE, one)
    collector.onTestFileResult(result)

    const tests = gather({ testResults: [result] }, { collected: collector }).modules[0]?.tests

    expect(tests?.map((test) => test.attempts.map((one) => one.errors[0]?.message))).toEqual([
      ['a1', 'a2'],
      ['b1', undefined],
    ])
    expect(tests).toMatchObject([
      { status: 'failed', flaky: false, ordinal: 1 },
      { status: 'passed', flaky: true, ordinal: 2 },
    ])
  })

  it('does not call an attempt exact if two projects ran the file at the same time', () => {
    const collector = new JestCollector()
    const result = fileResult([assertion({ invocations: 2 })])
    collector.onTestFileStart(FILE)
    collector.onTestFileStart(FILE)
    collector.onTestCaseResult(FILE, assertion({ status: 'failed', failureMessages: ['Error: which project?'] }))
    collector.onTestFileResult(result)

    const { modules } = gather({ testResults: [result] }, { collected: collector })

    expect(modules[0]?.tests[0]?.attempts.map(({ exact }) => exact)).toEqual([false, true])
  })

  it('gives a test no times if Jest has none', () => {
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
  ])('gives a test with the status %s and the configuration %j the status %s', (status, config, expected, cause) => {
    const test = gatherTest({ status }, config)

    expect([test.status, test.notRunCause, test.attempts]).toEqual([expected, cause, []])
  })

  it('gives a test the line of its declaration, or the line of its failure if Jest does not say the first', () => {
    const failed = { status: 'failed', failureMessages: [STACK] }

    expect(gatherTest({ ...failed, location: { line: 2, column: 0 } }).location).toEqual({ line: 2 })
    expect(gatherTest(failed, { rootDir: '/repo' }).location).toEqual({ line: 7, column: 3 })
  })

  it('gives a test an error for each message, with the details that Jest copied', () => {
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

  it('gives a thrown value that Jest 30 wrapped the place of the inner error', () => {
    const inner = { message: '', stack: 'Error: \n    at Object.test (/repo/a.test.js:9:1)' }
    const wrapped = { message: 'thrown: "text"', stack: 'Error: thrown: "text"', cause: inner }
    const text = 'Error: thrown: 42\n    at inside.js:1:1\n\n[cause]: Error: thrown: 42\n    at /repo/a.test.js:7:1'

    expect(gatherTest({ status: 'failed', failureDetails: [wrapped] }, { rootDir: '/repo' }).errors).toMatchObject([
      { message: 'thrown: "text"', location: { line: 9, column: 1 } },
    ])
    expect(errorsFrom(text)).toEqual([
      {
        kind: 'error',
        name: 'Error',
        message: 'thrown: 42',
        stack: 'Error: thrown: 42\n    at /repo/a.test.js:7:1',
        location: { line: 7, column: 1, file: undefined },
      },
    ])
  })

  it('keeps the cause of a thrown error whose message looks like a wrapper', () => {
    const own = {
      message: 'thrown: by us',
      stack: 'Error: thrown: by us',
      cause: { message: 'why', stack: 'Error: why' },
    }

    expect(gatherTest({ status: 'failed', failureDetails: [own] }).errors).toMatchObject([
      { message: 'thrown: by us', cause: { message: 'why' } },
    ])
  })

  it('reads message and stack of an error from its text', () => {
    expect(errorsFrom('TypeError: two\nlines\n    at a.js:1:2')).toMatchObject([
      { name: 'TypeError', message: 'two\nlines', stack: 'TypeError: two\nlines\n    at a.js:1:2' },
    ])
  })

  it('reads the causes and members of an error from its text, each under the right error', () => {
    const [error] = errorsFrom(
      [
        'Error: top\n    at a.js:1:1',
        '[cause]: AggregateError: several\n    at a.js:2:1',
        '[errors]: Error: first\n    at a.js:3:1',
        '[cause]: deep',
        '[errors]: Error: second\n    at a.js:4:1',
      ].join('\n\n'),
    )

    expect(error).toMatchObject({
      message: 'top',
      cause: {
        message: 'several',
        errors: [{ message: 'first', cause: { message: 'deep' } }, { message: 'second' }],
      },
    })
    expect(error?.cause?.errors).toHaveLength(2)
  })

  it.each([
    [
      'thrown: "Exceeded timeout of 5 ms for a hook.',
      'Error\n    at Object.beforeEach (/repo/a.test.js:3:1)',
      'beforeEach',
    ],
    ['thrown: "Exceeded timeout of 5 ms for a hook.', 'Error\n    at /repo/a.test.js:3:1', undefined],
    ['boom', 'Error: boom\n    at _callCircusHook (/repo/node_modules/jest-circus/run.js:1:1)', undefined],
  ])('says hook for the error %j with the stack %j', (message, stack, hook) => {
    const [error] = gatherTest({ status: 'failed', failureDetails: [{ message, stack }] }).errors

    expect([error?.kind, error?.hook]).toEqual(['hook', hook])
  })
})
