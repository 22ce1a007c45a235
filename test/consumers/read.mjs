/**
 * Reads a JUnit report with the parser of a package, and prints what it has got as JSON.
 *
 *   node read.mjs NAME FOLDER FILE
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const RESULTS = {
  failure: 'failed',
  error: 'failed',
  skipped: 'skipped',
  FAIL: 'failed',
  ERROR: 'failed',
  SKIP: 'skipped',
}

const READERS = {
  'xunit-viewer': async (folder, file) => {
    const parser = join(folder, 'node_modules', 'xunit-viewer', 'src', 'cli', 'parse.js')
    const { default: parse } = await import(pathToFileURL(parser).href)
    const { suites } = await parse(readFileSync(file, 'utf8'))
    const cases = Object.values(suites).flatMap(({ tests }) => Object.values(tests))
    return {
      results: cases.map(({ status }) => RESULTS[status] ?? 'passed'),
      texts: cases.flatMap(({ name, messages }) => [name, ...messages]),
    }
  },
  'test-results-parser': (folder, file) => {
    const { parse } = createRequire(join(folder, 'package.json'))('test-results-parser')
    const cases = parse({ type: 'junit', files: [file] }).suites.flatMap((suite) => suite.cases)
    return {
      results: cases.map(({ status }) => RESULTS[status] ?? 'passed'),
      texts: cases.flatMap(({ name, failure, stack_trace: stack }) => [name, failure, stack]),
    }
  },
}

const [name, folder, file] = process.argv.slice(2)
console.log(JSON.stringify(await READERS[name](folder, file)))
