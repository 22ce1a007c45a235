import { describe, expect, it } from 'vitest'
import { createVitestCollector } from '../../src/gather/vitest-collector.js'
import { boom, gather } from '../support/gather-vitest.js'
import { vitestModule, vitestTest } from '../support/vitest-objects.js'

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
