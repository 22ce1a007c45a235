import { describe, expect, it } from 'vitest'
import { element, elements, propertiesOf, renderedRoot, testcase } from '../support/rendering.js'
import { aModule, anError, aRun, aTest } from '../support/runs.js'

describe('facts', () => {
  it('that most tests of a file share are said once, and then only where they differ', () => {
    const tests = [5_000, 5_000, 40].map((timeoutMs, index) =>
      aTest({ title: `${index}`, timeoutMs, retry: { configured: index === 2 ? 0 : 3, count: 0 } }),
    )

    const root = renderedRoot(aRun({ modules: [aModule({ tests })] }))

    expect(propertiesOf(element(root, 'testsuite'))).toMatchObject({ 'jux:timeout_ms': '5000', 'jux:retries': '3' })
    expect(['0', '1', '2'].map((name) => propertiesOf(testcase(root, name)))).toEqual([
      {},
      {},
      { 'jux:timeout_ms': '40', 'jux:retries': '0' },
    ])
  })

  it('that go without saying are not said', () => {
    const tests = [
      aTest({ id: 'a.test.ts works', retry: { configured: 0, count: 0 }, repeats: { configured: 0, count: 0 } }),
    ]

    const root = renderedRoot(aRun({ modules: [aModule({ tests })] }))

    expect(elements(element(root, 'testcase'), '*')).toEqual([])
    expect(element(root, 'testcase').hasAttribute('id')).toBe(false)
    expect(elements(root, 'property').map((property) => property.getAttribute('name'))).not.toContain('jux:retries')
  })

  it('that the run has already are not said twice', () => {
    const properties = [{ name: 'jux:outcome', value: 'passed' }]

    const names = elements(renderedRoot(aRun({ properties })), 'property').map((property) =>
      property.getAttribute('name'),
    )

    expect(names.filter((name) => name === 'jux:outcome')).toHaveLength(1)
  })

  it('about an attachment stand once, although its annotation and its test both name it', () => {
    const attachment = { path: '/repo/project/a.png', contentType: 'image/png' }
    const test = aTest({ annotations: [{ type: 'shot', message: 'see', attachment }], attachments: [attachment] })

    const node = element(renderedRoot(aRun({ modules: [aModule({ tests: [test] })] })), 'testcase')

    expect(elements(node, 'property').map((property) => property.getAttribute('value'))).toEqual([
      'see',
      'a.png, image/png',
    ])
    expect(element(node, 'system-out').textContent).toBe('[[ATTACHMENT|a.png]]')
  })

  it('about a place are not repeated where the stack has it', () => {
    const stack = 'Error: it broke\n    at /repo/project/a.test.ts:3:9'
    const tests = [
      aTest({
        title: 'in the stack',
        status: 'failed',
        errors: [anError({ stack, location: { line: 3, column: 9 } })],
      }),
      aTest({ title: 'elsewhere', status: 'failed', errors: [anError({ stack, location: { line: 4, column: 1 } })] }),
    ]

    const root = renderedRoot(aRun({ modules: [aModule({ tests })] }))

    expect(elements(root, 'failure').map(({ textContent }) => textContent)).toEqual([stack, `${stack}\nat: 4:1`])
  })

  it('about output tell when it came and how its streams took turns', () => {
    const at = (ms: number) => `2026-01-02T03:04:05.00${ms}Z`
    const output = [
      { stream: 'stdout', text: 'a', at: at(0) },
      { stream: 'stdout', text: 'b', at: at(0) },
      { stream: 'stderr', text: 'c', at: at(3) },
      { stream: 'stdout', text: 'd', at: at(4) },
    ] as const

    const node = element(renderedRoot(aRun({ modules: [aModule({ tests: [aTest({ output })] })] })), 'testcase')

    expect(propertiesOf(node)).toEqual({ 'jux:output_times': `${at(0)} stdout +0 stderr +3 stdout +4` })
  })
})
