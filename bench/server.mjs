// Measures jux-server under load: submissions, pages meanwhile, one very large report, and PostgreSQL when it is installed.
//   npm run bench:server
//   OLD_SERVER=DIR/server/dist/bin.js npm run bench:server      measures another build beside it, in turn
//   JUX_BENCH_REPORTS=1000 JUX_BENCH_REPORT_TESTS=200 JUX_BENCH_LARGE=100000 JUX_BENCH_ROUNDS=10 JUX_BENCH_CLIENTS=16
//   JUX_BENCH_ENGINES=sqlite does not measure PostgreSQL
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { median } from './measure.mjs'
import { writeBodies } from './server-bodies.mjs'
import { startClient, startPostgres, startServer } from './server-process.mjs'

const REPORTS = Number(process.env.JUX_BENCH_REPORTS ?? 2_000)
const TESTS = Number(process.env.JUX_BENCH_REPORT_TESTS ?? 200)
const LARGE = Number(process.env.JUX_BENCH_LARGE ?? 100_000)
const ROUNDS = Number(process.env.JUX_BENCH_ROUNDS ?? 10)
const CLIENTS = Number(process.env.JUX_BENCH_CLIENTS ?? 16)
/** Submitted before the measurement, so that the pages show something and the server is warm. */
const FIRST = Math.min(200, Math.floor(REPORTS / 5))
/** Pause of the reader between two requests. */
const READ_PAUSE_MS = 50
const LARGE_READ_PAUSE_MS = 5
/** Each build and engine is measured this many times, in turn; the table has the medians. */
const TURNS = Number(process.env.JUX_BENCH_TURNS ?? 3)

const OURS = fileURLToPath(new URL('../server/dist/bin.js', import.meta.url))
const builds = { 'this build': OURS, ...(process.env.OLD_SERVER ? { 'other build': process.env.OLD_SERVER } : {}) }

const folder = mkdtempSync(join(tmpdir(), 'jux-bench-server-'))
const bodies = join(folder, 'bodies')
const largeBody = join(folder, 'large')
let folders = 0
try {
  await main()
} finally {
  rmSync(folder, { recursive: true, force: true })
}

async function main() {
  const bytes = await writeBodies(bodies, REPORTS + FIRST, TESTS)
  await writeBodies(largeBody, 1, LARGE)
  const processor = `${cpus().length} × ${cpus()[0]?.model ?? 'processor'}`
  console.log(
    `${REPORTS} signed reports of ${TESTS} tests (${Math.round(bytes / 1024)} KiB as JSON), ${CLIENTS} clients, ${processor}, Node ${process.version}. ` +
      'Clients, server and PostgreSQL share the processors. Medians of ' +
      `${TURNS} measurements, each with an empty database at its start.\n`,
  )
  await measureEngines()
  await measurePages()
}

async function measureEngines() {
  const loads = {}
  const larges = {}
  const pages = {}
  const isWanted = process.env.JUX_BENCH_ENGINES !== 'sqlite'
  const postgres = isWanted ? await startPostgres() : undefined
  if (isWanted && postgres === undefined) console.log('PostgreSQL is not installed, so it was not measured.\n')
  const engines = { SQLite: { instances: 1 } }
  if (postgres)
    Object.assign(engines, {
      PostgreSQL: { instances: 1, postgres },
      'PostgreSQL, 2 instances': { instances: 2, postgres },
    })
  try {
    for (let turn = 0; turn < TURNS; turn++) {
      for (const [engine, options] of Object.entries(engines)) {
        for (const [build, bin] of Object.entries(builds)) {
          const name = `${engine}, ${build}`
          const { load, read, large } = await measure(bin, options)
          push(loads, name, load)
          push(pages, name, read)
          if (options.instances === 1) push(larges, name, large)
          console.error(`turn ${turn + 1} of ${TURNS}: ${name}: ${Math.round(load.perSecond)} reports a second`)
        }
      }
    }
  } finally {
    await postgres?.stop()
  }
  printLoads(loads)
  printReads(pages)
  printLarges(larges)
}

function push(lists, name, value) {
  lists[name] ??= []
  lists[name].push(value)
}

