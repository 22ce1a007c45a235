import { describe, expect, it } from 'vitest'
import { boom, gather, gatherTest } from '../support/gather-vitest.js'
import { vitestModule, vitestTest } from '../support/vitest-objects.js'

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

  it('keeps the duration of a test that skipped itself, and gives none to one that was never started', () => {
    const skipped = (result: { duration?: number }) =>
      gatherTest({ state: 'skipped', diagnostic: null, rest: { task: { result: { state: 'skip', ...result } } } })

    expect(skipped({ duration: 12.5 })).toMatchObject({ status: 'skipped', durationMs: 12.5, attempts: [] })
    expect(skipped({ duration: 12.5 }).startedAt).toBeUndefined()
    expect(skipped({}).durationMs).toBeUndefined()
  })

  it('says that a test is a benchmark', () => {
    const old = gatherTest({ diagnostic: { duration: 0 }, rest: { meta: () => ({ benchmark: true }) } })

    // Vitest 3 and 4 do not measure how long it took.
    expect([old.benchmark, old.durationMs, old.meta]).toEqual([true, undefined, []])
    expect(gatherTest({ rest: { task: { benchmarks: [{}] } } })).toMatchObject({ benchmark: true, durationMs: 5 })
    expect(gatherTest({ rest: { task: { benchmarks: [] } } }).benchmark).toBeUndefined()
  })

  it('keeps the reason of a skipped test', () => {
    expect(gatherTest({ state: 'skipped', note: 'not on Mondays' }).reason).toBe('not on Mondays')
  })

  it.each([
    ['the run was cut off', { reason: 'interrupted' }, 'cancelled', 'the run was cancelled'],
    [
      'the user cancelled it before bail did',
      { reason: 'interrupted', config: { bail: 1 } },
      'cancelled',
      'the run was cancelled',
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

  it('keeps the attachments of what Vitest itself records, without an annotation', () => {
    const test = gatherTest({
      rest: {
        annotations: () => [{ type: 'internal:note', message: 'x', attachment: { path: '/repo/note.txt' } }],
        artifacts: () => [
          { type: 'internal:failureScreenshot', attachments: [{ contentType: 'image/png', path: '/repo/shot.png' }] },
        ],
      },
    })

    expect(test.annotations).toEqual([])
    expect(test.attachments).toEqual([{ path: '/repo/note.txt' }, { contentType: 'image/png', path: '/repo/shot.png' }])
  })

  it('attaches the screenshot that Vitest 3 has in the data of a test in a browser', () => {
    const meta = () => ({ failScreenshotPath: '/repo/shot.png', owner: 'team-a' })
    const testIn = (pool: string) =>
      gather([vitestModule([vitestTest({ rest: { meta } })], { task: { pool } })]).modules[0]?.tests[0]

    expect(testIn('browser')).toMatchObject({
      attachments: [{ contentType: 'image/png', path: '/repo/shot.png' }],
      meta: [{ name: 'owner', value: 'team-a' }],
    })
    expect(testIn('forks')).toMatchObject({
      attachments: [],
      meta: [{ name: 'failScreenshotPath' }, { name: 'owner' }],
    })
  })

  it('says of a test in a browser that its page was lost, not a worker process', () => {
    const module = vitestModule([vitestTest({ state: 'pending' })], { task: { pool: 'browser' } })

    expect(gather([module], { unhandledErrors: [boom()] }).modules[0]?.tests[0]).toMatchObject({
      notRunCause: 'crash',
      reason: 'the run in the browser ended before the test did: a page was left, reloaded or closed',
    })
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
