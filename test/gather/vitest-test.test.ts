import { describe, expect, it } from 'vitest'
import { boom, gatherTest } from '../support/gather-vitest.js'

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
