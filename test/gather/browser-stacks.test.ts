import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hasUrlFrames } from '../../src/gather/browser-stacks.js'
import { describeError } from '../../src/gather/errors.js'
import { boom, gatherTest } from '../support/gather-vitest.js'

const SERVER = 'http://localhost:63315'
const QUERY = '?import&browserv=1795692777669'
const PLACE = { rootDir: '/repo', file: 'src/a.test.ts' }

const chromium = [
  "AssertionError: expected 'a' to be 'b'",
  `    at ${SERVER}/repo/src/a.test.ts${QUERY}:5:54`,
  `    at check (${SERVER}/@fs/repo/src/help%20er.ts:9:3)`,
  '    at async Promise.all (index 0)',
  `    at async runTest (${SERVER}/node_modules/@vitest/runner/dist/index.js?v=972a9fce:10:11)`,
].join('\n')

/** An error as Vitest passes it to reporters. */
const thrown = (parts: object) => ({
  name: 'AssertionError',
  message: "expected 'a' to be 'b'",
  stack: chromium,
  ...parts,
})

describe('describeError, for an error from a browser', () => {
  it('takes the frames that Vitest parsed, with files relative to the root', () => {
    const stacks = [
      { file: '/repo/src/a.test.ts', line: 4, column: 20, method: '' },
      { file: '/repo/src/helper.ts?v=1', line: 8, column: 2, method: 'check' },
    ]

    expect(describeError(thrown({ stacks }), { place: PLACE })).toMatchObject({
      stack: [
        "AssertionError: expected 'a' to be 'b'",
        '    at src/a.test.ts:4:20',
        '    at check (src/helper.ts:8:2)',
      ].join('\n'),
      location: { line: 4, column: 20 },
    })
  })

  it('asks the parser of the runner for errors that Vitest did not parse, such as causes', () => {
    const parsed: object[] = []
    const parseStack = (error: object) => {
      parsed.push(error)
      return [{ file: '/repo/src/b.ts', line: 2, column: 1, method: 'load' }]
    }

    const { cause } = describeError(boom(), { place: { ...PLACE, parseStack } })
    const outer = describeError(thrown({ stacks: [], cause: thrown({}) }), { place: { ...PLACE, parseStack } })

    expect(cause).toBeUndefined()
    expect(parsed).toEqual([{ name: 'AssertionError', message: "expected 'a' to be 'b'", stack: chromium }])
    expect(outer.stack).toBe("AssertionError: expected 'a' to be 'b'")
    expect(outer.cause).toMatchObject({
      stack: "AssertionError: expected 'a' to be 'b'\n    at load (src/b.ts:2:1)",
      location: { file: 'src/b.ts', line: 2 },
    })
  })

  it('turns URLs into paths if nobody can parse the stack, and does not call them a place in the source', () => {
    const { stack, location } = describeError(thrown({}), { place: { ...PLACE, parseStack: () => undefined } })

    expect(stack?.split('\n').slice(1)).toEqual([
      '    at src/a.test.ts:5:54',
      '    at check (src/help er.ts:9:3)',
      '    at async Promise.all (index 0)',
      '    at async runTest (node_modules/@vitest/runner/dist/index.js:10:11)',
    ])
    expect(location).toBeUndefined()
  })

  it('reads the stacks of Firefox and WebKit, which do not repeat the message', () => {
    const stack = [
      `check@${SERVER}/src/a.test.ts${QUERY}:5:54`,
      `@https://127.0.0.1:63315/src/a.test.ts:6:1`,
      `module code@${SERVER}/src/a.test.ts:7:1`,
    ].join('\n')

    expect(describeError(thrown({ stack }), { place: PLACE }).stack).toBe(
      ['    at check (src/a.test.ts:5:54)', '    at src/a.test.ts:6:1', '    at module code (src/a.test.ts:7:1)'].join(
        '\n',
      ),
    )
  })

  it('keeps the whole message above the frames, also if it has several lines', () => {
    const message = `first line\n    at second (${SERVER}/x.ts:1:1)`
    const error = { name: 'Error', message, stack: `Error: ${message}\n    at ${SERVER}/src/a.test.ts:1:2` }

    expect(describeError({ ...error, stacks: [] }, { place: PLACE }).stack).toBe(`Error: ${message}`)
  })

  it('leaves out the first line if it has another name than the error, because the report writes name and message', () => {
    const stacks = [{ file: '/repo/src/a.test.ts', line: 4, column: 20 }]

    const { stack } = describeError(thrown({ name: 'VitestBrowserElementError', stacks }), { place: PLACE })

    expect(stack).toBe('    at src/a.test.ts:4:20')
  })

  it('replaces the URLs of test files in messages, and no other URLs', () => {
    const message = `cannot load ${SERVER}/src/a.test.ts${QUERY}, see https://example.com/a?b=c`

    const { message: found, stack } = describeError(new TypeError(message), { place: PLACE })

    expect(found).toBe('cannot load src/a.test.ts, see https://example.com/a?b=c')
    expect(stack).toMatch(/^TypeError: cannot load src\/a\.test\.ts, see/)
  })

  it.each([
    ['a stack of Node', 'Error: x\n    at /repo/a.ts:1:2\n    at http://localhost/a.js:1:1'],
    ['a stack of modules', 'Error: x\n    at f (file:///repo/a.ts:1:2)'],
    ['a message with a URL', 'Error: GET http://localhost:80/a failed\n    at /repo/a.ts:1:2'],
    ['a stack without frames', 'Error: http://localhost:80/'],
  ])('leaves %s as it is', (_, stack) => {
    expect(hasUrlFrames(stack)).toBe(false)
    expect(describeError({ name: 'Error', message: 'x', stack }, { place: PLACE }).stack).toBe(stack)
  })

  it('never leaves a port in a frame, and never throws, whatever the stack is', () => {
    const line = fc.constantFrom(
      ...chromium.split('\n'),
      `a@${SERVER}/%zz:1:2`,
      `    at ${SERVER}:1:2`,
      '',
      ' '.repeat(5_000),
      '\u0000',
    )
    const any = fc.array(fc.oneof(line, fc.string()), { maxLength: 20 })
    fc.assert(
      fc.property(
        any,
        fc.option(fc.constant([{ file: '/repo/a.ts', line: 1 }, {}, null]), { nil: undefined }),
        (lines, stacks) => {
          const stack = [`    at ${SERVER}/repo/a.ts${QUERY}:1:1`, ...lines].join('\n')
          const found = describeError({ name: 'Error', message: 'm', stack, stacks }, { place: PLACE }).stack ?? ''
          expect(found).not.toMatch(/^ *(?:at .*\(|at |[^@]*@)http:\/\/localhost:63315[^ )]*:\d+:\d+\)?$/m)
        },
      ),
      { numRuns: 300 },
    )
  })

  it('reads a very long stack in a short time', () => {
    const lines = [`    at ${'http://a/:1:2'.repeat(300)}`, `    at ${'('.repeat(4_000)}x(http://a/:1:2)`]
    const stacks = lines.map((line) => Array.from({ length: 10_000 }, () => line).join('\n'))
    const start = process.cpuUsage()

    for (const stack of stacks) describeError({ name: 'Error', message: 'm', stack }, { place: PLACE })

    expect(process.cpuUsage(start).user).toBeLessThan(2_000_000)
  })
})

