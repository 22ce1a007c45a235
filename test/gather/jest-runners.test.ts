/** Results of runners other than Jest's own, in the form that they really have. */
import { describe, expect, it } from 'vitest'
import { JestCollector, projectOf } from '../../src/gather/jest.js'
import type { JestAssertion, JestFileResult } from '../../src/gather/jest-types.js'
import { assertion, fileResult, gather } from '../support/gather-jest.js'

const FILE = '/repo/a.test.js'
const CONFIG = { rootDir: '/repo' }
/** Start of a run, in milliseconds since the epoch. */
const START_MS = Date.parse('2026-11-27T12:00:00.000Z')

/** The file of a run in a project with that name. */
function gatherIn(project: string, result: JestFileResult) {
  const collected = new JestCollector()
  const test = { path: FILE, context: { config: { displayName: { name: project, color: 'white' } } } }
  collected.onTestFileStart(test.path, projectOf(test))
  collected.onTestFileResult(result, projectOf(test))
  const run = gather({ testResults: [result], startTime: START_MS }, { collected, config: CONFIG })
  return { run, module: run.modules[0] }
}

describe('gatherJest, for jest-light-runner', () => {
  const text = 'of math > fails\n    Error: expect(received).toBe(expected)\n        at file:///repo/a.test.js:3:5\n'
  const result = fileResult(
    [
      assertion({ title: 'adds', duration: 1.5, startAt: undefined, invocations: undefined }),
      assertion({
        ancestorTitles: ['of math'],
        title: 'fails',
        status: 'failed',
        duration: 2,
        startAt: undefined,
        failureMessages: [text],
      }),
      assertion({ title: 'skips', status: 'pending', duration: undefined, startAt: undefined }),
    ],
    {
      perfStats: { start: 812.25, end: 825.5, runtime: 13 },
      testExecError: null,
      failureMessage: text,
      numFailingTests: 1,
    },
  )

  it('keeps the project of the file, and leaves out its time, which counts from the start of a worker', () => {
    const { module } = gatherIn('light', result)

    expect(module).toMatchObject({ project: 'light', id: '["light","a.test.js"]', durationMs: 13.25 })
    expect(module?.startedAt).toBeUndefined()
  })

  it('reads the error of a test below its name', () => {
    const { module } = gatherIn('light', result)

    expect(module?.tests[1]?.errors).toMatchObject([
      {
        kind: 'assertion',
        name: 'Error',
        message: 'expect(received).toBe(expected)',
        location: { line: 3, column: 5 },
      },
    ])
  })
})

describe('gatherJest, for times', () => {
  it('leaves out a time before the start of the run', () => {
    const early = assertion({ startAt: START_MS - 1 })
    const first = assertion({ startAt: START_MS })
    const { module } = gatherIn(
      'own',
      fileResult([early, first], { perfStats: { start: START_MS, end: START_MS + 5 } }),
    )

    expect(module?.startedAt).toBe('2026-11-27T12:00:00.000Z')
    expect(module?.tests.map(({ startedAt }) => startedAt)).toEqual([undefined, '2026-11-27T12:00:00.000Z'])
    expect(module?.tests.map(({ attempts }) => attempts[0]?.startedAt)).toEqual([undefined, '2026-11-27T12:00:00.000Z'])
  })

  it('keeps the duration of a skipped test', () => {
    const { module } = gatherIn('own', fileResult([assertion({ status: 'pending', duration: 7 })]))

    expect(module?.tests).toMatchObject([{ status: 'skipped', durationMs: 7, attempts: [] }])
  })
})

describe('gatherJest, for the ids of tests', () => {
  it('gives each test of a run another id, with any title and in each project', () => {
    const titles = ['', '0', '1', '"', 'same', 'same']
    const results = ['first', 'second'].map((displayName) =>
      fileResult(
        titles.map((title) => assertion({ title })),
        { displayName },
      ),
    )

    const ids = gather({ testResults: results }).modules.flatMap(({ tests }) => tests.map(({ id }) => id))

    expect(new Set(ids).size).toBe(12)
  })
})

describe('gatherJest, for runners that leave out parts of a test', () => {
  it('takes the full name of a test without a title, and ignores a test that is none', () => {
    const given: unknown[] = [
      { status: 'passed', fullName: '1:5: Parsing error [null]', title: null },
      { status: 'passed', title: undefined },
      undefined,
    ]
    const { module } = gatherIn('lint', fileResult(given.filter((one): one is JestAssertion => one !== 1)))

    expect(module?.tests.map(({ title, path }) => [title, path])).toEqual([
      ['1:5: Parsing error [null]', []],
      ['', []],
    ])
  })
})
