import { describe, expect, it } from 'vitest'
import { readReport } from '../../src/report/read.js'
import { attributesOf, caseXml, elements, renderedRoot, renderWhole } from '../support/rendering.js'
import { aModule, anError, aRun, aRunOf, aSuite, aTest } from '../support/runs.js'

const DIALECTS = ['common', 'jenkins', 'ant'] as const

describe('renderJunit, the status of a test', () => {
  it('counts passed, failed, skipped, todo and not-run tests and load errors as it writes them', () => {
    const tests = [
      aTest({ title: 'passes' }),
      aTest({ title: 'fails', status: 'failed', errors: [anError()] }),
      aTest({ title: 'skips', status: 'skipped' }),
      aTest({ title: 'waits', status: 'todo' }),
      aTest({ title: 'never starts', status: 'not-run' }),
    ]
    const run = aRun({ modules: [aModule({ tests, errors: [anError({ kind: 'load' })] })] })

    expect(renderWhole(run).counts).toEqual({ tests: 6, failures: 1, errors: 1, skipped: 3 })
    const root = renderedRoot(run)
    for (const node of [root, ...elements(root, 'testsuite')]) {
      expect(attributesOf(node)).toMatchObject({ tests: '6', failures: '1', errors: '1', skipped: '3' })
    }
  })

  it('writes a failure with message and type, and with a body that begins with both and holds stack and difference', () => {
    const error = anError({
      kind: 'assertion',
      name: 'AssertionError',
      message: 'expected 1 to be 2',
      stack: 'AssertionError: expected 1 to be 2\n    at test/a.test.ts:3:5',
      diff: '- 2\n+ 1',
    })

    expect(caseXml(aRunOf(aTest({ status: 'failed', errors: [error] })))).toMatchInlineSnapshot(`
      "<testcase classname="test/a.test.ts" file="test/a.test.ts" name="works" time="0.012">
      <failure message="expected 1 to be 2" type="AssertionError">AssertionError: expected 1 to be 2
          at test/a.test.ts:3:5
      diff:
      - 2
      + 1</failure>
      </testcase>"
    `)
  })

  it('writes thrown values that are not errors with their type', () => {
    const errors = [
      anError({ name: 'undefined', message: 'undefined' }),
      anError({ name: 'string', message: 'just text' }),
    ]

    expect(caseXml(aRunOf(aTest({ status: 'failed', errors })))).toMatchInlineSnapshot(`
      "<testcase classname="test/a.test.ts" file="test/a.test.ts" name="works" time="0.012">
      <failure message="undefined" type="undefined">undefined: undefined

      string: just text</failure>
      </testcase>"
    `)
  })

  it('writes a test that failed without an error as a failure that says so', () => {
    expect(caseXml(aRunOf(aTest({ status: 'failed', rawStatus: 'broken' })))).toMatchInlineSnapshot(`
      "<testcase classname="test/a.test.ts" file="test/a.test.ts" name="works" time="0.012">
      <properties>
      <property name="jux:raw_status" value="broken"></property>
      </properties>
      <failure message="failed (broken) without an error" type="failed">failed (broken) without an error</failure>
      </testcase>"
    `)
  })

  it('writes a test that passed at its second attempt as passed and flaky, with the failure and output of the first', () => {
    const attempts = [
      {
        index: 0,
        status: 'failed',
        errors: [anError({ message: 'first' })],
        output: [{ stream: 'stdout', text: 'try 1' }],
        exact: true,
      },
      { index: 1, status: 'passed', errors: [], exact: true },
    ] as const
    const run = aRunOf(aTest({ title: 'shaky', flaky: true, attempts }))

    expect(renderWhole(run).counts).toEqual({ tests: 1, failures: 0, errors: 0, skipped: 0 })
    expect(caseXml(run)).toMatchInlineSnapshot(`
      "<testcase classname="test/a.test.ts" file="test/a.test.ts" name="shaky" time="0.012">
      <properties>
      <property name="jux:flaky" value="true"></property>
      <property name="jux:attempt_1" value="failed"></property>
      <property name="jux:attempt_2" value="passed"></property>
      </properties>
      <flakyFailure message="first" type="Error">
      <stackTrace>Error: first</stackTrace>
      <system-out>try 1</system-out>
      </flakyFailure>
      </testcase>"
    `)
  })

  it('writes a flaky test whose attempts are unknown with a failed attempt that says so', () => {
    expect(caseXml(aRunOf(aTest({ flaky: true })))).toMatchInlineSnapshot(`
      "<testcase classname="test/a.test.ts" file="test/a.test.ts" name="works" time="0.012">
      <properties>
      <property name="jux:flaky" value="true"></property>
      </properties>
      <flakyFailure message="an earlier attempt failed and the runner did not say why" type="failed">
      <stackTrace>an earlier attempt failed and the runner did not say why</stackTrace>
      </flakyFailure>
      </testcase>"
    `)
  })

  it('writes a test whose retries all failed as one failure, and each later attempt as a rerun', () => {
    const failed = (index: number, text: string) =>
      ({ index, status: 'failed', errors: [anError({ message: text })], exact: true }) as const
    const attempts = [failed(0, 'one'), failed(1, 'two'), failed(2, 'three')]
    const run = aRunOf(aTest({ title: 'hopeless', status: 'failed', attempts, errors: attempts[2]?.errors ?? [] }))

    expect(renderWhole(run).counts).toEqual({ tests: 1, failures: 1, errors: 0, skipped: 0 })
    expect(caseXml(run)).toMatchInlineSnapshot(`
      "<testcase classname="test/a.test.ts" file="test/a.test.ts" name="hopeless" time="0.012">
      <properties>
      <property name="jux:attempt_1" value="failed"></property>
      <property name="jux:attempt_2" value="failed"></property>
      <property name="jux:attempt_3" value="failed"></property>
      </properties>
      <failure message="one" type="Error">Error: one</failure>
      <rerunFailure message="two" type="Error">
      <stackTrace>Error: two</stackTrace>
      </rerunFailure>
      <rerunFailure message="three" type="Error">
      <stackTrace>Error: three</stackTrace>
      </rerunFailure>
      </testcase>"
    `)
  })

  it('writes skipped, todo and not-run tests as skipped, each with its reason', () => {
    const run = aRunOf(
      aTest({ title: 'later', status: 'todo' }),
      aTest({ title: 'later, with a reason', status: 'todo', reason: 'next week' }),
      aTest({ title: 'elsewhere', status: 'skipped', reason: 'windows only' }),
      aTest({ title: 'without a reason', status: 'skipped' }),
      aTest({ title: 'never reached', status: 'not-run', notRunCause: 'bail' }),
      aTest({ title: 'never reached, with a reason', status: 'not-run', notRunCause: 'bail', reason: 'too late' }),
      aTest({ title: 'never reached, without a reason', status: 'not-run' }),
    )

    expect(renderWhole(run).counts).toEqual({ tests: 7, failures: 0, errors: 0, skipped: 7 })
    expect(caseXml(run)).toMatchInlineSnapshot(`
      "<testcase classname="test/a.test.ts" file="test/a.test.ts" name="later" time="0.012">
      <skipped message="todo" type="todo"></skipped>
      </testcase>
      <testcase classname="test/a.test.ts" file="test/a.test.ts" name="later, with a reason" time="0.012">
      <skipped message="todo: next week" type="todo"></skipped>
      </testcase>
      <testcase classname="test/a.test.ts" file="test/a.test.ts" name="elsewhere" time="0.012">
      <skipped message="windows only" type="skipped"></skipped>
      </testcase>
      <testcase classname="test/a.test.ts" file="test/a.test.ts" name="without a reason" time="0.012">
      <skipped type="skipped"></skipped>
      </testcase>
      <testcase classname="test/a.test.ts" file="test/a.test.ts" name="never reached" time="0.012">
      <properties>
      <property name="jux:not_run_cause" value="bail"></property>
      </properties>
      <skipped message="not run: the run stopped after a failure" type="not-run"></skipped>
      </testcase>
      <testcase classname="test/a.test.ts" file="test/a.test.ts" name="never reached, with a reason" time="0.012">
      <properties>
      <property name="jux:not_run_cause" value="bail"></property>
      </properties>
      <skipped message="not run: too late" type="not-run"></skipped>
      </testcase>
      <testcase classname="test/a.test.ts" file="test/a.test.ts" name="never reached, without a reason" time="0.012">
      <skipped message="not run: no reason given" type="not-run"></skipped>
      </testcase>"
    `)
  })

  it('writes the error and the output of an attempt of a test that was then skipped', () => {
    const output = [{ stream: 'stdout', text: 'said before' }] as const
    const attempts = [
      { index: 0, status: 'failed', errors: [anError({ message: 'went wrong' })], output, exact: true },
    ] as const

    expect(caseXml(aRunOf(aTest({ status: 'skipped', attempts })))).toMatchInlineSnapshot(`
      "<testcase classname="test/a.test.ts" file="test/a.test.ts" name="works" time="0.012">
      <skipped type="skipped">Error: went wrong</skipped>
      <system-out>said before</system-out>
      </testcase>"
    `)
  })

  it('writes a test that failed as expected as passed, with its error as a property', () => {
    expect(caseXml(aRunOf(aTest({ expectedFailure: true, errors: [anError()] })))).toMatchInlineSnapshot(`
      "<testcase classname="test/a.test.ts" file="test/a.test.ts" name="works" time="0.012">
      <properties>
      <property name="jux:expected_failure" value="true"></property>
      <property name="jux:error" value="Error: it broke"></property>
      </properties>
      </testcase>"
    `)
  })
})