describe('gatherVitest, for an error from a browser', () => {
  it('parses stacks like Vitest, with the filter of the project, and leaves the error as it is', () => {
    const onStackTrace = () => true
    const calls: unknown[] = []
    const project = {
      config: { onStackTrace },
      browser: {
        parseErrorStacktrace(error: object, options: object) {
          calls.push(options)
          return Object.assign(error, { stacks: [{ file: '/repo/a.test.ts', line: 3, column: 9 }] }).stacks
        },
      },
    }
    const error = thrown({})

    const test = gatherTest({ state: 'failed', errors: [error] }, {}, { project })

    expect(test).toMatchObject({
      location: { line: 3, column: 9 },
      errors: [{ stack: expect.stringMatching(/\n {4}at a\.test\.ts:3:9$/) }],
    })
    expect(calls).toEqual([{ frameFilter: onStackTrace }])
    expect(Object.keys(error)).toEqual(['name', 'message', 'stack'])
  })

  it('gathers a test whose stack the parser cannot read', () => {
    const project = {
      browser: {
        parseErrorStacktrace() {
          throw new Error('no source map')
        },
      },
    }

    const test = gatherTest({ state: 'failed', errors: [thrown({})] }, {}, { project })

    expect(test.errors[0]?.stack).toContain('    at src/a.test.ts:5:54')
  })
})