/** Measures the load, the pages under it, and the wait behind a large report. */
async function measure(bin, { instances, postgres }) {
  const databaseUrl = await postgres?.newDatabase()
  const servers = []
  for (let number = 0; number < instances; number++) servers.push(await newServer(bin, databaseUrl))
  const urls = servers.map(({ url }) => url)
  try {
    const load = await measureLoad(servers, urls, postgres)
    const large = instances === 1 ? await measureLarge(servers[0]) : undefined
    return { ...load, large }
  } finally {
    for (const server of servers) await server.stop()
  }
}

function newServer(bin, databaseUrl) {
  const dataDir = join(folder, `data-${folders++}`)
  mkdirSync(dataDir)
  return startServer(bin, dataDir, databaseUrl)
}

// First the submissions alone, then the other half of them while a reader reads pages.
async function measureLoad(servers, urls, postgres) {
  const half = Math.floor(REPORTS / 2)
  await finished(await startClient('submit', CLIENTS, bodies, REPORTS, FIRST, ...urls))
  const writer = await startClient('submit', CLIENTS, bodies, 0, half, ...urls)
  const cpuMs = () => servers.reduce((total, server) => total + server.cpuMs(), 0)
  const [serverBefore, postgresBefore] = [cpuMs(), postgres?.cpuMs()]
  const written = await finished(writer)
  const [serverMs, postgresMs] = [cpuMs() - serverBefore, postgres && postgres.cpuMs() - postgresBefore]
  const second = await startClient('submit', CLIENTS, bodies, half, REPORTS - half, ...urls)
  const reader = await startClient('read', READ_PAUSE_MS, urls[0], ...Object.values(await pagePaths(urls[0])))
  reader.go()
  await finished(second)
  const { times } = await reader.stop()
  return {
    load: {
      perSecond: half / written.seconds,
      p50: percentile(written.times, 50),
      p99: percentile(written.times, 99),
      busy: written.busy,
      serverMs: serverMs / half,
      postgresMs: postgresMs && postgresMs / half,
      clientMs: written.cpuMs / half,
    },
    read: Object.values(times),
  }
}

// The large report is sent while the reader, and a client with small reports, send requests one after the other.
async function measureLarge(server) {
  const paths = [...Object.values(await pagePaths(server.url)), '/healthz']
  const reader = await startClient('read', LARGE_READ_PAUSE_MS, server.url, ...paths)
  const large = await startClient('submit', 1, largeBody, 0, 1, server.url)
  reader.go()
  await pause(200)
  const { seconds } = await finished(large)
  await pause(200)
  const { times } = await reader.stop()
  const all = Object.values(times).flat()
  return { seconds, p50: percentile(all, 50), p99: percentile(all, 99), longest: Math.max(...all), count: all.length }
}

async function finished(client) {
  client.go()
  return client.result()
}

async function pagePaths(url) {
  const response = await fetch(`${url}/api/v1/test_runs?project=project-1&per_page=1`)
  const { test_runs } = await response.json()
  return { 'list of runs': '/', 'one run': `/runs/${test_runs[0].id}`, 'trends of a project': '/projects/project-1' }
}

function printLoads(loads) {
  console.log(
    '| submissions | reports a second | p50, ms | p99, ms | refused with 503 | server, CPU ms a report | PostgreSQL | clients |',
  )
  console.log('| --- | --- | --- | --- | --- | --- | --- | --- |')
  for (const [name, runs] of Object.entries(loads)) {
    const of = (key, digits = 0) => median(runs.map((run) => run[key]))?.toFixed(digits) ?? ''
    console.log(
      `| ${name} | ${of('perSecond')} | ${of('p50')} | ${of('p99')} | ${of('busy')} | ${of('serverMs', 1)} | ${of('postgresMs', 1)} | ${of('clientMs', 1)} |`,
    )
  }
  const rate = (name) => median(loads[name]?.map(({ perSecond }) => perSecond) ?? [])
  for (const build of Object.keys(builds)) {
    const [one, two] = [rate(`PostgreSQL, ${build}`), rate(`PostgreSQL, 2 instances, ${build}`)]
    if (one && two)
      console.log(`\nPostgreSQL, ${build}: two instances take ${(two / one).toFixed(2)} times as many as one.`)
  }
  for (const engine of ['SQLite', 'PostgreSQL']) {
    const [ours, other] = [rate(`${engine}, this build`), rate(`${engine}, other build`)]
    if (ours && other)
      console.log(`\n${engine}: this build takes ${(ours / other).toFixed(2)} times as many as the other.`)
  }
}