describe('renderJunit, errors outside tests', () => {
  it('writes a file that does not load as one error, however many errors it has', () => {
    const errors = [
      anError({ kind: 'load', name: 'SyntaxError', message: 'Unexpected token' }),
      anError({ kind: 'load', message: 'also' }),
    ]
    const run = aRun({ outcome: 'error', modules: [aModule({ file: 'broken.test.ts', errors })] })

    expect(renderWhole(run).counts).toEqual({ tests: 1, failures: 0, errors: 1, skipped: 0 })
    expect(caseXml(run)).toMatchInlineSnapshot(`
      "<testcase classname="broken.test.ts" file="broken.test.ts" name="(load)" time="0.000">
      <error message="Unexpected token" type="SyntaxError">SyntaxError: Unexpected token
      kind: load

      Error: also
      kind: load</error>
      </testcase>"
    `)
  })

  it('writes an unhandled error as an error that is named after its class and its first line', () => {
    const errors = [anError({ kind: 'unhandled', name: 'TypeError', message: 'too late\nfor a test' })]
    const run = aRun({ outcome: 'error', errors })

    expect(renderWhole(run).counts).toEqual({ tests: 1, failures: 0, errors: 1, skipped: 0 })
    expect(caseXml(run)).toMatchInlineSnapshot(`
      "<testcase classname="(run)" name="(unhandled) TypeError: too late" time="0.000">
      <error message="too late&#xA;for a test" type="TypeError">TypeError: too late
      for a test
      kind: unhandled</error>
      </testcase>"
    `)
  })

  it('writes a failed hook as an error that is named after the hook and its describe', () => {
    const errors = [anError({ kind: 'hook', hook: 'afterAll', message: 'no' })]
    const suites = [aSuite({ title: 'with database', status: 'failed', errors })]
    const run = aRun({ outcome: 'error', modules: [aModule({ suites })] })

    expect(caseXml(run)).toMatchInlineSnapshot(`
      "<testcase classname="test/a.test.ts" file="test/a.test.ts" name="(afterAll) with database" time="0.000">
      <error message="no" type="Error">Error: no
      hook: afterAll</error>
      </testcase>"
    `)
  })

  it('writes a failed file without any error as an error', () => {
    const run = aRun({ modules: [aModule({ status: 'failed', tests: [aTest()] })] })

    expect(caseXml(run)).toMatchInlineSnapshot(`
      "<testcase classname="test/a.test.ts" file="test/a.test.ts" name="works" time="0.012"></testcase>
      <testcase classname="test/a.test.ts" file="test/a.test.ts" name="(file)" time="0.000">
      <error message="the file failed and the runner did not say why" type="failed">the file failed and the runner did not say why</error>
      </testcase>"
    `)
  })

  it('writes a file that was not started as skipped', () => {
    const run = aRun({ outcome: 'interrupted', modules: [aModule({ status: 'not-run' })] })

    expect(caseXml(run)).toMatchInlineSnapshot(`
      "<testcase classname="test/a.test.ts" file="test/a.test.ts" name="(file)" time="0.000">
      <skipped message="not run: the file was not started" type="not-run"></skipped>
      </testcase>
      <testcase classname="(run)" name="(interrupted)" time="0.000">
      <error message="the run ended before all of its tests had run" type="interrupted">the run ended before all of its tests had run</error>
      </testcase>"
    `)
  })

  it.each(['no-tests', 'interrupted', 'error', 'failed'] as const)(
    'writes exactly one error for a run with the outcome "%s" in which nothing else failed, in every dialect',
    (outcome) => {
      for (const modules of [[], [aModule({ tests: [aTest()] })]]) {
        for (const dialect of DIALECTS) {
          const root = renderedRoot(aRun({ outcome, modules }), { dialect })

          expect(elements(root, 'error')).toHaveLength(1)
          expect(elements(root, 'testsuite').map((suite) => suite.getAttribute('errors'))).toContain('1')
        }
      }
    },
  )
})

