// Calls a Jest reporter as Jest does in a large run, with results that are made here, and measures it.
//   node --expose-gc bench/events.mjs URL_OF_REPORTER FILES OPTIONS_JSON    prints one JSON object
//   node bench/events.mjs [ROUNDS]    prints the section of docs/performance.md; OLD_DIST=… measures that build, too
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { deserialize, serialize } from 'node:v8'
import { fileName, isFailing, outputOf, stackOf, suitePath, titleOf } from './content.mjs'
import { measure, medians } from './measure.mjs'
import { entryUrl, OLD_DIST, programOf } from './modules.mjs'
import { threadCpuMs } from './thread-cpu.mjs'

const FILES = Number(process.env.JUX_BENCH_EVENT_FILES ?? 1_000)
const TESTS = Number(process.env.JUX_BENCH_EVENT_TESTS ?? 100)
const STARTED_MS = Date.UTC(2026, 0, 2, 3, 4, 5)

/**
 * The section of docs/performance.md.
 *
 * @param {number} rounds
 * @returns {Promise<string>}
 */
export async function eventsSection(rounds) {
  const results = await measureEvents(rounds)
  const ms = (value) => `${value.toFixed(0)} ms`
  const mb = (value) => `${Math.max(0, value).toFixed(0)} MB`
  const names = { ours: 'jux-reporter', old: 'jux-reporter before' }
  const rows = Object.entries(names)
    .filter(([name]) => results[name] !== undefined)
    .map(([name, title]) => {
      const { startCpuMs, duringCpuMs, endCpuMs, heldMb, peakMb } = results[name]
      return `| ${title} | ${ms(startCpuMs)} | ${ms(duringCpuMs)} | ${ms(endCpuMs)} | ${mb(heldMb - results.none.heldMb)} | ${mb(peakMb - results.none.peakMb)} |`
    })
  return `## Memory of a large run

${(FILES * TESTS).toLocaleString('en')} tests in ${FILES.toLocaleString('en')} files, signed, mode \`local\`. A program calls
the Jest reporter as Jest does, with results of the same kinds as in the report above, and keeps the
results as Jest does. Processor time of the main thread. The memory is what the process has more than with a reporter without methods:
what the reporter holds when the last test has ended, and the peak of the process.

| | load and start | during the tests | end | held | peak |
| --- | ---: | ---: | ---: | ---: | ---: |
${rows.join('\n')}
`
}

async function measureEvents(rounds) {
  const folder = mkdtempSync(join(tmpdir(), 'jux-bench-events-'))
  try {
    const keyPath = join(folder, 'key.pem')
    const env = { PATH: process.env.PATH, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder, CI: '1' }
    await measure([process.execPath, programOf(), 'keygen', '--output', keyPath], { env })
    const reporters = {
      none: 'none',
      ours: entryUrl('./jest'),
      ...(OLD_DIST === undefined ? {} : { old: entryUrl('./jest', OLD_DIST) }),
    }
    const options = JSON.stringify({ storagePath: join(folder, 'store'), keyPath, storageMode: 'local' })
    const rootDir = join(folder, 'project')
    mkdirSync(rootDir)
    const samples = Object.fromEntries(Object.keys(reporters).map((name) => [name, []]))
    for (let round = 0; round < rounds; round++) {
      for (const [name, reporter] of Object.entries(reporters)) {
        const argv = [process.execPath, '--expose-gc', fileURLToPath(import.meta.url), reporter, String(FILES), options]
        const { out } = await measure(argv, { env, cwd: rootDir })
        samples[name].push(JSON.parse(out))
      }
    }
    return Object.fromEntries(Object.entries(samples).map(([name, runs]) => [name, medians(runs)]))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function callReporter(url, files, options) {
  const config = { rootDir: process.cwd() }
  const times = { startCpuMs: 0, duringCpuMs: 0, endCpuMs: 0 }
  const startCpuMs = threadCpuMs()
  const Reporter = url === 'none' ? class {} : (await import(url)).default
  const reporter = new Reporter(config, options)
  const results = emptyResults(files)
  await reporter.onRunStart?.(results)
  times.startCpuMs = threadCpuMs() - startCpuMs
  for (let file = 0; file < files; file++) {
    const test = { path: join(config.rootDir, fileName(file)) }
    const { result, starts, ends } = deserialize(serialize(createEvents(test.path, file)))
    const beforeMs = threadCpuMs()
    reporter.onTestFileStart?.(test)
    for (const [index, start] of starts.entries()) {
      reporter.onTestCaseStart?.(test, start)
      reporter.onTestCaseResult?.(test, ends[index])
    }
    await reporter.onTestFileResult?.(test, result, results)
    times.duringCpuMs += threadCpuMs() - beforeMs
    // Jest removes the output and keeps the rest.
    delete result.console
    results.testResults.push(result)
  }
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  const endCpuMs = threadCpuMs()
  await reporter.onRunComplete?.(new Set(), results)
  times.endCpuMs = threadCpuMs() - endCpuMs
  return { ...times, heldMb: (heapUsed + external) / 2 ** 20, peakMb: process.resourceUsage().maxRSS / 1_024 }
}

function emptyResults(files) {
  return {
    testResults: [],
    numTotalTestSuites: files,
    numFailedTests: 1,
    numRuntimeErrorTestSuites: 0,
    startTime: STARTED_MS,
    wasInterrupted: false,
    snapshot: { failure: false, unmatched: 0, unchecked: 0, filesRemoved: 0 },
  }
}

function createEvents(path, file) {
  const indexes = Array.from({ length: TESTS }, (_, index) => index)
  const testResults = indexes.map((index) => createAssertion(file, index))
  const output = indexes.map((index) => outputOf(file, index)).filter((text) => text !== undefined)
  return {
    result: {
      testFilePath: path,
      testResults,
      failureMessage: null,
      skipped: false,
      console: output.map((message) => ({ message, origin: `    at log (${path}:3:11)`, type: 'log' })),
      perfStats: { start: STARTED_MS + 100, end: STARTED_MS + 445, runtime: 345, slow: false },
      openHandles: [],
      leaks: false,
      snapshot: { added: 0, fileDeleted: false, matched: 0, unchecked: 0, uncheckedKeys: [], unmatched: 0, updated: 0 },
    },
    starts: testResults.map(({ ancestorTitles, title, fullName, startAt }) => ({
      ancestorTitles,
      title,
      fullName,
      mode: undefined,
      startedAt: startAt,
    })),
    ends: testResults.map((assertion) => ({ ...assertion, startedAt: assertion.startAt })),
  }
}

function createAssertion(file, index) {
  const failed = isFailing(file, index)
  const [ancestorTitles, title] = [suitePath(file, index), titleOf(file, index)]
  const message = failed ? [stackOf(file, index)] : []
  return {
    ancestorTitles,
    title,
    fullName: [...ancestorTitles, title].join(' '),
    status: failed ? 'failed' : 'passed',
    duration: 1 + (index % 50),
    startAt: STARTED_MS + 100 + index,
    failing: false,
    failureDetails: failed ? [{ matcherResult: { actual: index, expected: index + 1, pass: false } }] : [],
    failureMessages: message,
    invocations: 1,
    location: null,
    numPassingAsserts: failed ? 0 : 1,
    retryReasons: [],
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [first, files, options] = process.argv.slice(2)
  const isCall = files !== undefined
  console.log(
    isCall
      ? JSON.stringify(await callReporter(first, Number(files), JSON.parse(options)))
      : await eventsSection(Number(first ?? 3)),
  )
}
