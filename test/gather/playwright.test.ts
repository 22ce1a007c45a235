import { describe, expect, it } from 'vitest'
import { PlaywrightCollector, rootOf } from '../../src/gather/playwright.js'
import type { ModuleResult } from '../../src/model.js'
import { attempt, gather, gatherTest, rootSuite } from '../support/playwright-objects.js'

const RESET = '\u001b[39m'

describe('gatherPlaywright, a test', () => {
  it('that has failed and skipped itself is skipped, because it has never passed', () => {
    const test = gatherTest({
      expectedStatus: 'skipped',
      retries: 1,
      annotations: [{ type: 'skip', description: 'not here' }],
      results: [attempt('failed', { errors: [{ message: 'Error: first' }] }), attempt('skipped', { retry: 1 })],
    })

    expect(test).toMatchObject({ status: 'skipped', reason: 'not here', flaky: false, retry: { count: 1 } })
    expect(test.attempts).toMatchObject([{ index: 0, status: 'failed', errors: [{ message: 'first', attempt: 0 }] }])
  })

  it('that was interrupted has not run, and keeps its error', () => {
    const results = [attempt('interrupted', { errors: [{ message: 'Error: closed' }] })]
    const [test] =
      gather([{ tests: [{ results }] }], { end: { status: 'interrupted', duration: 1 } }).modules[0]?.tests ?? []

    expect(test).toMatchObject({
      status: 'not-run',
      notRunCause: 'cancelled',
      attempts: [],
      errors: [{ message: 'closed' }],
    })
  })

  it('that failed before it was interrupted has failed', () => {
    const test = gatherTest({ retries: 1, results: [attempt('failed'), attempt('interrupted', { retry: 1 })] })

    expect([test.status, test.attempts.length]).toEqual(['failed', 1])
  })

  it('of a series that passed and then failed at another attempt is flaky, as Playwright counts it', () => {
    const test = gatherTest({ retries: 1, results: [attempt('passed'), attempt('failed', { retry: 1 })] })

    expect([test.status, test.flaky]).toEqual(['passed', true])
  })

  it('that is expected to fail has passed when it fails, and has failed when it times out or passes', () => {
    const statuses = (['failed', 'timedOut', 'passed'] as const).map((status) => {
      const errors = status === 'passed' ? [] : [{ message: 'Error: announced' }]
      const test = gatherTest({ expectedStatus: 'failed', results: [attempt(status, { errors })] })
      return [test.status, test.expectedFailure, test.errors.map(({ message }) => message)]
    })

    expect(statuses).toEqual([
      ['passed', true, ['announced']],
      ['failed', true, ['announced']],
      ['failed', true, ['Expected to fail, but passed.']],
    ])
  })

  it('with fixme is a todo with its reason, and one with skip and fixme is skipped', () => {
    const fixme = { type: 'fixme', description: 'bug 7' }
    const skip = { type: 'skip', description: 'not here' }
    const of = (annotations: (typeof fixme)[]) =>
      gatherTest({ expectedStatus: 'skipped', annotations, results: [attempt('skipped')] })

    expect(of([fixme])).toMatchObject({ status: 'todo', reason: 'bug 7', annotations: [] })
    expect(of([fixme, skip])).toMatchObject({ status: 'skipped', reason: 'bug 7; not here' })
  })

  it('has the sum of the durations of its attempts, and the output of the last one', () => {
    const collected = new PlaywrightCollector()
    const results = [attempt('failed', { duration: 30 }), attempt('passed', { retry: 1, duration: 12 })]
    collected.onBegin({}, rootSuite([{ tests: [{ retries: 1, results }] }]), { rootDir: '/repo' })
    results.forEach((result, index) => {
      collected.onOutput(index === 0 ? 'stderr' : 'stdout', Buffer.from(`attempt ${index}\n`), result)
    })
    const [test] = gather([], { collected }).modules[0]?.tests ?? []

    expect(test).toMatchObject({ durationMs: 42, flaky: true, output: [{ stream: 'stdout', text: 'attempt 1\n' }] })
    expect(test?.attempts.map(({ output }) => output)).toEqual([[{ stream: 'stderr', text: 'attempt 0\n' }], undefined])
  })
})

