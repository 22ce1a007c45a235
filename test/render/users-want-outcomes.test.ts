/**
 * What users of JUnit reporters ask for in public issue trackers, as far as it is a matter of rendering; one test each:
 * that nothing red looks green, and that each failure is told once and whole.
 */
import { describe, expect, it } from 'vitest'
import { element, elements, propertiesOf, renderedRoot, testcase } from '../support/rendering.js'
import { aModule, anError, aRun, aRunOf, aSuite, aTest } from '../support/runs.js'

describe('users want', () => {
  it('files that fail to load to be in the report, once, as errors', () => {
    const errors = [
      anError({ kind: 'load', name: 'SyntaxError', message: 'Unexpected token' }),
      anError({ kind: 'load', message: 'also' }),
    ]

    const root = renderedRoot(aRun({ outcome: 'error', modules: [aModule({ file: 'broken.test.ts', errors })] }))

    expect(elements(root, 'testcase')).toHaveLength(1)
    expect(testcase(root, '(load)').getAttribute('classname')).toBe('broken.test.ts')
    expect(element(testcase(root, '(load)'), 'error').textContent).toMatch(
      /^SyntaxError: Unexpected token\nkind: load\n\nError: also/,
    )
    expect(root.getAttribute('errors')).toBe('1')
  })

  it('unhandled errors to be in the report, so that no consumer shows green', () => {
    const errors = [anError({ kind: 'unhandled', name: 'TypeError', message: 'too late\nfor a test' })]

    const root = renderedRoot(aRun({ outcome: 'error', errors, modules: [aModule({ tests: [aTest()] })] }))

    expect(root.getAttribute('errors')).toBe('1')
    expect(element(testcase(root, '(unhandled) TypeError: too late'), 'error').getAttribute('type')).toBe('TypeError')
  })

  it('a test that passed at its second attempt to be seen as flaky, its failure kept', () => {
    const attempts = [
      {
        index: 0,
        status: 'failed',
        errors: [anError({ message: 'first' })],
        output: [{ stream: 'stdout', text: 'try 1' }],
        exact: true,
      },
      { index: 1, status: 'passed', errors: [], exact: true },
    ] as const

    const root = renderedRoot(aRunOf(aTest({ title: 'shaky', flaky: true, attempts: [...attempts] })))
    const flaky = element(testcase(root, 'shaky'), 'flakyFailure')

    expect([flaky.getAttribute('message'), flaky.getAttribute('type')]).toEqual(['first', 'Error'])
    expect(element(flaky, 'stackTrace').textContent).toBe('Error: first')
    expect(element(flaky, 'system-out').textContent).toBe('try 1')
    expect(root.getAttribute('failures')).toBe('0')
    expect(propertiesOf(testcase(root, 'shaky'))).toMatchObject({ 'jux:flaky': 'true' })
  })

  it('a test whose retries are used up to be one failure with its reruns, not many failures', () => {
    const failed = (index: number, text: string) =>
      ({ index, status: 'failed', errors: [anError({ message: text })], exact: true }) as const
    const attempts = [failed(0, 'one'), failed(1, 'two'), failed(2, 'three')]

    const root = renderedRoot(
      aRunOf(aTest({ title: 'hopeless', status: 'failed', attempts, errors: attempts[2]?.errors ?? [] })),
    )
    const node = testcase(root, 'hopeless')

    expect(elements(node, 'failure').map((failure) => failure.getAttribute('message'))).toEqual(['one'])
    expect(elements(node, 'rerunFailure').map((rerun) => rerun.getAttribute('message'))).toEqual(['two', 'three'])
    expect(root.getAttribute('failures')).toBe('1')
  })

  it('todo and skipped tests not to be shown as passed, and the reason to be told', () => {
    const root = renderedRoot(
      aRunOf(
        aTest({ title: 'later', status: 'todo' }),
        aTest({ title: 'elsewhere', status: 'skipped', reason: 'windows only' }),
        aTest({ title: 'never reached', status: 'not-run', notRunCause: 'bail' }),
      ),
    )
    const skip = (name: string) => element(testcase(root, name), 'skipped')

    expect(root.getAttribute('skipped')).toBe('3')
    expect(skip('later').getAttribute('message')).toBe('todo')
    expect(skip('elsewhere').getAttribute('message')).toBe('windows only')
    expect(skip('never reached').getAttribute('message')).toBe('not run: the run stopped after a failure')
  })

  it('failures with message and type, and a body that shows them to consumers that read nothing else', () => {
    const stack = 'AssertionError: expected 1 to be 2\n    at test/a.test.ts:3:5'
    const error = anError({
      kind: 'assertion',
      name: 'AssertionError',
      message: 'expected 1 to be 2',
      stack,
      diff: '- 2\n+ 1',
    })

    const failure = element(renderedRoot(aRunOf(aTest({ status: 'failed', errors: [error] }))), 'failure')

    expect([failure.getAttribute('message'), failure.getAttribute('type')]).toEqual([
      'expected 1 to be 2',
      'AssertionError',
    ])
    expect(failure.textContent).toBe(`${stack}\ndiff:\n- 2\n+ 1`)
  })

  it('a failing hook to be told with its error and its describe, not as JSON', () => {
    const suites = [
      aSuite({
        title: 'with database',
        status: 'failed',
        errors: [anError({ kind: 'hook', hook: 'afterAll', message: 'no' })],
      }),
    ]

    const root = renderedRoot(
      aRun({ outcome: 'error', modules: [aModule({ suites, tests: [aTest({ path: ['with database'] })] })] }),
    )

    expect(element(testcase(root, '(afterAll) with database'), 'error').textContent).toBe('Error: no\nhook: afterAll')
  })

  it('values that are no errors to be shown as what they are', () => {
    const errors = [
      anError({ name: 'undefined', message: 'undefined' }),
      anError({ name: 'string', message: 'just text' }),
    ]

    const failure = element(renderedRoot(aRunOf(aTest({ status: 'failed', errors }))), 'failure')

    expect(failure.textContent).toBe('undefined: undefined\n\nstring: just text')
  })

  it.each(['no-tests', 'interrupted', 'error', 'failed'] as const)(
    'a run that came to "%s" not to look green, even without tests',
    (outcome) => {
      for (const modules of [[], [aModule({ tests: [aTest()] })]]) {
        for (const dialect of ['common', 'jenkins', 'ant'] as const) {
          const root = renderedRoot(aRun({ outcome, modules }), { dialect })

          expect(elements(root, 'error')).toHaveLength(1)
          expect(elements(root, 'testsuite').map((suite) => suite.getAttribute('errors'))).toContain('1')
        }
      }
    },
  )

  it('a failed file to be a failed file, although the runner named no error', () => {
    const root = renderedRoot(aRun({ modules: [aModule({ status: 'failed', tests: [aTest()] })] }))

    expect(element(testcase(root, '(file)'), 'error').getAttribute('message')).toContain('did not say why')
  })

  it('a file that was never started to be in the report', () => {
    const root = renderedRoot(aRun({ outcome: 'interrupted', modules: [aModule({ status: 'not-run' })] }))

    expect(element(testcase(root, '(file)'), 'skipped').getAttribute('message')).toMatch(/^not run: /)
  })
})
