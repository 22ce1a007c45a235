/**
 * What a JUnit file says, whoever wrote it: any root, nested or not, in any namespace.
 *
 * Numbers are counted from the test cases themselves. Attributes such as `tests` and `failures` are claims: writers leave them out,
 * count nested suites twice, or write what is not a number.
 *
 * @module
 */
import { JuxError } from '../errors.js'
import type { Property, RunOutcome } from '../model.js'
import { decodeValue, type ScanOptions, type StartTag, scanXml, type XmlVisitor } from './scan.js'

const SIGNATURE_NAMESPACE = 'http://www.w3.org/2000/09/xmldsig#'
const OUTCOMES: ReadonlySet<string> = new Set(['passed', 'failed', 'error', 'interrupted', 'no-tests'])

/** Numbers of test cases; `passed` are the rest. */
export interface JunitCounts {
  readonly tests: number
  readonly failures: number
  readonly errors: number
  readonly skipped: number
  readonly passed: number
}

/** One `testsuite` with the test cases that are its own, those of suites inside it not included. */
export interface JunitSuite extends JunitCounts {
  readonly name: string
  /** Names of the enclosing suites, outermost first. */
  readonly path: readonly string[]
  readonly properties: readonly Property[]
}

/** A whole file. */
export interface JunitSummary extends JunitCounts {
  /** Local name of the root. */
  readonly root: 'testsuites' | 'testsuite'
  /** Of the root; empty when it has none. */
  readonly name: string
  /** Of the first suite: where Jux keeps the facts about a run. */
  readonly properties: readonly Property[]
  /** In document order, nested ones after the one that holds them. */
  readonly suites: readonly JunitSuite[]
  /** Whether a `ds:Signature` stands somewhere. Says nothing about its worth. */
  readonly signed: boolean
  /** `jux:outcome` of the first suite, unless test cases say worse; else what they come to. */
  readonly outcome: RunOutcome
}

/**
 * Reads a report, whoever wrote it. The signature is not judged: pass the `canonical` bytes of `verifyReport` to read what was signed.
 *
 * @param bytes UTF-8; a declaration of another encoding is refused
 * @returns counts made from the test cases, not taken from attributes
 * @throws {JuxError} `XML_PARSE_ERROR` when it is not XML that may be read
 * @throws {JuxError} `XML_INVALID_STRUCTURE` when its root is neither `testsuites` nor `testsuite`
 *
 * @example
 * ```ts
 * import { readFileSync } from 'node:fs'
 * import { readJunit } from 'jux-reporter'
 *
 * const { outcome, suites } = readJunit(readFileSync('report.xml'))
 * console.log(outcome, suites.map((suite) => suite.name).join(', '))
 * // failed cart, shipping
 * ```
 */
export function readJunit(bytes: Uint8Array, options: ScanOptions = {}): JunitSummary {
  const reader = new Reader(bytes)
  scanXml(bytes, reader, options)
  return reader.summary()
}

type Verdict = 'passed' | 'skipped' | 'failures' | 'errors'
type Role = 'testsuites' | 'testsuite' | 'testcase' | 'properties' | 'other'

interface OpenSuite {
  readonly name: string
  readonly path: readonly string[]
  readonly properties: Property[]
  readonly counts: Record<Verdict, number>
}

const SEVERITY: readonly Verdict[] = ['passed', 'skipped', 'failures', 'errors']
const CHILDREN: Readonly<Record<string, Verdict>> = { skipped: 'skipped', failure: 'failures', error: 'errors' }

class Reader implements XmlVisitor {
  readonly #bytes: Uint8Array
  readonly #roles: Role[] = []
  readonly #open: OpenSuite[] = []
  readonly #suites: OpenSuite[] = []
  readonly #outside = { passed: 0, skipped: 0, failures: 0, errors: 0 }
  #root: 'testsuites' | 'testsuite' = 'testsuites'
  #name = ''
  #signed = false
  #verdict: Verdict = 'passed'
  #todo = false

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  startTag(tag: StartTag): void {
    this.#roles.push(this.#roleOf(tag))
  }

