/**
 * Reads the results in a JUnit file of any program: either root, nested suites or not, any namespace.
 *
 * Numbers are counted from the test cases. Attributes such as `tests` and `failures` are not reliable: some programs leave
 * them out, count nested suites twice, or write something that is not a number.
 *
 * @module
 */
import { JuxError } from '../errors.js'
import { withDefaults } from '../limits.js'
import type { Property, RunOutcome } from '../model.js'
import { decodeLiteral, decodeText, type StartTag, type XmlVisitor } from '../xml/scan.js'
import {
  addCounts,
  type CaseStatus,
  decideReportOutcome,
  isWorse,
  type ReportCounts,
  type StatusCounts,
  toReportCounts,
  zeroCounts,
} from './outcome.js'
import { cut, parseLine, parseSeconds, parseTime, readAttribute } from './values.js'

/** One `testsuite`. Its numbers do not include the test cases of nested suites. */
export interface ReportSuite extends ReportCounts {
  readonly name: string
  /** Names of the enclosing suites, outermost first. */
  readonly path: readonly string[]
  readonly properties: readonly Property[]
  /** Console output of the suite itself; empty if the test cases are not read. */
  readonly output: string
}

/** One `testcase`. */
export interface ReportCase {
  /** Index of its suite; -1 for a test case outside all suites. */
  readonly suite: number
  /** Names of the enclosing suites, outermost first. */
  readonly path: readonly string[]
  readonly name: string
  readonly classname: string
  readonly file: string | undefined
  readonly line: number | undefined
  readonly seconds: number
  readonly status: CaseStatus
  /** Passed, but not at its first attempt. */
  readonly isFlaky: boolean
  /** Message of the failure, error or skip that decides the status. The same holds for `type` and `details`. */
  readonly message: string
  readonly type: string
  readonly details: string
  readonly output: string
  /** Its `jux:owner`, else that of the nearest suite around it: owners, separated by spaces. Absent if none states it. */
  readonly owner?: string | undefined
  /** Its own properties, of the names in `caseProperties`. Absent if it has none of them. */
  readonly properties?: readonly Property[] | undefined
}

/** A whole file. */
export interface ReportSummary extends ReportCounts {
  /** Local name of the root. */
  readonly root: 'testsuites' | 'testsuite'
  /** Name of the root; empty when it has none. */
  readonly name: string
  /** Properties of the first suite, if they are in no namespace. Jux writes the facts about a run there. */
  readonly properties: readonly Property[]
  /** Properties of the first element that has any, a suite or the root. Other programs may write the facts there. */
  readonly facts: readonly Property[]
  /** In document order: a suite comes before the suites inside it. */
  readonly suites: readonly ReportSuite[]
  /** Whether the report contains a `ds:Signature`. It is not verified. */
  readonly signed: boolean
  /**
   * `jux:outcome` among `properties`, unless the test cases have a worse result; without it, the result of the test cases.
   * Never `passed` without test cases that ran, with a failure anywhere, or when the values of `jux:outcome` differ.
   */
  readonly outcome: RunOutcome
  /** Whether there is a failure that is not among the counts: outside of the test cases, or of a test that is a todo. */
  readonly hasOtherFailures: boolean
  /** Duration in the root's `time` attribute. */
  readonly seconds: number | undefined
  /** Start in milliseconds since the epoch, from the attributes of the root, or else of the first suite that has it. */
  readonly startedAtMs: number | undefined
}

/** Limits of what is read. A report with too many parts is refused; texts that are too long are cut. Lengths are UTF-16 code units. */
export interface ResultLimits {
  readonly cases: number
  readonly suites: number
  /** Number of `facts`, and of `properties`. If there is a limit, the properties of other suites are not read. */
  readonly properties: number
  readonly name: number
  readonly message: number
  /** Length of the details of a failure, and of the value of a property. */
  readonly details: number
  readonly output: number
  /** Length of the output of a test that passed at its first attempt. */
  readonly passedOutput: number
}

/** Options that say what to read. */
export interface ResultOptions {
  /** Whether to read the test cases; an object also sets limits. */
  readonly cases?: boolean | Partial<ResultLimits> | undefined
  /** Names of properties of test cases that are read with them. */
  readonly caseProperties?: readonly string[] | undefined
}

const UNLIMITED: ResultLimits = {
  cases: Number.POSITIVE_INFINITY,
  suites: Number.POSITIVE_INFINITY,
  properties: Number.POSITIVE_INFINITY,
  name: Number.POSITIVE_INFINITY,
  message: Number.POSITIVE_INFINITY,
  details: Number.POSITIVE_INFINITY,
  output: Number.POSITIVE_INFINITY,
  passedOutput: Number.POSITIVE_INFINITY,
}

