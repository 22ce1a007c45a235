import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readReport } from '../../src/report/read.js'
import { anyRun } from '../support/any-run.js'
import { elements, parseXml, renderWhole } from '../support/rendering.js'

const FIXED = { seed: 20_260_103, numRuns: 25 }

describe.each(['common', 'jenkins', 'ant'] as const)('renderJunit of any run, as %s', (dialect) => {
  it('writes XML that parses, with right counts, unique names, and no passed report of a run that did not pass', () => {
    fc.assert(
      fc.property(anyRun(), (any) => {
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
