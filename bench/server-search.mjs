// Measures the search and every page of jux-server with many test cases, which SQL inserts. Also the migration that fills the index.
//   npm run build && node bench/server-search.mjs
//   JUX_BENCH_CASES=10000000 JUX_BENCH_RUN_TESTS=10000 JUX_BENCH_PROJECTS=20 JUX_BENCH_ROUNDS=10
//   JUX_BENCH_ENGINES=sqlite,postgres    needs 2 GB on the disk for each 10 million test cases and engine
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sql } from 'kysely'
import { openDatabase } from '../server/dist/database/engine.js'
import { migrate } from '../server/dist/database/migrations.js'
import { testKey } from '../server/dist/ingest/test-key.js'
import { median } from './measure.mjs'
import { startPostgres, startServer } from './server-process.mjs'

const CASES = Number(process.env.JUX_BENCH_CASES ?? 10_000_000)
const RUN_TESTS = Number(process.env.JUX_BENCH_RUN_TESTS ?? 10_000)
const PROJECTS = Number(process.env.JUX_BENCH_PROJECTS ?? 20)
const ROUNDS = Number(process.env.JUX_BENCH_ROUNDS ?? 10)
const ENGINES = (process.env.JUX_BENCH_ENGINES ?? 'sqlite,postgres').split(',')
const RUNS = Math.ceil(CASES / RUN_TESTS)
/** One test case in so many fails. */
const FAILED_OF = 101
/** Number of distinct error texts of a project. */
const TEXTS = 2_500
const SUITE_TESTS = 100
const ROWS_AT_ONCE = 500
const RUNS_AT_ONCE = 10
const FIRST_RUN_MS = Date.now() - 86_400_000

const VERBS = ['adds', 'removes', 'updates', 'loads', 'saves', 'sorts', 'filters', 'renders', 'validates', 'sends']
const NOUNS = ['item', 'order', 'invoice', 'customer', 'payment', 'parcel', 'discount', 'session', 'report', 'address']
const PLACES = [
  'the cart',
  'the archive',
  'a transaction',
  'the background',
  'an empty list',
  'two languages',
  'Firefox',
]
const BIN = fileURLToPath(new URL('../server/dist/bin.js', import.meta.url))

