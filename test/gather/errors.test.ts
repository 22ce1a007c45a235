import { describe, expect, it } from 'vitest'
import { describeError } from '../../src/gather/errors.js'
import type { ErrorInfo } from '../../src/model.js'

const place = { rootDir: '/project', file: 'src/a.test.ts' }
const describeHere = (thrown: unknown): ErrorInfo => describeError(thrown, { place })

describe('describeError', () => {
  it.each([
    ['a string', 'a string', 'string'],
    [undefined, 'undefined', 'undefined'],
    [null, 'null', 'null'],
    [42, '42', 'number'],
    [{ a: 1 }, '{ a: 1 }', 'object'],
    [Symbol('x'), 'Symbol(x)', 'symbol'],
  ])('names a thrown %o by its type', (thrown, message, name) => {
    expect(describeHere(thrown)).toEqual({ kind: 'error', name, message })
  })

  it('ends a chain of causes that comes back to itself', () => {
    const first = new Error('first')
    first.cause = new TypeError('second', { cause: first })

    expect(describeHere(first)).toMatchObject({
      message: 'first',
      cause: { name: 'TypeError', message: 'second', cause: { message: '[circular] first' } },
    })
  })

  it('says where it stops following a chain', () => {
    let deep: Error = new Error('0')
    for (let depth = 1; depth < 1000; depth += 1) deep = new Error(String(depth), { cause: deep })

    expect(JSON.stringify(describeHere(deep))).toContain('its causes are left out')
  })

  it('keeps the members of an AggregateError, and counts those it leaves out', () => {
    const members = Array.from({ length: 1_000 }, (_, index) => new Error(`member ${index}`))
    const described = describeHere(new AggregateError(members, 'all of them'))

    expect(described).toMatchObject({ name: 'AggregateError', message: 'all of them' })
    expect(described.errors?.[1]).toMatchObject({ message: 'member 1' })
    expect(described.errors?.at(-1)?.message).toMatch(/^\[\d+ more errors are left out\]$/)
  })

  it('survives values whose properties throw', () => {
    const hostile = new Proxy(new Error('x'), {
      get() {
        throw new Error('no')
      },
    })

    expect(describeHere(hostile).kind).toBe('error')
  })

  it('finds the first frame that is not of a dependency, with the file when it is another one', () => {
    const error = {
      name: 'Error',
      message: 'boom',
      stack: [
        'Error: boom',
        '    at run (file:///project/node_modules/x/index.js:1:1)',
        '    at Object.<anonymous> (/project/src/with space (1)/help.ts:7:3)',
        '    at /project/src/a.test.ts:9:26',
      ].join('\n'),
    }

    expect(describeHere(error).location).toEqual({ file: 'src/with space (1)/help.ts', line: 7, column: 3 })
  })

  it.each([
    ['Test timed out in 50ms.\nIf this', 'timeout'],
    ['thrown: "Exceeded timeout of 50 ms for a test.', 'timeout'],
    ['timed out in general', 'error'],
    ['expect(received).toBe(expected)', 'assertion'],
  ])('takes %j for a(n) %s', (message, kind) => {
    expect(describeHere(new Error(message)).kind).toBe(kind)
  })
})
