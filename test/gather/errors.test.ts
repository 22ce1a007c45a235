import { describe, expect, it } from 'vitest'
import type { ErrorInfo } from '../../src/model.js'
import { gather, gatherTest } from '../support/gather-vitest.js'
import { vitestModule, vitestTest } from '../support/vitest-objects.js'

/** The description of a value that a test threw, in a run in `/repo` and a file `a.test.ts`. */
function errorFrom(thrown: unknown): ErrorInfo {
  const [error] = gatherTest({ state: 'failed', errors: [thrown] }).errors
  if (error === undefined) throw new Error('the test has no error')
  return error
}

describe('gatherVitest, for a thrown value', () => {
  it.each([
    ['a string', 'a string', 'string'],
    [undefined, 'undefined', 'undefined'],
    [null, 'null', 'null'],
    [42, '42', 'number'],
    [{ a: 1 }, '{ a: 1 }', 'object'],
    [[1, 2], '[ 1, 2 ]', 'array'],
    [Symbol('x'), 'Symbol(x)', 'symbol'],
  ])('names the thrown %o by its type', (thrown, message, name) => {
    expect(errorFrom(thrown)).toEqual({ kind: 'error', name, message })
  })

  it('drops the fields that Vitest adds to a thrown object', () => {
    expect(errorFrom({ code: 7, stacks: [], stackStr: 'x' })).toEqual({
      kind: 'error',
      name: 'object',
      message: '{ code: 7 }',
    })
  })

  it('names the class of a cause, also if Vitest has printed the error and changed the name of its cause', () => {
    const cause = { ...new Error(), name: 'Caused by: Caused by: TypeError', message: 'inner' }

    expect(errorFrom(new Error('outer', { cause })).cause).toMatchObject({ name: 'TypeError', message: 'inner' })
  })

  it('ends a cycle of causes with a note', () => {
    const first = new Error('first')
    first.cause = new TypeError('second', { cause: first })

    expect(errorFrom(first)).toMatchObject({
      message: 'first',
      cause: { name: 'TypeError', message: 'second', cause: { message: '[circular] first' } },
    })
  })

  it('ends a long chain of causes with a note', () => {
    let deep: Error = new Error('0')
    for (let depth = 1; depth < 1000; depth += 1) deep = new Error(String(depth), { cause: deep })

    expect(JSON.stringify(errorFrom(deep))).toContain('its causes are left out')
  })

  it('keeps the members of an AggregateError and counts those that it leaves out', () => {
    const members = Array.from({ length: 1_000 }, (_, index) => new Error(`member ${index}`))
    const described = errorFrom(new AggregateError(members, 'all of them'))

    expect(described).toMatchObject({ name: 'AggregateError', message: 'all of them' })
    expect(described.errors?.[1]).toMatchObject({ message: 'member 1' })
    expect(described.errors?.at(-1)?.message).toMatch(/^\[\d+ more errors are left out\]$/)
  })

  it('describes an error whose properties throw', () => {
    const hostile = new Proxy(new Error('x'), {
      get() {
        throw new Error('no')
      },
    })

    expect(errorFrom(hostile).kind).toBe('error')
  })

  it.each([
    ['Test timed out in 50ms.\nIf this', 'timeout'],
    ['thrown: "Exceeded timeout of 50 ms for a test.', 'timeout'],
    ['timed out in general', 'error'],
    ['expect(received).toBe(expected)', 'assertion'],
  ])('reads from the message %j that the error is a(n) %s', (message, kind) => {
    expect(errorFrom(new Error(message)).kind).toBe(kind)
  })

  it.each([
    [{ name: 'AssertionError', message: 'no' }, 'assertion'],
    [{ message: 'no', matcherResult: {} }, 'assertion'],
    [{ message: 'no', operator: 'strictEqual', expected: 1 }, 'assertion'],
    [{ name: 'TimeoutError', message: 'no' }, 'timeout'],
    [{ message: 'no', operator: '+' }, 'error'],
  ])('reads from the fields of %j that the error is a(n) %s', (thrown, kind) => {
    expect(errorFrom(thrown).kind).toBe(kind)
  })

  it('gives an error the hook and the attempt that it belongs to', () => {
    const rest = { task: { result: { hooks: { afterEach: 'run' } } } }

    expect(gatherTest({ state: 'failed', errors: ['w', 'x'], diagnostic: { retryCount: 1 }, rest }).errors).toEqual([
      { kind: 'hook', hook: 'afterEach', attempt: 1, name: 'string', message: 'x' },
    ])
  })

  it('keeps the expected value, the actual value and the diff of an assertion', () => {
    expect(errorFrom({ message: 'no', diff: '- 1\n+ 2', expected: 1, actual: { a: [2] } })).toMatchObject({
      diff: '- 1\n+ 2',
      expected: '1',
      actual: '{ a: [ 2 ] }',
    })
  })

  it.each([
    ['RangeError [ERR_X]: too far\n    at /x.js:1:1', 'RangeError', 'too far'],
    ['just text\n    at /x.js:1:1', undefined, 'just text'],
    ['    at /x.js:1:1', undefined, ''],
    ['TypeError: no frames', 'TypeError', 'no frames'],
  ])('reads name and message from the stack %j if the error has nothing else', (stack, name, message) => {
    const described = errorFrom({ stack })

    expect([described.name, described.message]).toEqual([name, message])
  })

  it('puts the message of a timeout at the top of its stack, which Vitest created earlier', () => {
    const thrown = { message: 'Test timed out in 5ms.', stack: 'Error: STACK_TRACE_ERROR\n    at /repo/x.ts:1:1' }

    expect(errorFrom(thrown)).toMatchObject({
      kind: 'timeout',
      stack: 'Error: Test timed out in 5ms.\n    at /repo/x.ts:1:1',
    })
  })

  it('describes a value that throws when it is inspected', () => {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    const expected = expect.stringMatching(/Proxy|without a text form/)

    expect(errorFrom({ message: 'no', expected: proxy }).expected).toEqual(expected)
    expect(gatherTest({ rest: { meta: () => ({ big: 1n, proxy }) } }).meta).toEqual([
      { name: 'big', value: '1n' },
      { name: 'proxy', value: expected },
    ])
  })

  it('ignores fields of an error that are empty or have the wrong type, and fields of a string', () => {
    const wrong = { name: 7, message: 'no', stack: '', diff: '', stacks: 'text' }

    expect(errorFrom(wrong)).toEqual({ kind: 'error', message: 'no' })
    expect(errorFrom('text')).toEqual({ kind: 'error', name: 'string', message: 'text' })
    expect(errorFrom(() => 0)).toMatchObject({ kind: 'error', name: 'function' })
  })
})

