// Measures the pages of jux-server with a full database and with one very large report.
//   npm run bench:server
//   JUX_BENCH_REPORTS=1000 JUX_BENCH_REPORT_TESTS=200 JUX_BENCH_LARGE=100000 JUX_BENCH_ROUNDS=20 npm run bench:server
//   JUX_BENCH_DATA=DIR fills DIR, or measures the data in DIR; DATABASE_URL is used if it is set
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { realSystem } from 'jux-reporter'
import { renderJunit } from 'jux-reporter/internal'
import { createLog } from '../server/dist/log.js'
import { startServer } from '../server/dist/server.js'
import { loadSettings } from '../server/dist/settings.js'

const REPORTS = Number(process.env.JUX_BENCH_REPORTS ?? 10_000)
const TESTS = Number(process.env.JUX_BENCH_REPORT_TESTS ?? 200)
const LARGE = Number(process.env.JUX_BENCH_LARGE ?? 100_000)
const ROUNDS = Number(process.env.JUX_BENCH_ROUNDS ?? 20)
/** Number of concurrent submissions. */
const WRITERS = 8

const givenDir = process.env.JUX_BENCH_DATA
const dataDir = givenDir ?? mkdtempSync(join(tmpdir(), 'jux-bench-server-'))
const isFilled = givenDir !== undefined && existsSync(join(givenDir, 'jux.db'))
const system = realSystem()
const settings = loadSettings({ port: '0', data: dataDir, rateLimit: '0', maxSize: '500m' }, system)
const server = await startServer(
  settings,
  system,
  createLog(() => {}, system.now),
)
try {
  await main()
} finally {
  await server.close()
  if (givenDir === undefined) rmSync(dataDir, { recursive: true, force: true })
}

async function main() {
  if (!isFilled) await fill()
  const newest = (await json('/api/v1/test_runs?project=project-1&per_page=1')).test_runs[0]
  const large = (await json('/api/v1/test_runs?project=large&per_page=1')).test_runs[0]
  const test = (await text(`/runs/${newest.id}/tests`)).match(/href="(\/tests\/[^"]+)"/)[1]
  const pages = {
    'list of runs': '/',
    'list of runs of one project': '/?project=project-1',
    'list of runs with failures, sorted by pass rate': '/?status=failed&sort_by=success_rate',
    'last page of the list of runs': `/?page=${Math.ceil(REPORTS / 30)}`,
    'one run': `/runs/${newest.id}`,
    'tests of the run': `/runs/${newest.id}/tests`,
    projects: '/projects',
    'trends of a project': '/projects/project-1',
    'history of a test': test,
    [`run of ${large.total_tests} tests`]: `/runs/${large.id}`,
    'first page of its tests': `/runs/${large.id}/tests`,
    'last page of its tests': `/runs/${large.id}/tests?page=${Math.ceil(large.total_tests / 100)}`,
    'its failed tests': `/runs/${large.id}/tests?status=failed`,
    'search in its tests': `/runs/${large.id}/tests?q=number+99`,
  }
  console.log(
    `\n${REPORTS} reports of ${TESTS} tests, ${cpus().length} × ${cpus()[0]?.model ?? 'processor'}, Node ${process.version}\n`,
  )
  console.log(`| page | median, ms | slowest of ${ROUNDS}, ms | kB |\n| --- | --- | --- | --- |`)
  for (const [name, path] of Object.entries(pages)) {
    const times = []
    let size = 0
    for (let round = 0; round < ROUNDS; round++) {
      const startMs = performance.now()
      size = (await text(path)).length
      times.push(performance.now() - startMs)
    }
    times.sort((left, right) => left - right)
    const [median, slowest] = [times[Math.floor(ROUNDS / 2)], times.at(-1)]
    console.log(`| ${name} | ${median.toFixed(0)} | ${slowest.toFixed(0)} | ${Math.round(size / 1024)} |`)
  }
}