describe('gatherPlaywright, an error', () => {
  const errorOf = (error: object, steps: Parameters<typeof attempt>[1] = {}) =>
    gatherTest({ results: [attempt('failed', { errors: [error], ...steps })] }).errors[0]

  it('has its class apart from its message, its place and its causes', () => {
    const location = { file: '/repo/help.js', line: 7, column: 3 }
    const stack = 'RangeError: too far\n    at walk (/repo/help.js:7:3)'

    expect(
      errorOf({ message: 'RangeError: too far', stack, location, cause: { message: 'Error: why' } }),
    ).toMatchObject({
      kind: 'error',
      name: 'RangeError',
      message: 'too far',
      stack,
      location: { file: 'help.js', line: 7, column: 3 },
      cause: { name: 'Error', message: 'why' },
    })
  })

  it.each([
    ['assertion', 'Error: \u001b[2mexpect(\u001b[22mreceived).toBe(expected)'],
    ['assertion', 'Error: with words of the user\n\nexpect(locator).toBeVisible() failed'],
    ['timeout', `\u001b[31mTest timeout of 30000ms exceeded.${RESET}`],
    ['timeout', 'TimeoutError: page.click: Timeout 500ms exceeded.'],
    ['error', 'Error: the timeout of 30ms exceeded the plan'],
    ['error', 'Error: I expect(ed) more'],
  ])('is of the kind %s: %s', (kind, message) => {
    expect(errorOf({ message })?.kind).toBe(kind)
  })

  it.each([
    ["'plain'", 'string', 'plain'],
    ['"it\'s"', 'string', '"it\'s"'],
    ['undefined', 'undefined', 'undefined'],
    ['-1.5', 'number', '-1.5'],
    ['[ 1, 2 ]', 'array', '[ 1, 2 ]'],
    ['{ a: 1 }', 'object', '{ a: 1 }'],
  ])('that is no Error has the type of its value: %s', (value, name, message) => {
    expect(errorOf({ value })).toMatchObject({ kind: 'error', name, message })
  })

  it('names the hook and the steps of the deepest step that threw it', () => {
    const error = { message: 'Error: no field' }
    const step = (title: string, category: string, steps: object[] = []) => ({ title, category, error, steps })
    const inHook = [step('Before Hooks', 'hook', [step('beforeEach hook', 'hook', [step('sign in', 'test.step')])])]
    const inFixture = [step('After Hooks', 'hook', [step('Fixture "page"', 'fixture')])]

    expect(errorOf(error, { steps: JSON.parse(JSON.stringify(inHook)) })).toMatchObject({
      kind: 'hook',
      hook: 'beforeEach',
      stack: 'no field\n    (step: sign in)',
    })
    expect(errorOf(error, { steps: JSON.parse(JSON.stringify(inFixture)) })).toMatchObject({
      kind: 'hook',
      hook: 'fixture "page"',
    })
  })
})