describe('renderJunit, a run in which no test ran', () => {
  const FINE = { outcome: 'no-tests', nothingToRunIsFine: true } as const
  const SKIPPED = [aModule({ status: 'skipped', tests: [aTest({ status: 'skipped' }), aTest({ status: 'todo' })] })]
  const ERROR =
    '<testcase classname="(run)" name="(no tests)" time="0.000">\n<error message="no test was run" type="no-tests">no test was run</error>\n</testcase>'

  it('is a skipped test case where the runner ended well, because Jenkins refuses a report without test cases', () => {
    const run = aRun(FINE)

    expect(renderWhole(run).counts).toEqual({ tests: 1, failures: 0, errors: 0, skipped: 1 })
    expect(caseXml(run)).toMatchInlineSnapshot(`
      "<testcase classname="(run)" name="(no tests)" time="0.000">
      <skipped message="no test was run" type="no-tests"></skipped>
      </testcase>"
    `)
  })

  it('has only its skipped tests where the runner ended well', () => {
    const run = aRun({ ...FINE, modules: SKIPPED })

    expect(renderWhole(run).counts).toEqual({ tests: 2, failures: 0, errors: 0, skipped: 2 })
    expect(elements(renderedRoot(run), 'testsuite')).toHaveLength(1)
  })

  it.each([
    ['auto', undefined],
    ['auto', false],
    ['error', undefined],
    ['error', true],
  ] as const)('is an error with nothingToRun: %s if nothingToRunIsFine is %s', (nothingToRun, nothingToRunIsFine) => {
    for (const modules of [[], SKIPPED]) {
      expect(caseXml(aRun({ ...FINE, nothingToRunIsFine, modules }), { nothingToRun })).toContain(ERROR)
    }
  })

  it.each([undefined, false, true])(
    'is no error with nothingToRun: skipped if nothingToRunIsFine is %s',
    (nothingToRunIsFine) => {
      for (const modules of [[], SKIPPED]) {
        const root = renderedRoot(aRun({ ...FINE, nothingToRunIsFine, modules }), { nothingToRun: 'skipped' })
        expect(elements(root, 'error')).toEqual([])
        expect(elements(root, 'skipped').length).toBeGreaterThan(0)
      }
    },
  )

  it('changes nothing in runs with another outcome', () => {
    for (const outcome of ['passed', 'failed', 'error', 'interrupted'] as const) {
      const xml = renderWhole(aRun({ outcome })).xml
      for (const nothingToRun of ['auto', 'error', 'skipped'] as const) {
        expect(renderWhole(aRun({ outcome, nothingToRunIsFine: true }), { nothingToRun }).xml).toBe(xml)
      }
    }
  })

  it('has the outcome no-tests for a reader, in every dialect, and also without the property jux:outcome', () => {
    for (const modules of [[], SKIPPED]) {
      for (const dialect of DIALECTS) {
        const { bytes, xml } = renderWhole(aRun({ ...FINE, modules }), { dialect })
        const silent = xml.replace('<property name="jux:outcome" value="no-tests"></property>\n', '')
        const lying = xml.replace('value="no-tests"', 'value="passed"')

        expect(silent.length).toBeLessThan(xml.length)
        for (const report of [bytes, Buffer.from(silent), Buffer.from(lying)]) {
          expect(readReport(report).summary.outcome).toBe('no-tests')
        }
      }
    }
  })
})
