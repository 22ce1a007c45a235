/**
 * What users of JUnit reporters ask for in public issue trackers, as far as it is a matter of rendering; one test each:
 * what is told about a test beside its outcome.
 */
import { describe, expect, it } from 'vitest'
import { element, elements, propertiesOf, renderedRoot, testcase } from '../support/rendering.js'
import { aModule, anError, aRun, aRunOf, aTest } from '../support/runs.js'

describe('users want', () => {
  it('XML that parses, whatever colours and control characters titles and messages have', () => {
    const ugly = '\u001b[31mexpected\u001b[39m \u0000\u0008\u001b \ufffe ]]> \udfff'
    const test = aTest({
      title: ugly,
      path: [ugly],
      status: 'failed',
      errors: [anError({ message: ugly, stack: ugly })],
    })

    const root = renderedRoot(
      aRun({ modules: [aModule({ file: `${ugly}.ts`, tests: [test], output: [{ stream: 'stdout', text: ugly }] })] }),
    )

    expect(element(root, 'failure').getAttribute('message')).toBe('expected \\u0000\\u0008\\u001b \\ufffe ]]> \\udfff')
    expect(element(root, 'testcase').getAttribute('name')).not.toContain('[31m')
  })

  it('properties of their own on a test: keys of issues, tags for a monitoring service', () => {
    const meta = [
      { name: 'test_key', value: 'ABC-1' },
      { name: 'dd_tags[team]', value: 'core' },
    ]
    const annotations = [{ type: 'requirement', message: 'REQ-7' }]

    const root = renderedRoot(aRunOf(aTest({ title: 'traced', meta, annotations, tags: ['slow'] })))
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
    const root = renderedRoot(aRunOf(aTest({ title: 'placed', location: { line: 12, column: 3 } })))

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

    const root = renderedRoot(aRun({ modules: [aModule({ tests, output: [{ stream: 'stdout', text: 'set up\n' }] })] }))

    expect(element(testcase(root, 'talks'), 'system-out').textContent).toBe('hello\n')
    expect(element(testcase(root, 'talks'), 'system-err').textContent).toBe('oh\n')
    expect(elements(testcase(root, 'is silent'), 'system-out')).toEqual([])
    expect(elements(root, 'system-out').map(({ textContent }) => textContent)).toContain('set up\n')
  })

  it('times that are numbers, never negative, never an exponent, never NaN', () => {
    const durations = [-3, Number.NaN, 1e-7, 1e25, Number.POSITIVE_INFINITY, 1_234.5, undefined]
    const tests = durations.map((durationMs, index) => {
      const { durationMs: _, ...test } = aTest({ title: `${index}` })
      return durationMs === undefined ? test : { ...test, durationMs }
    })

    const root = renderedRoot(aRun({ durationMs: Number.NaN, modules: [aModule({ tests })] }))
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

    const root = renderedRoot(aRun({ modules }))

    expect(elements(root, 'testsuite').map((suite) => suite.getAttribute('timestamp') || null)).toEqual([
      '2026-01-02T03:04:05.678Z',
      null,
    ])
    expect(element(root, 'testcase').getAttribute('timestamp')).toBe('2026-01-02T03:04:06.000Z')
  })

  it('attachments that CI systems find', () => {
    const attachments = [{ path: '/repo/project/shots/a.png' }, { path: 'rel/b.txt' }]

    const out = element(
      renderedRoot(aRunOf(aTest({ attachments, output: [{ stream: 'stdout', text: 'saved' }] }))),
      'system-out',
    )

    expect(out.textContent).toBe('saved\n[[ATTACHMENT|shots/a.png]]\n[[ATTACHMENT|rel/b.txt]]')
  })
})