function printReads(pages) {
  console.log('\n| pages under that load: p50 / p99, ms | list of runs | one run | trends of a project | all |')
  console.log('| --- | --- | --- | --- | --- |')
  for (const [name, runs] of Object.entries(pages)) {
    const cell = (times) => `${percentile(times, 50).toFixed(0)} / ${percentile(times, 99).toFixed(0)}`
    const kinds = runs[0].map((_, kind) => runs.flatMap((run) => run[kind]))
    console.log(`| ${name} | ${[...kinds, kinds.flat()].map(cell).join(' | ')} |`)
  }
}

function printLarges(larges) {
  console.log(
    `\n| requests while one report of ${LARGE} tests is taken | p50, ms | p99, ms | longest, ms | taken in, s |`,
  )
  console.log('| --- | --- | --- | --- | --- |')
  for (const [name, runs] of Object.entries(larges)) {
    const of = (key, digits = 0) => median(runs.map((run) => run[key])).toFixed(digits)
    console.log(`| ${name} | ${of('p50')} | ${of('p99')} | ${of('longest')} | ${of('seconds', 1)} |`)
  }
}

/** Measures the pages of an idle server. */
async function measurePages() {
  const server = await newServer(OURS)
  try {
    await finished(await startClient('submit', CLIENTS, bodies, 0, REPORTS, server.url))
    await finished(await startClient('submit', 1, largeBody, 0, 1, server.url))
    await printPages(server.url)
  } finally {
    await server.stop()
  }
}

async function printPages(url) {
  const text = async (path) => {
    const response = await fetch(url + path, { headers: { accept: 'text/html' } })
    if (response.status !== 200) throw new Error(`${path}: ${response.status}`)
    return response.text()
  }
  const newest = async (query) => JSON.parse(await text(`/api/v1/test_runs?per_page=1&${query}`)).test_runs[0]
  const large = await newest('')
  const run = await newest('project=project-1')
  const test = (await text(`/runs/${run.id}/tests`)).match(/href="(\/tests\/[^"]+)"/)[1]
  const pages = {
    'list of runs': '/',
    'list of runs of one project': '/?project=project-1',
    'list of runs with failures, sorted by pass rate': '/?status=failed&sort_by=success_rate',
    'last page of the list of runs': `/?page=${Math.ceil(REPORTS / 30)}`,
    'one run': `/runs/${run.id}`,
    'tests of the run': `/runs/${run.id}/tests`,
    projects: '/projects',
    'trends of a project': '/projects/project-1',
    'history of a test': test,
    [`run of ${large.total_tests} tests`]: `/runs/${large.id}`,
    'first page of its tests': `/runs/${large.id}/tests`,
    'last page of its tests': `/runs/${large.id}/tests?page=${Math.ceil(large.total_tests / 100)}`,
    'its failed tests': `/runs/${large.id}/tests?status=failed`,
    'search in its tests': `/runs/${large.id}/tests?q=number+99`,
  }
  console.log(`\n| page of an idle server, ${REPORTS} reports | median, ms | slowest of ${ROUNDS}, ms | kB |`)
  console.log('| --- | --- | --- | --- |')
  for (const [name, path] of Object.entries(pages)) {
    const times = []
    let size = 0
    for (let round = 0; round < ROUNDS; round++) {
      const startMs = performance.now()
      size = (await text(path)).length
      times.push(performance.now() - startMs)
    }
    console.log(
      `| ${name} | ${median(times).toFixed(0)} | ${Math.max(...times).toFixed(0)} | ${Math.round(size / 1024)} |`,
    )
  }
}

function percentile(values, percent) {
  const sorted = [...values].sort((left, right) => left - right)
  return sorted[Math.min(sorted.length - 1, Math.ceil((sorted.length * percent) / 100) - 1)] ?? Number.NaN
}
