/**
 * What users of JUnit reporters ask for in public issue trackers, as far as it is a matter of rendering; one test each:
 * how suites, classes and tests are named.
 */
import { describe, expect, it } from 'vitest'
import { element, elements, renderedRoot, renderWhole } from '../support/rendering.js'
import { aModule, aRun, aRunOf, aTest } from '../support/runs.js'

describe('users want', () => {
  it('nested and sibling describes to be told apart, in one flat list that every consumer reads', () => {
    const tests = [
      aTest({ title: 'works', path: ['outer', 'inner'] }),
      aTest({ title: 'works', path: ['outer', 'other'] }),
      aTest({ title: 'works', path: ['outer'] }),
      aTest({ title: 'works' }),
    ]

    const root = renderedRoot(aRunOf(...tests))

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

    const root = renderedRoot(run, {
      suiteName: '{project}: {filename}',
      className: '{folder}.{path}',
      testName: ({ path, title }: { path: readonly string[]; title: string }) => [...path, title].join(' / '),
    })

    expect(element(root, 'testsuite').getAttribute('name')).toBe('api: user.test.ts')
    expect(element(root, 'testcase').getAttribute('classname')).toBe('packages/api/test.User > login')
    expect(element(root, 'testcase').getAttribute('name')).toBe('User / login / works')
  })

  it('a name for a suite without describes, not "undefined"', () => {
    const root = renderedRoot(aRunOf(aTest()))

    expect(element(root, 'testsuite').getAttribute('name')).toBe('test/a.test.ts')
    expect(renderWhole(aRunOf(aTest())).xml).not.toContain('undefined')
  })

  it('tests of the same name to stay different tests, in the whole report', () => {
    const modules = [
      aModule({ tests: [aTest(), aTest({ ordinal: 2 }), aTest({ title: 'works (2)' })] }),
      aModule({ kind: 'typecheck', tests: [aTest()] }),
    ]

    const names = elements(renderedRoot(aRun({ modules })), 'testcase').map((node) => node.getAttribute('name'))

    expect(names).toEqual(['works', 'works (2)', 'works (2) (2)', 'works (3)'])
  })

  it('the same file in two projects to be two suites', () => {
    const modules = ['node', 'browser'].map((project) => aModule({ project, tests: [aTest()] }))

    const root = renderedRoot(aRun({ modules }))

    expect(elements(root, 'testsuite').map((suite) => suite.getAttribute('name'))).toEqual([
      '[node] test/a.test.ts',
      '[browser] test/a.test.ts',
    ])
    expect(elements(root, 'testcase').map((node) => node.getAttribute('name'))).toEqual(['works', 'works'])
  })
})
