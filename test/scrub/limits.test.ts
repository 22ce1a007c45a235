import { describe, expect, it } from 'vitest'
import type { Output, TestRun } from '../../src/model.js'
import { DEFAULT_LIMITS, type Limits } from '../../src/scrub/limits.js'
import { scrub } from '../../src/scrub/scrub.js'
import { renderWhole } from '../support/rendering.js'
import { aModule, anError, aRun, aTest } from '../support/runs.js'

const stdout = (text: string): Output[] => [{ stream: 'stdout', text }]

function limit(run: TestRun, limits: Partial<Limits> = {}): TestRun {
  return scrub(run, { limits }, {})
}

/** The property that counts what was cut. */
const truncated = (value: string) => [{ name: 'jux:truncated', value }]

describe('scrub, limits', () => {
  it('marks in place how much of a message was cut', () => {
    const errors = [anError({ message: 'x'.repeat(20_000) })]
    const run = aRun({ modules: [aModule({ tests: [aTest({ status: 'failed', errors })] })] })

    const short = limit(run, { messageCharacters: 7_655 })

    expect(short.modules[0]?.tests[0]?.errors[0]?.message).toBe(
      `${'x'.repeat(7_655)}… [cut: 12,345 of 20,000 characters]`,
    )
    expect(short.properties).toEqual(truncated('messages=1'))
  })

  it('returns a run within limits as the same object', () => {
    const run = aRun({ modules: [aModule({ tests: [aTest({ output: stdout('hello') })] })] })

    expect(limit(run)).toBe(run)
  })

  it('copies only the parts that it changes', () => {
    const untouched = aModule({ tests: [aTest()] })
    const long = aModule({ tests: [aTest({ title: 'short' }), aTest({ output: stdout('y'.repeat(100)) })] })

    const run = limit(aRun({ modules: [untouched, long] }), { testOutputCharacters: 10 })

    expect(run.modules[0]).toBe(untouched)
    expect(run.modules[1]?.tests[0]).toBe(long.tests[0])
    expect(run.modules[1]?.tests[1]).not.toBe(long.tests[1])
  })

  it('cuts the middle of console output', () => {
    const output: Output[] = [
      ...stdout('first line\n'),
      { stream: 'stderr', text: 'z'.repeat(1_000) },
      ...stdout('the end\n'),
    ]

    const run = limit(aRun({ modules: [aModule({ output })] }), { moduleOutputCharacters: 40 })

    expect(run.modules[0]?.output).toEqual([
      { stream: 'stdout', text: 'first line\n' },
      { stream: 'stderr', text: 'z'.repeat(9) },
      { stream: 'stderr', text: '\n… [cut: 979 of 1,019 characters]\n' },
      { stream: 'stderr', text: 'z'.repeat(12) },
      { stream: 'stdout', text: 'the end\n' },
    ])
  })

  it('never splits a surrogate pair', () => {
    const faces = '\u{1f600}'.repeat(50)
    const tests = [
      aTest({ status: 'failed', errors: [anError({ message: faces, stack: faces })], output: stdout(faces) }),
    ]
    const run = aRun({ modules: [aModule({ tests })] })

    for (const length of [11, 12, 13]) {
      const limits = { messageCharacters: length, detailCharacters: length, testOutputCharacters: length }
      expect(JSON.stringify(limit(run, limits))).not.toMatch(/\\ud[89a-f]/)
    }
  })

  it('cuts an error once that a test and its last attempt share', () => {
    const errors = [anError({ stack: 's'.repeat(500) })]
    const test = aTest({ status: 'failed', errors, attempts: [{ index: 0, status: 'failed', errors, exact: true }] })

    const run = limit(aRun({ modules: [aModule({ tests: [test] })] }), { detailCharacters: 100 })
    const [cut] = run.modules[0]?.tests ?? []

    expect(cut?.errors[0]).toBe(cut?.attempts[0]?.errors[0])
    expect(run.properties).toEqual(truncated('details=1'))
  })

  it('cuts an error that is its own cause', () => {
    const error = anError({ message: 'm'.repeat(50) })
    Object.assign(error, { cause: error, errors: [error, error] })

    const run = limit(aRun({ errors: [error] }), { messageCharacters: 10 })

    expect(run.errors[0]?.message).toBe('mmmmmmmmmm… [cut: 40 of 50 characters]')
  })

  it('cuts the longest console output first if the whole report is too large', () => {
    const tests = [
      aTest({ title: 'quiet', output: stdout('one line\n') }),
      aTest({ title: 'loud', output: stdout('loud & louder\n'.repeat(50_000)) }),
    ]
    const errors = [anError({ stack: 'at line\n'.repeat(1_000) })]
    const run = aRun({ modules: [aModule({ tests: [...tests, aTest({ status: 'failed', errors })] })] })

    const short = limit(run, { reportBytes: 100_000 })

    expect(renderWhole(short).sizeBytes).toBeLessThanOrEqual(100_000)
    expect(renderWhole(short).sizeBytes).toBeGreaterThan(60_000)
    expect(short.modules[0]?.tests[0]).toBe(tests[0])
    expect(short.modules[0]?.tests[2]?.errors).toBe(errors)
    expect(short.properties).toEqual(truncated('outputs=1'))
  })

  it('drops all output and cuts details, but drops no test case, if cutting output is not enough', () => {
    const errors = [anError({ message: 'no\n'.repeat(3_000), stack: 'at <somewhere>\n'.repeat(3_000) })]
    const tests = Array.from({ length: 100 }, (_, index) =>
      aTest({
        title: `test ${index}`,
        status: 'failed',
        errors: errors.map((error) => ({ ...error })),
        output: stdout('o'.repeat(9_000)),
      }),
    )

    const run = limit(aRun({ modules: [aModule({ tests })] }), { reportBytes: 200_000 })
    const report = renderWhole(run)

    expect(report.counts).toMatchObject({ tests: 100, failures: 100 })
    expect(report.sizeBytes).toBeLessThanOrEqual(200_000)
    expect(report.xml).toContain('… [cut: all console output, to keep the report within 200,000 bytes]')
    expect(run.properties).toEqual(truncated('details=100 messages=100 outputs=100'))
  })

  it('states the original length of a text that both limits cut', () => {
    const output = stdout('abc\n'.repeat(100_000))

    const run = limit(aRun({ modules: [aModule({ output })] }), {
      moduleOutputCharacters: 100_000,
      reportBytes: 50_000,
    })

    expect(run.modules[0]?.output.map(({ text }) => text).join('')).toContain('of 400,000 characters]')
  })

  it('limits a report to the 30 MB that GitLab reads, by default', () => {
    expect(DEFAULT_LIMITS.reportBytes).toBeLessThanOrEqual(30_000_000)
  })
})
