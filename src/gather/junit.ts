/**
 * Decides what a JUnit file of another program says about its run: how the run ended, and which program wrote it.
 *
 * Conservative: the result of the test cases, unless the file itself says something worse or contradicts itself. A file that
 * lost some of its test cases, or whose numbers cannot be read, has not passed.
 *
 * @module
 */
import type { RunOutcome, TestCounts } from '../model.js'
import type { ReportSummary } from '../report/read.js'
import { readAttribute } from '../report/values.js'
import type { StartTag, XmlVisitor } from '../xml/scan.js'

/** How the run of a file ended. */
export interface JunitOutcome {
  readonly outcome: RunOutcome
  /** Why it is not that of the test cases, as a clause. */
  readonly reason?: string | undefined
}

const COUNTS = ['tests', 'failures', 'errors', 'skipped'] as const satisfies readonly (keyof TestCounts)[]

/** Words in the attributes `status` and `result` of a test case that did not pass, or that did not run. */
const FAILED_WORDS =
  /^(?:fail(?:ed|ure)?|err(?:or|ored)?|broken|crash(?:ed)?|timed?[ _-]?out|abort(?:ed)?|interrupted|cancel+ed)$/i
const NOT_RUN_WORDS = /^(?:not[ _-]?run|skip(?:ped)?|disabled|ignored?|pending|suppressed|todo)$/i
const RESULT_ELEMENTS: ReadonlySet<string> = new Set(['failure', 'error', 'skipped'])

/** Longest name of a suite in a message. */
const MAX_QUOTED = 80

/** Programs by the name of the root or of its first suite. */
const PROGRAMS: Readonly<Record<string, string>> = {
  'Mocha Tests': 'mocha-junit-reporter',
  'bun test': 'bun',
  'deno test': 'deno',
  'jest tests': 'jest-junit',
  'pytest tests': 'pytest',
  pytest: 'pytest',
  rspec: 'rspec',
  'vitest tests': 'vitest',
}

/** A suite, or the root, with the numbers in its attributes, as they are written. */
interface Statement {
  readonly name: string
  /** Number of suites around it; -1 for the root `testsuites`. */
  readonly depth: number
  readonly counts: Readonly<Partial<Record<keyof TestCounts, string>>>
}

type Place = 'testsuites' | 'testsuite' | 'testcase' | 'properties' | 'other'

