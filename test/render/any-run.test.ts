import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ErrorInfo, ModuleResult, Output, TestResult, TestRun } from '../../src/model.js'
import { readReport } from '../../src/report/read.js'
import { shortHostileText } from '../support/hostile-text.js'
import { elements, parseXml, renderWhole } from '../support/rendering.js'
import { aModule, aRun, aSuite, aTest } from '../support/runs.js'

const FIXED = { seed: 20_260_103, numRuns: 25 }
const few = <T>(item: fc.Arbitrary<T>) => fc.array(item, { maxLength: 3 })
const title = fc.oneof(fc.constantFrom('', 'a', 'a (2)', 'b'), shortHostileText())
const duration = fc.oneof(fc.double(), fc.constant(3))

const error: fc.Arbitrary<ErrorInfo> = fc.letrec<{ error: ErrorInfo }>((tie) => ({
  error: fc
    .record(
      {
        kind: fc.constantFrom(
          'assertion' as const,
          'error' as const,
          'timeout' as const,
          'hook' as const,
          'load' as const,
          'unhandled' as const,
        ),
        message: title,
        name: title,
        hook: title,
        stack: title,
        causes: fc.array(tie('error'), { maxLength: 1 }),
        errors: few(tie('error')),
      },
      { requiredKeys: ['kind', 'message', 'causes'] },
    )
    .map(({ causes: [cause], ...parts }) => (cause === undefined ? parts : { ...parts, cause })),
})).error

const output: fc.Arbitrary<Output> = fc.record({ stream: fc.constantFrom('stdout', 'stderr'), text: title })

const attempt = fc.record({
  index: fc.nat(3),
  status: fc.constantFrom('passed' as const, 'failed' as const),
  errors: few(error),
  output: few(output),
  exact: fc.boolean(),
})

const test: fc.Arbitrary<TestResult> = fc
  .record({
    title,
    path: few(title),
    status: fc.constantFrom(
      'passed' as const,
      'failed' as const,
      'skipped' as const,
      'todo' as const,
      'not-run' as const,
    ),
    flaky: fc.boolean(),
    expectedFailure: fc.boolean(),
    reason: title,
    durationMs: duration,
    startedAt: fc.oneof(title, fc.constant('2026-02-31T00:00:00Z')),
    location: fc.record({ line: fc.double(), column: fc.integer() }),
    attempts: few(attempt),
    errors: few(error),
    output: few(output),
    tags: few(title),
    meta: few(fc.record({ name: title, value: title })),
    attachments: few(fc.record({ path: title, body: title })),
  })
  .map((parts) => aTest(parts))

const module: fc.Arbitrary<ModuleResult> = fc
  .record({
    file: title,
    project: title,
    status: fc.constantFrom('passed' as const, 'failed' as const, 'skipped' as const, 'not-run' as const),
    durationMs: duration,
    errors: few(error),
    output: few(output),
    suites: few(fc.record({ title, errors: few(error) }).map((parts) => aSuite(parts))),
    tests: fc.array(test, { maxLength: 6 }),
  })
  .map((parts) => aModule(parts))

const run: fc.Arbitrary<TestRun> = fc
  .record({
    outcome: fc.constantFrom(
      'passed' as const,
      'failed' as const,
      'error' as const,
      'interrupted' as const,
      'no-tests' as const,
    ),
    startedAt: title,
    durationMs: duration,
    modules: few(module),
    errors: few(error),
    output: few(output),
    properties: few(fc.record({ name: fc.oneof(title, fc.constantFrom('project', 'jux:hostname')), value: title })),
  })
  .map((parts) => aRun(parts))

describe.each(['common', 'jenkins', 'ant'] as const)('any run, as %s', (dialect) => {
  it('gives a report that parses, counts right, names each case once, and is green only if the run was', () => {
    fc.assert(
      fc.property(run, (any) => {
        const report = renderWhole(any, { dialect })
        const cases = elements(parseXml(report.xml), 'testcase')
        const names = cases.map((node) => `${node.getAttribute('classname')}\0${node.getAttribute('name')}`)
        const read = readReport(report.bytes).summary

        expect(new Set(names).size).toBe(cases.length)
        expect(read).toMatchObject(report.counts)
        for (const suite of elements(parseXml(report.xml), 'testsuite')) {
          const count = (name: string) =>
            elements(suite, 'testcase').filter((node) => elements(node, name).length > 0).length
          const claims = ['tests', 'failures', 'errors', 'skipped'].map((name) => Number(suite.getAttribute(name)))
          expect(claims).toEqual([
            elements(suite, 'testcase').length,
            count('failure'),
            count('error'),
            count('skipped'),
          ])
        }
        if (any.outcome !== 'passed') expect(report.counts.failures + report.counts.errors).toBeGreaterThan(0)
        if (any.modules.some(({ status }) => status === 'failed')) expect(read.outcome).not.toBe('passed')
      }),
      FIXED,
    )
  })
})
