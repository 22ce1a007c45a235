import { readReport } from 'jux-reporter'
import { describe, expect, it } from 'vitest'
import { checkExpectations } from '../../src/cli/expectations.js'
import { htmlOf, textOf } from './support/pages.js'
import { JSON_HEADERS, report, XML } from './support/reports.js'
import { testServer } from './support/server.js'
import { newKey } from './support/signing.js'

const SUBMIT = '/api/v1/junit/submit'
const PASSED = '<testcase name="a"/>'
const PASSED_MARK = 'class="mark passed"'
const FAILURE = '<failure message="m"/>'
const property = (name: string, value: string) => `<property name="${name}" value="${value}"/>`
const withProperties = (xml: string, ...more: string[]) => xml.replace('</properties>', `${more.join('')}</properties>`)
const passed = report({ cases: PASSED })
const key = newKey()

// Each row: a signed report that `jux verify --expect jux:outcome=passed` refuses, and the outcome that the server shows.
const NOT_PASSED: [string, string, string][] = [
  ['without test cases', report({ cases: '', properties: { 'jux:outcome': 'passed' } }), 'no-tests'],
  [
    'with two outcomes',
    withProperties(passed, property('jux:outcome', 'passed'), property('jux:outcome', 'failed')),
    'failed',
  ],
  [
    'with a second, interrupted outcome',
    withProperties(passed, property('jux:outcome', 'passed'), property('jux:outcome', 'interrupted')),
    'interrupted',
  ],
  [
    'with an outcome in the first suite and other properties in the root',
    report({ cases: PASSED, properties: { 'jux:outcome': 'failed' } }).replace(
      '<testsuite ',
      `<properties>${property('a', 'b')}</properties><testsuite `,
    ),
    'failed',
  ],
  ['with an outcome that is no word of Jux', withProperties(passed, property('jux:outcome', 'great')), 'failed'],
  [
    'with a failure in an unknown element',
    report({ cases: `${PASSED}<group><testcase name="b">${FAILURE}</testcase></group>` }),
    'failed',
  ],
  ['with a failure of a suite', report({ cases: `${PASSED}${FAILURE}` }), 'failed'],
  [
    'with a failure beside skipped',
    report({ cases: `${PASSED}<testcase name="b"><skipped/>${FAILURE}</testcase>` }),
    'failed',
  ],
  [
    'with all test cases in another namespace',
    report({ cases: PASSED.replace('/>', ' xmlns="urn:other"/>'), properties: { 'jux:outcome': 'passed' } }),
    'no-tests',
  ],
]

describe('the outcome of a run', () => {
  it.each(NOT_PASSED)('%s is not passed, on the pages and in the API', async (_name, xml, outcome) => {
    const signed = await key.sign(xml)
    const { summary } = readReport(Buffer.from(signed))
    const server = await testServer()

    const id = (await server.post(SUBMIT, signed, XML)).at('test_run_id')

    expect(() => checkExpectations(summary, [{ name: 'jux:outcome', value: 'passed' }], 'a.xml')).toThrow()
    expect((await server.get(`/api/v1/test_runs/${id}`)).at('outcome')).toBe(outcome)
    expect((await server.get('/api/v1/test_runs?status=passed')).at('pagination', 'total_count')).toBe('0')
    for (const path of [`/runs/${id}`, '/', '/runs']) {
      expect(await htmlOf(server, path)).not.toContain(PASSED_MARK)
    }
  })

  it('of passed tests is passed, whether the report states it or not', async () => {
    const server = await testServer()
    for (const xml of [
      passed,
      withProperties(report({ cases: PASSED, name: 'b' }), property('jux:outcome', 'passed')),
    ]) {
      const id = (await server.post(SUBMIT, xml, XML)).at('test_run_id')

      expect((await server.get(`/api/v1/test_runs/${id}`)).at('outcome')).toBe('passed')
      expect(await htmlOf(server, '/')).toContain(PASSED_MARK)
    }
  })
})

describe('a fact that a report states with two values', () => {
  const twice = withProperties(passed, property('git:commit', 'aaa'), property('git:commit', 'bbb'))
  const inRoot = report({ cases: PASSED, properties: { 'git:commit': 'bbb' } }).replace(
    '<testsuite ',
    `<properties>${property('git:commit', 'aaa')}</properties><testsuite `,
  )

  it.each([
    ['in one place', twice],
    ['in the root and in the first suite', inRoot],
  ])('%s has no value, and API and page show both', async (_name, xml) => {
    const server = await testServer()
    const body = JSON.stringify({ xml_content: await key.sign(xml), metadata: { commit_sha: 'ccc' } })
    const id = (await server.post(SUBMIT, body, JSON_HEADERS)).at('test_run_id')

    const { json } = await server.get(`/api/v1/test_runs/${id}`)

    const stated = xml === twice ? ['aaa', 'bbb'] : ['bbb', 'aaa']
    expect(json).toMatchObject({ commit_sha: null, contradictions: [{ name: 'commitSha', claimed: 'ccc', stated }] })
    const page = await textOf(server, `/runs/${id}`)
    expect(page).toContain('The report contradicts itself')
    expect(page).toMatch(new RegExp(`report: ${stated[0]} , report: ${stated[1]} , submission: ccc`))
  })

  it('has the value of the submission when the report is not signed', async () => {
    const server = await testServer()
    const body = JSON.stringify({ xml_content: twice, metadata: { commit_sha: 'ccc' } })
    const id = (await server.post(SUBMIT, body, JSON_HEADERS)).at('test_run_id')

    expect((await server.get(`/api/v1/test_runs/${id}`)).json).toMatchObject({
      commit_sha: 'ccc',
      contradictions: [{ name: 'commitSha', claimed: 'ccc', stated: ['aaa', 'bbb'] }],
    })
  })

  it('is refused when it is the project, which decides about keys and access', async () => {
    const server = await testServer()
    const signed = await key.sign(withProperties(passed, property('project', 'bank')))

    const answers = [
      await server.post(SUBMIT, signed, XML),
      await server.post(SUBMIT, JSON.stringify({ xml_content: signed, metadata: { project: 'shop' } }), JSON_HEADERS),
    ]

    expect(answers.map(({ status, at }) => [status, at('details', 'reason')])).toEqual([
      [400, 'several-projects'],
      [400, 'several-projects'],
    ])
  })

  it('is no contradiction when both values are the same', async () => {
    const server = await testServer()
    const same = withProperties(passed, property('git:commit', 'aaa'), property('git:commit', ' aaa '))
    const id = (await server.post(SUBMIT, same, XML)).at('test_run_id')

    expect((await server.get(`/api/v1/test_runs/${id}`)).json).toMatchObject({ commit_sha: 'aaa', contradictions: [] })
  })
})
