/**
 * A reporter for tests. It writes the `TestRun` of a real run, as `gatherPlaywright` returns it, to `$LAB_DUMP`.
 */
import { writeFileSync } from 'node:fs'

// A module of its own only in `build/`: the package has it in a file with others.
const GATHER = new URL('../../build/gather/playwright.js', import.meta.url).href
const { gatherPlaywright, PlaywrightCollector, rootOf } = await import(GATHER)

export default class DumpPlaywright {
  collector = new PlaywrightCollector()
  createdAtMs = Date.now()

  constructor({ configDir, _mode: mode }) {
    this.configDir = configDir
    this.isMerged = mode === 'merge'
  }
  printsToStdio() {
    return false
  }
  onBegin(config, suite) {
    this.suite = suite
    this.rootDir = rootOf(config, this)
    this.collector.onBegin(config, suite, this)
  }
  onTestBegin(_test, result) {
    this.collector.onTestBegin(result)
  }
  onTestEnd(_test, result) {
    this.collector.onTestEnd(result)
  }
  onStdOut(chunk, _test, result) {
    this.collector.onOutput('stdout', chunk, result)
  }
  onStdErr(chunk, _test, result) {
    this.collector.onOutput('stderr', chunk, result)
  }
  onError(error) {
    this.collector.errors.push(error)
  }
  onEnd(end) {
    const run = gatherPlaywright({
      collected: this.collector,
      end,
      version: '0.0.0',
      isMerged: this.isMerged,
      runId: '00000000-0000-4000-8000-000000000000',
      createdAtMs: this.createdAtMs,
      finishedAtMs: Date.now(),
      rootDir: this.rootDir,
    })
    writeFileSync(process.env.LAB_DUMP, JSON.stringify({ run, raw: rawOf(this.suite.allTests(), this.collector) }))
  }
}

/** What the runner itself offers, for the probes of what it cannot do. */
function rawOf(tests, { errors }) {
  const results = tests.flatMap((test) => test.results)
  const thrown = [...errors, ...results.flatMap((result) => result.errors)]
  return {
    errorKeys: keysOf(thrown),
    resultKeys: keysOf(results).filter((key) => !key.startsWith('_')),
    errors: thrown.map((error) => error.message ?? error.value),
    causes: JSON.stringify(thrown.map((error) => [error.cause, error.expected])),
    titles: tests.map((test) => test.title),
  }
}

function keysOf(objects) {
  return [...new Set(objects.flatMap((object) => Object.keys(object)))].sort()
}
