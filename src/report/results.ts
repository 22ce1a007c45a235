/**
 * The results that a JUnit file states, whoever wrote it: any root, nested suites or not, in any namespace.
 *
 * Numbers are counted from the test cases themselves. Attributes such as `tests` and `failures` are claims: writers leave
 * them out, count nested suites twice, or write what is not a number.
 *
 * @module
 */
import { JuxError } from '../errors.js'
import type { Property, RunOutcome } from '../model.js'
import { decodeLiteral, decodeText, type StartTag, type XmlVisitor } from '../xml/scan.js'
import {
  type CaseStatus,
  countsOf,
  isWorse,
  outcomeOf,
  type ReportCounts,
  type StatusCounts,
  sumOf,
  zeroCounts,
} from './outcome.js'
import { attributeOf, cut, parseLine, parseSeconds, parseTime } from './values.js'

/** One `testsuite` with its own test cases, without those of the suites inside it. */
export interface ReportSuite extends ReportCounts {
  readonly name: string
  /** Names of the enclosing suites, outermost first. */
  readonly path: readonly string[]
  readonly properties: readonly Property[]
  /** Console output of the suite itself; empty unless the cases are read. */
  readonly output: string
}

/** One `testcase`. */
export interface ReportCase {
  /** Index of its suite; -1 for a case outside of any. */
  readonly suite: number
  /** Names of the suites around it, outermost first. */
  readonly path: readonly string[]
  readonly name: string
  readonly classname: string
  readonly file: string | undefined
  readonly line: number | undefined
  readonly seconds: number
  readonly status: CaseStatus
  /** Passed, but not at its first attempt. */
  readonly isFlaky: boolean
  /** Of the failure, error or skip that decides the status. */
  readonly message: string
  readonly type: string
  readonly details: string
  readonly output: string
}

/** A whole file. */
export interface ReportSummary extends ReportCounts {
  /** Local name of the root. */
  readonly root: 'testsuites' | 'testsuite'
  /** Of the root; empty when it has none. */
  readonly name: string
  /** Of the first suite: where Jux keeps the facts about a run. */
  readonly properties: readonly Property[]
  /** Of the first suite, or the root, that has any: where others keep them. */
  readonly facts: readonly Property[]
  /** In document order, nested ones after the one that holds them. */
  readonly suites: readonly ReportSuite[]
  /** Whether there is a `ds:Signature` anywhere. It may not verify. */
  readonly signed: boolean
  /** `jux:outcome` of the first suite, unless a test case has a worse result; without it, the result of the test cases. */
  readonly outcome: RunOutcome
  /** Duration in the root's `time` attribute. */
  readonly seconds: number | undefined
  /** When it began, in milliseconds since the epoch: what the root states, or else the first suite that states anything. */
  readonly startedAtMs: number | undefined
}

/** How much of a report is kept. Numbers are refused when they are exceeded, texts are cut; lengths are UTF-16 code units. */
export interface ResultLimits {
  readonly cases: number
  readonly suites: number
  /** Properties of the run (`facts`); where this is limited, those of other suites are not kept. */
  readonly properties: number
  readonly name: number
  readonly message: number
  /** Details of a failure, and value of a property. */
  readonly details: number
  readonly output: number
  /** Output of a test that passed at its first attempt. */
  readonly passedOutput: number
}

/** What to read. */
export interface ResultOptions {
  /** Whether to keep the test cases, and how much of them. */
  readonly cases?: boolean | Partial<ResultLimits> | undefined
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

/** Longest name of a root that a message quotes. */
const MAX_QUOTED = 100

/** Attempts that failed before a test passed (Maven Surefire's words). */
const FLAKY_ELEMENTS: ReadonlySet<string> = new Set(['flakyFailure', 'flakyError'])
const STATUSES: ReadonlyMap<string, CaseStatus> = new Map([
  ['skipped', 'skipped'],
  ['failure', 'failed'],
  ['error', 'error'],
])

type Role = 'testsuites' | 'testsuite' | 'testcase' | 'properties' | 'status' | 'output' | 'other'
type Changeable<T> = { -readonly [Key in keyof T]: T[Key] }

interface OpenSuite {
  readonly index: number
  readonly name: string
  readonly path: readonly string[]
  /** The path of its own cases. */
  readonly inner: readonly string[]
  readonly properties: Property[]
  readonly counts: StatusCounts
  output: string
}

/** Reads the results of one report; it is to receive the report without its Signature. */
export class ResultsReader implements XmlVisitor {
  readonly #bytes: Uint8Array
  readonly #limits: ResultLimits
  readonly #keepsCases: boolean
  readonly #isPatient: boolean
  readonly #roles: Role[] = []
  readonly #open: OpenSuite[] = []
  readonly #suites: OpenSuite[] = []
  readonly #cases: ReportCase[] = []
  readonly #outside = zeroCounts()
  readonly #rootProperties: Property[] = []
  /** Where the facts are; `root` is not a suite. */
  #factsOwner: OpenSuite | 'root' | undefined
  #root: 'testsuites' | 'testsuite' = 'testsuites'
  #name = ''
  #seconds: number | undefined
  #startedAtMs: number | undefined
  #status: CaseStatus = 'passed'
  #isTodo = false
  #case: Changeable<ReportCase> | undefined
  #text = ''
  #problem: JuxError | undefined

