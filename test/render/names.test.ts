import { describe, expect, it } from 'vitest'
import type { NameParts } from '../../src/model.js'
import type { RenderSettings } from '../../src/render/junit.js'
import { element, elements, renderedRoot, renderWhole } from '../support/rendering.js'
import { aModule, aRun, aRunOf, aTest } from '../support/runs.js'

const RUN = aRun({
  modules: [
    aModule({
      file: 'src/math/add.test.ts',
      project: 'unit',
      tests: [aTest({ path: ['add', 'of zero'], title: 'is neutral' })],
    }),
  ],
})

const DEFAULT_NAMES = {
  suite: '[unit] src/math/add.test.ts',
  classname: '[unit] src/math/add.test.ts',
  name: 'add > of zero > is neutral',
}

/** The names of a run's only suite and test. */
function namesOf(settings: RenderSettings, run = RUN) {
  const root = renderedRoot(run, settings)
  const test = element(root, 'testcase')
  return {
    suite: element(root, 'testsuite').getAttribute('name'),
    classname: test.getAttribute('classname'),
    name: test.getAttribute('name'),
  }
}

function testNames(settings: RenderSettings, ...modules: ReturnType<typeof aModule>[]) {
  return elements(renderedRoot(aRun({ modules }), settings), 'testcase').map((node) => node.getAttribute('name'))
}

describe('renderJunit, default names', () => {
  it('names suite and class after project and file, and a test after its describes and its title', () => {
    expect(namesOf({})).toEqual(DEFAULT_NAMES)
  })

  it('names suite and class after the file where there are no projects and no describes', () => {
    expect(namesOf({}, aRunOf(aTest()))).toEqual({
      suite: 'test/a.test.ts',
      classname: 'test/a.test.ts',
      name: 'works',
    })
  })

  it('gives tests of nested and sibling describes different names, in one suite', () => {
    const tests = [['outer', 'inner'], ['outer', 'other'], ['outer'], []].map((path) => aTest({ path }))

    expect(testNames({}, aModule({ tests }))).toEqual([
      'outer > inner > works',
      'outer > other > works',
      'outer > works',
      'works',
    ])
    expect(elements(renderedRoot(aRunOf(...tests)), 'testsuite')).toHaveLength(1)
  })

  it('numbers tests of the same class and name, across the whole report', () => {
    const names = testNames(
      {},
      aModule({ tests: [aTest(), aTest({ ordinal: 2 }), aTest({ title: 'works (2)' })] }),
      aModule({ kind: 'typecheck', tests: [aTest()] }),
    )

    expect(names).toEqual(['works', 'works (2)', 'works (2) (2)', 'works (3)'])
  })

  it('does not use a number that a test has in its own title', () => {
    const tests = ['works (2)', 'works', 'works'].map((title) => aTest({ title }))

    expect(testNames({}, aModule({ tests }))).toEqual(['works (2)', 'works', 'works (3)'])
  })

  it('writes the same file in two projects as two suites whose tests keep their names', () => {
    const modules = ['node', 'browser'].map((project) => aModule({ project, tests: [aTest()] }))

    expect(elements(renderedRoot(aRun({ modules })), 'testsuite').map((node) => node.getAttribute('name'))).toEqual([
      '[node] test/a.test.ts',
      '[browser] test/a.test.ts',
    ])
    expect(testNames({}, ...modules)).toEqual(['works', 'works'])
  })

  it.each(['', ' \n', '\u001b[0m'])('writes "(no name)" for a test with the title %j', (title) => {
    expect(testNames({}, aModule({ tests: [aTest({ title })] }))).toEqual(['(no name)'])
  })
})

describe('renderJunit, name templates', () => {
  it.each([
    ['{file}', 'src/math/add.test.ts'],
    ['{filename}', 'add.test.ts'],
    ['{folder}', 'src/math'],
    ['{project}', 'unit'],
    ['{path}', 'add > of zero'],
    ['{title}', 'is neutral'],
    ['{fullName}', 'add > of zero > is neutral'],
    ['{project}/{title}!', 'unit/is neutral!'],
    [' {title} ', ' is neutral '],
  ])('fills %j', (className, expected) => {
    expect(namesOf({ className }).classname).toBe(expected)
  })

  it('fills suiteName, className and testName, templates and functions together', () => {
    const names = namesOf({
      suiteName: '{project}: {filename}',
      className: '{folder}.{path}',
      testName: ({ path, title }) => [...path, title].join(' / '),
    })

    expect(names).toEqual({
      suite: 'unit: add.test.ts',
      classname: 'src/math.add > of zero',
      name: 'add / of zero / is neutral',
    })
  })

  it('gives a function the file, the project, the describes and the title', () => {
    const calls: NameParts[] = []

    namesOf({ className: (parts) => String(calls.push(parts)) })

    expect(calls).toEqual([
      { file: 'src/math/add.test.ts', project: 'unit', path: ['add', 'of zero'], title: 'is neutral' },
    ])
  })

  it('uses the default name where a template gives an empty one', () => {
    expect(namesOf({ suiteName: ' {project} ' }, aRunOf(aTest())).suite).toBe('test/a.test.ts')
  })

  it('reports an unknown placeholder and uses default names', () => {
    const settings = { testName: '{titel}' }

    expect(renderWhole(RUN, settings).problems).toMatchObject([
      {
        code: 'CONFIG_INVALID_VALUE',
        reason: 'name-template',
        message: 'testName has an unknown placeholder {titel}; default names were used',
        suggestions: ['use {file}, {filename}, {folder}, {project}, {path}, {title}, {fullName}'],
      },
    ])
    expect(namesOf(settings)).toEqual(DEFAULT_NAMES)
  })

  it.each([
    [
      'throws',
      () => {
        throw new Error('no names today')
      },
      'no names today',
    ],
    ['returns undefined', () => undefined, 'it returned a value of type undefined, not a string'],
    ['returns null', () => null, 'it returned null, not a string'],
    ['returns a promise', () => Promise.reject(new Error('too late')), 'it returned a promise, not a string'],
  ])('reports a function that %s once and uses default names', (_, broken, words) => {
    const run = aRun({ modules: [...RUN.modules, ...RUN.modules] })
    // As plain JavaScript would pass it.
    const settings: RenderSettings = {}
    Object.assign(settings, { className: broken })

    expect(renderWhole(run, settings).problems).toMatchObject([
      {
        code: 'CONFIG_INVALID_VALUE',
        reason: 'name-template',
        message: `the function className failed: ${words}; default names were used`,
      },
    ])
    expect(namesOf(settings)).toEqual(DEFAULT_NAMES)
  })

  it('writes the right names after a function has changed the describes that it got', () => {
    const className = ({ path }: NameParts) => String(Reflect.apply(Array.prototype.reverse, path, []))

    expect(namesOf({ className })).toEqual({ ...DEFAULT_NAMES, classname: 'of zero,add' })
  })

  it('makes hostile characters of a name visible', () => {
    expect(namesOf({ className: () => '\u001b[31m\u0000' }).classname).toBe('\\u0000')
  })

  it('numbers tests that get the same name from a function, separately in each class', () => {
    const tests = ['a', 'a', 'b', 'a'].map((describe) => aTest({ path: [describe] }))

    expect(testNames({ className: '{path}', testName: () => 'same' }, aModule({ tests }))).toEqual([
      'same',
      'same (2)',
      'same',
      'same (3)',
    ])
  })
})