/** Reads what a file states in attributes. It expects the events of the document in one scan, beside `ResultsReader`. */
export class JunitClaims implements XmlVisitor {
  readonly #bytes: Uint8Array
  readonly #places: Place[] = []
  readonly #statements: Statement[] = []
  /** Test cases whose attributes say that they did not pass although no element says so. */
  #failedCases = 0
  /** Test cases whose attributes say that they did not run although no element says so. */
  #notRunCases = 0
  #case: { readonly tag: 'failed' | 'not-run' | undefined; hasResult: boolean } | undefined
  #program: string | undefined

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  startTag(tag: StartTag): void {
    const parent = this.#places.at(-1)
    const place = placeOf(tag.name.local, parent)
    this.#places.push(place)
    if (place === 'testsuites' || place === 'testsuite') this.#addStatement(tag, place)
    else if (place === 'testcase') this.#case = { tag: this.#caseClaim(tag), hasResult: false }
    else if (parent === 'testcase' && this.#case !== undefined && RESULT_ELEMENTS.has(tag.name.local)) {
      this.#case.hasResult = true
    } else if (parent === 'properties' && this.#attribute(tag, 'name') === 'go.version') this.#program ??= 'go test'
  }

  endTag(): void {
    if (this.#places.pop() !== 'testcase' || this.#case === undefined) return
    const { tag, hasResult } = this.#case
    if (!hasResult && tag === 'failed') this.#failedCases++
    if (!hasResult && tag === 'not-run') this.#notRunCases++
    this.#case = undefined
  }

  text(): void {}
  cdata(): void {}
  comment(): void {}
  instruction(): void {}

  /** The program that wrote the file, if it is known by its names. After the scan. */
  get program(): string | undefined {
    return this.#program
  }

  /**
   * Decides the outcome, after the scan.
   *
   * @param summary of the same document
   */
  outcome(summary: ReportSummary): JunitOutcome {
    const { outcome, tests, skipped } = summary
    if (outcome === 'failed' && summary.failures + summary.errors === 0) {
      return { outcome, reason: 'a failure is in no test case, or in a test that is marked as todo' }
    }
    if (outcome !== 'passed' && outcome !== 'no-tests') return { outcome }
    const contradiction = this.#contradiction(summary)
    if (contradiction !== undefined) return { outcome: 'error', reason: contradiction }
    if (outcome === 'passed' && this.#notRunCases >= tests - skipped) {
      return { outcome: 'no-tests', reason: 'the test cases say that none of them ran' }
    }
    return { outcome }
  }

  #attribute(tag: StartTag, name: string): string | undefined {
    return readAttribute(this.#bytes, tag, name)
  }

  #addStatement(tag: StartTag, place: 'testsuites' | 'testsuite'): void {
    const name = this.#attribute(tag, 'name') ?? ''
    const depth = place === 'testsuites' ? -1 : this.#places.filter((one) => one === 'testsuite').length - 1
    const counts = Object.fromEntries(COUNTS.map((count) => [count, this.#attribute(tag, count)]))
    this.#statements.push({ name, depth, counts })
    this.#program ??= Object.hasOwn(PROGRAMS, name) ? PROGRAMS[name] : undefined
    const schema = this.#attribute(tag, 'xsi:noNamespaceSchemaLocation') ?? ''
    if (/surefire/i.test(schema)) this.#program ??= 'maven-surefire'
  }

  #caseClaim(tag: StartTag): 'failed' | 'not-run' | undefined {
    const words = [this.#attribute(tag, 'status'), this.#attribute(tag, 'result')].flatMap((word) => word?.trim() ?? [])
    const hasFailure = (this.#attribute(tag, 'failure') ?? this.#attribute(tag, 'error')) !== undefined
    if (hasFailure || words.some((word) => FAILED_WORDS.test(word))) return 'failed'
    return words.some((word) => NOT_RUN_WORDS.test(word)) ? 'not-run' : undefined
  }

  // Only for a file without a failure in its elements.
  #contradiction(summary: ReportSummary): string | undefined {
    if (this.#failedCases > 0) {
      return `the attributes of ${this.#failedCases} test cases say that they failed, their elements do not`
    }
    const found = foundCounts(summary)
    let suite = 0
    for (const statement of this.#statements) {
      const counts = statement.depth < 0 ? found.whole : found.suites[suite++]
      for (const count of COUNTS) {
        const stated = statement.counts[count]
        if (stated === undefined || counts === undefined) continue
        const owner =
          statement.depth < 0 ? 'the root' : `the suite ${JSON.stringify(statement.name.slice(0, MAX_QUOTED))}`
        // Some programs leave out a thousand, or write a sign, a fraction or a word.
        if (!/^\s*\d{1,15}\s*$/.test(stated)) {
          return `${owner} states ${count}=${JSON.stringify(stated.slice(0, MAX_QUOTED))}, which is not a number of tests`
        }
        if (!counts[count].includes(Number(stated))) {
          return `${owner} states ${Number(stated)} ${count}, and the file has ${counts[count][0]}`
        }
      }
    }
    return undefined
  }
}

/** What each number of a suite may be: that of all its test cases first, then what some programs count instead. */
type PossibleCounts = Readonly<Record<keyof TestCounts, readonly number[]>>

interface MutableCounts {
  tests: number
  skipped: number
  suites: number
  skippedSuites: number
}

// Numbers with and without the suites inside, and the number of children, as node:test counts.
function foundCounts({ suites, tests, skipped }: ReportSummary): {
  readonly whole: PossibleCounts
  readonly suites: readonly PossibleCounts[]
} {
  const totals: MutableCounts[] = suites.map((suite) => ({
    tests: suite.tests,
    skipped: suite.skipped,
    suites: 0,
    skippedSuites: 0,
  }))
  // Backwards, so that a suite is complete before it is added to the one around it.
  const parents = parentIndexes(suites.map(({ path }) => path.length))
  for (let index = suites.length - 1; index >= 0; index--) {
    const inner = totals[index]
    const outer = totals[parents[index] ?? -1]
    if (inner === undefined || outer === undefined) continue
    outer.tests += inner.tests
    outer.skipped += inner.skipped
    outer.suites++
    if (inner.tests === inner.skipped) outer.skippedSuites++
  }
  return {
    whole: possible([tests], [skipped]),
    suites: suites.map((own, index) => {
      const all = totals[index]
      if (all === undefined) return possible([], [])
      return possible(
        [all.tests, own.tests, own.tests + all.suites],
        [all.skipped, own.skipped, own.skipped + all.skippedSuites],
      )
    }),
  }
}

function possible(tests: readonly number[], skipped: readonly number[]): PossibleCounts {
  return { tests, skipped, failures: [0], errors: [0] }
}

// The index of the suite around each suite, -1 for none; the suites are in document order.
function parentIndexes(depths: readonly number[]): readonly number[] {
  const open: number[] = []
  return depths.map((depth, index) => {
    open.length = depth
    open[depth] = index
    return open[depth - 1] ?? -1
  })
}

// As `ResultsReader` reads it.
function placeOf(name: string, parent: Place | undefined): Place {
  if (parent === undefined) return name === 'testsuites' ? 'testsuites' : 'testsuite'
  if (parent !== 'testsuites' && parent !== 'testsuite') return 'other'
  return name === 'testsuite' || name === 'testcase' || name === 'properties' ? name : 'other'
}
