import { describe, expect, it } from 'vitest'
import type { ErrorInfo } from '../../src/model.js'
import { element, renderedRoot } from '../support/rendering.js'
import { anError, aRunOf, aTest } from '../support/runs.js'

function bodyOf(error: ErrorInfo): string | null {
  return element(renderedRoot(aRunOf(aTest({ status: 'failed', errors: [error] }))), 'failure').textContent
}

describe('renderJunit, the body of a failure', () => {
  it('begins with class and message, whether or not the stack repeats them', () => {
    const at = '    at f (a.ts:1:2)'

    expect(bodyOf(anError({ stack: `Error: it broke\n${at}` }))).toBe(`Error: it broke\n${at}`)
    expect(bodyOf(anError({ stack: `it broke\n${at}` }))).toBe(`Error: it broke\n${at}`)
    expect(bodyOf(anError({ stack: at }))).toBe(`Error: it broke\n${at}`)
    expect(bodyOf(anError())).toBe('Error: it broke')
  })

  it('begins with the kind of an error that has no class', () => {
    const { name: _, ...nameless } = anError({ kind: 'timeout', message: 'too slow' })

    expect(bodyOf(nameless)).toBe('timeout: too slow\nkind: timeout')
  })

  it('holds causes and members of an error, indented', () => {
    const cause = anError({ name: 'TypeError', message: 'below', stack: 'TypeError: below\n    at b.ts:2' })
    const errors = [anError({ message: 'one' }), anError({ message: 'two' })]

    expect(bodyOf(anError({ cause, errors }))).toBe(
      [
        'Error: it broke',
        'caused by: TypeError: below',
        '      at b.ts:2',
        'error 1 of 2: Error: one',
        'error 2 of 2: Error: two',
      ].join('\n'),
    )
  })

  it('ends where an error is its own cause or member', () => {
    const error = anError()
    Object.assign(error, { cause: error, errors: [error, anError({ message: 'other' })] })

    expect(bodyOf(error)).toBe(
      [
        'Error: it broke',
        'caused by: Error: it broke (circular)',
        'error 1 of 2: Error: it broke (circular)',
        'error 2 of 2: Error: other',
      ].join('\n'),
    )
  })

  it('ends after 64 nested causes and says so', () => {
    let error = anError({ message: 'the root' })
    for (let depth = 0; depth < 100; depth++) error = anError({ message: `level ${depth}`, cause: error })

    const body = bodyOf(error)
    expect(body).toMatch(/\(deeper causes are left out\)$/)
    expect(body?.match(/level \d+/g)).toHaveLength(64)
  })

  it('holds everything else that is known about an error, each on lines of its own', () => {
    const error = anError({
      kind: 'hook',
      hook: 'beforeEach',
      attempt: 1,
      location: { file: 'helper.ts', line: 3, column: 4 },
      expected: 'one line',
      actual: 'two\nlines',
      diff: '- a\n+ b',
    })

    expect(bodyOf(error)).toBe(
      [
        'Error: it broke',
        'hook: beforeEach',
        'attempt: 2',
        'at: helper.ts:3:4',
        'expected: one line',
        'actual:\ntwo\nlines',
        'diff:\n- a\n+ b',
      ].join('\n'),
    )
    expect(bodyOf(anError({ kind: 'hook' }))).toBe('Error: it broke\nkind: hook')
  })
})
