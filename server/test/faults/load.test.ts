import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import { findPostgres, startPostgres } from '../support/postgres.js'
import { report, XML } from '../support/reports.js'
import { type TestServer, testServer } from '../support/server.js'

/** Number of reports, and of tests in each, in the large database. */
const REPORTS = Number(process.env.JUX_FAULT_REPORTS ?? 10_000)
const TESTS = 200
const LARGE = Number(process.env.JUX_FAULT_TESTS ?? 100_000)
const SUBMIT = '/api/v1/junit/submit'
const MEGABYTE = 1_048_576

const programs = findPostgres()

function largeReport(tests: number, name: string): string {
  const failure = `<failure message="expected" type="AssertionError">${'at somewhere (file.ts:1:1)\n'.repeat(8)}</failure>`
  const cases = Array.from(
    { length: tests },
    (_, index) =>
      `<testcase classname="suite ${index % 20}" name="does the thing number ${index}" time="0.00${index % 10}">${index % 50 ? '' : failure}</testcase>`,
  )
  return report({ name, cases: cases.join('') })
}

async function medianMs(times: number, action: () => Promise<unknown>): Promise<number> {
  const durationsMs: number[] = []
  for (let index = 0; index < times; index++) {
    const startMs = performance.now()
    await action()
    durationsMs.push(performance.now() - startMs)
  }
  return Math.round(durationsMs.sort((left, right) => left - right)[times >> 1] ?? 0)
}

// Sends half of the announced body and closes the connection.
function abort(server: TestServer, body: string): Promise<void> {
  const { hostname, port } = new URL(server.url)
  const head = `POST ${SUBMIT} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nContent-Type: application/xml\r\nContent-Length: ${body.length}\r\n\r\n`
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname, () => {
      socket.write(head + body.slice(0, body.length / 2), () => socket.destroy())
    })
    socket.on('error', () => resolve())
    socket.on('close', () => resolve())
  })
}

describe.each(['sqlite', ...(programs === undefined ? [] : ['postgres'])])('jux-server on %s', (engine) => {
  it('stores 500 of 1,000 concurrent submissions when the others are aborted or too large', async () => {
    const postgres = engine === 'postgres' && programs !== undefined ? await startPostgres(programs) : undefined
    const server = await testServer({ maxBytes: MEGABYTE, databaseUrl: await postgres?.newDatabase() })
    const oversize = report({ name: 'x'.repeat(MEGABYTE) })

    const outcomes = await Promise.all(
      Array.from({ length: 1_000 }, async (_, index) => {
        const name = `report ${index}`
        if (index % 4 === 1) return abort(server, report({ name })).then(() => 'aborted')
        if (index % 4 === 3)
          return server.post(SUBMIT, oversize, XML).then(
            ({ status }) => `${status}`,
            () => '413',
          )
        return server.post(SUBMIT, report({ name }), XML).then(({ status }) => `${status}`)
      }),
    )

    const count = (wanted: string) => outcomes.filter((outcome) => outcome === wanted).length
    console.log(`${engine}: ${count('201')} stored, ${count('413')} too large, ${count('aborted')} aborted`)
    expect([count('201'), count('413'), count('aborted')]).toEqual([500, 250, 250])
    expect((await server.get('/api/v1/test_runs')).at('pagination', 'total_count')).toBe('500')
    await server.close()
    await postgres?.stop()
  })

  it(`stores and returns a report of ${LARGE} tests`, async () => {
    const postgres = engine === 'postgres' && programs !== undefined ? await startPostgres(programs) : undefined
    const server = await testServer({ databaseUrl: await postgres?.newDatabase() })
    const xml = largeReport(LARGE, 'large')

    const from = performance.now()
    const submitted = await server.post(SUBMIT, xml, XML)
    const durationMs = Math.round(performance.now() - from)
    const run = await server.get(`/api/v1/test_runs/${submitted.at('test_run_id')}`)

    console.log(`${engine}: ${LARGE} tests, ${Math.round(xml.length / MEGABYTE)} MB, submitted in ${durationMs} ms`)
    expect(submitted).toMatchObject({ status: 201, json: { test_count: LARGE } })
    expect(run.at('test_suites', 0, 'tests')).toBe(String(LARGE))
    await server.close()
    await postgres?.stop()
  })
})

describe('jux-server with a large database', () => {
  it(`answers API requests within 2 s with ${REPORTS} reports of ${TESTS} tests`, async () => {
    const server = await testServer()
    const from = performance.now()
    let id = ''
    for (let index = 0; index < REPORTS; index++) {
      id = (await server.post(SUBMIT, largeReport(TESTS, `report ${index}`), XML)).at('test_run_id')
    }
    const seconds = (performance.now() - from) / 1_000

    const list = await medianMs(11, () => server.get('/api/v1/test_runs?project=shop&per_page=20'))
    const deep = await medianMs(11, () => server.get(`/api/v1/test_runs?page=${Math.ceil(REPORTS / 20)}`))
    const run = await medianMs(11, () => server.get(`/api/v1/test_runs/${id}`))
    const suite = (await server.get(`/api/v1/test_runs/${id}`)).at('test_suites', 0, 'id')
    const cases = await medianMs(11, () => server.get(`/api/v1/test_suites/${suite}/test_cases`))

    console.log(
      `${REPORTS} reports in ${Math.round(seconds)} s (${Math.round(REPORTS / seconds)} per second); medians: list ${list} ms, last page ${deep} ms, run ${run} ms, test cases ${cases} ms`,
    )
    // Ten times the goal, because the machine may be busy.
    expect(Math.max(list, deep, run, cases)).toBeLessThan(2_000)
  })
})
