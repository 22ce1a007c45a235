import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { type ReadOptions, readReport } from '../../src/report/read.js'
import { renderWhole } from '../support/rendering.js'
import { aModule, anError, aRun, aTest } from '../support/runs.js'

const read = (xml: string) => readReport(Buffer.from(xml)).summary
const casesOf = (xml: string, limits: Exclude<ReadOptions['cases'], boolean> = {}) =>
  readReport(Buffer.from(xml), { cases: limits }).cases
const CASES = '<testcase name="a"/><testcase name="b"><failure/></testcase><testcase name="c"><skipped/></testcase>'
const SIGNATURE = '<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"></ds:Signature>'

describe('readReport', () => {
  it('counts test cases and ignores the numbers in attributes', () => {
    expect(
      read(`<testsuites tests="99" failures="none"><testsuite tests="1e3">${CASES}</testsuite></testsuites>`),
    ).toMatchObject({
      tests: 3,
      failures: 1,
      errors: 0,
      skipped: 1,
      passed: 1,
      outcome: 'failed',
    })
  })

  it('counts the test cases of a root testsuite', () => {
    expect(read(`<testsuite name="s">${CASES}</testsuite>`)).toMatchObject({ root: 'testsuite', name: 's', tests: 3 })
  })

  it('counts the test cases of nested suites once, each in its own suite', () => {
    const summary = read(
      `<testsuites><testsuite name="outer" tests="6">${CASES}<testsuite name="inner">${CASES}</testsuite></testsuite></testsuites>`,
    )

    expect(summary.tests).toBe(6)
    expect(summary.suites.map(({ name, path, tests }) => [name, path, tests])).toEqual([
      ['outer', [], 3],
      ['inner', ['outer'], 3],
    ])
  })

  it('counts test cases in any namespace and under any prefix', () => {
    expect(read(`<testsuites xmlns="urn:x"><testsuite>${CASES}</testsuite></testsuites>`).tests).toBe(3)
    expect(read('<j:testsuite xmlns:j="urn:x"><j:testcase><j:error/></j:testcase></j:testsuite>').errors).toBe(1)
  })

  it('counts test cases directly below testsuites', () => {
    expect(read(`<testsuites>${CASES}</testsuites>`)).toMatchObject({ tests: 3, failures: 1, suites: [] })
  })

  it('counts a test case once: as an error rather than a failure, as a failure rather than skipped', () => {
    const summary = read(
      '<testsuite><testcase><skipped/><failure/><error/></testcase><testcase><skipped/><failure/></testcase></testsuite>',
    )

    expect(summary).toMatchObject({ tests: 2, errors: 1, failures: 1, skipped: 0, passed: 0 })
  })

  it('counts a failing todo as skipped, but does not call the report passed', () => {
    const summary = read('<testsuite><testcase><skipped type="todo" message="later"/><failure/></testcase></testsuite>')

    expect(summary).toMatchObject({ tests: 1, failures: 0, skipped: 1, outcome: 'failed' })
  })

  it('ignores test cases inside a Signature and the properties of a test case', () => {
    const summary = read(
      '<testsuite><testcase><properties><property name="jux:outcome" value="passed"/></properties><error/></testcase>' +
        '<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:Object><testsuite><testcase/></testsuite></ds:Object></ds:Signature></testsuite>',
    )

    expect(summary).toMatchObject({ tests: 1, errors: 1, signed: true, properties: [], facts: [], outcome: 'failed' })
  })

  it('reads counts, properties, suites and content hash of a report that Jux rendered', () => {
    const tests = [aTest(), aTest({ title: 'fails', status: 'failed', errors: [anError()] })]
    const modules = [aModule({ tests }), aModule({ file: 'b.test.ts', errors: [anError({ kind: 'load' })] })]
    const report = renderWhole(aRun({ modules, properties: [{ name: 'git:branch', value: 'a & b\n"c"' }] }))

    const { summary, contentHash, signature } = readReport(report.bytes)

    expect(summary).toMatchObject({ ...report.counts, passed: 1, signed: false, outcome: 'failed' })
    expect(summary.properties[0]).toEqual({ name: 'git:branch', value: 'a & b\n"c"' })
    expect(summary.facts).toEqual(summary.properties)
    expect(summary.suites.map(({ name }) => name)).toEqual(['test/a.test.ts', 'b.test.ts'])
    expect([contentHash, signature]).toEqual([report.contentHash, undefined])
  })

  it('says failed for a failed test case although jux:outcome is passed, and takes jux:outcome otherwise', () => {
    const properties = '<properties><property name="jux:outcome" value="passed"/></properties>'

    expect(read(`<testsuite>${properties}<testcase><failure/></testcase></testsuite>`).outcome).toBe('failed')
    expect(read(`<testsuite>${properties.replace('passed', 'interrupted')}<testcase/></testsuite>`).outcome).toBe(
      'interrupted',
    )
  })

  it.each([
    ['no test case', '', 'no-tests'],
    ['its test case in an unknown element', '<group><testcase/></group>', 'no-tests'],
    ['its only test case in a foreign namespace', '<x:testcase xmlns:x="urn:x"/>', 'no-tests'],
    ['a failure in an unknown element', '<testcase/><group><testcase><failure/></testcase></group>', 'failed'],
    ['an error in nested unknown elements', '<testcase/><a><b><testcase><error/></testcase></b></a>', 'failed'],
    [
      'a failing test case in a foreign namespace',
      '<testcase/><x:testcase xmlns:x="urn:x"><failure/></x:testcase>',
      'failed',
    ],
    ['a failure in a foreign namespace', '<testcase><x:failure xmlns:x="urn:x"/></testcase>', 'failed'],
    ['a failure in an unknown part of a test case', '<testcase><step><failure/></step></testcase>', 'failed'],
    ['a test case inside a test case that fails', '<testcase><testcase><failure/></testcase></testcase>', 'failed'],
    ['a failure of the suite itself', '<testcase/><failure/>', 'failed'],
    ['a failure beside skipped', '<testcase><skipped/><failure/></testcase>', 'failed'],
    ['a failure beside a todo', '<testcase><skipped type="todo"/><failure/></testcase>', 'failed'],
  ] as const)('never calls a report passed that states passed and has %s', (_what, content, outcome) => {
    const stated = '<properties><property name="jux:outcome" value="passed"/></properties>'

    expect(read(`<testsuites><testsuite>${stated}${content}</testsuite></testsuites>`).outcome).toBe(outcome)
  })

  it.each([
    ['two values, one of them passed', ['passed', 'interrupted'], 'interrupted'],
    ['a value that is no outcome beside passed', ['passed', 'fine'], 'failed'],
    ['passed twice', ['passed', 'passed'], 'passed'],
    ['no-tests', ['no-tests'], 'no-tests'],
  ] as const)('reads the outcome of a report with passed test cases that states %s', (_what, values, outcome) => {
    const stated = values.map((value) => `<property name="jux:outcome" value="${value}"/>`).join('')

    expect(read(`<testsuite><properties>${stated}</properties><testcase/></testsuite>`).outcome).toBe(outcome)
  })

  it('does not believe no-tests from a report with failed test cases', () => {
    const stated = '<properties><property name="jux:outcome" value="no-tests"/></properties>'

    expect(read(`<testsuite>${stated}<testcase><failure/></testcase></testsuite>`).outcome).toBe('failed')
  })

  it.each([
    ['in another suite', '<testsuites><testsuite><testcase/></testsuite><testsuite>P</testsuite></testsuites>'],
    ['in a nested suite', '<testsuites><testsuite><testcase/><testsuite>P</testsuite></testsuite></testsuites>'],
    ['in a test case', '<testsuites><testsuite><testcase>P</testcase></testsuite></testsuites>'],
    ['in an unknown element', '<testsuites><testsuite><testcase/><group>P</group></testsuite></testsuites>'],
    ['in the root', '<testsuites>P<testsuite><testcase/></testsuite></testsuites>'],
    ['in the namespace of the document', '<testsuites xmlns="urn:x"><testsuite>P<testcase/></testsuite></testsuites>'],
    ['in a suite of a namespace', '<testsuites><x:testsuite xmlns:x="urn:x">P<testcase/></x:testsuite></testsuites>'],
    [
      'in properties of a namespace',
      '<testsuites><testsuite><x:properties xmlns:x="urn:x"><property name="jux:outcome" value="interrupted"/></x:properties><testcase/></testsuite></testsuites>',
    ],
    [
      'in a property of a namespace',
      '<testsuites><testsuite><properties><x:property xmlns:x="urn:x" name="jux:outcome" value="interrupted"/></properties><testcase/></testsuite></testsuites>',
    ],
  ])('takes no fact of the run from a property %s', (_what, xml) => {
    const stated = '<properties><property name="jux:outcome" value="interrupted"/></properties>'

    expect(read(xml.replace('P', stated))).toMatchObject({ outcome: 'passed', properties: [] })
  })

  it.each([
    [
      'pytest',
      '<testsuites><testsuite name="pytest" errors="0" failures="0" skipped="1" tests="2"><testcase classname="t" name="a"/><testcase classname="t" name="b"><skipped type="pytest.xfail" message="known"/></testcase></testsuite></testsuites>',
      [2, 0, 1],
    ],
    [
      'Maven Surefire, with a flaky test',
      '<testsuite name="T" tests="1"><properties><property name="java.version" value="21"/></properties><testcase name="a" classname="T"><flakyFailure message="m" type="t"><stackTrace>at</stackTrace><system-out>o</system-out></flakyFailure></testcase></testsuite>',
      [1, 0, 0],
    ],
    [
      'GoogleTest',
      '<testsuites tests="1" failures="0" disabled="0" errors="0" name="AllTests"><testsuite name="S"><testcase name="a" status="run" result="completed" classname="S"><properties><property name="key" value="1"/></properties></testcase></testsuite></testsuites>',
      [1, 0, 0],
    ],
    [
      'CTest',
      '<testsuite name="Linux-c++" tests="1" failures="0" disabled="0" skipped="0"><testcase name="a" classname="a" status="run"><properties/><system-out>ok</system-out></testcase></testsuite>',
      [1, 0, 0],
    ],
    [
      'mocha-junit-reporter',
      '<testsuites name="Mocha Tests" tests="1"><testsuite name="Root Suite" tests="0"></testsuite><testsuite name="cart"><testcase name="a" classname="cart"/></testsuite></testsuites>',
      [1, 0, 0],
    ],
    [
      'nested suites',
      '<testsuites><testsuite name="a"><testsuite name="b"><testcase name="c"/></testsuite></testsuite></testsuites>',
      [1, 0, 0],
    ],
  ] as const)('calls a report of %s without a failure passed', (_program, xml, [tests, failures, skipped]) => {
    expect(read(xml)).toMatchObject({ tests, failures, errors: 0, skipped, outcome: 'passed' })
  })

  it('returns the properties of the first suite, and as facts those of the first element that has any', () => {
    const one = (name: string) => `<properties><property name="${name}" value="1"/></properties>`
    const summaries = [
      `<testsuites>${one('root')}<testsuite>${one('first')}</testsuite></testsuites>`,
      `<testsuites><testsuite><testsuite>${one('inner')}</testsuite></testsuite>${one('root')}</testsuites>`,
      `<testsuites><testsuite>${one('first')}${one('again')}</testsuite><testsuite>${one('second')}</testsuite></testsuites>`,
    ].map(read)

    const names = (properties: readonly { name: string }[]) => properties.map(({ name }) => name).join()
    expect(summaries.map(({ properties, facts }) => [names(properties), names(facts)])).toEqual([
      ['first', 'root'],
      ['', 'inner'],
      ['first,again', 'first,again'],
    ])
  })

  it('reads duration and start from the root, or the start from the first suite that has one', () => {
    const suite = '<testsuite timestamp="2026-01-02T03:04:05Z"/>'
    const seconds = Date.UTC(2026, 0, 2, 3, 4, 5)

    expect(read(`<testsuites time="1.5" timestamp="2026-01-01T00:00:00">${suite}</testsuites>`)).toMatchObject({
      seconds: 1.5,
      startedAtMs: Date.UTC(2026, 0, 1),
    })
    expect(read(`<testsuites><testsuite timestamp="yesterday"/>${suite}</testsuites>`)).toMatchObject({
      seconds: undefined,
      startedAtMs: seconds,
    })
  })

  it('returns the same content hash with and without a signature, and the signature itself', () => {
    const plain = '<testsuites><testsuite></testsuite></testsuites>'
    const expected = createHash('sha256').update(plain).digest('hex')
    const signed = readReport(Buffer.from(plain.replace('</testsuites>', `${SIGNATURE}</testsuites>`)))

    expect([readReport(Buffer.from(plain)).contentHash, signed.contentHash]).toEqual([expected, expected])
    expect(signed.signature?.element).toMatchObject({ local: 'Signature', children: [], text: '' })
    expect(signed.signature?.objections).toEqual([])
  })

  it('includes processing instructions in the content hash, although the verifier refuses them', () => {
    const report = readReport(Buffer.from('<?a?><testsuites><?b c?><!-- d --></testsuites>'))

    expect(report.contentHash).toBe(createHash('sha256').update('<testsuites><?b c?></testsuites>').digest('hex'))
  })

  it('returns what the verifier would refuse as objections, and does not throw', () => {
    const objections = (inside: string) =>
      readReport(Buffer.from(`<testsuites>${inside}</testsuites>`)).signature?.objections.map(({ reason }) => reason)

    expect(objections(`${SIGNATURE}${SIGNATURE}<?a?>`)).toEqual(['several-signatures', 'processing-instruction'])
    expect(objections(`<testsuite/>${SIGNATURE}<testsuite/><!-- -->`)).toEqual(['signature-position', 'comment'])
    expect(objections(SIGNATURE.replace('></', '><![CDATA[x]]><a/></'))).toEqual(['signature-text'])
    expect(objections(SIGNATURE.replace('></', `>${'<a/>'.repeat(1_000)}</`))).toEqual(['signature-too-large'])
    expect(objections(`<testsuite>${SIGNATURE}</testsuite>`)).toEqual(['signature-position'])
  })

  it('refuses a document with another root before it reads the rest', () => {
    expect(() => read('<html>')).toThrow(
      expect.objectContaining({ code: 'XML_INVALID_STRUCTURE', reason: 'not-junit' }),
    )
    expect(() => read('<testsuite>')).toThrow(expect.objectContaining({ code: 'XML_PARSE_ERROR' }))
  })

  it('cuts a long name of the root in the error for a document that is not JUnit', () => {
    expect(() => read(`<${'x'.repeat(105)}/>`)).toThrow(
      `the root element is ${'x'.repeat(100)} … (5 more characters: see the report itself), not testsuites`,
    )
  })
})