describe('gatherPlaywright, errors outside tests', () => {
  const failed = { end: { status: 'failed' as const } }

  it('belong to the test file that they name and that has no tests', () => {
    const imported = "Error: Cannot find module './x' imported from /repo/b.spec.ts"
    const run = gather([], { ...failed, errors: [{ message: imported, stack: imported }] })

    expect(run).toMatchObject({ outcome: 'error', errors: [] })
    expect(run.modules).toMatchObject([{ file: 'b.spec.ts', status: 'failed', tests: [], errors: [{ kind: 'load' }] }])
  })

  it('belong to the run if the file that they name has tests', () => {
    const location = { file: '/repo/a.test.js', line: 1, column: 1 }
    const run = gather([{ tests: [{}] }], { ...failed, errors: [{ message: 'Error: late', location }] })

    expect([run.outcome, run.modules.length, run.errors.length]).toEqual(['error', 1, 1])
  })

  it('are those of a hook if they come from the global setup or teardown', () => {
    const config = { globalSetup: '/repo/setup.test.js', globalTeardown: '/repo/teardown.js' }
    const errors = [
      { message: 'Error: up', stack: 'Error: up\n    at setup (/repo/setup.test.js:2:9)' },
      { message: 'Error: down', location: { file: '/repo/teardown.js', line: 2, column: 9 } },
    ]
    const run = gather([], { ...failed, config, errors })

    expect(run.modules).toEqual([])
    expect(run.errors).toMatchObject([
      { kind: 'hook', hook: 'globalSetup' },
      { kind: 'hook', hook: 'globalTeardown' },
    ])
  })

  it('have one error for maxFailures, and none for a run without tests', () => {
    const stopped = { message: `\u001b[31mTesting stopped early after 1 maximum allowed failures.${RESET}` }
    const bailed = gather([{ tests: [{ results: [attempt('failed')] }, { results: [] }] }], {
      ...failed,
      errors: [stopped],
    })
    const empty = gather([], { ...failed, errors: [{ message: 'Error: No tests found' }] })

    expect(bailed.outcome).toBe('failed')
    expect(bailed.errors).toMatchObject([{ name: 'bail', message: 'the run stopped after 1 failed test (bail)' }])
    expect(bailed.modules[0]?.tests[1]).toMatchObject({ status: 'not-run', notRunCause: 'bail' })
    expect([empty.outcome, empty.errors, empty.nothingToRunIsFine]).toEqual(['no-tests', [], undefined])
  })

  it('make a run red that passed otherwise, whatever its tests say', () => {
    expect(gather([{ tests: [{}] }], failed).outcome).toBe('error')
    expect(gather([{ tests: [{}] }], { end: { status: 'timedout' } }).outcome).toBe('error')
    expect(gather([{ tests: [{}] }], { end: { status: 'interrupted' } }).outcome).toBe('interrupted')
    expect(gather([{ tests: [{}] }], { end: undefined })).toMatchObject({ outcome: 'interrupted', partial: true })
    expect(gather([{ tests: [{ results: [attempt('failed')] }] }]).outcome).toBe('failed')
  })
})

describe('gatherPlaywright, a file', () => {
  it('has the tests of all its suites, and numbers those with the same name', () => {
    const { modules } = gather([{ tests: [{ path: ['outer'] }] }, { tests: [{ path: ['outer'] }] }])

    expect(modules.map(({ tests }) => tests.map(({ path, ordinal }) => [path, ordinal]))).toEqual([
      [
        [['outer'], 1],
        [['outer'], 2],
      ],
    ])
  })

  it('of two projects is there twice, and has its seed, its shard and its time', () => {
    const run = gather(
      [
        { project: 'one', tests: [{}] },
        { project: 'two', tests: [{ results: [attempt('passed', { startTime: new Date(2_500), duration: 70 })] }] },
      ],
      { config: { shard: { current: 2, total: 3 }, metadata: { shuffleSeed: '77' } } },
    )

    expect(run).toMatchObject({ seed: 77, shard: { index: 2, count: 3 } })
    expect(run.modules).toMatchObject([
      { id: '["one","a.test.js"]', project: 'one', durationMs: 5 },
      { id: '["two","a.test.js"]', project: 'two', durationMs: 70, startedAt: '1970-01-01T00:00:02.500Z' },
    ])
  })

  it('of which nothing ran is not run, or skipped', () => {
    const statusOf = (parts: object) => gather([{ tests: [parts] }]).modules[0]?.status

    expect(statusOf({ results: [] })).toBe('not-run')
    expect(statusOf({ expectedStatus: 'skipped', results: [attempt('skipped')] })).toBe('skipped')
  })

  it('tells tests that a beforeAll gave up from those after a failed test of a series', () => {
    const error = { message: 'Error: in beforeAll' }
    const hook = { title: 'beforeAll hook', category: 'hook', error, steps: [] }
    const steps = [{ title: 'Before Hooks', category: 'hook', error, steps: [hook] }]
    const { modules } = gather([
      {
        tests: [
          { results: [attempt('skipped')] },
          { path: ['hook'], results: [attempt('failed', { errors: [error], steps })] },
          { path: ['hook'], results: [attempt('skipped')] },
          { path: ['series'], results: [attempt('failed')] },
          { path: ['series'], results: [attempt('skipped')] },
        ],
      },
    ])

    expect(modules[0]?.tests.map(({ notRunCause, reason }) => notRunCause ?? reason)).toEqual([
      'hook',
      undefined,
      'hook',
      undefined,
      'an earlier test of its series failed',
    ])
  })
})

