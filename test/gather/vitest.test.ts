import { describe, expect, it } from 'vitest'
import { gatherVitest, type VitestInput } from '../../src/gather/vitest.js'
import { createVitestCollector } from '../../src/gather/vitest-collector.js'
import type { VitestLog, VitestModule } from '../../src/gather/vitest-types.js'
import type { TestResult } from '../../src/model.js'
import { type TestParts, vitestModule, vitestSuite, vitestTest } from '../support/vitest-objects.js'

function gather(testModules: readonly VitestModule[], parts: Partial<VitestInput> = {}) {
  return gatherVitest({
    testModules,
    unhandledErrors: [],
    reason: 'passed',
    config: { root: '/repo' },
    version: '4.1.12',
    collected: { logs: [], expectedModules: testModules.length, startedAtMs: 1_000 },
    runId: 'run',
    finishedAtMs: 4_000,
    cwd: '/elsewhere',
    ...parts,
  })
}

/** What becomes of the only test of a run. */
function gatherTest(test: TestParts, parts: Partial<VitestInput> = {}): TestResult {
  const [found] = gather([vitestModule([vitestTest(test)])], parts).modules[0]?.tests ?? []
  if (found === undefined) throw new Error('the test is gone')
  return found
}

const boom = (message = 'boom') => ({ name: 'Error', message, stack: `Error: ${message}\n    at /repo/a.test.ts:7:3` })

