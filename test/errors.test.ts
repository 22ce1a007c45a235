import { describe, expect, it } from 'vitest'
import { errnoOf, formatError, JuxError, messageOf, printable, shellWord, toJuxError } from '../src/errors.js'

describe('an error', () => {
  it('has a code with a number, and keeps what caused it', () => {
    const cause = new Error('why')
    const error = new JuxError('KEY_NOT_FOUND', { message: 'no key', cause })

    expect([error.number, error.cause, error.suggestions, error.reason]).toEqual([201, cause, [], undefined])
  })

  it('of another kind becomes an unexpected one, and ours stays what it is', () => {
    const ours = new JuxError('STORAGE_FULL', { message: 'full' })

    expect(toJuxError(ours)).toBe(ours)
    expect(toJuxError(new TypeError('x is undefined'))).toMatchObject({
      code: 'UNEXPECTED_ERROR',
      message: 'unexpected error: x is undefined',
    })
  })

  it.each([
    [new Error('text'), 'text'],
    ['text', 'text'],
    [undefined, 'undefined'],
    [Object.create(null), 'a value without a text form'],
  ])('that is %o says %j', (thrown, message) => {
    expect(messageOf(thrown)).toBe(message)
  })

  it.each([
    [Object.assign(new Error('x'), { code: 'ENOENT' }), 'ENOENT'],
    [Object.assign(new Error('x'), { code: 7 }), undefined],
    [new Error('x'), undefined],
    [{ code: 'ENOENT' }, undefined],
  ])('has an errno when the system gave one: %o', (thrown, errno) => {
    expect(errnoOf(thrown)).toBe(errno)
  })
})

describe('formatError', () => {
  it('prints message, suggestions, code and reason, each on its line', () => {
    const error = new JuxError('KEY_NOT_FOUND', {
      message: 'no key',
      suggestions: ['this', 'or that'],
      reason: 'missing-file',
    })

    expect(formatError(error)).toBe(
      'error  no key\n  try  this\n       or that\n code  KEY_NOT_FOUND (201) missing-file\n',
    )
  })

  it('adds the stacks of a chain of causes when somebody is looking for a fault, up to eight', () => {
    let cause = new Error('cause 0')
    for (let depth = 1; depth < 20; depth++) cause = new Error(`cause ${depth}`, { cause })
    const error = new JuxError('STORAGE_FULL', { message: 'full', cause })

    const text = formatError(error, { debug: true })

    expect(text.match(/^Error: cause \d+$/gm)).toEqual(
      [19, 18, 17, 16, 15, 14, 13].map((depth) => `Error: cause ${depth}`),
    )
    expect(formatError(error)).not.toContain('cause 19')
  })

  it('lets no text steer the terminal', () => {
    expect(formatError(new JuxError('STORAGE_FULL', { message: '\u001b[31mred\r' }))).toMatch(
      /^error {2}\\u001b\[31mred\\u000d\n/,
    )
    expect(printable('a\tb\u202ec\nd')).toBe('a\\u0009b\\u202ec\nd')
  })
})

describe('shellWord', () => {
  it.each([
    ['/repo/key.pem', '/repo/key.pem'],
    ['~/my key.pem', "'~/my key.pem'"],
    ["it's", "'it'\\''s'"],
    ['$(rm -rf .)', "'$(rm -rf .)'"],
    ['', "''"],
  ])('writes %j so that a shell reads it back: %s', (path, word) => {
    expect(shellWord(path)).toBe(word)
  })
})
