/** Results of jest-runner-eslint 2.3, as it gives them with ESLint 8. */
import { describe, expect, it } from 'vitest'
import type { JestFileResult } from '../../src/gather/jest-types.js'
import { assertion, fileResult, gather } from '../support/gather-jest.js'

const FILE = '/repo/lint.js'
const START_MS = 1_000

/** A message of ESLint, which the runner lists as a failed test. */
function failed(line: number, column: number, message: string, rule: string) {
  return assertion({
    title: rule,
    fullName: `${line}:${column}: ${message} [${rule}]`,
    status: 'failed',
    duration: 15,
    startAt: undefined,
    invocations: undefined,
    location: { line, column },
    failureDetails: [],
    failureMessages: [`${message}\n    at ${FILE}:${line}:${column}`],
  })
}

const UNUSED = failed(1, 5, "'a' is assigned a value but never used.", 'no-unused-vars')
const DEBUGGER = failed(1, 12, "Unexpected 'debugger' statement.", 'no-debugger')
const LINES = [
  "  1:5   \u001b[33mwarning\u001b[39m  'a' is assigned a value but never used  no-unused-vars",
  "  1:12  \u001b[31merror\u001b[39m    Unexpected 'debugger' statement         no-debugger",
]

/** The file of a run with these messages. */
function lint(testResults: JestFileResult['testResults'], numFailingTests: number, lines: readonly string[]) {
  const failureMessage = `\n${FILE}\n${lines.join('\n')}\n`
  const perfStats = { start: START_MS, end: START_MS + 15 }
  const result = fileResult(testResults, { testFilePath: FILE, numFailingTests, failureMessage, perfStats })
  const run = gather({ testResults: [result], startTime: START_MS }, { config: { rootDir: '/repo' } })
  return { outcome: run.outcome, module: run.modules[0] }
}

describe('gatherJest, for jest-runner-eslint', () => {
  it('says that a warning beside an error passed, and keeps its message', () => {
    const { outcome, module } = lint([UNUSED, DEBUGGER], 1, LINES)

    expect(outcome).toBe('failed')
    expect(module?.tests).toMatchObject([
      {
        title: 'no-unused-vars',
        status: 'passed',
        rawStatus: 'failed',
        errors: [],
        attempts: [{ status: 'passed', errors: [] }],
        annotations: [{ type: 'warning', message: UNUSED.failureMessages?.[0]?.split('\n')[0] }],
        location: { line: 1, column: 5 },
      },
      { title: 'no-debugger', status: 'failed', errors: [{ message: "Unexpected 'debugger' statement." }] },
    ])
    expect(module?.errors).toEqual([])
  })

  it.each([
    [1, [UNUSED]],
    [1, [UNUSED, failed(2, 5, "'b' is assigned a value but never used.", 'no-unused-vars')]],
  ])('says that a file failed because of too many warnings, and no test of it', (numFailingTests, tests) => {
    const lines = [
      "  1:5  warning  'a' is assigned a value but never used  no-unused-vars",
      "  2:5  warning  'b' is assigned a value but never used  no-unused-vars",
      '',
      'ESLint found too many warnings (maximum: 0).',
    ]

    const { outcome, module } = lint(tests, numFailingTests, lines)

    expect(outcome).toBe('error')
    expect(module).toMatchObject({
      status: 'failed',
      errors: [{ name: 'ESLint', message: 'ESLint found too many warnings (maximum: 0).' }],
    })
    expect(module?.tests.map(({ status }) => status)).toEqual(tests.map(() => 'passed'))
  })

  it.each([
    ['another formatter wrote the text', 1, ['[{"severity":1}]']],
    ['the numbers do not agree', 0, LINES],
    ['all of them are errors', 2, LINES],
  ])('keeps every failed test when %s', (_, numFailingTests, lines) => {
    const { module } = lint([UNUSED, DEBUGGER], numFailingTests, lines)

    expect(module?.tests.map(({ status }) => status)).toEqual(['failed', 'failed'])
  })
})
