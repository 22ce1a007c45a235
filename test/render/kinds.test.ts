/** What sets cases of one file apart: type tests, benchmarks, ids. */
import { describe, expect, it } from 'vitest'
import { attributesOf, elements, renderedRoot } from '../support/rendering.js'
import { aModule, aRun, aRunOf, aTest } from '../support/runs.js'

const attributes = (name: string, ...modules: ReturnType<typeof aModule>[]) =>
  elements(renderedRoot(aRun({ modules })), name).map(attributesOf)

describe('renderJunit, for several kinds of one file', () => {
  it.each([
    [undefined, '[typecheck] test/a.test.ts', 'test/a.test.ts'],
    ['unit', '[unit typecheck] test/a.test.ts', '[unit] test/a.test.ts'],
  ])('gives type tests of the project %s a suite and a class of their own', (project, ofTypes, ofTests) => {
    const modules = [
      aModule({ project, kind: 'typecheck', kindInName: true, tests: [aTest()] }),
      aModule({ project, tests: [aTest()] }),
    ]

    expect(attributes('testsuite', ...modules).map(({ name, file }) => [name, file])).toEqual([
      [ofTypes, 'test/a.test.ts'],
      [ofTests, 'test/a.test.ts'],
    ])
    expect(attributes('testcase', ...modules).map(({ classname, name }) => [classname, name])).toEqual([
      [ofTypes, 'works'],
      [ofTests, 'works'],
    ])
  })

  it('says the project of type tests as the runner calls it', () => {
    const module = aModule({ project: 'unit', kind: 'typecheck', kindInName: true, tests: [aTest()] })

    expect(attributes('property', module)).toContainEqual({ name: 'jux:module_project', value: 'unit' })
  })
})

describe('renderJunit, for a benchmark', () => {
  it('marks it with a property', () => {
    const root = renderedRoot(aRunOf(aTest({ benchmark: true })))

    expect(elements(root, 'property').map(attributesOf)).toContainEqual({ name: 'jux:benchmark', value: 'true' })
  })
})

describe('renderJunit, for ids', () => {
  it.each([
    ['-842463103_0', ''],
    ['-842463103_1', '1'],
    ['1533299869_0_2', '0'],
    ['1533299869_0', 'works'],
    ['a works b', 'works'],
  ])('writes the id %s for a test with the title "%s"', (id, title) => {
    const [test] = elements(renderedRoot(aRunOf(aTest({ id, title }))), 'testcase').map(attributesOf)

    expect(test?.id).toBe(id)
  })

  it.each(['', 'works'])('writes no id "%s" for the test works', (id) => {
    expect(elements(renderedRoot(aRunOf(aTest({ id }))), 'testcase').map(attributesOf)[0]).not.toHaveProperty('id')
  })
})
