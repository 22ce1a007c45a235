import { describe, expect, it } from 'vitest'
import { VitestCollector } from '../../src/gather/vitest.js'
import type { VitestLog, VitestModule } from '../../src/gather/vitest-types.js'
import { boom, collectorOf, gather, gatherTest } from '../support/gather-vitest.js'
import { vitestModule, vitestSuite, vitestTest } from '../support/vitest-objects.js'

describe('gatherVitest, for a run', () => {
  it('keeps shard, watch mode, seed and the mark of a partial run', () => {
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

  it('says error for an unhandled error and keeps its type, its file and the latest test', () => {
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

  it('says passed if the user ignores unhandled errors, and keeps them as output', () => {
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

  it('adds an error to a run that failed before its first file started', () => {
    expect(gather([], { reason: 'failed', collected: collectorOf([{}, {}], 0) })).toMatchObject({
      outcome: 'error',
      errors: [{ name: 'SetupError', message: expect.stringContaining('any of its 2 test files') }],
    })
    expect(gather([], { reason: 'failed', collected: collectorOf(undefined, 0) }).errors).toEqual([])
  })

  it('gives a run that merges shards the times of the shards', () => {
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
    ['the creation of the reporter', { createdAtMs: 2_500 }, 1_500],
    ['its end', {}, 0],
  ])('measures a run whose start was not seen from %s', (_, parts, durationMs) => {
    expect(gather([], { collected: new VitestCollector(), ...parts }).durationMs).toBe(durationMs)
  })

  it('assigns console output to tests and files, and the rest to the run', () => {
    const log = (content: string, taskId?: string): VitestLog => ({ content, type: 'stdout', taskId, time: 0 })
    const collector = new VitestCollector()
    collector.onTestRunStart([{}], 1_000)
    for (const one of [
      log('of the file', 'id of the file'),
      log('of the describe', 'id of s'),
      log('1', 'id of works'),
      log('2', 'id of works'),
      log('of no task'),
      log('of an unknown task', 'gone'),
    ])
      collector.onUserConsoleLog(one)

    const run = gather([vitestModule([vitestSuite('s', [vitestTest()])])], { collected: collector })

    const texts = (output: readonly { text: string }[] = []) => output.map(({ text }) => text)
    expect(texts(run.modules[0]?.output)).toEqual(['of the file', 'of the describe'])
    expect(texts(run.modules[0]?.tests[0]?.output)).toEqual(['1', '2'])
    expect(texts(run.output)).toEqual(['of no task', 'of an unknown task'])
  })
})

describe('VitestCollector', () => {
  it('forgets the previous run when the next one starts (watch mode)', () => {
    const collector = new VitestCollector()
    expect([collector.expectedModules, collector.startedAtMs]).toEqual([undefined, undefined])
    collector.onTestRunStart(undefined, 1)
    collector.onTestModule(vitestModule([]))
    collector.onUserConsoleLog({ content: 'x', type: 'stderr', time: 1 })
    expect([collector.modules.length, collector.logsOf('').length]).toEqual([1, 1])

    collector.onTestRunStart([{}, {}], 2)

    const { modules, tasksWithLogs, expectedModules, startedAtMs } = collector
    expect({ modules, tasksWithLogs, expectedModules, startedAtMs }).toEqual({
      modules: [],
      tasksWithLogs: [],
      expectedModules: 2,
      startedAtMs: 2,
    })
  })
})

describe('gatherVitest, for a test file', () => {
  it('counts tests with the same name within their describe, and keeps the path of each', () => {
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

  it('keeps a describe whose beforeAll failed, and says that its tests did not run because of it', () => {
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

  it('says that a pending test did not run because of the failed hook around it, not because of a crash', () => {
    const suite = vitestSuite('s', [vitestTest({ state: 'pending' })], { errors: () => [boom()] })

    expect(gather([vitestModule([suite])], { unhandledErrors: [boom()] }).modules[0]?.tests).toMatchObject([
      { status: 'not-run', notRunCause: 'hook', reason: 'beforeAll failed' },
    ])
  })

  it('does not say that a skipped test did not run because of a failed afterAll', () => {
    const failed = { errors: () => [boom()], task: { result: { hooks: { afterAll: 'run' } } } }

    expect(gather([vitestModule([vitestTest({ state: 'skipped' })], failed)]).modules[0]?.tests).toMatchObject([
      { status: 'skipped' },
    ])
  })

  it('keeps an empty describe as a suite', () => {
    const suite = vitestSuite('empty', [], { state: () => 'skipped', location: { line: 9 } })

    expect(gather([vitestModule([suite])]).modules[0]?.suites).toEqual([
      { title: 'empty', path: [], status: 'skipped', rawStatus: 'skipped', errors: [], location: { line: 9 } },
    ])
  })

  it('says load for an error of a file without tests, and hook for one of a file with tests', () => {
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
  ])('reads from %j that the file is of kind %s', (parts, kind) => {
    expect(gather([vitestModule([], parts)]).modules[0]?.kind).toBe(kind)
  })

  it('keeps project, pool, times and custom data of the file', () => {
    const parts = {
      project: { name: 'browser' },
      task: { pool: 'threads', result: { startTime: 2_000 } },
      meta: () => ({ owner: 'team-a', __vitest__: 1 }),
      state: () => 'queued',
    }

    expect(gather([vitestModule([], parts)]).modules).toEqual([
      {
        id: 'id of the file',
        file: 'a.test.ts',
        project: 'browser',
        pool: 'threads',
        kind: 'runtime',
        status: 'not-run',
        rawStatus: 'queued',
        startedAt: '1970-01-01T00:00:02.000Z',
        durationMs: 10,
        timings: { environment: 1, prepare: 2, setup: 4, collect: 3 },
        errors: [],
        output: [],
        suites: [],
        tests: [],
        properties: [{ name: 'owner', value: 'team-a' }],
      },
    ])
  })
})

describe('gatherVitest, for a test', () => {
  it('gives a test that passed at its first attempt its times and one exact attempt', () => {
    const times = { startedAt: '1970-01-01T00:00:01.000Z', durationMs: 5 }

    expect(gatherTest({})).toEqual({
      id: 'id of works',
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

  it('gives a test that passed at its third attempt an error for each failed attempt', () => {
    const test = gatherTest({ errors: [boom('first'), boom('second')], diagnostic: { retryCount: 2, flaky: true } })

    expect(test).toMatchObject({ status: 'passed', flaky: true, errors: [], retry: { count: 2 } })
    expect(test.attempts).toMatchObject([
      {
        index: 0,
        status: 'failed',
        startedAt: '1970-01-01T00:00:01.000Z',
        exact: false,
        errors: [{ message: 'first', attempt: 0 }],
      },
      { index: 1, status: 'failed', exact: false, errors: [{ message: 'second', attempt: 1 }] },
      { index: 2, status: 'passed', exact: false, errors: [] },
    ])
    expect(test.attempts.slice(1).map(({ startedAt }) => startedAt)).toEqual([undefined, undefined])
  })

  it('keeps all errors of a test with more errors than failed attempts, without the attempt of each', () => {
    const errors = [boom('soft'), boom('softer'), boom('last')]
    const test = gatherTest({ state: 'failed', errors, diagnostic: { retryCount: 1 } })

    expect(
      test.attempts.map((attempt) => attempt.errors.map(({ message, attempt: index }) => [message, index])),
    ).toEqual([
      [['soft', undefined]],
      [
        ['softer', undefined],
        ['last', undefined],
      ],
    ])
  })

  it('gives a test the line of its declaration, or the line of its failure if the runner does not say the first', () => {
    expect(gatherTest({ state: 'failed', errors: [boom()] }).location).toEqual({ line: 7, column: 3 })
    expect(gatherTest({ state: 'failed', errors: [boom()], rest: { location: { line: 2 } } }).location).toEqual({
      line: 2,
    })
  })

  it('gives the error of a test the hook that did not end', () => {
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
  ])('gives a test that is %s the right status and cause', (_, test, config, status, notRunCause) => {
    const found = gatherTest(test, { config: { root: '/repo', ...config } })

    expect([found.status, found.notRunCause, found.attempts]).toEqual([status, notRunCause, []])
  })

  it('applies a global name filter to every test', () => {
    const tests = [1, 2, 3].map(() => vitestTest({ state: 'skipped', options: { mode: 'skip' } }))
    const config = { root: '/repo', testNamePattern: /works/g }

    expect(gather([vitestModule(tests)], { config }).modules[0]?.tests.map((test) => test.notRunCause)).toEqual([
      undefined,
      undefined,
      undefined,
    ])
  })

  it('keeps the reason of a skipped test', () => {
    expect(gatherTest({ state: 'skipped', note: 'not on Mondays' }).reason).toBe('not on Mondays')
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
    ['of an unknown cause', {}, undefined, undefined],
  ] as const)('says that a test without a result did not run because %s', (_, run, notRunCause, reason) => {
    const test = gatherTest({ state: 'pending', diagnostic: null }, run)

    expect([test.status, test.notRunCause, test.reason]).toEqual(['not-run', notRunCause, reason])
    expect(test.startedAt).toBeUndefined()
  })

  it('keeps the options of a test beside the counts of its retries and repeats', () => {
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

  it('prefers the tags of a test to those in its options', () => {
    expect(gatherTest({ options: { tags: ['option'] }, rest: { tags: ['own'] } }).tags).toEqual(['own'])
  })

  it('keeps annotations and artifacts with their attachments, each attachment once', () => {
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

  it('keeps the custom data of a test in a text form, without the data of Vitest', () => {
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