describe('PlaywrightCollector', () => {
  function collect(tests: Parameters<typeof rootSuite>[0][number]['tests']) {
    const collected = new PlaywrightCollector()
    collected.onBegin({}, rootSuite([{ tests }]), { rootDir: '/repo' })
    const [module] = collected.modules
    if (module === undefined) throw new Error('there is no file')
    return { collected, module }
  }

  it.each([
    ['all tests have passed', [{}, { expectedStatus: 'skipped' as const, results: [attempt('skipped')] }], true],
    ['a test has not begun', [{}, { results: [] }], false],
    ['a test is to be tried again', [{ retries: 1, results: [attempt('failed')] }], false],
    ['a test of a series is to be tried again', [{ retries: 1, results: [attempt('skipped')] }], false],
    ['a test has failed for the last time', [{ retries: 1, results: [attempt('failed'), attempt('failed')] }], true],
    [
      'a test failed as expected',
      [{ retries: 1, expectedStatus: 'failed' as const, results: [attempt('failed')] }],
      true,
    ],
  ])('knows whether a file is done when %s', (_, tests, isDone) => {
    const { collected, module } = collect(tests)

    expect(collected.isDone(module)).toBe(isDone)
  })

  it('keeps a file that has ended, until one of its tests has another attempt or more output', () => {
    const result = attempt('passed')
    const results = [result]
    const { collected, module } = collect([{ results }])
    const keep = (gathered: ModuleResult) => gathered
    const isKept = () => collected.endedModule(module) !== undefined
    const seen = [isKept()]

    collected.gatherEnded(module, { rootDir: '/repo' }, keep)
    seen.push(isKept())
    collected.onOutput('stdout', 'late\n', result)
    seen.push(isKept())
    collected.gatherEnded(module, { rootDir: '/repo' }, keep)
    seen.push(isKept())
    results.push(attempt('passed'))
    seen.push(isKept())

    expect(seen).toEqual([false, true, false, true, false])
  })

  it('does not keep a file with a test that was interrupted, because the end of the run says why', () => {
    const { collected, module } = collect([{ results: [attempt('interrupted')] }])

    collected.gatherEnded(module, { rootDir: '/repo' }, (gathered) => gathered)

    expect(collected.endedModule(module)).toBeUndefined()
  })
})

describe('rootOf', () => {
  it('is the folder of the configuration, and for a run merged from another machine the folder of its tests', () => {
    const rootDir = '/elsewhere/tests'

    expect(rootOf({ rootDir }, { configDir: '/repo', isMerged: false })).toBe('/repo')
    expect(rootOf({ rootDir }, { configDir: '/repo', isMerged: true })).toBe(rootDir)
    expect(rootOf({ rootDir: '/repo/tests' }, { configDir: '/repo', isMerged: true })).toBe('/repo')
  })
})
