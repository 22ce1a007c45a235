/**
 * A reporter for tests. It writes the `TestRun` of a real run, as `gatherJest` returns it, to `$LAB_DUMP`.
 */
import { writeFileSync } from 'node:fs'

// A module of its own only in `build/`: the package has it in a file with others.
const GATHER = new URL('../../build/gather/jest.js', import.meta.url).href

export default class DumpJest {
  consoleKeys = []

  constructor(config) {
    this.config = config
  }
  // Imported here, because Jest 29 loads reporters with require and refuses top-level await.
  async onRunStart() {
    const { gatherJest, JestCollector, projectOf } = await import(GATHER)
    this.collector = new JestCollector()
    this.gatherJest = gatherJest
    this.projectOf = projectOf
  }
  onTestFileStart(test) {
    this.collector.onTestFileStart(test.path, this.projectOf(test))
  }
  onTestCaseStart(test, start) {
    this.collector.onTestCaseStart(test.path, start)
  }
  onTestCaseResult(test, result) {
    this.collector.onTestCaseResult(test.path, result)
  }
  onTestFileResult(test, result) {
    this.collector.onTestFileResult(result, this.projectOf(test))
    this.consoleKeys = keysOf([...(result.console ?? []), Object.fromEntries(this.consoleKeys.map((key) => [key, 1]))])
  }
  onRunComplete(_contexts, results) {
    const run = this.gatherJest({
      results,
      config: this.config,
      version: '0.0.0',
      collected: this.collector,
      runId: '00000000-0000-4000-8000-000000000000',
      finishedAtMs: Date.now(),
      cwd: process.cwd(),
    })
    writeFileSync(
      process.env.LAB_DUMP,
      JSON.stringify({ run, raw: { ...rawOf(results), consoleKeys: this.consoleKeys } }),
    )
  }
}

/** What the runner itself offers, for the probes of what it cannot do. */
function rawOf(results) {
  const assertions = results.testResults.flatMap((file) => file.testResults)
  return {
    assertionKeys: keysOf(assertions),
    fileKeys: keysOf(results.testResults),
    texts: assertions.flatMap((assertion) => assertion.failureMessages).join('\n'),
  }
}

function keysOf(objects) {
  return [...new Set(objects.flatMap((object) => Object.keys(object)))].sort()
}
