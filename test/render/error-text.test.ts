import { describe, expect, it } from 'vitest'
import { errorText } from '../../src/render/error-text.js'
import { anError } from '../support/runs.js'

describe('errorText', () => {
  it('begins with class and message, whether or not the stack repeats them', () => {
    const at = '    at f (a.ts:1:2)'

    expect(errorText(anError({ stack: `Error: it broke\n${at}` }))).toBe(`Error: it broke\n${at}`)
    expect(errorText(anError({ stack: `it broke\n${at}` }))).toBe(`Error: it broke\n${at}`)
    expect(errorText(anError({ stack: at }))).toBe(`Error: it broke\n${at}`)
    expect(errorText(anError())).toBe('Error: it broke')
  })

  it('falls back on the kind where an error has no class', () => {
    const { name: _, ...nameless } = anError({ kind: 'timeout', message: 'too slow' })

    expect(errorText(nameless)).toBe('timeout: too slow\nkind: timeout')
  })

  it('tells causes and members, indented', () => {
    const cause = anError({ name: 'TypeError', message: 'below', stack: 'TypeError: below\n    at b.ts:2' })
    const errors = [anError({ message: 'one' }), anError({ message: 'two' })]

    expect(errorText(anError({ cause, errors }))).toBe(
      [
        'Error: it broke',
        'caused by: TypeError: below',
        '      at b.ts:2',
        'error 1 of 2: Error: one',
        'error 2 of 2: Error: two',
      ].join('\n'),
    )
  })

  it('ends where causes go in circles', () => {
    const error = anError()
    Object.assign(error, { cause: error, errors: [error, anError({ message: 'other' })] })

    expect(errorText(error)).toBe(
      [
        'Error: it broke',
        'caused by: Error: it broke (circular)',
        'error 1 of 2: Error: it broke (circular)',
        'error 2 of 2: Error: other',
      ].join('\n'),
    )
  })

  it('ends at a depth, and says so', () => {
    let error = anError({ message: 'the root' })
    for (let depth = 0; depth < 100; depth++) error = anError({ message: `level ${depth}`, cause: error })

    expect(errorText(error)).toMatch(/\(deeper causes are left out\)$/)
  })
})