for (const engine of ENGINES) {
  const postgres = engine === 'postgres' ? await startPostgres() : undefined
  if (engine === 'postgres' && postgres === undefined) {
    console.log('PostgreSQL is not installed, so it was not measured.')
    continue
  }
  const dataDir = mkdtempSync(join(tmpdir(), 'jux-bench-search-'))
  try {
    await measureEngine(engine, dataDir, await postgres?.newDatabase())
  } finally {
    await postgres?.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

async function measureEngine(engine, dataDir, databaseUrl) {
  const { database } = await openDatabase({ dataDir, databaseUrl })
  try {
    await migrate(database, engine, '010_quarantine')
    await seed(database, engine)
    if (engine === 'postgres') await sql`vacuum analyze`.execute(database)
    const before = await sizeMb(database, engine, dataDir)
    const startMs = performance.now()
    await migrate(database, engine)
    const seconds = (performance.now() - startMs) / 1_000
    if (engine === 'sqlite') await sql`pragma wal_checkpoint(truncate)`.execute(database)
    const after = await sizeMb(database, engine, dataDir)
    console.log(
      `\n${engine}, ${RUNS * RUN_TESTS} test cases in ${RUNS} runs of ${PROJECTS} projects, ${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}. ` +
        `The index of the search was filled in ${seconds.toFixed(0)} s and takes ${Math.round(after - before)} of ${Math.round(after)} MB; ` +
        `peak memory ${Math.round(process.resourceUsage().maxRSS / 1024)} MB.\n`,
    )
  } finally {
    await database.destroy()
  }
  const server = await startServer(BIN, dataDir, databaseUrl)
  try {
    await printTimes(server.url)
  } finally {
    await server.stop()
  }
}

async function seed(database, engine) {
  const startMs = performance.now()
  if (engine === 'sqlite') await sql`pragma synchronous = off`.execute(database)
  for (let project = 0; project < PROJECTS; project++) {
    for (let from = 0; from < RUN_TESTS; from += ROWS_AT_ONCE) {
      const rows = Array.from({ length: Math.min(ROWS_AT_ONCE, RUN_TESTS - from) }, (_, at) =>
        testRow(project, from + at),
      )
      await database.insertInto('tests').values(rows).execute()
    }
  }
  for (let from = 0; from < RUNS; from += RUNS_AT_ONCE) {
    const numbers = Array.from({ length: Math.min(RUNS_AT_ONCE, RUNS - from) }, (_, at) => from + at)
    await database.insertInto('runs').values(numbers.map(runRow)).execute()
    await insertParts(database, from)
    console.error(
      `${engine}: ${from + numbers.length} of ${RUNS} runs, ${Math.round((performance.now() - startMs) / 1_000)} s`,
    )
  }
  await sql`update runs set failures = (select count(*) from cases where run_seq = seq and status = 'failed')`.execute(
    database,
  )
}

function testRow(project, number) {
  const pick = (words, step) => words[Math.floor(number / step) % words.length]
  const name = `${pick(VERBS, 1)} ${pick(NOUNS, 10)} ${number} in ${pick(PLACES, 100)}`
  const file = `src/${pick(NOUNS, SUITE_TESTS)}/${pick(VERBS, SUITE_TESTS * 10)}${Math.floor(number / SUITE_TESTS)}.test.ts`
  const test_key = testKey(`project-${project}`, file, name)
  return { test_key, project: `project-${project}`, classname: file, name, file, seen_at: FIRST_RUN_MS }
}

function runRow(number) {
  return {
    id: randomUUID(),
    content_hash: `hash ${number}`,
    project: `project-${number % PROJECTS}`,
    branch: number % 3 === 0 ? 'main' : `branch-${number % 30}`,
    commit_sha: null,
    environment: 'ci',
    tests: RUN_TESTS,
    failures: 0,
    errors: 0,
    skipped: 0,
    flaky: 0,
    success_rate: 99,
    total_time: 120,
    inserted_at: FIRST_RUN_MS + number * 1_000,
    signature: 'unsigned',
    size_bytes: 1_000,
    protocol: 'xml',
  }
}

// The tests of a project have consecutive ids, in the order of its reports.
async function insertParts(database, from) {
  const range = sql`r.seq > ${from} and r.seq <= ${from + RUNS_AT_ONCE}`
  const place = sql`((t.id - 1) % ${sql.lit(RUN_TESTS)})`
  const isFailed = sql`(t.id * 31 + r.seq * 17) % ${sql.lit(FAILED_OF)} = 0`
  await sql`insert into cases (run_seq, position, suite_position, test_id, status, flaky, time, line)
    select r.seq, ${place}, ${place} / ${sql.lit(SUITE_TESTS)}, t.id, case when ${isFailed} then 'failed' else 'passed' end, 0, 0.01, 3
    from runs r cross join tests t where t.project = r.project and ${range} order by r.seq, t.id`.execute(database)
  await sql`insert into case_texts (run_seq, position, message, type, details)
    select c.run_seq, c.position,
      'expected value' || ((c.test_id + c.run_seq) % ${sql.lit(TEXTS)}) || ' to be ' || (c.test_id % 7) || ' after waiting for the ' ||
        case c.run_seq % 3 when 0 then 'database' when 1 then 'network' else 'clock' end,
      case c.test_id % 2 when 0 then 'AssertionError' else 'TimeoutError' end, 'at src/pay.ts:3'
    from cases c join runs r on r.seq = c.run_seq where c.status = 'failed' and ${range} order by c.run_seq, c.position`.execute(
    database,
  )
  await sql`insert into suites (run_seq, position, id, name, tests, failures, errors, skipped, time)
    select c.run_seq, c.suite_position, c.run_seq || ' ' || c.suite_position, 'suite ' || c.suite_position, count(*),
      sum(case when c.status = 'failed' then 1 else 0 end), 0, 0, 1
    from cases c join runs r on r.seq = c.run_seq where ${range} group by c.run_seq, c.suite_position`.execute(database)
}

async function sizeMb(database, engine, dataDir) {
  if (engine === 'sqlite') return statSync(join(dataDir, 'jux.db')).size / 1_048_576
  const { rows } = await sql`select pg_database_size(current_database()) as size`.execute(database)
  return Number(rows[0].size) / 1_048_576
}

async function printTimes(url) {
  const text = async (path) => {
    const response = await fetch(url + path, { headers: { accept: path.startsWith('/api/') ? '*/*' : 'text/html' } })
    const body = await response.text()
    if (response.status !== 200) throw new Error(`${path}: ${response.status}`)
    return body
  }
  const run = JSON.parse(await text('/api/v1/test_runs?per_page=1&project=project-0')).test_runs[0]
  const test = (await text(`/runs/${run.id}/tests`)).match(/href="(\/tests\/[^"]+)"/)[1]
  const find = (q, more = '') => `/api/v1/projects/project-0/search?q=${encodeURIComponent(q)}${more}`
  const paths = {
    '/': '/',
    '/projects': '/projects',
    '/projects/P': '/projects/project-0',
    '/projects/P/quarantine': '/projects/project-0/quarantine',
    '/runs/ID': `/runs/${run.id}`,
    '/runs/ID/tests': `/runs/${run.id}/tests`,
    '/tests/KEY': test,
    '/search, one test': '/search?project=project-0&q=4711',
    '/search, all projects': '/search?q=invoice+firefox',
    '/search, all projects, a word of every test': '/search?q=in',
    'search, rare word': find('4711'),
    'search, two words': find('payment firefox'),
    'search, a word of every test': find('in', '&in=name'),
    'search, prefix of two letters': find('in'),
    'search, twelve words': find('pays by in the an two renders report in in src pay'),
    'search, two frequent words': find('adds removes', '&in=name'),
    'search, phrase': find('"renders invoice"'),
    'search, file': find('src/payment/adds4', '&in=file'),
    'search, error text': find('value1234', '&in=error'),
    'search, frequent error text': find('timeout database', '&in=error'),
    'search, a word of every error text': find('expected', '&in=error'),
    'search, nothing': find('nothing such'),
  }
  console.log(`| request | median, ms | slowest of ${ROUNDS}, ms | found |`)
  console.log('| --- | --- | --- | --- |')
  for (const [name, path] of Object.entries(paths)) {
    const times = []
    let body = ''
    for (let round = 0; round < ROUNDS; round++) {
      const startMs = performance.now()
      body = await text(path)
      times.push(performance.now() - startMs)
    }
    const found = path.startsWith('/api/') ? JSON.parse(body) : undefined
    const count =
      found === undefined ? '' : `${found.tests.length} + ${found.errors.length}${found.has_more ? ', more' : ''}`
    console.log(`| ${name} | ${median(times).toFixed(0)} | ${Math.max(...times).toFixed(0)} | ${count} |`)
  }
}
