import { describe, expect, it } from 'vitest'
import { VitestCollector } from '../../src/gather/vitest.js'
import type { VitestLog, VitestModule } from '../../src/gather/vitest-types.js'
import { boom, collectorOf, gather } from '../support/gather-vitest.js'
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

  it('gives a file outside of the root a path without ../, in the nearest folder above that has it', () => {
    const module = vitestModule([vitestTest()], { moduleId: '/repo/test/a.test.ts' })

    const [gathered] = gather([module], { config: { root: '/repo/src' } }).modules

    expect(gathered).toMatchObject({ file: 'test/a.test.ts', folder: '..' })
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

  it('says failed for a run that bail stopped, with one error, and why its other tests did not run', () => {
    const failed = vitestTest({ name: 'fails', state: 'failed', errors: [boom()] })
    const pending = vitestTest({ name: 'is late', state: 'skipped', note: 'The test run was aborted by the user.' })
    const file = vitestModule([failed, pending], { state: () => 'failed' })
    const run = (bail: number) => gather([file], { reason: 'interrupted', config: { root: '/repo', bail } })

    // Vitest counts the test and its file.
    for (const bail of [1, 2]) {
      const { outcome, errors, modules } = run(bail)
      expect([outcome, errors]).toEqual([
        'failed',
        [{ kind: 'error', name: 'bail', message: 'the run stopped after 1 failed test (bail)' }],
      ])
      expect(modules[0]?.tests[1]).toMatchObject({ status: 'not-run', notRunCause: 'bail' })
    }
    expect(run(3)).toMatchObject({ outcome: 'interrupted', errors: [] })
    expect(run(3).modules[0]?.tests[1]).toMatchObject({ status: 'not-run', notRunCause: 'cancelled' })
  })

  it.each([
    ['the runner calls it a success', { reason: 'passed' }, true],
    ['the runner calls it a failure', { reason: 'failed' }, undefined],
    ['the process ended early', { reason: 'interrupted', partial: true }, undefined],
  ] as const)('marks a run without tests only if %s', (_, parts, expected) => {
    expect(gather([], parts).nothingToRunIsFine).toBe(expected)
    const skipped = vitestModule([vitestTest({ state: 'skipped' })], { state: () => 'skipped' })
    expect(gather([skipped], parts).nothingToRunIsFine).toBe(expected)
    expect(gather([vitestModule([vitestTest()])], parts).nothingToRunIsFine).toBeUndefined()
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

  it('ends each console message of a browser with a line feed', () => {
    const collector = new VitestCollector()
    const log = { type: 'stdout', taskId: 'id of works', time: 0 } as const
    for (const content of ['one', 'two\n', '']) collector.onUserConsoleLog({ ...log, content, browser: true })
    collector.onUserConsoleLog({ ...log, content: 'from Node\n' })

    const run = gather([vitestModule([vitestTest()])], { collected: collector })

    expect(run.modules[0]?.tests[0]?.output.map(({ text }) => text)).toEqual(['one\n', 'two\n\n', '\n', 'from Node\n'])
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
    expect([collector.specifications, collector.startedAtMs]).toEqual([undefined, undefined])
    collector.onTestRunStart(undefined, 1)
    collector.onTestModule(vitestModule([]))
    collector.onUserConsoleLog({ content: 'x', type: 'stderr', time: 1 })
    expect([collector.modules.length, collector.logsOf('').length]).toEqual([1, 1])

    collector.onTestRunStart([{}, {}], 2)

    const { modules, tasksWithLogs, specifications, startedAtMs } = collector
    expect({ modules, tasksWithLogs, specifications, startedAtMs }).toEqual({
      modules: [],
      tasksWithLogs: [],
      specifications: [{}, {}],
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
    [{ project: { name: 'chromium', browser: {} } }, 'browser'],
    [{ project: { browser: {} }, task: { pool: 'typescript' } }, 'typecheck'],
  ])('reads from %j that the file is of kind %s', (parts, kind) => {
    expect(gather([vitestModule([], parts)]).modules[0]?.kind).toBe(kind)
  })

  it('gives the names of type tests their kind, because the same file may be run as well', () => {
    const ofPool = (pool: string) => gather([vitestModule([], { task: { pool } })]).modules[0]?.kindInName

    expect(['typescript', 'forks', 'browser'].map(ofPool)).toEqual([true, undefined, undefined])
  })

  it('leaves out times before the start of the run, except of a run that merges shards', () => {
    const early = vitestModule([vitestTest({ diagnostic: { startTime: 999 } })], {
      task: { result: { startTime: 999 } },
    })
    const timesIn = (run: ReturnType<typeof gather>) =>
      run.modules.flatMap((module) => [
        module.startedAt,
        ...module.tests.flatMap(({ startedAt, attempts }) => [
          startedAt,
          ...attempts.map((attempt) => attempt.startedAt),
        ]),
      ])

    expect(timesIn(gather([early]))).toEqual([undefined, undefined, undefined])
    expect(new Set(timesIn(gather([early], { config: { root: '/repo', mergeReports: 'blobs' } })))).toEqual(
      new Set(['1970-01-01T00:00:00.999Z']),
    )
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