describe('a test of Vitest', () => {
  it('has its times, and one exact attempt, when it passed at once', () => {
    expect(gatherTest({})).toMatchObject({
      status: 'passed',
      flaky: false,
      startedAt: '1970-01-01T00:00:01.000Z',
      durationMs: 5,
      attempts: [{ index: 0, status: 'passed', errors: [], exact: true }],
    })
  })

  it('that passed at its third attempt has an error for each of the two before', () => {
    const test = gatherTest({ errors: [boom('first'), boom('second')], diagnostic: { retryCount: 2, flaky: true } })

    expect(test).toMatchObject({ status: 'passed', flaky: true, errors: [], retry: { count: 2 } })
    expect(test.attempts.map(({ status, errors, exact }) => [status, errors[0]?.message, exact])).toEqual([
      ['failed', 'first', false],
      ['failed', 'second', false],
      ['passed', undefined, false],
    ])
    expect(test.attempts.map(({ errors }) => errors[0]?.attempt)).toEqual([0, 1, undefined])
  })

  it('with more errors than failed attempts keeps them all, and says of none which attempt it is of', () => {
    const errors = [boom('soft'), boom('softer'), boom('last')]
    const test = gatherTest({ state: 'failed', errors, diagnostic: { retryCount: 1 } })

    expect(test.attempts.map((attempt) => attempt.errors.map(({ message }) => message))).toEqual([
      ['soft'],
      ['softer', 'last'],
    ])
    expect(test.attempts.flatMap((attempt) => attempt.errors.filter((error) => 'attempt' in error))).toEqual([])
  })

  it('has the line of its failure when the runner does not know where it is declared', () => {
    expect(gatherTest({ state: 'failed', errors: [boom()] }).location).toEqual({ line: 7, column: 3 })
    expect(gatherTest({ state: 'failed', errors: [boom()], rest: { location: { line: 2 } } }).location).toEqual({
      line: 2,
    })
  })

  it('says that its error came from a hook that never ended', () => {
    const rest = { task: { result: { hooks: { beforeEach: 'pass', afterEach: 'run' } } } }

    expect(gatherTest({ state: 'failed', errors: [boom()], rest }).errors).toMatchObject([
      { kind: 'hook', hook: 'afterEach' },
    ])
  })

  it.each([
    ['left out by the name filter', { state: 'skipped' }, { testNamePattern: /other/g }, 'skipped', 'filter'],
    ['a todo', { state: 'skipped', options: { mode: 'todo' } }, {}, 'todo', undefined],
    ['skipped with a note', { state: 'skipped', note: 'not on Mondays' }, {}, 'skipped', undefined],
    ['skipped', { state: 'skipped', options: { mode: 'skip' } }, {}, 'skipped', undefined],
    ['skipped although the filter names it', { state: 'skipped' }, { testNamePattern: /orks$/g }, 'skipped', undefined],
    [
      'cancelled by the user',
      { state: 'skipped', note: 'The test run was aborted by the user.' },
      {},
      'not-run',
      'cancelled',
    ],
  ])('%s is told from the others', (_, test, config, status, notRunCause) => {
    const found = gatherTest(test, { config: { root: '/repo', ...config } })

    expect([found.status, found.notRunCause]).toEqual([status, notRunCause])
    expect(found.attempts).toEqual([])
  })

  it.each([
    ['the run was cut off', { reason: 'interrupted' }, 'cancelled', 'the run was cancelled'],
    [
      'the run stopped at a failure',
      { reason: 'interrupted', config: { bail: 1 } },
      'bail',
      'the run stopped after too many failures',
    ],
    ['the process died', { partial: true, config: { bail: 1 } }, 'cancelled', 'the run was cancelled'],
    ['its worker died', { unhandledErrors: [boom()] }, 'crash', 'the worker process ended before the test did'],
    ['nobody knows why', {}, undefined, undefined],
  ] as const)('without a result did not run because %s', (_, run, notRunCause, reason) => {
    const test = gatherTest({ state: 'pending', diagnostic: null }, run)

    expect([test.status, test.notRunCause, test.reason]).toEqual(['not-run', notRunCause, reason])
    expect(test.startedAt).toBeUndefined()
  })

  it('keeps what was configured beside what came of it', () => {
    const options = { retry: { count: 3 }, repeats: 2, timeout: 70, concurrent: true, fails: true, tags: ['slow'] }

    expect(gatherTest({ options, diagnostic: { repeatCount: 1 } })).toMatchObject({
      retry: { configured: 3, count: 0 },
      repeats: { configured: 2, count: 1 },
      timeoutMs: 70,
      concurrent: true,
      expectedFailure: true,
      tags: ['slow'],
    })
  })

  it('keeps its own tags rather than those of its options', () => {
    expect(gatherTest({ options: { tags: ['option'] }, rest: { tags: ['own'] } }).tags).toEqual(['own'])
  })

  it('keeps remarks and artifacts with what is attached to them, each attachment once', () => {
    const test = gatherTest({
      rest: {
        annotations: () => [
          { type: 'notice', message: 'see', location: { line: 4, column: 2, file: '/repo/help.ts' } },
          {
            type: 'shot',
            message: '',
            attachment: { contentType: 'image/png', path: '/repo/shot.png', body: 'unread' },
          },
        ],
        artifacts: () => [
          {
            type: 'trace',
            message: 7,
            attachments: [
              { name: 'a', body: 'text' },
              { name: 'b', body: Buffer.from('é') },
            ],
          },
          { type: 'bare', message: 'no more' },
        ],
      },
    })

    expect(test.annotations).toEqual([
      { type: 'notice', message: 'see', location: { file: 'help.ts', line: 4, column: 2 } },
      { type: 'shot', message: '', attachment: { contentType: 'image/png', path: '/repo/shot.png' } },
      { type: 'trace', message: '', attachment: { name: 'a', body: 'text' } },
      { type: 'bare', message: 'no more' },
    ])
    expect(test.attachments).toEqual([
      { contentType: 'image/png', path: '/repo/shot.png' },
      { name: 'a', body: 'text' },
      { name: 'b', body: Buffer.from('é').toString('base64') },
    ])
  })

  it("keeps the user's own data in a text form, and none of the runner's", () => {
    const cycle: Record<string, unknown> = {}
    cycle.self = cycle
    const meta = {
      typecheck: true,
      benchmark: true,
      __vitest_label__: 'x',
      owner: 'team-a',
      list: [1, 'two'],
      none: undefined,
      cycle,
      act: () => 1,
    }

    expect(gatherTest({ rest: { meta: () => meta } }).meta).toEqual([
      { name: 'owner', value: 'team-a' },
      { name: 'list', value: '[1,"two"]' },
      { name: 'cycle', value: '<ref *1> { self: [Circular *1] }' },
      { name: 'act', value: '[Function: act]' },
    ])
  })
})

