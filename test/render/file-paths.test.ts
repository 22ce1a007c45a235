import { describe, expect, it } from 'vitest'
import { renderJobSummary } from '../../src/render/job-summary.js'
import type { RenderSettings } from '../../src/render/junit.js'
import { attributesOf, caseXml, element, elements, propertiesOf, renderedRoot } from '../support/rendering.js'
import { aModule, anError, aRun, aSuite, aTest } from '../support/runs.js'

const SETTINGS: RenderSettings = { pathPrefix: 'packages/api' }
const AT = { line: 7, column: 3 }

/** The `file` of the only suite and of its first test case. */
function filesOf(file: string, settings: RenderSettings, folder?: string) {
  const root = renderedRoot(aRun({ modules: [aModule({ file, folder, tests: [aTest()] })] }), settings)
  return [element(root, 'testsuite'), element(root, 'testcase')].map((node) => node.getAttribute('file'))
}

describe('renderJunit, paths of files', () => {
  it('writes the files of suites and test cases relative to the repository, and leaves names and ids as they are', () => {
    const tests = [aTest({ id: 'id-1', title: 'adds', path: ['cart'] })]
    const root = renderedRoot(aRun({ modules: [aModule({ file: 'src/a.test.ts', tests })] }), SETTINGS)

    expect(attributesOf(element(root, 'testsuite'))).toMatchObject({
      name: 'src/a.test.ts',
      file: 'packages/api/src/a.test.ts',
    })
    expect(attributesOf(element(root, 'testcase'))).toEqual({
      classname: 'src/a.test.ts',
      file: 'packages/api/src/a.test.ts',
      id: 'id-1',
      name: 'cart > adds',
      time: '0.012',
    })
  })

  it('gives name templates and functions the path in the project', () => {
    const run = aRun({ modules: [aModule({ file: 'src/a.test.ts', tests: [aTest()] })] })
    const root = renderedRoot(run, { ...SETTINGS, className: '{folder}', testName: ({ file }) => file })

    expect(attributesOf(element(root, 'testcase'))).toMatchObject({ classname: 'src', name: 'src/a.test.ts' })
  })

  it.each([
    ['a.test.ts', '', 'a.test.ts'],
    ['a.test.ts', 'packages/api', 'packages/api/a.test.ts'],
    ['a.test.ts', 'packages/api/', 'packages/api/a.test.ts'],
    ['../shared/a.test.ts', 'packages/api', 'packages/shared/a.test.ts'],
    ['../../../other/a.test.ts', 'packages/api', '../../../other/a.test.ts'],
    ['../a.test.ts', '', '../a.test.ts'],
    ['..a/b.test.ts', 'packages', 'packages/..a/b.test.ts'],
    ['/elsewhere/a.test.ts', 'packages/api', '/elsewhere/a.test.ts'],
    ['D:/elsewhere/a.test.ts', 'packages/api', 'D:/elsewhere/a.test.ts'],
    ['virtual:a.test.ts', 'packages/api', 'virtual:a.test.ts'],
    ['https://example.test/a.test.ts', 'packages/api', 'https://example.test/a.test.ts'],
    ['', 'packages/api', ''],
  ])('writes the file %j of a run in the folder %j of the repository as %j', (file, pathPrefix, shown) => {
    expect(filesOf(file, { pathPrefix })).toEqual([shown, shown])
  })

  it('writes paths relative to the project without a prefix', () => {
    expect(filesOf('src/a.test.ts', {})).toEqual(['src/a.test.ts', 'src/a.test.ts'])
  })

  it.each([
    [undefined, 'test/a.spec.js'],
    ['src', 'test/a.spec.js'],
    ['packages/api/src', 'packages/api/test/a.spec.js'],
    ['', 'test/a.spec.js'],
  ])(
    'writes a file that is relative to a folder above the root: in the folder %j of the repository as %j',
    (pathPrefix, shown) => {
      expect(filesOf('test/a.spec.js', { pathPrefix }, '..')).toEqual([shown, shown])
    },
  )

  it('writes the places of errors, describes, annotations and tests in other files relative to the repository', () => {
    const location = { file: '../lib/helper.ts', ...AT }
    const tests = [
      aTest({
        status: 'failed',
        location,
        errors: [anError({ location, cause: anError({ location: { file: 'src/b.ts', line: 1 } }) })],
        annotations: [{ type: 'notice', message: 'm', location }],
      }),
    ]
    const suites = [aSuite({ title: 'empty', location })]
    const run = aRun({ modules: [aModule({ file: 'src/a.test.ts', tests, suites })] })
    const root = renderedRoot(run, SETTINGS)

    expect(propertiesOf(element(root, 'testcase'))).toMatchObject({
      'jux:location': 'packages/lib/helper.ts:7:3',
      'jux:annotation_at': 'packages/lib/helper.ts:7:3',
    })
    expect(propertiesOf(element(root, 'testsuite'))).toMatchObject({
      'jux:describe': 'empty, passed, at packages/lib/helper.ts:7:3',
    })
    expect(element(root, 'failure').textContent).toBe(
      'Error: it broke\nat: packages/lib/helper.ts:7:3\ncaused by: Error: it broke\n  at: packages/api/src/b.ts:1',
    )
  })

  it('writes line and column of a test whose location names its own file', () => {
    const tests = [aTest({ location: { file: 'src/a.test.ts', ...AT } })]
    const root = renderedRoot(aRun({ modules: [aModule({ file: 'src/a.test.ts', tests })] }), SETTINGS)

    expect(attributesOf(element(root, 'testcase'))).toMatchObject({ line: '7', column: '3' })
  })

  it('writes the places of errors outside files relative to the repository', () => {
    const errors = [anError({ kind: 'unhandled', location: { file: 'src/b.ts', line: 1 } })]

    expect(caseXml(aRun({ outcome: 'error', errors }), SETTINGS)).toContain('at: packages/api/src/b.ts:1')
  })

  it.each([
    [
      SETTINGS,
      ['packages/api/shots/a.png', 'packages/api/shots/b.png', 'packages/c.png', 'https://example.test/d.png'],
    ],
    [{}, ['shots/a.png', 'shots/b.png', '../c.png', 'https://example.test/d.png']],
    [
      { ...SETTINGS, attachmentsFrom: '/repo' },
      ['project/shots/a.png', 'shots/b.png', 'c.png', 'https://example.test/d.png'],
    ],
  ])('writes attachments with the settings %j as %j', (settings, shown) => {
    const paths = ['/repo/project/shots/a.png', 'shots/b.png', '/repo/c.png', 'https://example.test/d.png']
    const test = aTest({ attachments: paths.map((path) => ({ path })) })
    const root = renderedRoot(aRun({ modules: [aModule({ tests: [test] })] }), settings)

    expect(element(root, 'system-out').textContent).toBe(shown.map((path) => `[[ATTACHMENT|${path}]]`).join('\n'))
    expect(elements(root, 'property').map((node) => node.getAttribute('value'))).toEqual(expect.arrayContaining(shown))
  })

  it('writes the fact jux:file in the dialect "ant" relative to the repository, and the package as in names', () => {
    const run = aRun({ modules: [aModule({ file: 'src/a.test.ts', tests: [aTest()] })] })
    const suite = element(renderedRoot(run, { ...SETTINGS, dialect: 'ant' }), 'testsuite')

    expect(suite.getAttribute('package')).toBe('src')
    expect(propertiesOf(suite)).toMatchObject({ 'jux:file': 'packages/api/src/a.test.ts' })
  })
})

describe('renderJobSummary, paths of files', () => {
  it('shows failures and flaky tests at their places in the repository', () => {
    const modules = [
      aModule({ file: 'src/a.test.ts', tests: [aTest({ status: 'failed', errors: [anError({ location: AT })] })] }),
      aModule({ file: 'test/b.spec.js', folder: '..', tests: [aTest({ flaky: true, location: AT })] }),
      aModule({
        file: 'src/c.test.ts',
        tests: [aTest({ status: 'failed', errors: [anError({ location: { file: '../lib/helper.ts', line: 9 } })] })],
      }),
    ]
    const counts = { tests: 3, failures: 2, errors: 0, skipped: 0 }
    const text = renderJobSummary({ run: aRun({ modules }), counts, rows: [], settings: SETTINGS })

    expect(text).toContain('<code>packages/api/src/a.test.ts:7</code>')
    expect(text).toContain('<code>packages/test/b.spec.js:7</code>')
    expect(text).toContain('<code>packages/lib/helper.ts:9</code>')
  })
})