async function fill() {
  const startMs = performance.now()
  let next = 0
  const writer = async () => {
    for (let index = next++; index < REPORTS; index = next++)
      await submit(report(`project-${index % 10}`, index, TESTS))
  }
  await Promise.all(Array.from({ length: WRITERS }, writer))
  const seconds = (performance.now() - startMs) / 1_000
  const perSecond = (REPORTS / seconds).toFixed(0)
  console.log(`submitted ${REPORTS} reports in ${seconds.toFixed(1)} s (${perSecond} per second)`)
  const largeReport = report('large', 0, LARGE)
  const largeStartMs = performance.now()
  await submit(largeReport)
  const largeSeconds = ((performance.now() - largeStartMs) / 1_000).toFixed(1)
  console.log(
    `submitted one report of ${LARGE} tests, ${(largeReport.length / 1e6).toFixed(1)} MB, in ${largeSeconds} s`,
  )
}

async function submit(body) {
  const headers = { 'content-type': 'application/xml' }
  const response = await fetch(`${server.url}/api/v1/junit/submit`, { method: 'POST', headers, body })
  if (response.status !== 201) throw new Error(`${response.status} ${await response.text()}`)
  await response.arrayBuffer()
}

async function text(path) {
  const response = await fetch(server.url + path, { headers: { accept: 'text/html' } })
  if (response.status !== 200) throw new Error(`${path}: ${response.status}`)
  return response.text()
}

async function json(path) {
  return JSON.parse(await text(path))
}

/** A report with some failures, flaky and skipped tests, 50 tests per file. */
function report(project, index, tests) {
  const modules = Array.from({ length: Math.ceil(tests / 50) }, (_, file) => ({
    id: `m${file}`,
    file: `test/part-${file % 40}/file-${file}.test.ts`,
    kind: 'runtime',
    status: 'passed',
    rawStatus: 'passed',
    errors: [],
    output: [],
    suites: [],
    properties: [],
    tests: Array.from({ length: Math.min(50, tests - file * 50) }, (_, at) => caseOf(index, file * 50 + at)),
  }))
  const properties = Object.entries({
    project,
    'git:branch': index % 4 ? 'main' : `feature-${index % 30}`,
    'jux:tags': 'nightly',
  })
  const chunks = []
  const run = {
    schemaVersion: 1,
    runId: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
    outcome: 'passed',
    runner: { name: 'vitest', version: '4.1.12' },
    rootDir: '/project',
    startedAt: '2026-01-02T03:04:05.678Z',
    finishedAt: '2026-01-02T03:04:06.912Z',
    durationMs: 1_234 + (index % 500),
    properties: properties.map(([name, value]) => ({ name, value })),
    modules,
    errors: [],
    output: [],
  }
  const { endTag } = renderJunit(run, { write: (bytes) => void chunks.push(bytes.slice()) }, {})
  return Buffer.concat([...chunks, Buffer.from(endTag)])
}

function caseOf(index, at) {
  const kind = (index * 31 + at * 17) % 400
  const failed = kind === 0
  const error = {
    kind: 'assertion',
    name: 'AssertionError',
    message: `expected ${at} to be ${index}`,
    stack: 'at file.ts:1:2\n'.repeat(12),
  }
  return {
    id: `t${at}`,
    title: `does what it should, number ${at}`,
    path: ['a part', 'a smaller part'],
    ordinal: 1,
    status: failed ? 'failed' : kind === 1 ? 'skipped' : 'passed',
    rawStatus: 'passed',
    flaky: kind === 2,
    durationMs: 1 + ((at * 7 + index) % 90),
    attempts:
      kind === 2
        ? [
            { index: 0, status: 'failed', errors: [error], exact: true },
            { index: 1, status: 'passed', errors: [], exact: true },
          ]
        : [],
    errors: failed ? [error] : [],
    output: failed ? [{ stream: 'stdout', text: 'a line of output\n'.repeat(20) }] : [],
    annotations: [],
    attachments: [],
    tags: [],
    meta: [],
  }
}
