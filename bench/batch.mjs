// Measures "jux publish --queue" over a link with latency: single requests, and several reports in one request.
//   npm run bench:batch
//   OLD_CLI=DIR/dist/cli/bin.js npm run bench:batch      measures the single requests with another build
//   JUX_BENCH_REPORTS=1000 JUX_BENCH_REPORT_TESTS=5 JUX_BENCH_DELAY_MS=50 JUX_BENCH_TURNS=5
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { contentHash, openQueue } from 'jux-reporter'
import { startProxy } from './latency-proxy.mjs'
import { measure, median } from './measure.mjs'
import { startServer } from './server-process.mjs'
import { report } from './server-report.mjs'

const REPORTS = Number(process.env.JUX_BENCH_REPORTS ?? 1_000)
const TESTS = Number(process.env.JUX_BENCH_REPORT_TESTS ?? 5)
/** In each direction: a round trip takes twice as long. */
const DELAY_MS = Number(process.env.JUX_BENCH_DELAY_MS ?? 50)
const TURNS = Number(process.env.JUX_BENCH_TURNS ?? 5)

/** Submitted before each measurement. */
const WARM_REPORTS = 100
const WARM_ROUNDS = 2
const WARM_PAUSE_MS = 1_500

const CLI = fileURLToPath(new URL('../dist/cli/bin.js', import.meta.url))
const SERVER = fileURLToPath(new URL('../server/dist/bin.js', import.meta.url))
/** To a client, a server without this member of /api/version takes single reports only. */
const hideBatch = (chunk) => Buffer.from(chunk.toString('latin1').replace('"batch":{', '"other":{'), 'latin1')
const WAYS = {
  'single requests': { cli: process.env.OLD_CLI ?? CLI, change: hideBatch },
  'several reports in a request': { cli: CLI, change: undefined },
}

const folder = mkdtempSync(join(tmpdir(), 'jux-bench-batch-'))
try {
  await main()
} finally {
  rmSync(folder, { recursive: true, force: true })
}

async function main() {
  const reports = Array.from({ length: REPORTS }, (_, index) => report('shop', index, TESTS))
  const bytes = reports.reduce((sum, { length }) => sum + length, 0)
  const processor = `${cpus().length} × ${cpus()[0]?.model ?? 'processor'}`
  console.log(
    `${REPORTS} queued reports of ${TESTS} tests (${Math.round(bytes / REPORTS)} bytes on average), ${DELAY_MS} ms in each ` +
      `direction (round trip ${2 * DELAY_MS} ms), ${processor}, Node ${process.version}. Client and server share the ` +
      `processors. Medians of ${TURNS} measurements in turn, each with a new database and a warm server; whole command, with its start.\n`,
  )
  const times = {}
  for (let turn = 0; turn < TURNS; turn++) {
    for (const [name, way] of Object.entries(WAYS)) {
      times[name] ??= []
      times[name].push(await publish(`${turn}-${times[name].length}-${name.length}`, reports, way))
    }
  }
  console.log('| way | median | all |\n| --- | --- | --- |')
  for (const [name, all] of Object.entries(times)) {
    console.log(`| ${name} | ${seconds(median(all))} s | ${all.map(seconds).join(', ')} |`)
  }
  const [old = 0, fresh = 0] = Object.values(times).map(median)
  console.log(`\nratio of the medians: ${(fresh / old).toFixed(3)} (1 : ${(old / fresh).toFixed(1)})`)
}

async function publish(name, reports, { cli, change }) {
  const root = join(folder, name)
  mkdirSync(join(root, 'home'), { recursive: true })
  const queue = openQueue({ storagePath: join(root, 'store') })
  for (const bytes of reports) queue.put(bytes, contentHash(bytes))
  const server = await startServer(SERVER, join(root, 'server'))
  await warm(server.url)
  const proxy = await startProxy(Number(new URL(server.url).port), DELAY_MS, change)
  const env = { PATH: process.env.PATH, HOME: join(root, 'home'), XDG_CONFIG_HOME: join(root, 'home') }
  const flags = ['publish', '--queue', '--api-url', proxy.url, '--storage-path', join(root, 'store'), '--json']
  try {
    const { wallMs, out } = await measure([process.execPath, cli, ...flags], { cwd: root, env })
    const { published } = JSON.parse(out)
    if (published !== reports.length) throw new Error(`${published} of ${reports.length} reports were published`)
    return wallMs
  } finally {
    await proxy.stop()
    await server.stop()
    rmSync(root, { recursive: true, force: true })
  }
}

// A server that has taken a batch before has loaded the modules of its threads. The pause lets it load them.
async function warm(url) {
  for (let round = 0; round < WARM_ROUNDS; round++) {
    const lines = Array.from({ length: WARM_REPORTS }, (_, index) =>
      JSON.stringify({ xml_content: report('warm', round * WARM_REPORTS + index, TESTS).toString() }),
    )
    const response = await fetch(`${url}/api/v1/junit/submit-batch`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
      body: lines.join('\n'),
    })
    if (response.status !== 200) throw new Error(`the server answered ${response.status}`)
    await response.arrayBuffer()
    await pause(WARM_PAUSE_MS)
  }
}

function seconds(ms) {
  return (ms / 1_000).toFixed(2)
}
