/**
 * A reporter for tests. It writes the `TestRun` of a real run, as `gatherVitest` returns it, to `$LAB_DUMP`.
 */
import { writeFileSync } from 'node:fs'

// A module of its own only in `build/`: the package has it in a file with others.
const GATHER = new URL('../../build/gather/vitest.js', import.meta.url).href
const { gatherVitest, VitestCollector } = await import(GATHER)

export default class DumpVitest {
  collector = new VitestCollector()

  onInit(vitest) {
    this.vitest = vitest
  }
  onTestRunStart(specifications) {
    this.collector.onTestRunStart(specifications, Date.now())
  }
  onUserConsoleLog(log) {
    this.collector.onUserConsoleLog(log)
  }
  onTestRunEnd(testModules, unhandledErrors, reason) {
    const run = gatherVitest({
      testModules,
      unhandledErrors,
      reason,
      config: this.vitest.config,
      version: this.vitest.version,
      collected: this.collector,
      runId: '00000000-0000-4000-8000-000000000000',
      finishedAtMs: Date.now(),
      cwd: process.cwd(),
    })
    writeFileSync(process.env.LAB_DUMP, JSON.stringify({ run, raw: rawOf(testModules) }))
  }
}

/** What the runner itself offers, for the probes of what it cannot do. */
function rawOf(testModules) {
  const tests = testModules.flatMap((module) => [...module.children.allTests()])
  return {
    diagnosticKeys: keysOf(tests.map((test) => test.diagnostic() ?? {})),
    hasTags: tests.some((test) => test.tags !== undefined),
    errors: tests.flatMap((test) => (test.result().errors ?? []).map((error) => `${error.name}: ${error.message}`)),
  }
}

function keysOf(objects) {
  return [...new Set(objects.flatMap((object) => Object.keys(object)))].sort()
}
