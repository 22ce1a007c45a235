import { describe, expect, it } from 'vitest'
import {
  allowingCures,
  allowingFlag,
  errnoOf,
  formatError,
  isRefused,
  JuxError,
  messageOf,
  printable,
  refusalOf,
  shellWord,
  toJuxError,
} from '../src/errors.js'

describe('JuxError', () => {
  it('has the number of its code, and keeps its cause', () => {
    const cause = new Error('why')
    const error = new JuxError('KEY_NOT_FOUND', { message: 'no key', cause })

    expect([error.number, error.cause, error.suggestions, error.reason]).toEqual([201, cause, [], undefined])
  })
})

describe('toJuxError', () => {
  it('returns a JuxError unchanged, and makes any other error an UNEXPECTED_ERROR', () => {
    const ours = new JuxError('STORAGE_FULL', { message: 'full' })

    expect(toJuxError(ours)).toBe(ours)
    expect(toJuxError(new TypeError('x is undefined'))).toMatchObject({
      code: 'UNEXPECTED_ERROR',
      message: 'unexpected error: x is undefined',
    })
  })
})

describe('messageOf', () => {
  it.each([
    [new Error('text'), 'text'],
    ['text', 'text'],
    [undefined, 'undefined'],
    [Object.create(null), 'a value without a text form'],
  ])('returns the message of the thrown value %o: %j', (thrown, message) => {
    expect(messageOf(thrown)).toBe(message)
  })
})

describe('errnoOf', () => {
  it.each([
    [Object.assign(new Error('x'), { code: 'ENOENT' }), 'ENOENT'],
    [Object.assign(new Error('x'), { code: 7 }), undefined],
    [new Error('x'), undefined],
    [{ code: 'ENOENT' }, undefined],
  ])('returns the errno name of %o, if it is a system error: %j', (thrown, errno) => {
    expect(errnoOf(thrown)).toBe(errno)
  })
})

describe('formatError', () => {
  it('prints message, suggestions, code and reason, each on its own line', () => {
    const error = new JuxError('KEY_NOT_FOUND', {
      message: 'no key',
      suggestions: ['this', 'or that'],
      reason: 'missing-file',
    })

    expect(formatError(error)).toBe(
      'error  no key\n  try  this\n       or that\n code  KEY_NOT_FOUND (201) missing-file\n',
    )
  })

  it('appends the stacks of the error and of up to seven causes with the option debug', () => {
    let cause = new Error('cause 0')
    for (let depth = 1; depth < 20; depth++) cause = new Error(`cause ${depth}`, { cause })
    const error = new JuxError('STORAGE_FULL', { message: 'full', cause })

    const text = formatError(error, { debug: true })

    expect(text.match(/^Error: cause \d+$/gm)).toEqual(
      [19, 18, 17, 16, 15, 14, 13].map((depth) => `Error: cause ${depth}`),
    )
    expect(formatError(error)).not.toContain('cause 19')
  })

  it('escapes control characters of the message', () => {
    expect(formatError(new JuxError('STORAGE_FULL', { message: '\u001b[31mred\r' }))).toMatch(
      /^error {2}\\u001b\[31mred\\u000d\n/,
    )
  })
})

describe('printable', () => {
  it('escapes control characters, direction characters and lone surrogates, but not line feeds', () => {
    expect(printable('a\tb\u202ec\u200e\nd\ud800e\u{1f600}')).toBe('a\\u0009b\\u202ec\\u200e\nd\\ud800e\u{1f600}')
  })
})

describe('shellWord', () => {
  it.each([
    ['/repo/key.pem', '/repo/key.pem'],
    ['~/my key.pem', "'~/my key.pem'"],
    ["it's", "'it'\\''s'"],
    ['$(rm -rf .)', "'$(rm -rf .)'"],
    ['', "''"],
  ])('quotes %j for a POSIX shell: %s', (path, word) => {
    expect(shellWord(path)).toBe(word)
  })
})

describe('allowingFlag', () => {
  const refused = (parts: object) => Object.assign(new Error('Access to this API has been restricted'), parts)
  const code = 'ERR_ACCESS_DENIED'

  it.each([
    [{ code, permission: 'FileSystemWrite', resource: '/my data/a' }, "--allow-fs-write='/my data/a'"],
    [{ code, permission: 'FileSystemRead', resource: '' }, '--allow-fs-read'],
    [{ code, permission: 'ChildProcess', resource: '/usr/bin/git' }, '--allow-child-process'],
    [{ code, permission: 'WorkerThreads' }, '--allow-worker'],
    [{ code, permission: 'Another', resource: 7 }, undefined],
    [{ code }, undefined],
    [{ code: 'EACCES', permission: 'FileSystemRead' }, undefined],
  ])('for %j is %s', (parts, flag) => {
    expect(allowingFlag(refused(parts))).toBe(flag)
    expect(allowingCures(refused(parts))).toEqual(flag === undefined ? [] : [`add ${flag} to the flags of Node`])
    expect(isRefused(refused(parts))).toBe(parts.code === code)
  })

  it.each([
    ['Requires read access to "/my data/a", run again with the --allow-read flag', "--allow-read='/my data/a'"],
    ['Requires sys access to "homedir", run again with the --allow-sys flag', '--allow-sys=homedir'],
    ['Requires env access to "HOME", run again with the --allow-env flag', '--allow-env'],
    ['Requires env access, run again with the --allow-env flag', '--allow-env'],
    ['Another text', undefined],
  ])('for the error "%s" of Deno is %s', (message, flag) => {
    const error = Object.assign(new Error(message), { name: 'NotCapable' })

    expect(allowingFlag(error)).toBe(flag)
    expect(allowingCures(error)).toEqual(flag === undefined ? [] : [`add ${flag} to the flags of Deno`])
    expect([isRefused(error), errnoOf(error)]).toEqual([true, code])
    expect(refusalOf(error)).toBe("Deno's permissions do not allow it")
    expect(toJuxError(error)).toMatchObject({
      code: 'FILE_PERMISSION_DENIED',
      message: `Deno's permissions do not allow this: ${message.replace(/,.*/, '')}`,
    })
  })

  it('is undefined for a thrown value that is not an Error', () => {
    expect(allowingFlag({ code, permission: 'ChildProcess' })).toBeUndefined()
  })
})
