/** The contract for errors: thrown in tests, in hooks, while loading. */
import { expect } from 'vitest'
import {
  allErrors,
  type Case,
  errorOf,
  type Inability,
  type Lab,
  moduleOf,
  rawOf,
  reportOf,
  runOf,
  testOf,
} from './case.js'

const isPlaywright = (lab: Lab) => lab.install.runner === 'playwright'

const inBand = { args: ['--runInBand'] }

/** The inability of Playwright, whose errors have a message, a stack, a place and causes that are errors. */
const notInPlaywright = (why: string, text: string): Inability => ({
  who: ['playwright'],
  why,
  probe: async (lab) => {
    const run = await lab.of('results')
    expect(rawOf(run, 'errorKeys')).toEqual(['cause', 'location', 'message', 'snippet', 'stack', 'value'])
    expect(rawOf(run, 'causes')).not.toContain(text)
  },
})

/** The inability of Jest 29's workers, which send only texts without causes. */
const notFromJest29Workers = (text: string): Inability => ({
  who: ['jest29'],
  why: 'its workers send a text without causes and members (with --runInBand they are kept)',
  probe: async (lab) => expect(rawOf(await lab.of('results'), 'texts')).not.toContain(text),
})

const emptyFileIsNoError: Inability = {
  who: ['playwright'],
  why: 'a file without tests is no error',
  probe: async (lab) => expect(JSON.stringify(rawOf(await lab.of('load'), 'errors'))).not.toContain('load-empty'),
}

