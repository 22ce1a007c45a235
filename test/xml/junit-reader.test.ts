import { describe, expect, it } from 'vitest'
import { readJunit } from '../../src/xml/junit-reader.js'
import { renderWhole } from '../support/rendering.js'
import { aModule, anError, aRun, aTest } from '../support/runs.js'

const read = (xml: string) => readJunit(Buffer.from(xml))
const CASES = '<testcase name="a"/><testcase name="b"><failure/></testcase><testcase name="c"><skipped/></testcase>'

describe('readJunit', () => {
  it('counts test cases whatever the attributes claim', () => {
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

  it('counts a root testsuite', () => {
    expect(read(`<testsuite name="s">${CASES}</testsuite>`)).toMatchObject({ root: 'testsuite', name: 's', tests: 3 })
  })

  it('counts nested suites once, and tells whose cases are whose', () => {
    const summary = read(
      `<testsuites><testsuite name="outer" tests="6">${CASES}<testsuite name="inner">${CASES}</testsuite></testsuite></testsuites>`,
    )

    expect(summary.tests).toBe(6)
    expect(summary.suites.map(({ name, path, tests }) => [name, path, tests])).toEqual([
      ['outer', [], 3],
      ['inner', ['outer'], 3],
    ])
  })

  it('counts in any namespace and under any prefix', () => {
    expect(read(`<testsuites xmlns="urn:x"><testsuite>${CASES}</testsuite></testsuites>`).tests).toBe(3)
    expect(read('<j:testsuite xmlns:j="urn:x"><j:testcase><j:error/></j:testcase></j:testsuite>').errors).toBe(1)
  })

  it('counts cases directly below testsuites', () => {
    expect(read(`<testsuites>${CASES}</testsuites>`)).toMatchObject({ tests: 3, failures: 1, suites: [] })
  })

  it('counts a case once: an error before a failure before a skip', () => {
    const summary = read(
      '<testsuite><testcase><skipped/><failure/><error/></testcase><testcase><skipped/><failure/></testcase></testsuite>',
    )

    expect(summary).toMatchObject({ tests: 2, errors: 1, failures: 1, skipped: 0, passed: 0 })
  })

  it('takes a failing todo for what it is', () => {
    const summary = read('<testsuite><testcase><skipped type="todo" message="later"/><failure/></testcase></testsuite>')

    expect(summary).toMatchObject({ tests: 1, failures: 0, skipped: 1, outcome: 'passed' })
  })

  it('sees nothing in decoys: cases inside a signature, properties of a test case', () => {
    const summary = read(
      '<testsuite><testcase><properties><property name="jux:outcome" value="passed"/></properties><error/></testcase>' +
        '<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:Object><testsuite><testcase/></testsuite></ds:Object></ds:Signature></testsuite>',
    )

    expect(summary).toMatchObject({ tests: 1, errors: 1, signed: true, properties: [], outcome: 'failed' })
  })

  it('reads its own reports back, with the facts of the first suite', () => {
    const tests = [aTest(), aTest({ title: 'fails', status: 'failed', errors: [anError()] })]
    const modules = [aModule({ tests }), aModule({ file: 'b.test.ts', errors: [anError({ kind: 'load' })] })]
    const report = renderWhole(aRun({ modules, properties: [{ name: 'git:branch', value: 'a & b\n"c"' }] }))

    const summary = readJunit(report.bytes)

    expect(summary).toMatchObject({ ...report.counts, passed: 1, signed: false, outcome: 'failed' })
    expect(summary.properties[0]).toEqual({ name: 'git:branch', value: 'a & b\n"c"' })
    expect(summary.suites.map(({ name }) => name)).toEqual(['test/a.test.ts', 'b.test.ts'])
  })

  it('does not believe a green outcome beside a failing case', () => {
    const properties = '<properties><property name="jux:outcome" value="passed"/></properties>'

    expect(read(`<testsuite>${properties}<testcase><failure/></testcase></testsuite>`).outcome).toBe('failed')
    expect(read(`<testsuite>${properties.replace('passed', 'interrupted')}<testcase/></testsuite>`).outcome).toBe(
      'interrupted',
    )
  })

  it('refuses what is not JUnit', () => {
    expect(() => read('<html/>')).toThrow(expect.objectContaining({ code: 'XML_INVALID_STRUCTURE' }))
    expect(() => read('<testsuite>')).toThrow(expect.objectContaining({ code: 'XML_PARSE_ERROR' }))
  })
})