  endTag(): void {
    const role = this.#roles.pop()
    if (role === 'testsuite') this.#open.pop()
    if (role !== 'testcase') return
    const counts = this.#open.at(-1)?.counts ?? this.#outside
    // A test that is still to be made to pass is no failure (node:test writes both).
    counts[this.#todo && this.#verdict === 'failures' ? 'skipped' : this.#verdict]++
  }

  text(): void {}
  cdata(): void {}
  comment(): void {}
  instruction(): void {}

  summary(): JunitSummary {
    const total = countsOf(this.#suites.reduce((sum, { counts }) => addVerdicts(sum, counts), { ...this.#outside }))
    const suites = this.#suites.map(({ name, path, properties, counts }) => ({
      name,
      path,
      properties,
      ...countsOf(counts),
    }))
    const properties = suites[0]?.properties ?? []
    return {
      root: this.#root,
      name: this.#name,
      ...total,
      properties,
      suites,
      signed: this.#signed,
      outcome: outcomeOf(total, properties),
    }
  }

  #roleOf(tag: StartTag): Role {
    const name = tag.name.local
    const parent = this.#roles.at(-1)
    if (parent === undefined) return this.#rootRole(name, tag)
    if (name === 'Signature' && tag.uri === SIGNATURE_NAMESPACE) this.#signed = true
    if (parent === 'testsuites' || parent === 'testsuite') {
      if (name === 'testsuite') return this.#enterSuite(tag)
      if (name === 'testcase') {
        this.#verdict = 'passed'
        this.#todo = false
        return 'testcase'
      }
      return name === 'properties' && parent === 'testsuite' ? 'properties' : 'other'
    }
    if (parent === 'testcase') this.#judge(name, tag)
    if (parent === 'properties' && name === 'property') {
      this.#open.at(-1)?.properties.push({ name: this.#attribute(tag, 'name'), value: this.#attribute(tag, 'value') })
    }
    return 'other'
  }

  #rootRole(name: string, tag: StartTag): Role {
    if (name !== 'testsuites' && name !== 'testsuite') {
      throw new JuxError('XML_INVALID_STRUCTURE', {
        message: `the root element is ${tag.name.text}, not testsuites or testsuite`,
        suggestions: ['name a JUnit XML report'],
        reason: 'not-junit',
      })
    }
    this.#root = name
    this.#name = this.#attribute(tag, 'name')
    return name === 'testsuites' ? name : this.#enterSuite(tag)
  }

  #enterSuite(tag: StartTag): Role {
    const outer = this.#open.at(-1)
    const suite: OpenSuite = {
      name: this.#attribute(tag, 'name'),
      path: outer === undefined ? [] : [...outer.path, outer.name],
      properties: [],
      counts: { passed: 0, skipped: 0, failures: 0, errors: 0 },
    }
    this.#open.push(suite)
    this.#suites.push(suite)
    return 'testsuite'
  }

  #judge(name: string, tag: StartTag): void {
    const verdict = Object.hasOwn(CHILDREN, name) ? CHILDREN[name] : undefined
    if (verdict === undefined) return
    if (SEVERITY.indexOf(verdict) > SEVERITY.indexOf(this.#verdict)) this.#verdict = verdict
    if (verdict === 'skipped' && this.#attribute(tag, 'type') === 'todo') this.#todo = true
  }

  #attribute(tag: StartTag, name: string): string {
    const found = tag.attributes.slice(0, tag.attributeCount).find((attribute) => attribute.name.text === name)
    return found === undefined ? '' : decodeValue(this.#bytes, found.valueStart, found.valueEnd)
  }
}

function addVerdicts(left: Record<Verdict, number>, right: Record<Verdict, number>): Record<Verdict, number> {
  for (const verdict of SEVERITY) left[verdict] += right[verdict]
  return left
}

function countsOf({ passed, skipped, failures, errors }: Record<Verdict, number>): JunitCounts {
  return { tests: passed + skipped + failures + errors, failures, errors, skipped, passed }
}

function outcomeOf({ tests, failures, errors }: JunitCounts, properties: readonly Property[]): RunOutcome {
  const claimed = properties.find(({ name }) => name === 'jux:outcome')?.value
  const own: RunOutcome = failures + errors > 0 ? 'failed' : tests === 0 ? 'no-tests' : 'passed'
  return isOutcome(claimed) && (claimed !== 'passed' || own === 'passed' || own === 'no-tests') ? claimed : own
}

function isOutcome(word: string | undefined): word is RunOutcome {
  return word !== undefined && OUTCOMES.has(word)
}
