import { describe, expect, it } from 'vitest'
import { FLAKY, HTML, htmlOf, PASSED, SUBMIT, submit, textOf } from '../support/pages.js'
import { JSON_HEADERS, report, XML } from '../support/reports.js'
import { testServer } from '../support/server.js'
import { newKey } from '../support/signing.js'

describe('the page of a run', () => {
  const PROPERTIES = {
    'git:branch': 'feature/x',
    'git:commit': '0123456789abcdef0123456789abcdef01234567',
    'jux:environment': 'staging',
    'jux:tags': 'nightly,web',
    'ci:provider': 'GitHub Actions',
    'ci:build_url': 'https://ci.example.com/7',
  }

  it('shows branch, commit, environment, CI and tags, with links', async () => {
    const server = await testServer()
    const id = await submit(server, { properties: PROPERTIES })

    expect(await textOf(server, `/runs/${id}`)).toMatch(
      /Branch feature\/x Commit 0123456\w* Environment staging CI GitHub Actions Received .* nightly web/,
    )
    const html = await htmlOf(server, `/runs/${id}`)
    expect(html).toContain('href="https://ci.example.com/7" rel="noopener noreferrer nofollow"')
    expect(html).toContain('href="/?tags=nightly"')
  })

  it('shows an address that is not a web address as text', async () => {
    const server = await testServer()
    const id = await submit(server, { properties: { 'ci:build_url': 'javascript:alert(1)' } })

    expect(await htmlOf(server, `/runs/${id}`)).not.toContain('href="javascript')
    expect(await textOf(server, `/runs/${id}`)).toContain('CI javascript:alert(1)')
  })

  it('shows where the submission differs from the signed report, and how to verify the report', async () => {
    const server = await testServer()
    const xml = await newKey().sign(report({ properties: { 'git:branch': 'main' } }))
    const body = JSON.stringify({ xml_content: xml, metadata: { project: 'shop', branch: 'release' } })
    const id = (await server.post(SUBMIT, body, JSON_HEADERS)).at('test_run_id')

    const text = await textOf(server, `/runs/${id}`)

    expect(text).toContain('The submission differs from the signed report')
    expect(text).toMatch(/branch signed: main , submission: release/)
    expect(text).toContain('The key is not one of the trusted keys.')
    expect(text).toMatch(/npx jux-reporter verify [0-9a-f]{64}\.xml --public-key key\.pub\.pem/)
  })

  it.each([
    ['no-tests', '', 'No tests ran.', 'No tests'],
    ['interrupted', PASSED, 'The run was interrupted.', 'Interrupted'],
    ['error', PASSED, 'an error occurred outside the tests', 'Error'],
    ['passed', PASSED, 'No test failed in this run.', 'Passed'],
  ])('explains the outcome %s', async (outcome, cases, sentence, mark) => {
    const server = await testServer()
    const id = await submit(server, { cases, properties: { 'jux:outcome': outcome } })

    const text = await textOf(server, `/runs/${id}`)

    expect(text).toContain(sentence)
    expect(text).toContain(` ${mark} `)
    if (cases === '') expect(text).toContain('Pass rate –')
  })

  it('shows the first 20 of many failures with closed stack traces, and the number of the others', async () => {
    const server = await testServer()
    const failing = (index: number) => `<testcase name="t${index}"><failure message="m">d</failure></testcase>`
    const id = await submit(server, { cases: Array.from({ length: 25 }, (_, index) => failing(index)).join('') })
    const few = await submit(server, { cases: failing(0) })

    expect(await textOf(server, `/runs/${id}`)).toContain('5 more failures')
    expect(await htmlOf(server, `/runs/${id}`)).not.toContain('<details open')
    expect(await htmlOf(server, `/runs/${few}`)).toContain('<details open')
  })

  it('links to the errors when the run has errors and no failures', async () => {
    const server = await testServer()
    const cases = Array.from({ length: 21 }, (_, index) => `<testcase name="t${index}"><error message="m"/></testcase>`)
    const id = await submit(server, { cases: cases.join('') })

    expect(await htmlOf(server, `/runs/${id}`)).toMatch(/tests\?status=error">1 more failure</)
    expect((await server.get('/api/v1/test_runs')).at('test_runs', 0, 'status')).toBe('error')
  })

  it('counts flaky tests as passed', async () => {
    const server = await testServer()
    const id = await submit(server, { cases: FLAKY })

    expect(await textOf(server, `/runs/${id}`)).toMatch(/Flaky 1 .*Pass rate 100/)
    expect(await textOf(server, `/runs/${id}/tests?status=flaky`)).toContain('1–1 of 1')
    expect(await textOf(server, '/')).toContain('1 flaky')
  })

  it('shows the first 50 suites, and links to a paged list of all', async () => {
    const server = await testServer()
    const suites = Array.from({ length: 201 }, (_, index) => `<testsuite name="s${index}">${PASSED}</testsuite>`)
    const xml = `<testsuites>${suites.join('').replace('<testcase', '<properties><property name="project" value="shop"/></properties><testcase')}</testsuites>`
    const id = (await server.post(SUBMIT, xml, XML)).at('test_run_id')

    expect(await textOf(server, `/runs/${id}`)).toContain('All 201 suites')
    expect(await textOf(server, `/runs/${id}/suites`)).toMatch(/1–200 of 201 .*Next/)
    expect(await textOf(server, `/runs/${id}/suites?page=2`)).toMatch(/201–201 of 201 .*Previous/)
    expect(await textOf(server, `/runs/${id}/suites?page=9`)).toContain('201–201 of 201')
  })

  it('shows suites and tests without a name as "(no name)"', async () => {
    const server = await testServer()
    const id = await submit(server, { name: '', cases: '<testcase name=""><failure/></testcase>' })

    expect((await textOf(server, `/runs/${id}`)).match(/\(no name\)/g)).toHaveLength(2)
    expect(await htmlOf(server, `/runs/${id}/tests/0`)).toMatch(/<title>Test/)
    expect(await textOf(server, `/runs/${id}/tests`)).toContain('(no name)')
  })

  it('shortens a long message, stack trace and output, which the page of the test shows in full', async () => {
    const server = await testServer()
    const [message, trace, output] = ['m'.repeat(500), 'd'.repeat(20_000), 'o'.repeat(20_000)]
    const cases = `<testcase name="long" file="a.ts" line="7"><failure message="${message}" type="Error">${trace}</failure><system-out>${output}</system-out></testcase>`
    const id = await submit(server, { cases })

    expect(await textOf(server, `/runs/${id}/tests`)).toMatch(/a\.ts:7 m{300} …/)
    expect((await textOf(server, `/runs/${id}`)).match(/The page of this test shows the full text\./g)).toHaveLength(2)
    expect(await textOf(server, `/runs/${id}/tests/0`)).toContain(trace)
    expect(await textOf(server, `/runs/${id}/tests/0`)).toContain(output)
  })

  it('answers 404 for a test at a position that does not exist', async () => {
    const server = await testServer()
    const id = await submit(server)

    expect((await server.get(`/runs/${id}/tests/99`, HTML)).status).toBe(404)
    expect((await server.get(`/runs/${id}/tests/first`, HTML)).status).toBe(404)
  })
})