describe('readReport, with the option cases', () => {
  it('reads all attributes and elements of a test case', () => {
    const xml =
      '<testsuites><testsuite name="outer"><testsuite name="inner">' +
      '<testcase name="n" classname="c" file="f" line="7" time="1,234.5"><failure message="m" type="t">a<b>hidden</b><![CDATA[<c>\r\n]]>d</failure>' +
      '<system-out>o</system-out><system-err>e</system-err><flakyFailure/></testcase><system-out>of the suite</system-out>' +
      '</testsuite></testsuite><testcase/></testsuites>'

    expect(casesOf(xml)).toEqual([
      {
        suite: 1,
        path: ['outer', 'inner'],
        name: 'n',
        classname: 'c',
        file: 'f',
        line: 7,
        seconds: 1234.5,
        status: 'failed',
        isFlaky: true,
        message: 'm',
        type: 't',
        details: 'a<c>\nd',
        output: 'o\ne',
      },
      {
        suite: -1,
        path: [],
        name: '',
        classname: '',
        file: undefined,
        line: undefined,
        seconds: 0,
        status: 'passed',
        isFlaky: false,
        message: '',
        type: '',
        details: '',
        output: '',
      },
    ])
    expect(readReport(Buffer.from(xml), { cases: true }).summary.suites.map(({ output }) => output)).toEqual([
      '',
      'of the suite',
    ])
    expect(readReport(Buffer.from(xml)).cases).toBeUndefined()
  })

  it('takes message, type and details from the element that decides the status', () => {
    const [item] = casesOf(
      '<testsuite><testcase><skipped type="todo" message="s">1</skipped><error type="E" message="e">2</error><failure message="f">3</failure></testcase></testsuite>',
    )

    expect(item).toMatchObject({ status: 'error', type: 'E', message: 'e', details: '2' })
  })

  it('cuts texts at their limits', () => {
    const limits = { name: 1, message: 2, details: 3, output: 4, passedOutput: 0 }
    const cutAt = (text: string, count: number) => `${text} … (${count} more characters: see the report itself)`
    const [failed, passed, flaky] = casesOf(
      '<testsuite><testcase name="xx" classname="xx" file="xx"><failure message="xxx" type="xx">xxxx</failure><system-out>xxxxx</system-out></testcase>' +
        '<testcase name="x"><system-out>xxxxx</system-out></testcase>' +
        '<testcase name="x"><flakyFailure/><system-out>xxxx</system-out></testcase></testsuite>',
      limits,
    )

    expect(failed).toMatchObject({
      name: cutAt('x', 1),
      classname: cutAt('x', 1),
      file: cutAt('x', 1),
      type: cutAt('x', 1),
      message: cutAt('xx', 1),
      details: cutAt('xxx', 1),
      output: cutAt('xxxx', 1),
    })
    expect([passed?.output, flaky?.output]).toEqual(['', 'xxxx'])
  })

  it.each([
    ['test cases', '<testsuite><testcase/><testcase/></testsuite>', { cases: 1 }],
    ['test suites', '<testsuites><testsuite/><testsuite/></testsuites>', { suites: 1 }],
    [
      'properties',
      '<testsuite><properties><property name="a" value=""/><property name="b" value=""/></properties></testsuite>',
      { properties: 1 },
    ],
  ])('refuses a report with more %s than the limit', (what, xml, limits) => {
    expect(casesOf(xml)).toBeDefined()
    expect(() => casesOf(xml, limits)).toThrow(
      expect.objectContaining({
        code: 'XML_INVALID_STRUCTURE',
        reason: 'too-many',
        message: `the report has more than 1 ${what}`,
      }),
    )
  })

  it('reads only the properties of the run if their number is limited', () => {
    const one = '<testsuite><properties><property name="a" value=""/></properties></testsuite>'
    const { summary } = readReport(Buffer.from(`<testsuites>${one}${one}${one}</testsuites>`), {
      cases: { properties: 2 },
    })

    expect(summary.suites.map(({ properties }) => properties.length)).toEqual([1, 0, 0])
    expect(summary.facts).toEqual([{ name: 'a', value: '' }])
  })
})
