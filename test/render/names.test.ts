import { describe, expect, it } from 'vitest'
import type { NameParts } from '../../src/model.js'
import { Names } from '../../src/render/names.js'

const parts: NameParts = {
  file: 'src/math/add.test.ts',
  project: 'unit',
  path: ['add', 'of zero'],
  title: 'is neutral',
}

describe('Names', () => {
  it.each([
    ['{file}', 'src/math/add.test.ts'],
    ['{filename}', 'add.test.ts'],
    ['{folder}', 'src/math'],
    ['{project}', 'unit'],
    ['{path}', 'add > of zero'],
    ['{title}', 'is neutral'],
    ['{fullName}', 'add > of zero > is neutral'],
    ['{project}/{title}!', 'unit/is neutral!'],
  ])('fills %s', (className, expected) => {
    expect(new Names({ className }).className(parts)).toBe(expected)
  })

  it('gives the default name where a template leaves nothing', () => {
    const { project: _, ...alone } = parts

    expect(new Names({ suiteName: ' {project} ' }).suite(alone)).toBe('src/math/add.test.ts')
  })

  it('names an unknown placeholder, and uses default names', () => {
    const names = new Names({ testName: '{titel}' })

    expect(names.testName('class', parts, false)).toBe('add > of zero > is neutral')
    expect(names.problems).toMatchObject([{ code: 'CONFIG_INVALID_VALUE', reason: 'name-template' }])
    expect(names.problems[0]?.message).toContain('testName has an unknown placeholder {titel}')
  })

  it.each([
    [
      'throws',
      () => {
        throw new Error('no names today')
      },
      'no names today',
    ],
    ['returns nothing', () => undefined, 'a value of type undefined'],
  ])('reports a function that %s, once, and uses default names', (_, broken, words) => {
    // As plain JavaScript would hand it over.
    const names: Names = Reflect.construct(Names, [{ className: broken }])

    expect([names.className(parts), names.className(parts)]).toEqual([
      '[unit] src/math/add.test.ts',
      '[unit] src/math/add.test.ts',
    ])
    expect(names.problems).toHaveLength(1)
    expect(names.problems[0]?.message).toContain(words)
  })

  it('keeps what a function does to its parts from the test', () => {
    const names = new Names({ className: ({ path }) => String(Reflect.apply(Array.prototype.reverse, path, [])) })

    expect(names.className(parts)).toBe('of zero,add')
    expect(parts.path).toEqual(['add', 'of zero'])
  })

  it('makes hostile names visible', () => {
    expect(new Names({ className: () => '\u001b[31m\u0000' }).className(parts)).toBe('\\u0000')
  })

  it('never gives a pair of class and name twice', () => {
    const names = new Names({ testName: () => 'same' })
    const given = ['a', 'a', 'b', 'a'].map((className) => `${className}: ${names.testName(className, parts, false)}`)

    expect(given).toEqual(['a: same', 'a: same (2)', 'b: same', 'a: same (3)'])
  })
})
