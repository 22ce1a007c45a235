import { describe, expect, it } from 'vitest'
import { createVitestCollector } from '../../src/gather/vitest-collector.js'
import type { VitestLog, VitestModule } from '../../src/gather/vitest-types.js'
import { boom, gather } from '../support/gather-vitest.js'
import { vitestModule, vitestSuite, vitestTest } from '../support/vitest-objects.js'

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
