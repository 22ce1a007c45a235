import { describe, expect, it } from 'vitest'
import { describeError } from '../../src/gather/errors.js'
import { firstOwnFrame, locationIn, relativeFile } from '../../src/gather/places.js'
import { propertiesOf, readField, readText, textOf } from '../../src/gather/values.js'
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

  it.each([
    ['by its name', { name: 'AssertionError', message: 'no' }, 'assertion'],
    ['by what a matcher left', { message: 'no', matcherResult: {} }, 'assertion'],
    ['by its operator', { message: 'no', operator: 'strictEqual', expected: 1 }, 'assertion'],
    ['by its name', { name: 'TimeoutError', message: 'no' }, 'timeout'],
    ['an operator alone', { message: 'no', operator: '+' }, 'error'],
  ])('knows an error %s', (_, thrown, kind) => {
    expect(describeHere(thrown).kind).toBe(kind)
  })

  it('gives the hook and the attempt that the caller knows', () => {
    expect(describeError('x', { place, hook: 'afterEach', attempt: 2 })).toEqual({
      kind: 'hook',
      hook: 'afterEach',
      attempt: 2,
      name: 'string',
      message: 'x',
    })
  })

  it('keeps both sides of a comparison, and the diff', () => {
    expect(describeHere({ message: 'no', diff: '- 1\n+ 2', expected: 1, actual: { a: [2] } })).toMatchObject({
      diff: '- 1\n+ 2',
      expected: '1',
      actual: '{ a: [ 2 ] }',
    })
  })

  it('takes the first place that Vitest found, before any of the stack', () => {
    const stacks = [{ file: '/project/src/a.test.ts', line: 4, column: 0 }]

    expect(describeHere({ message: 'no', stack: 'Error: no\n    at /project/src/b.ts:9:1', stacks }).location).toEqual({
      line: 4,
    })
    expect(describeHere({ message: 'no', stacks: [{ file: '/project/src/b.ts', line: 4 }] }).location).toEqual({
      file: 'src/b.ts',
      line: 4,
    })
  })

  it('leaves out of a thrown object what Vitest added to it', () => {
    expect(describeHere({ code: 7, stacks: [], stackStr: 'x' })).toEqual({
      kind: 'error',
      name: 'object',
      message: '{ code: 7 }',
    })
    expect(describeHere([1, 2])).toMatchObject({ name: 'array', message: '[ 1, 2 ]' })
  })

  it.each([
    ['RangeError [ERR_X]: too far\n    at /x.js:1:1', 'RangeError', 'too far'],
    ['just text\n    at /x.js:1:1', undefined, 'just text'],
    ['    at /x.js:1:1', undefined, ''],
    ['TypeError: no frames', 'TypeError', 'no frames'],
  ])('reads name and message from the stack %j when that is all there is', (stack, name, message) => {
    const described = describeHere({ stack })

    expect([described.name, described.message]).toEqual([name, message])
  })

  it('puts the real message over the stack that Vitest made before a timeout', () => {
    const thrown = { message: 'Test timed out in 5ms.', stack: 'Error: STACK_TRACE_ERROR\n    at /project/x.ts:1:1' }

    expect(describeHere(thrown)).toMatchObject({
      kind: 'timeout',
      stack: 'Error: Test timed out in 5ms.\n    at /project/x.ts:1:1',
    })
  })
})

describe('a place', () => {
  it.each([
    ['file:///project/src/b.ts', 'src/b.ts'],
    ['file://host/share/b.ts', 'file://host/share/b.ts'],
    ['virtual:entry', 'virtual:entry'],
    ['/project', '/project'],
    ['/other/c.ts', '../other/c.ts'],
  ])('%s becomes %s', (path, expected) => {
    expect(relativeFile('/project', path)).toBe(expected)
  })

  it.each([0, -1, 1.5, Number.NaN])('at line %s is none', (line) => {
    expect(locationIn(place, { line })).toBeUndefined()
  })

  it('in a stack is searched for in frames alone, and not for ever', () => {
    const frame = '    at /project/src/b.ts:9:1'
    const firstIn = (...lines: string[]) => firstOwnFrame(place, lines.join('\n'))

    expect(firstIn('see /project/src/b.ts:9:1', frame)).toEqual({ file: 'src/b.ts', line: 9, column: 1 })
    expect(firstIn('    at node:internal/process:1:1', '    at eval (<anonymous>:1:1)')).toBeUndefined()
    expect(firstIn(`    at ${'x'.repeat(5_000)} (/project/src/b.ts:9:1)`)).toBeUndefined()
    expect(firstIn(...Array.from({ length: 200 }, () => 'no frame'), frame)).toBeUndefined()
  })
})

describe('the text form of a value', () => {
  it('exists for whatever throws when it is looked at', () => {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()

    expect(textOf(proxy)).toMatch(/Proxy|without a text form/)
    expect(propertiesOf({ big: 1n, proxy })).toEqual([
      { name: 'big', value: '1n' },
      { name: 'proxy', value: textOf(proxy) },
    ])
  })

  it('of a property that is no text, or empty, is none', () => {
    expect([readText({ a: 1 }, 'a'), readText({ a: '' }, 'a'), readText(() => 0, 'name')]).toEqual([
      undefined,
      undefined,
      undefined,
    ])
    expect(readField('text', 'length')).toBeUndefined()
  })
})