/** The property of a suite that names its owners. */
const OWNER = 'jux:owner'

/** Longest name of a root in a message. */
const MAX_QUOTED = 100

/** Elements for failed attempts of a test that passed later (as Maven Surefire writes them). */
const FLAKY_ELEMENTS: ReadonlySet<string> = new Set(['flakyFailure', 'flakyError'])
const STATUSES: ReadonlyMap<string, CaseStatus> = new Map([
  ['skipped', 'skipped'],
  ['failure', 'failed'],
  ['error', 'error'],
])

/** Where a failure that is not among the counts may be. */
const FAILURES: ReadonlySet<string> = new Set(['failure', 'error'])

type Role =
  | 'testsuites'
  | 'testsuite'
  | 'testcase'
  | 'properties'
  | 'suite-owner'
  | 'case-properties'
  | 'status'
  | 'output'
  | 'other'
type Changeable<T> = { -readonly [Key in keyof T]: T[Key] }

interface OpenSuite {
  readonly index: number
  readonly name: string
  readonly path: readonly string[]
  /** The path of its own test cases and suites. */
  readonly inner: readonly string[]
  readonly properties: Property[]
  readonly counts: StatusCounts
  /** In no namespace. */
  readonly isPlain: boolean
  output: string
  /** `jux:owner`: its own, else that of the suite around it. */
  owner: string | undefined
}

/** Reads the results of one report. It expects the events of the report without its Signature. */
export class ResultsReader implements XmlVisitor {
  readonly #bytes: Uint8Array
  readonly #limits: ResultLimits
  readonly #readsCases: boolean
  readonly #defersErrors: boolean
  readonly #caseProperties: ReadonlySet<string>
  readonly #roles: Role[] = []
  readonly #open: OpenSuite[] = []
  readonly #suites: OpenSuite[] = []
  readonly #cases: ReportCase[] = []
  readonly #outside = zeroCounts()
  readonly #rootProperties: Property[] = []
  /** The first element that has properties. */
  #factsOwner: OpenSuite | 'root' | undefined
  #root: 'testsuites' | 'testsuite' = 'testsuites'
  #rootUri = ''
  #name = ''
  #seconds: number | undefined
  #startedAtMs: number | undefined
  #status: CaseStatus = 'passed'
  #isTodo = false
  #hasOtherFailures = false
  /** Whether a test case is in the namespace of the root. */
  #hasOwnCases = false
  #case: Changeable<ReportCase> | undefined
  /** The properties of that test case. */
  #ofCase: Property[] = []
  #text = ''
  #problem: JuxError | undefined

  /** @param defersErrors throws errors from `results`, not during the scan */
  constructor(bytes: Uint8Array, { cases = false, caseProperties = [] }: ResultOptions, { defersErrors = false } = {}) {
    this.#bytes = bytes
    this.#caseProperties = new Set(caseProperties)
    this.#limits = typeof cases === 'object' ? withDefaults(UNLIMITED, cases) : UNLIMITED
    this.#readsCases = cases !== false
    this.#defersErrors = defersErrors
  }

  startTag(tag: StartTag): void {
    this.#roles.push(this.#problem === undefined ? this.#roleOf(tag) : 'other')
  }

  endTag(): void {
    const role = this.#roles.pop()
    if (role === 'testcase') this.#endCase()
    else if (role === 'testsuite') this.#open.pop()
    else if (role === 'status') this.#endStatus()
    else if (role === 'output') this.#endOutput()
  }

