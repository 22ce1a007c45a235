/**
 * What users of JUnit reporters ask for in public issue trackers, as far as it is a matter of rendering; one test each.
 */
import { describe, expect, it } from 'vitest'
import { element, elements, parseXml, propertiesOf, renderWhole, testcase } from '../support/rendering.js'
import { aModule, anError, aRun, aSuite, aTest } from '../support/runs.js'

const read = (run: ReturnType<typeof aRun>, settings = {}) => parseXml(renderWhole(run, settings).xml)
const withTests = (...tests: ReturnType<typeof aTest>[]) => aRun({ modules: [aModule({ tests })] })

describe('users want', () => {
  it('XML that parses, whatever colours and control characters titles and messages have', () => {
    const ugly = '\u001b[31mexpected\u001b[39m \u0000\u0008\u001b \ufffe ]]> \udfff'
    const test = aTest({
      title: ugly,
      path: [ugly],
      status: 'failed',
      errors: [anError({ message: ugly, stack: ugly })],
    })

    const root = read(
      aRun({ modules: [aModule({ file: `${ugly}.ts`, tests: [test], output: [{ stream: 'stdout', text: ugly }] })] }),
    )

    expect(element(root, 'failure').getAttribute('message')).toBe('expected \\u0000\\u0008\\u001b \\ufffe ]]> \\udfff')
    expect(element(root, 'testcase').getAttribute('name')).not.toContain('[31m')
  })

  it('files that fail to load to be in the report, once, as errors', () => {
    const errors = [
      anError({ kind: 'load', name: 'SyntaxError', message: 'Unexpected token' }),
      anError({ kind: 'load', message: 'also' }),
    ]

    const root = read(aRun({ outcome: 'error', modules: [aModule({ file: 'broken.test.ts', errors })] }))

    expect(elements(root, 'testcase')).toHaveLength(1)
    expect(testcase(root, '(load)').getAttribute('classname')).toBe('broken.test.ts')
    expect(element(testcase(root, '(load)'), 'error').textContent).toMatch(
      /^SyntaxError: Unexpected token\nkind: load\n\nError: also/,
    )
    expect(root.getAttribute('errors')).toBe('1')
  })

  it('unhandled errors to be in the report, so that no consumer shows green', () => {
    const errors = [anError({ kind: 'unhandled', name: 'TypeError', message: 'too late\nfor a test' })]

    const root = read(aRun({ outcome: 'error', errors, modules: [aModule({ tests: [aTest()] })] }))

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

    const root = read(withTests(aTest({ title: 'shaky', flaky: true, attempts: [...attempts] })))
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

    const root = read(
      withTests(aTest({ title: 'hopeless', status: 'failed', attempts, errors: attempts[2]?.errors ?? [] })),
    )
    const node = testcase(root, 'hopeless')

    expect(elements(node, 'failure').map((failure) => failure.getAttribute('message'))).toEqual(['one'])
    expect(elements(node, 'rerunFailure').map((rerun) => rerun.getAttribute('message'))).toEqual(['two', 'three'])
    expect(root.getAttribute('failures')).toBe('1')
  })

  it('properties of their own on a test: keys of issues, tags for a monitoring service', () => {
    const meta = [
      { name: 'test_key', value: 'ABC-1' },
      { name: 'dd_tags[team]', value: 'core' },
    ]
    const annotations = [{ type: 'requirement', message: 'REQ-7' }]

    const root = read(withTests(aTest({ title: 'traced', meta, annotations, tags: ['slow'] })))
    const node = testcase(root, 'traced')

    expect(propertiesOf(node)).toEqual({
      test_key: 'ABC-1',
      'dd_tags[team]': 'core',
      requirement: 'REQ-7',
      tag: 'slow',
    })
    expect(elements(node, '*')[0]?.tagName).toBe('properties')
  })

  it('the line of a test on its test case', () => {
    const root = read(withTests(aTest({ title: 'placed', location: { line: 12, column: 3 } })))

    expect(testcase(root, 'placed').getAttribute('file')).toBe('test/a.test.ts')
    expect(testcase(root, 'placed').getAttribute('line')).toBe('12')
  })

  it('console output with the test that wrote it, and apart from the output of its file', () => {
    const tests = [
      aTest({
        title: 'talks',
        output: [
          { stream: 'stdout', text: 'hello\n' },
          { stream: 'stderr', text: 'oh\n' },
        ],
      }),
      aTest({ title: 'is silent' }),
    ]

    const root = read(aRun({ modules: [aModule({ tests, output: [{ stream: 'stdout', text: 'set up\n' }] })] }))

    expect(element(testcase(root, 'talks'), 'system-out').textContent).toBe('hello\n')
    expect(element(testcase(root, 'talks'), 'system-err').textContent).toBe('oh\n')
    expect(elements(testcase(root, 'is silent'), 'system-out')).toEqual([])
    expect(elements(root, 'system-out').map(({ textContent }) => textContent)).toContain('set up\n')
  })

  it('todo and skipped tests not to be shown as passed, and the reason to be told', () => {
    const root = read(
      withTests(
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

  it('nested and sibling describes to be told apart, in one flat list that every consumer reads', () => {
    const tests = [
      aTest({ title: 'works', path: ['outer', 'inner'] }),
      aTest({ title: 'works', path: ['outer', 'other'] }),
      aTest({ title: 'works', path: ['outer'] }),
      aTest({ title: 'works' }),
    ]

    const root = read(withTests(...tests))

    expect(elements(root, 'testcase').map((node) => node.getAttribute('name'))).toEqual([
      'outer > inner > works',
      'outer > other > works',
      'outer > works',
      'works',
    ])
    expect(elements(root, 'testsuite')).toHaveLength(1)
  })

  it('to say how suites, classes and tests are named', () => {
    const run = aRun({
      modules: [
        aModule({
          file: 'packages/api/test/user.test.ts',
          project: 'api',
          tests: [aTest({ path: ['User', 'login'], title: 'works' })],
        }),
      ],
    })

    const root = read(run, {
      suiteName: '{project}: {filename}',
      className: '{folder}.{path}',
      testName: ({ path, title }: { path: readonly string[]; title: string }) => [...path, title].join(' / '),
    })

    expect(element(root, 'testsuite').getAttribute('name')).toBe('api: user.test.ts')
    expect(element(root, 'testcase').getAttribute('classname')).toBe('packages/api/test.User > login')
    expect(element(root, 'testcase').getAttribute('name')).toBe('User / login / works')
  })

  it('a name for a suite without describes, not "undefined"', () => {
    const root = read(withTests(aTest()))

    expect(element(root, 'testsuite').getAttribute('name')).toBe('test/a.test.ts')
    expect(renderWhole(withTests(aTest())).xml).not.toContain('undefined')
  })

  it('times that are numbers, never negative, never an exponent, never NaN', () => {
    const durations = [-3, Number.NaN, 1e-7, 1e25, Number.POSITIVE_INFINITY, 1_234.5, undefined]
    const tests = durations.map((durationMs, index) => {
      const { durationMs: _, ...test } = aTest({ title: `${index}` })
      return durationMs === undefined ? test : { ...test, durationMs }
    })

    const root = read(aRun({ durationMs: Number.NaN, modules: [aModule({ tests })] }))
    const times = [root, ...elements(root, 'testsuite'), ...elements(root, 'testcase')].map((node) =>
      node.getAttribute('time'),
    )

    for (const time of times) expect(time).toMatch(/^\d+\.\d{3}$/)
    expect(testcase(root, '5').getAttribute('time')).toBe('1.234')
    expect(testcase(root, '0').getAttribute('time')).toBe('0.000')
  })

  it('the time at which tests really started, with its zone, and none rather than 1970', () => {
    const modules = [
      aModule({
        file: 'a.ts',
        startedAt: '2026-01-02T03:04:05.678Z',
        tests: [aTest({ startedAt: '2026-01-02T03:04:06.000Z' })],
      }),
      aModule({ file: 'b.ts', errors: [anError({ kind: 'load' })] }),
    ]

    const root = read(aRun({ modules }))

    expect(elements(root, 'testsuite').map((suite) => suite.getAttribute('timestamp') || null)).toEqual([
      '2026-01-02T03:04:05.678Z',
      null,
    ])
    expect(element(root, 'testcase').getAttribute('timestamp')).toBe('2026-01-02T03:04:06.000Z')
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

    const failure = element(read(withTests(aTest({ status: 'failed', errors: [error] }))), 'failure')

    expect([failure.getAttribute('message'), failure.getAttribute('type')]).toEqual([
      'expected 1 to be 2',
      'AssertionError',
    ])
    expect(failure.textContent).toBe(`${stack}\ndiff:\n- 2\n+ 1`)
  })

  it('tests of the same name to stay different tests, in the whole report', () => {
    const modules = [
      aModule({ tests: [aTest(), aTest({ ordinal: 2 }), aTest({ title: 'works (2)' })] }),
      aModule({ kind: 'typecheck', tests: [aTest()] }),
    ]

    const names = elements(read(aRun({ modules })), 'testcase').map((node) => node.getAttribute('name'))

    expect(names).toEqual(['works', 'works (2)', 'works (2) (2)', 'works (3)'])
  })

  it('the same file in two projects to be two suites', () => {
    const modules = ['node', 'browser'].map((project) => aModule({ project, tests: [aTest()] }))

    const root = read(aRun({ modules }))

    expect(elements(root, 'testsuite').map((suite) => suite.getAttribute('name'))).toEqual([
      '[node] test/a.test.ts',
      '[browser] test/a.test.ts',
    ])
    expect(elements(root, 'testcase').map((node) => node.getAttribute('name'))).toEqual(['works', 'works'])
  })

  it('a failing hook to be told with its error and its describe, not as JSON', () => {
    const suites = [
      aSuite({
        title: 'with database',
        status: 'failed',
        errors: [anError({ kind: 'hook', hook: 'afterAll', message: 'no' })],
      }),
    ]

    const root = read(
      aRun({ outcome: 'error', modules: [aModule({ suites, tests: [aTest({ path: ['with database'] })] })] }),
    )

    expect(element(testcase(root, '(afterAll) with database'), 'error').textContent).toBe('Error: no\nhook: afterAll')
  })

  it('values that are no errors to be shown as what they are', () => {
    const errors = [
      anError({ name: 'undefined', message: 'undefined' }),
      anError({ name: 'string', message: 'just text' }),
    ]

    const failure = element(read(withTests(aTest({ status: 'failed', errors }))), 'failure')

    expect(failure.textContent).toBe('undefined: undefined\n\nstring: just text')
  })

  it('attachments that CI systems find', () => {
    const attachments = [{ path: '/repo/project/shots/a.png' }, { path: 'rel/b.txt' }]

    const out = element(
      read(withTests(aTest({ attachments, output: [{ stream: 'stdout', text: 'saved' }] }))),
      'system-out',
    )

    expect(out.textContent).toBe('saved\n[[ATTACHMENT|shots/a.png]]\n[[ATTACHMENT|rel/b.txt]]')
  })

  it.each(['no-tests', 'interrupted', 'error', 'failed'] as const)(
    'a run that came to "%s" not to look green, even without tests',
    (outcome) => {
      for (const modules of [[], [aModule({ tests: [aTest()] })]]) {
        for (const dialect of ['common', 'jenkins', 'ant'] as const) {
          const root = read(aRun({ outcome, modules }), { dialect })

          expect(elements(root, 'error')).toHaveLength(1)
          expect(elements(root, 'testsuite').map((suite) => suite.getAttribute('errors'))).toContain('1')
        }
      }
    },
  )

  it('a failed file to be a failed file, although the runner named no error', () => {
    const root = read(aRun({ modules: [aModule({ status: 'failed', tests: [aTest()] })] }))

    expect(element(testcase(root, '(file)'), 'error').getAttribute('message')).toContain('did not say why')
  })

  it('a file that was never started to be in the report', () => {
    const root = read(aRun({ outcome: 'interrupted', modules: [aModule({ status: 'not-run' })] }))

    expect(element(testcase(root, '(file)'), 'skipped').getAttribute('message')).toMatch(/^not run: /)
  })
})
