// Measures reporters inside the real runners: ours, a similar one for each runner, and one without methods, each in a
// run of its own of the same tests.
//   node bench/runner.mjs
//   JUX_BENCH_FILES=20 JUX_BENCH_RUNNER_ROUNDS=1 node bench/runner.mjs
//   OLD_DIST=/path/of/another/build/dist node bench/runner.mjs   measures that build, too
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { isFailing, outputOf, suitePath, titleOf } from './content.mjs'
import { measure, median, medians } from './measure.mjs'
import { entryUrl, OLD_DIST, programOf } from './modules.mjs'
import { reportersSection } from './runner-page.mjs'

const FILES = Number(process.env.JUX_BENCH_FILES ?? 200)
const TESTS = 50
const ROUNDS = Number(process.env.JUX_BENCH_RUNNER_ROUNDS ?? 3)
const PEER = 'jest-junit@17.0.0'
/** How long the server takes to respond to a submission. */
const RESPONSE_MS = 5
/** One file in twenty has one test that fails. */
const FILES_PER_FAILURE = 20

const here = (name) => fileURLToPath(new URL(name, import.meta.url))
const PROGRAMS = {
  vitest: [here('../node_modules/vitest/vitest.mjs'), 'run'],
  jest: [here('../node_modules/jest/bin/jest.js')],
}

/**
 * Measures all reporters in all runners.
 *
 * @returns by runner and reporter (`none`, `ours`, `both`, `witness`, `peer`, `old`): `inside`, the medians of what the wrapper
 *   measured; `wholeMs`, the medians of the run; `addedMs`, processor time of the runner's process in addition to that with a
 *   reporter without methods; `ratios`, the run to that with a reporter without methods
 */
export async function measureReporters() {
  const folder = mkdtempSync(join(tmpdir(), 'jux-bench-runner-'))
  const server = createServer((request, response) => {
    request.resume().on('end', () => setTimeout(() => response.writeHead(201).end('{"id":"1"}'), RESPONSE_MS))
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    writeProjects(folder)
    execFileSync(process.execPath, [programOf(), 'keygen', '--output', join(folder, 'key.pem')])
    const url = `http://127.0.0.1:${server.address().port}`
    const peers = { vitest: vitestPeer(folder), jest: jestPeer(folder) }
    const results = {}
    for (const runner of ['vitest', 'jest']) {
      const setups = setupsFor(runner, folder, url, peers[runner])
      results[runner] = await measureRunner(runner, folder, setups)
    }
    return { files: FILES, tests: TESTS, rounds: ROUNDS, responseMs: RESPONSE_MS, ...results }
  } finally {
    await new Promise((resolve) => server.close(resolve))
    rmSync(folder, { recursive: true, force: true })
  }
}

async function measureRunner(runner, folder, setups) {
  // The first run fills the caches of the runner, and is not measured.
  await run(runner, folder, setups.ours)
  const names = Object.keys(setups)
  const samples = Object.fromEntries(names.map((name) => [name, []]))
  for (let round = 0; round < ROUNDS; round++) {
    // Every second round in the reverse order, so that no reporter always comes first.
    const order = round % 2 === 0 ? names : names.toReversed()
    for (const name of order) samples[name].push(await run(runner, folder, setups[name]))
    console.error(`reporters in ${runner}: round ${round + 1} of ${ROUNDS}`)
  }
  return Object.fromEntries(names.map((name) => [name, compare(samples[name], samples.none)]))
}

function compare(runs, empty) {
  const middle = medians(runs)
  const middleEmpty = medians(empty)
  const ratio = (key) => ({
    ofMedians: middle[key] / middleEmpty[key],
    ofPairs: median(runs.map((run, round) => run[key] / empty[round][key])),
  })
  const { wallMs, runCpuMs, mainThreadMs, processMs, ...inside } = middle
  return {
    inside,
    wholeMs: { cpu: runCpuMs, wall: wallMs, mainThread: mainThreadMs, process: processMs },
    addedMs: median(runs.map((run, round) => run.processMs - empty[round].processMs)),
    ratios: { cpu: ratio('runCpuMs'), wall: ratio('wallMs'), mainThread: ratio('mainThreadMs') },
  }
}

function setupsFor(runner, folder, apiUrl, peer) {
  const ours = (storageMode, dist) => ({
    reporter: entryUrl(`./${runner}`, dist),
    options: { storagePath: join(folder, 'store'), keyPath: join(folder, 'key.pem'), storageMode, apiUrl },
  })
  return {
    none: {},
    ours: ours('local'),
    ...(peer === undefined ? {} : { peer }),
    both: ours('both'),
    witness: { ...ours('local'), isWitnessed: true },
    ...(OLD_DIST === undefined ? {} : { old: ours('local', OLD_DIST) }),
  }
}

async function run(runner, folder, { reporter, named, options, isWitnessed }) {
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
  const argv = [
    ...(isWitnessed ? [process.execPath, programOf(), 'run', '--'] : []),
    ...[process.execPath, ...PROGRAMS[runner]],
  ]
  // Some tests fail.
  const { wallMs, cpuMs } = await measure(argv, { cwd: join(folder, runner), env, codes: [1] })
  return { wallMs, runCpuMs: cpuMs, ...JSON.parse(readFileSync(output, 'utf8')) }
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
  const failing = file % FILES_PER_FAILURE === 0 ? firstIndex((index) => isFailing(file, index)) : undefined
  const printing = firstIndex((index) => outputOf(file, index) !== undefined)
  const tests = Array.from({ length: TESTS }, (_, index) => {
    const output = index === printing ? `console.log(${JSON.stringify(outputOf(file, index))}); ` : ''
    const expected = index === failing ? index : index + 1
    const [, suite] = suitePath(file, index)
    const title = [...(suite === undefined ? [] : [suite]), titleOf(file, index)].join(', ')
    return `  it(${JSON.stringify(title)}, () => { ${output}expect(${index} + 1).toBe(${expected}) })`
  })
  return `describe(${JSON.stringify(suitePath(file, 0)[0])}, () => {\n${tests.join('\n')}\n})\n`
}

function firstIndex(matches) {
  const found = Array.from({ length: TESTS }, (_, index) => index).find(matches)
  return found ?? 0
}

function vitestPeer(folder) {
  return {
    reporter: import.meta.resolve('vitest/node'),
    named: 'JUnitReporter',
    options: { outputFile: join(folder, 'junit.xml') },
  }
}

function jestPeer(folder) {
  const lab = join(folder, 'peers')
  mkdirSync(lab)
  writeFileSync(join(lab, 'package.json'), '{"private":true}')
  try {
    execFileSync('npm', ['install', '--silent', '--no-audit', '--no-fund', PEER], { cwd: lab, stdio: 'ignore' })
  } catch {
    console.error(`did not run: ${PEER} could not be installed`)
    return undefined
  }
  const reporter = createRequire(join(lab, 'package.json')).resolve('jest-junit')
  return { reporter: pathToFileURL(reporter).href, options: {} }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) console.log(reportersSection(await measureReporters()))