  text(start: number, end: number): void {
    if (this.#isReadingText()) this.#text += decodeText(this.#bytes, start, end)
  }

  cdata(start: number, end: number): void {
    if (this.#isReadingText()) this.#text += decodeLiteral(this.#bytes, start, end)
  }

  comment(): void {}
  instruction(): void {}

  /**
   * Returns the results, after the scan.
   *
   * @param signed whether the report has a Signature, which this reader does not see
   * @throws {JuxError} `XML_INVALID_STRUCTURE`, from a reader that defers errors
   */
  results(signed: boolean): { readonly summary: ReportSummary; readonly cases: readonly ReportCase[] } {
    if (this.#problem !== undefined) throw this.#problem
    const total = toReportCounts(addCounts([this.#outside, ...this.#suites.map(({ counts }) => counts)]))
    const suites = this.#suites.map(
      ({ name, path, properties, output, counts }): ReportSuite => ({
        name,
        path,
        properties,
        output,
        ...toReportCounts(counts),
      }),
    )
    const [first] = this.#suites
    const properties = first?.isPlain && this.#rootUri === '' ? first.properties : []
    const evidence = { ...total, hasOtherFailures: this.#hasOtherFailures, isForeign: !this.#hasOwnCases }
    const stated = properties.flatMap(({ name, value }) => (name === 'jux:outcome' ? [value] : []))
    const owner = this.#factsOwner
    const summary = {
      root: this.#root,
      name: this.#name,
      ...total,
      properties,
      facts: owner === 'root' ? this.#rootProperties : (owner?.properties ?? []),
      suites,
      signed,
      outcome: decideReportOutcome(evidence, stated),
      hasOtherFailures: this.#hasOtherFailures,
      seconds: this.#seconds,
      startedAtMs: this.#startedAtMs,
    }
    return { summary, cases: this.#cases }
  }

  #roleOf(tag: StartTag): Role {
    const role = this.#knownRole(tag)
    // A failure outside a test case, or in an element that this reader does not know, is not counted.
    const isCounted = role === 'status' || this.#roles.at(-1) === 'testcase'
    if (!isCounted && FAILURES.has(tag.name.local)) this.#hasOtherFailures = true
    return role
  }

  #knownRole(tag: StartTag): Role {
    const name = tag.name.local
    const parent = this.#roles.at(-1)
    if (parent === undefined) return this.#enterRoot(name, tag)
    if (parent === 'testcase') return this.#enterPart(name, tag)
    if (parent === 'testsuites' || parent === 'testsuite') {
      if (name === 'testcase') return this.#enterCase(tag)
      if (name === 'testsuite') return this.#enterSuite(tag)
      if (name === 'properties') return this.#enterProperties(tag)
      return parent === 'testsuite' && isOutput(name) ? this.#enterText('output') : 'other'
    }
    if (name !== 'property' || tag.uri !== this.#rootUri) return 'other'
    if (parent === 'properties' || parent === 'suite-owner') this.#noteOwner(tag)
    if (parent === 'properties') this.#addProperty(tag)
    else if (parent === 'case-properties') this.#addCaseProperty(tag)
    return 'other'
  }

  #enterRoot(name: string, tag: StartTag): Role {
    if (name !== 'testsuites' && name !== 'testsuite') {
      return this.#fail({
        message: `the root element is ${cut(tag.name.text, MAX_QUOTED)}, not testsuites or testsuite`,
        suggestions: ['name a JUnit XML report'],
        reason: 'not-junit',
      })
    }
    this.#root = name
    this.#rootUri = tag.uri
    this.#name = this.#attribute(tag, 'name') ?? ''
    this.#seconds = parseSeconds(this.#attribute(tag, 'time'))
    this.#startedAtMs = parseTime(this.#attribute(tag, 'timestamp'))
    return name === 'testsuites' ? name : this.#enterSuite(tag)
  }

  #enterSuite(tag: StartTag): Role {
    if (this.#suites.length >= this.#limits.suites) return this.#tooMany('test suites', this.#limits.suites)
    const name = cut(this.#attribute(tag, 'name') ?? '', this.#limits.name)
    const path = this.#open.at(-1)?.inner ?? []
    this.#startedAtMs ??= parseTime(this.#attribute(tag, 'timestamp'))
    const index = this.#suites.length
    const suite = {
      index,
      name,
      path,
      inner: [...path, name],
      properties: [],
      counts: zeroCounts(),
      isPlain: tag.uri === '',
      output: '',
      owner: this.#open.at(-1)?.owner,
    }
    this.#open.push(suite)
    this.#suites.push(suite)
    return 'testsuite'
  }

  #enterCase(tag: StartTag): Role {
    this.#status = 'passed'
    this.#isTodo = false
    if (tag.uri === this.#rootUri) this.#hasOwnCases = true
    if (!this.#readsCases) return 'testcase'
    const { cases, name } = this.#limits
    if (this.#cases.length >= cases) return this.#tooMany('test cases', cases)
    const suite = this.#open.at(-1)
    const file = this.#attribute(tag, 'file')
    this.#case = {
      suite: suite?.index ?? -1,
      path: suite?.inner ?? [],
      ...(suite?.owner === undefined ? undefined : { owner: suite.owner }),
      name: cut(this.#attribute(tag, 'name') ?? '', name),
      classname: cut(this.#attribute(tag, 'classname') ?? '', name),
      file: file ? cut(file, name) : undefined,
      line: parseLine(this.#attribute(tag, 'line')),
      seconds: parseSeconds(this.#attribute(tag, 'time')) ?? 0,
      status: 'passed',
      isFlaky: false,
      message: '',
      type: '',
      details: '',
      output: '',
    }
    return 'testcase'
  }

  // A child of a test case: an element that may decide the status, or console output.
  #enterPart(name: string, tag: StartTag): Role {
    if (isOutput(name)) return this.#enterText('output')
    if (name === 'properties' && this.#case !== undefined) return 'case-properties'
    const item = this.#case
    if (item !== undefined && FLAKY_ELEMENTS.has(name)) item.isFlaky = true
    const status = STATUSES.get(name)
    if (status === undefined) return 'other'
    if (status === 'skipped' && this.#attribute(tag, 'type') === 'todo') this.#isTodo = true
    if (!isWorse(status, this.#status)) return 'other'
    this.#status = status
    if (item === undefined) return 'other'
    item.type = cut(this.#attribute(tag, 'type') ?? '', this.#limits.name)
    item.message = cut(this.#attribute(tag, 'message') ?? '', this.#limits.message)
    return this.#enterText('status')
  }

  #enterText(role: 'status' | 'output'): Role {
    this.#text = ''
    return this.#readsCases ? role : 'other'
  }

  #isReadingText(): boolean {
    if (!this.#readsCases) return false
    const role = this.#roles.at(-1)
    return role === 'status' || role === 'output'
  }

  #enterProperties(tag: StartTag): Role {
    if (tag.uri !== this.#rootUri) return 'other'
    const owner = this.#open.at(-1) ?? 'root'
    this.#factsOwner ??= owner
    const isOfRun = owner === this.#factsOwner || owner === this.#suites[0]
    const isWanted = isOfRun || this.#limits.properties === UNLIMITED.properties
    return isWanted ? 'properties' : 'suite-owner'
  }

  #noteOwner(tag: StartTag): void {
    const suite = this.#open.at(-1)
    if (suite === undefined || this.#attribute(tag, 'name') !== OWNER) return
    suite.owner = this.#ownerIn(tag) ?? suite.owner
  }

  #ownerIn(tag: StartTag): string | undefined {
    const owner = this.#attribute(tag, 'value')?.trim()
    return owner ? cut(owner, this.#limits.name) : undefined
  }

  #addProperty(tag: StartTag): void {
    const { properties, name, details } = this.#limits
    const list = this.#open.at(-1)?.properties ?? this.#rootProperties
    if (list.length >= properties) {
      this.#tooMany('properties', properties)
      return
    }
    list.push({
      name: cut(this.#attribute(tag, 'name') ?? '', name),
      value: cut(this.#attribute(tag, 'value') ?? '', details),
    })
  }

  #addCaseProperty(tag: StartTag): void {
    const name = this.#attribute(tag, 'name') ?? ''
    if (this.#case === undefined) return
    if (name === OWNER) this.#case.owner = this.#ownerIn(tag) ?? this.#case.owner
    if (!this.#caseProperties.has(name)) return
    // A list for each test case that has any.
    if (this.#case.properties === undefined) {
      this.#ofCase = []
      this.#case.properties = this.#ofCase
    }
    const value = cut(this.#attribute(tag, 'value') ?? '', this.#limits.details)
    this.#ofCase.push({ name, value })
  }

  #endStatus(): void {
    if (this.#case !== undefined) this.#case.details = cut(this.#text, this.#limits.details)
  }

  #endOutput(): void {
    const owner = this.#roles.at(-1) === 'testcase' ? this.#case : this.#open.at(-1)
    if (owner === undefined || this.#text === '') return
    owner.output = cut(owner.output === '' ? this.#text : `${owner.output}\n${this.#text}`, this.#limits.output)
  }

  #endCase(): void {
    // A failed todo does not count as a failure (node:test writes both elements), but a report with one has not passed.
    const isFailedTodo = this.#isTodo && this.#status === 'failed'
    if (isFailedTodo) this.#hasOtherFailures = true
    const status = isFailedTodo ? 'skipped' : this.#status
    const counts = this.#open.at(-1)?.counts ?? this.#outside
    counts[status]++
    const item = this.#case
    this.#case = undefined
    if (item === undefined) return
    item.status = status
    if (status === 'passed' && !item.isFlaky) {
      const limit = this.#limits.passedOutput
      item.output = limit === 0 ? '' : cut(item.output, limit)
    }
    this.#cases.push(item)
  }

  #attribute(tag: StartTag, name: string): string | undefined {
    return readAttribute(this.#bytes, tag, name)
  }

  #tooMany(what: string, limit: number): Role {
    return this.#fail({
      message: `the report has more than ${limit} ${what}`,
      suggestions: ['split the run into several reports'],
      reason: 'too-many',
    })
  }

  #fail(parts: ConstructorParameters<typeof JuxError>[1]): Role {
    const problem = new JuxError('XML_INVALID_STRUCTURE', parts)
    if (!this.#defersErrors) throw problem
    this.#problem ??= problem
    return 'other'
  }
}

function isOutput(name: string): boolean {
  return name === 'system-out' || name === 'system-err'
}