describe('a test file of Vitest', () => {
  it('counts tests of one name, and knows the describes around each', () => {
    const children = [
      vitestSuite('outer', [vitestTest(), vitestSuite('inner', [vitestTest()]), vitestTest()]),
      vitestTest(),
    ]

    const [module] = gather([vitestModule(children)]).modules

    expect(module?.tests.map(({ path, ordinal }) => [path, ordinal])).toEqual([
      [['outer'], 1],
      [['outer', 'inner'], 1],
      [['outer'], 2],
      [[], 1],
    ])
    expect(module?.suites).toEqual([])
  })

  it('names a describe whose hook failed, and the tests that did not run for it', () => {
    const failed = {
      state: () => 'failed',
      errors: () => [boom('no database')],
      location: { line: 3, column: 1 },
      task: { result: { hooks: { beforeAll: 'run' } } },
    }
    const suite = vitestSuite('with a database', [vitestTest({ state: 'skipped' })], failed)

    const run = gather([vitestModule([suite, vitestTest({ name: 'beside it' })])], { reason: 'failed' })

    expect(run.outcome).toBe('error')
    expect(run.modules[0]?.suites).toMatchObject([
      { title: 'with a database', status: 'failed', location: { line: 3, column: 1 }, errors: [{ hook: 'beforeAll' }] },
    ])
    expect(run.modules[0]?.tests.map(({ status, notRunCause }) => [status, notRunCause])).toEqual([
      ['not-run', 'hook'],
      ['passed', undefined],
    ])
  })

  it('names a pending test of a describe whose hook failed by that hook, not by the crash', () => {
    const suite = vitestSuite('s', [vitestTest({ state: 'pending' })], { errors: () => [boom()] })

    expect(gather([vitestModule([suite])], { unhandledErrors: [boom()] }).modules[0]?.tests).toMatchObject([
      { status: 'not-run', notRunCause: 'hook', reason: 'beforeAll failed' },
    ])
  })

  it('does not blame a failed afterAll for tests that were skipped', () => {
    const failed = { errors: () => [boom()], task: { result: { hooks: { afterAll: 'run' } } } }

    expect(gather([vitestModule([vitestTest({ state: 'skipped' })], failed)]).modules[0]?.tests).toMatchObject([
      { status: 'skipped' },
    ])
  })

  it('keeps an empty describe, which has nothing else to be seen by', () => {
    const suite = vitestSuite('empty', [], { state: () => 'skipped', location: { line: 9 } })

    expect(gather([vitestModule([suite])]).modules[0]?.suites).toEqual([
      { title: 'empty', path: [], status: 'skipped', rawStatus: 'skipped', errors: [], location: { line: 9 } },
    ])
  })

  it('calls an error of a file without tests one of loading, and one beside tests one of a hook', () => {
    const errors = () => [boom()]
    const kinds = (children: VitestModule['children']) =>
      gather([vitestModule(children, { errors })]).modules[0]?.errors.map(({ kind }) => kind)

    expect(kinds([])).toEqual(['load'])
    expect(kinds([vitestTest()])).toEqual(['hook'])
  })

  it.each([
    [{ task: { pool: 'browser' } }, 'browser'],
    [{ task: { pool: 'typescript' } }, 'typecheck'],
    [{ meta: () => ({ typecheck: true }) }, 'typecheck'],
    [{ task: { pool: 'forks' } }, 'runtime'],
  ])('%j is of kind %s', (parts, kind) => {
    expect(gather([vitestModule([], parts)]).modules[0]?.kind).toBe(kind)
  })

  it('has project, times and its own data where the runner says them', () => {
    const parts = {
      project: { name: 'browser' },
      task: { pool: 'threads', result: { startTime: 2_000 } },
      meta: () => ({ owner: 'team-a', __vitest__: 1 }),
      state: () => 'queued',
    }

    expect(gather([vitestModule([], parts)]).modules[0]).toMatchObject({
      file: 'a.test.ts',
      project: 'browser',
      pool: 'threads',
      startedAt: '1970-01-01T00:00:02.000Z',
      durationMs: 10,
      timings: { environment: 1, prepare: 2, setup: 4, collect: 3 },
      status: 'not-run',
      rawStatus: 'queued',
      properties: [{ name: 'owner', value: 'team-a' }],
    })
  })

  it('and its tests have the console output of their own; the rest is the run’s', () => {
    const log = (content: string, taskId?: string): VitestLog => ({ content, type: 'stdout', taskId, time: 0 })
    const collector = createVitestCollector()
    collector.onTestRunStart([{}], 1_000)
    for (const one of [
      log('of the file', 'id of the file'),
      log('of the describe', 'id of s'),
      log('1', 'id of works'),
      log('2', 'id of works'),
      log('of nobody'),
      log('of somebody gone', 'gone'),
    ])
      collector.onUserConsoleLog(one)

    const run = gather([vitestModule([vitestSuite('s', [vitestTest()])])], { collected: collector })

    const texts = (output: readonly { text: string }[] = []) => output.map(({ text }) => text)
    expect(texts(run.modules[0]?.output)).toEqual(['of the file', 'of the describe'])
    expect(texts(run.modules[0]?.tests[0]?.output)).toEqual(['1', '2'])
    expect(texts(run.output)).toEqual(['of nobody', 'of somebody gone'])
  })
})