  /** @param patient throws what is wrong with the results when they are asked for, not while they are read */
  constructor(bytes: Uint8Array, { cases = false }: ResultOptions, { patient = false } = {}) {
    this.#bytes = bytes
    this.#limits = typeof cases === 'object' ? { ...UNLIMITED, ...cases } : UNLIMITED
    this.#keepsCases = cases !== false
    this.#isPatient = patient
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
   * What was read.
   *
   * @param signed whether the report has a Signature, which this reader does not see
   * @throws {JuxError} `XML_INVALID_STRUCTURE`, from a patient reader
   */
  results(signed: boolean): { readonly summary: ReportSummary; readonly cases: readonly ReportCase[] } {
    if (this.#problem !== undefined) throw this.#problem
    const total = countsOf(sumOf([this.#outside, ...this.#suites.map(({ counts }) => counts)]))
    const suites = this.#suites.map(
      ({ name, path, properties, output, counts }): ReportSuite => ({
        name,
        path,
        properties,
        output,
        ...countsOf(counts),
      }),
    )
    const properties = suites[0]?.properties ?? []
    const owner = this.#factsOwner
    const summary = {
      root: this.#root,
      name: this.#name,
      ...total,
      properties,
      facts: owner === 'root' ? this.#rootProperties : (owner?.properties ?? []),
      suites,
      signed,
      outcome: outcomeOf(total, properties),
      seconds: this.#seconds,
      startedAtMs: this.#startedAtMs,
    }
    return { summary, cases: this.#cases }
  }

  #roleOf(tag: StartTag): Role {
    const name = tag.name.local
    const parent = this.#roles.at(-1)
    if (parent === undefined) return this.#enterRoot(name, tag)
    if (parent === 'testcase') return this.#enterPart(name, tag)
    if (parent === 'testsuites' || parent === 'testsuite') {
      if (name === 'testcase') return this.#enterCase(tag)
      if (name === 'testsuite') return this.#enterSuite(tag)
      if (name === 'properties') return this.#enterProperties()
      return parent === 'testsuite' && isOutput(name) ? this.#enterText('output') : 'other'
    }
    if (parent === 'properties' && name === 'property') this.#addProperty(tag)
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
    const suite = { index, name, path, inner: [...path, name], properties: [], counts: zeroCounts(), output: '' }
    this.#open.push(suite)
    this.#suites.push(suite)
    return 'testsuite'
  }

  #enterCase(tag: StartTag): Role {
    this.#status = 'passed'
    this.#isTodo = false
    if (!this.#keepsCases) return 'testcase'
    const { cases, name } = this.#limits
    if (this.#cases.length >= cases) return this.#tooMany('test cases', cases)
    const suite = this.#open.at(-1)
    const file = this.#attribute(tag, 'file')
    this.#case = {
      suite: suite?.index ?? -1,
      path: suite?.inner ?? [],
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

  // A child of a test case: what decides its status, or what it printed.
  #enterPart(name: string, tag: StartTag): Role {
    if (isOutput(name)) return this.#enterText('output')
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
    return this.#keepsCases ? role : 'other'
  }

  #isReadingText(): boolean {
    if (!this.#keepsCases) return false
    const role = this.#roles.at(-1)
    return role === 'status' || role === 'output'
  }

  #enterProperties(): Role {
    const owner = this.#open.at(-1) ?? 'root'
    this.#factsOwner ??= owner
    const isWanted = this.#factsOwner === owner || this.#limits.properties === UNLIMITED.properties
    return isWanted ? 'properties' : 'other'
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

  #endStatus(): void {
    if (this.#case !== undefined) this.#case.details = cut(this.#text, this.#limits.details)
  }

  #endOutput(): void {
    const owner = this.#roles.at(-1) === 'testcase' ? this.#case : this.#open.at(-1)
    if (owner === undefined || this.#text === '') return
    owner.output = cut(owner.output === '' ? this.#text : `${owner.output}\n${this.#text}`, this.#limits.output)
  }

  #endCase(): void {
    // A test that is still to be made to pass is no failure (node:test writes both).
    const status = this.#isTodo && this.#status === 'failed' ? 'skipped' : this.#status
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
    return attributeOf(this.#bytes, tag, name)
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
    if (!this.#isPatient) throw problem
    this.#problem ??= problem
    return 'other'
  }
}

function isOutput(name: string): boolean {
  return name === 'system-out' || name === 'system-err'
}
