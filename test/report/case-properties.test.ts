import { describe, expect, it } from 'vitest'
import { readReport } from '../../src/report/read.js'

const XML = `<testsuites><testsuite name="s"><properties><property name="requirement" value="of the run"/></properties>
<testcase name="a"><properties><property name="requirement" value="R-1"/><property name="requirement" value="R-2"/><property name="other" value="x"/></properties></testcase>
<testcase name="b"><properties><property name="other" value="x"/></properties><failure message="m"/></testcase>
<testcase name="c"/></testsuite></testsuites>`

describe('readReport with caseProperties', () => {
  it('reads the named properties of test cases, and no others', () => {
    const { cases, summary } = readReport(Buffer.from(XML), { cases: true, caseProperties: ['requirement'] })

    expect(cases.map(({ name, properties }) => [name, properties])).toEqual([
      [
        'a',
        [
          { name: 'requirement', value: 'R-1' },
          { name: 'requirement', value: 'R-2' },
        ],
      ],
      ['b', undefined],
      ['c', undefined],
    ])
    expect(summary.properties).toEqual([{ name: 'requirement', value: 'of the run' }])
  })

  it('reads the same results with and without them', () => {
    const without = readReport(Buffer.from(XML), { cases: true })
    const { cases, ...rest } = readReport(Buffer.from(XML), { cases: true, caseProperties: ['requirement'] })

    expect({ ...rest.summary }).toEqual({ ...without.summary })
    expect(cases.map(({ properties, ...item }) => item)).toEqual(without.cases)
    expect(without.cases.some((item) => 'properties' in item)).toBe(false)
  })
})