describe('a run of Vitest', () => {
  it('says what it was configured with', () => {
    const config = { shard: { index: 1, count: 3 }, watch: true, sequence: { seed: 42 } }

    expect(gather([], { config, partial: true })).toMatchObject({
      rootDir: '/elsewhere',
      shard: { index: 1, count: 3 },
      watch: true,
      seed: 42,
      partial: true,
      outcome: 'interrupted',
    })
  })

  it('is red for an error that nobody handled, and says where it came from', () => {
    const error = {
      ...boom(),
      type: 'Unhandled Rejection',
      VITEST_TEST_PATH: '/repo/a.test.ts',
      VITEST_TEST_NAME: 'works',
    }

    const run = gather([vitestModule([vitestTest()])], { unhandledErrors: [error, 'a string'] })

    expect(run.outcome).toBe('error')
    expect(run.errors[0]?.stack).toMatch(/\(Unhandled Rejection; while a\.test\.ts was running; latest test: works\)$/)
    expect(run.errors[1]).toEqual({ kind: 'unhandled', name: 'string', message: 'a string' })
  })

  it('is green when the user ignores such errors, which it still tells', () => {
    const run = gather([vitestModule([vitestTest()])], {
      unhandledErrors: [boom(), 'a string'],
      config: { root: '/repo', dangerouslyIgnoreUnhandledErrors: true },
    })

    expect([run.outcome, run.errors]).toEqual(['passed', []])
    expect(run.output.map(({ text }) => text.split('\n', 1)[0])).toEqual([
      'ignored by dangerouslyIgnoreUnhandledErrors: Error: boom',
      'ignored by dangerouslyIgnoreUnhandledErrors: string: a string',
    ])
  })

  it('that failed before any file began has an error that says so', () => {
    const collected = { logs: [], expectedModules: 2, startedAtMs: 0 }

    expect(gather([], { reason: 'failed', collected })).toMatchObject({
      outcome: 'error',
      errors: [{ name: 'SetupError', message: expect.stringContaining('any of its 2 test files') }],
    })
    expect(gather([], { reason: 'failed', collected: { ...collected, expectedModules: undefined } }).errors).toEqual([])
  })

  it('that merges shards has the times of the shards', () => {
    const at = (startTime: number) => vitestModule([vitestTest()], { task: { result: { startTime } } })
    const config = { root: '/repo', mergeReports: '.vitest-reports' }

    expect(gather([at(60_000), at(50_000), vitestModule([])], { config })).toMatchObject({
      merged: true,
      startedAt: '1970-01-01T00:00:50.000Z',
      finishedAt: '1970-01-01T00:01:00.010Z',
      durationMs: 10_010,
    })
    expect(gather([], { config }).startedAt).toBe('1970-01-01T00:00:01.000Z')
  })

  it.each([
    ['its making', { createdAtMs: 2_500 }, 1_500],
    ['its end', {}, 0],
  ])('whose start nobody saw is counted from %s', (_, parts, durationMs) => {
    const collected = { logs: [], expectedModules: 0, startedAtMs: undefined }

    expect(gather([], { collected, ...parts }).durationMs).toBe(durationMs)
  })

  it('in watch mode forgets the run before it', () => {
    const collector = createVitestCollector()
    expect([collector.expectedModules, collector.startedAtMs]).toEqual([undefined, undefined])
    collector.onTestRunStart(undefined, 1)
    collector.onTestModule(vitestModule([]))
    collector.onUserConsoleLog({ content: 'x', type: 'stderr', time: 1 })
    expect([collector.modules.length, collector.logs.length]).toEqual([1, 1])

    collector.onTestRunStart([{}, {}], 2)

    expect([collector.modules, collector.logs, collector.expectedModules, collector.startedAtMs]).toEqual([
      [],
      [],
      2,
      2,
    ])
  })
})
