import { describe, expect, it } from 'vitest'
import { gatherTest, STACK } from '../support/gather-jest.js'

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
