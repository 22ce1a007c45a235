// Measures the time that reporters add to a run: ours and a similar one for each runner, each in a separate run of the
// same tests.
//   node bench/runner.mjs
//   JUX_BENCH_FILES=20 JUX_BENCH_RUNNER_ROUNDS=3 node bench/runner.mjs
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { measure, median } from './measure.mjs'

const FILES = Number(process.env.JUX_BENCH_FILES ?? 200)
const TESTS = 50
const ROUNDS = Number(process.env.JUX_BENCH_RUNNER_ROUNDS ?? 1)
const PEER = 'jest-junit@17.0.0'
/** How long the server takes to respond to a submission. */
const RESPONSE_MS = 5

const here = (name) => fileURLToPath(new URL(name, import.meta.url))
const PROGRAMS = {
  vitest: [here('../node_modules/vitest/vitest.mjs'), 'run'],
  jest: [here('../node_modules/jest/bin/jest.js')],
}

/**
 * Measures all reporters.
 *
 * @returns medians in milliseconds by name; `undefined` for a reporter that could not be installed
 */
export async function measureReporters() {
  const folder = mkdtempSync(join(tmpdir(), 'jux-bench-runner-'))
  const server = createServer((request, response) => {
    request.resume().on('end', () => setTimeout(() => response.writeHead(201).end('{"id":"1"}'), RESPONSE_MS))
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    writeProjects(folder)
    const setups = setupsIn(folder, `http://127.0.0.1:${server.address().port}`)
    const samples = Object.fromEntries(Object.keys(setups).map((name) => [name, []]))
    for (let round = 0; round < ROUNDS; round++) {
      for (const [name, setup] of Object.entries(setups)) samples[name].push(await run(folder, setup))
      console.error(`reporters: round ${round + 1} of ${ROUNDS}`)
    }
    return Object.fromEntries(Object.entries(samples).map(([name, runs]) => [name, medians(runs)]))
  } finally {
    await new Promise((resolve) => server.close(resolve))
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The section of docs/performance.md. */
export function reportersSection(results) {
  const rows = [
    ['jux-reporter in Vitest', results.vitest],
    ["Vitest's junit reporter", results.vitestPeer],
    ['jux-reporter in Jest', results.jest],
    ['jest-junit', results.jestPeer],
    ['jux-reporter in Jest, mode both', results.jestBoth],
  ].filter(([, result]) => result !== undefined)
  const ms = (value) => `${value.toFixed(value < 10 ? 1 : 0)} ms`
  const cells = (r) => [r.loadMs, r.startMs, r.duringMs, r.endMs, togetherMs(r), r.cpuMs].map(ms)
  const seconds = (r) => `${(r.wallMs / 1_000).toFixed(1)} s (processor: ${(r.runCpuMs / 1_000).toFixed(1)} s)`
  return `## Reporters inside the runner

${FILES} files of ${TESTS} tests that pass, signed, mode \`local\`; ${ROUNDS === 1 ? 'one run' : `median of ${ROUNDS} runs`} each.

A wrapper reporter in the runner's process calls the measured reporter. It measures each call until
the returned promise settles, because the runner waits for that. "Processor" is the processor time
of the whole process during loading, at the start and at the end, and of the reporter alone during
the tests. In mode \`both\` a server on this machine responds after ${RESPONSE_MS} ms.

| | loading | at start | during the tests | after the last test | together | processor | of the run |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
${rows.map(([name, r]) => `| ${name} | ${cells(r).join(' | ')} | ${share(r)} |`).join('\n')}

Duration of the whole run, from start to exit: ${wholeRuns(results, seconds)}.
This duration varies more from run to run than the time that any reporter takes.
`
}

/** How a reporter does beside its goal and its peer, for the table of figures. */
export function reporterFigure(result, peer) {
  if (result === undefined) return 'not measured'
  const beside = peer === undefined ? '' : `; the peer: ${togetherMs(peer).toFixed(0)} ms and ${share(peer)}`
  return `${togetherMs(result).toFixed(0)} ms and ${share(result)}${beside}`
}

function togetherMs({ loadMs, startMs, duringMs, endMs }) {
  return loadMs + startMs + duringMs + endMs
}

function share(result) {
  return `${((100 * togetherMs(result)) / result.wallMs).toFixed(2)} %`
}

function wholeRuns(results, seconds) {
  const names = { vitest: 'Vitest', jest: 'Jest' }
  return Object.entries(names)
    .map(
      ([runner, name]) =>
        `${name} ${seconds(results[runner])} with jux-reporter and ${seconds(results[`${runner}None`])} without`,
    )
    .join(', ')
}

function setupsIn(folder, apiUrl) {
  execFileSync(process.execPath, [here('../dist/cli/bin.js'), 'keygen', '--output', join(folder, 'key.pem')])
  const ours = (runner, storageMode) => ({
    runner,
    reporter: pathToFileURL(here(`../dist/${runner}${runner === 'jest' ? '.mjs' : '.js'}`)).href,
    options: { storagePath: join(folder, 'store'), keyPath: join(folder, 'key.pem'), storageMode, apiUrl },
  })
  const vitestPeer = {
    runner: 'vitest',
    reporter: import.meta.resolve('vitest/node'),
    named: 'JUnitReporter',
    options: { outputFile: join(folder, 'junit.xml') },
  }
  const peer = installPeer(folder)
  return {
    vitest: ours('vitest', 'local'),
    vitestPeer,
    vitestNone: { runner: 'vitest' },
    jest: ours('jest', 'local'),
    ...(peer === undefined ? {} : { jestPeer: { runner: 'jest', reporter: peer, options: {} } }),
    jestBoth: ours('jest', 'both'),
    jestNone: { runner: 'jest' },
  }
}

async function run(folder, { runner, reporter, named, options }) {
  const output = join(folder, 'measured.json')
  const env = {
    ...{ PATH: process.env.PATH, CI: '1', NO_COLOR: '1', TMPDIR: folder },
    ...{ HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder, XDG_STATE_HOME: folder },
    ...{ JEST_JUNIT_OUTPUT_DIR: folder, JUX_BENCH_OUTPUT: output },
    ...(reporter === undefined ? {} : { JUX_BENCH_REPORTER: reporter }),
    ...(named === undefined ? {} : { JUX_BENCH_EXPORT: named }),
    ...(options === undefined ? {} : { JUX_BENCH_OPTIONS: JSON.stringify(options) }),
  }
  rmSync(output, { force: true })
  const { wallMs, cpuMs } = await measure([process.execPath, ...PROGRAMS[runner]], { cwd: join(folder, runner), env })
  return { wallMs, runCpuMs: cpuMs, ...JSON.parse(readFileSync(output, 'utf8')) }
}

function medians(runs) {
  const keys = Object.keys(runs[0])
  return Object.fromEntries(keys.map((key) => [key, median(runs.map((one) => one[key]))]))
}

function writeProjects(folder) {
  const measuring = JSON.stringify(pathToFileURL(here('measuring-reporter.mjs')).href)
  const config = {
    'vitest/vitest.config.mjs': `import { measuredReporter } from ${measuring}\nexport default { test: { globals: true, reporters: [measuredReporter()] } }\n`,
    'vitest/package.json': '{"private":true}',
    'jest/package.json': JSON.stringify({ private: true, jest: { reporters: [here('measuring-jest.mjs')] } }),
  }
  for (const runner of ['vitest', 'jest']) {
    mkdirSync(join(folder, runner))
    for (let file = 0; file < FILES; file++) {
      writeFileSync(join(folder, runner, `feature-${file}.test.js`), testFile(file))
    }
  }
  for (const [name, text] of Object.entries(config)) writeFileSync(join(folder, name), text)
}

function testFile(file) {
  const tests = Array.from(
    { length: TESTS },
    (_, index) => `  it('answers request ${index} of kind ${file % 7}', () => expect(${index} + 1).toBe(${index + 1}))`,
  )
  return `describe('feature ${file}', () => {\n${tests.join('\n')}\n})\n`
}

function installPeer(folder) {
  const lab = join(folder, 'peers')
  mkdirSync(lab)
  writeFileSync(join(lab, 'package.json'), '{"private":true}')
  try {
    execFileSync('npm', ['install', '--silent', '--no-audit', '--no-fund', PEER], { cwd: lab, stdio: 'ignore' })
  } catch {
    console.error(`did not run: ${PEER} could not be installed`)
    return undefined
  }
  return pathToFileURL(createRequire(join(lab, 'package.json')).resolve('jest-junit')).href
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) console.log(reportersSection(await measureReporters()))