describe('gatherVitest, for the place of an error', () => {
  const frame = '    at /repo/src/b.ts:9:1'
  const locationFrom = (...lines: string[]) => errorFrom({ message: 'boom', stack: lines.join('\n') }).location

  it('takes the first frame outside dependencies, with its file if it is not the test file', () => {
    expect(
      locationFrom(
        'Error: boom',
        '    at run (file:///repo/node_modules/x/index.js:1:1)',
        '    at Object.<anonymous> (/repo/src/with space (1)/help.ts:7:3)',
        '    at /repo/a.test.ts:9:26',
      ),
    ).toEqual({ file: 'src/with space (1)/help.ts', line: 7, column: 3 })
    expect(locationFrom('Error: boom', '    at /repo/a.test.ts:9:26')).toEqual({ line: 9, column: 26 })
  })

  it('takes the first frame that Vitest parsed rather than the stack', () => {
    const stacks = [{ file: '/repo/a.test.ts', line: 4, column: 0 }]

    expect(errorFrom({ message: 'no', stack: `Error: no\n${frame}`, stacks }).location).toEqual({ line: 4 })
    expect(errorFrom({ message: 'no', stacks: [{ file: '/repo/src/b.ts', line: 4 }] }).location).toEqual({
      file: 'src/b.ts',
      line: 4,
    })
  })

  it('searches a limited number of stack lines for frames, and skips very long lines', () => {
    expect(locationFrom('see /repo/src/b.ts:9:1', frame)).toEqual({ file: 'src/b.ts', line: 9, column: 1 })
    expect(locationFrom('    at node:internal/process:1:1', '    at eval (<anonymous>:1:1)')).toBeUndefined()
    expect(locationFrom(`    at ${'x'.repeat(5_000)} (/repo/src/b.ts:9:1)`)).toBeUndefined()
    expect(locationFrom(...Array.from({ length: 200 }, () => 'no frame'), frame)).toBeUndefined()
  })

  it.each([0, -1, 1.5, Number.NaN])('has no location for line %s', (line) => {
    expect(errorFrom({ message: 'no', stacks: [{ file: '/repo/a.test.ts', line }] }).location).toBeUndefined()
  })

  it.each([
    ['file:///repo/src/b.ts', 'src/b.ts'],
    ['file://host/share/b.ts', 'file://host/share/b.ts'],
    ['virtual:entry', 'virtual:entry'],
    ['/repo', '/repo'],
    ['/other/c.ts', 'other/c.ts'],
  ])('names the file %s as %s', (moduleId, file) => {
    expect(gather([vitestModule([vitestTest()], { moduleId })]).modules[0]?.file).toBe(file)
  })
})