export const ERROR_CASES: readonly Case[] = [
  {
    title: 'a failed assertion keeps its kind, message, stack and place',
    check: async (lab) => {
      const error = errorOf(testOf(await runOf(lab, 'results'), 'fails'))
      expect(error).toMatchObject({ kind: 'assertion', message: expect.stringContaining('equal') })
      expect(error.stack).toContain('outcomes.test.js')
      expect(error.location).toMatchObject({ line: lab.install.runner === 'jest' ? 3 : 5 })
      expect(error.location?.file).toBeUndefined()
    },
  },
  {
    title: 'a failed assertion keeps its expected and actual value',
    check: async (lab) => {
      const error = errorOf(testOf(await runOf(lab, 'results'), 'fails'))
      expect(error.expected).toMatch(/a"?: 2/)
      expect(error.actual).toMatch(/a"?: 1/)
    },
    cannot: [notInPlaywright('they are only in the message', 'expected')],
  },
  {
    title: 'an error of another class keeps the name of its class',
    check: async (lab) => {
      const error = errorOf(testOf(await runOf(lab, 'results'), 'throws a TypeError'))
      expect(error).toMatchObject({ kind: 'error', name: 'TypeError', message: expect.stringContaining('property') })
    },
  },
  ...[
    ['throws a string', 'only a string'],
    ['throws undefined', 'undefined'],
    ['throws null', 'null'],
    ['throws a number', '42'],
    ['throws an object', 'an object'],
  ].map(([title = '', text = '']) => ({
    title: `a test that ${title} failed with that value as its message`,
    check: async (lab: Lab) => {
      const test = testOf(await runOf(lab, 'results'), title)
      expect(test.status).toBe('failed')
      expect(errorOf(test).message).toContain(text)
      expect(reportOf(await lab.of('results')).text).not.toContain('Unknown Error')
    },
  })),
  {
    title: 'hostile text in an error reaches the model unchanged',
    check: async (lab) => {
      const { message } = errorOf(testOf(await runOf(lab, 'results'), 'throws hostile text'))
      expect(message).toBe('esc \u001b[31mred\u001b[0m nul \u0000 lone \ud800 ]]> & < \u2028 😀')
    },
  },
  {
    title: 'an error keeps its whole chain of causes',
    check: async (lab) => {
      const error = errorOf(testOf(await runOf(lab, 'results'), 'throws an error with causes'))
      expect(error).toMatchObject({
        message: 'outer',
        cause: { message: 'middle', cause: { message: 'a string inside' } },
      })
    },
    cannot: [notFromJest29Workers('middle'), notInPlaywright('a cause that is no error is missing', 'a string inside')],
  },
  {
    title: 'an error keeps its whole chain of causes when tests run in the main process',
    check: async (lab) => {
      const run = await runOf(lab, 'results', lab.install.runner === 'jest' ? inBand : undefined)
      expect(errorOf(testOf(run, 'throws an error with causes'))).toMatchObject({
        cause: { message: 'middle', cause: { message: 'a string inside' } },
      })
    },
    cannot: [notInPlaywright('a cause that is no error is missing', 'a string inside')],
  },
  {
    title: 'an AggregateError keeps its members',
    check: async (lab) => {
      const { errors } = testOf(await runOf(lab, 'results'), 'throws an AggregateError')
      // Playwright reports the error and its members one after the other.
      const all = errors.flatMap((error) => error.errors ?? [error])
      const members = all.filter(({ name }) => name !== 'AggregateError')
      expect(members).toMatchObject([
        { name: 'Error', message: 'first member' },
        { name: 'RangeError', message: 'second member' },
      ])
    },
    cannot: [notFromJest29Workers('second member')],
  },
  {
    title: 'an AggregateError keeps its own message',
    check: async (lab) => {
      const test = testOf(await runOf(lab, 'results'), 'throws an AggregateError')
      const error = isPlaywright(lab) ? test.errors[0] : errorOf(test)
      expect(error).toMatchObject({ name: 'AggregateError', message: 'several' })
    },
    cannot: [
      {
        who: ['vitest4', 'vitest5'],
        why: 'its members are reported instead of it',
        probe: async (lab) => expect(rawOf(await lab.of('results'), 'errors')).not.toContain('AggregateError: several'),
      },
    ],
  },
  {
    title: 'an AggregateError that is a cause keeps its members',
    check: async (lab) => {
      const error = errorOf(testOf(await runOf(lab, 'results'), 'throws an error caused by an AggregateError'))
      expect(error).toMatchObject({
        message: 'around',
        cause: { message: 'several', errors: [{ message: 'first member' }] },
      })
    },
    cannot: [
      notFromJest29Workers('first member'),
      notInPlaywright('the members of a cause are missing', 'first member'),
    ],
  },
  {
    title: 'errors that cause each other appear once',
    check: async (lab) => {
      const error = errorOf(testOf(await runOf(lab, 'results'), 'throws errors that cause each other'))
      expect(error).toMatchObject({ message: 'first of a cycle', cause: { message: 'second of a cycle' } })
      expect(error.cause?.cause?.message.toLowerCase()).toContain('[circular')
      expect(error.cause?.cause?.cause).toBeUndefined()
    },
    cannot: [
      {
        who: ['jest29'],
        why: 'the runner itself overflows its stack on such an error and loses the file',
        probe: async (lab) => {
          const module = moduleOf(await runOf(lab, 'results'), 'cycle.test.js')
          expect(module.errors).toMatchObject([{ name: 'RangeError' }])
          expect(module.status).toBe('failed')
        },
      },
      {
        who: ['playwright'],
        why: 'such a test has failed and has no error',
        probe: async (lab) => {
          const test = testOf(await runOf(lab, 'results'), 'throws errors that cause each other')
          expect([test.status, test.errors]).toEqual(['failed', []])
        },
      },
    ],
  },
  {
    title: 'a test that takes too long failed by timeout',
    check: async (lab) => {
      const error = errorOf(testOf(await runOf(lab, 'results'), 'takes too long'))
      expect(error).toMatchObject({ kind: 'timeout', message: expect.stringMatching(/40 ?ms/) })
      expect(error.stack ?? '').not.toContain('STACK_TRACE_ERROR')
    },
  },
  {
    title: 'a test keeps every soft assertion that failed',
    check: async (lab) => {
      const test = testOf(await runOf(lab, 'results'), 'asserts softly')
      expect(test.attempts).toHaveLength(1)
      expect(test.errors).toMatchObject([
        { kind: 'assertion', message: expect.stringContaining('first soft') },
        { kind: 'assertion', message: expect.stringContaining('second soft') },
      ])
    },
    cannot: [
      {
        who: ['jest'],
        why: 'there are no soft assertions',
        probe: async (lab) =>
          expect(testOf(await runOf(lab, 'results'), 'offers no soft assertions').status).toBe('passed'),
      },
    ],
  },
  {
    title: 'a failed beforeAll is an error of a hook, and no test of its describe has passed or is skipped',
    check: async (lab) => {
      const run = await runOf(lab, 'results')
      const hooks = allErrors(run).filter((error) => error.message === 'in beforeAll')
      expect(hooks.length).toBeGreaterThan(0)
      for (const error of hooks) expect(error.kind).toBe('hook')
      for (const title of ['first behind it', 'second behind it']) {
        expect(['not-run', 'failed']).toContain(testOf(run, title).status)
      }
    },
  },
  {
    title: 'a failed afterAll is an error of a hook, and the test before it passed',
    check: async (lab) => {
      const run = await runOf(lab, 'results')
      expect(allErrors(run)).toContainEqual(
        expect.objectContaining({ kind: 'hook', hook: 'afterAll', message: 'in afterAll' }),
      )
      expect(testOf(run, 'before it', ['afterAll fails']).status).toBe('passed')
      expect(moduleOf(run, 'hooks.test.js').status).toBe('failed')
    },
    cannot: [
      {
        who: ['playwright'],
        why: 'the test before it fails',
        probe: async (lab) => {
          const test = testOf(await runOf(lab, 'results'), 'before it', ['afterAll fails'])
          expect(test).toMatchObject({ status: 'failed', errors: [{ kind: 'hook', hook: 'afterAll' }] })
        },
      },
    ],
  },
  ...[
    ['beforeEach fails', 'behind it', 'in beforeEach'],
    ['afterEach fails', 'before it', 'in afterEach'],
    ['a hook takes too long', 'behind it', '40'],
  ].map(([describe = '', title = '', text = '']) => ({
    title: `a test failed by an error of a hook when ${describe}`,
    check: async (lab: Lab) => {
      const test = testOf(await runOf(lab, 'results'), title, [describe])
      expect(test.status).toBe('failed')
      expect(errorOf(test)).toMatchObject({ kind: 'hook', message: expect.stringContaining(text) })
    },
  })),
  ...[
    ['load-import.test.js', 'does-not-exist'],
    ['load-throw.test.js', 'thrown while loading'],
    ['load-syntax.test.js', 'nexpected'],
    ['load-empty.test.js', 'test'],
  ].map(([file = '', text = '']) => ({
    title: `a file that cannot be loaded has a load error, no tests and one failure in the report: ${file}`,
    check: async (lab: Lab) => {
      // Playwright runs no test if a file cannot be loaded.
      const project = isPlaywright(lab) ? 'load' : 'results'
      const module = moduleOf(await runOf(lab, project), file)
      expect(module).toMatchObject({ status: 'failed', tests: [] })
      expect(module.errors).toMatchObject([{ kind: 'load', message: expect.stringContaining(text) }])
      const suite = new RegExp(`<testsuite errors="(\\d+)" failures="(\\d+)" file="${file}"`).exec(
        reportOf(await lab.of(project)).text,
      )
      expect(Number(suite?.[1]) + Number(suite?.[2])).toBe(1)
    },
    cannot: file === 'load-empty.test.js' ? [emptyFileIsNoError] : [],
  })),
]
