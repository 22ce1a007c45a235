/**
 * Reads a report in one pass of the reporter's strict scanner.
 *
 * @module
 */
import { decodeText, type Property, type StartTag, scanXml, type XmlVisitor } from 'jux-reporter'
import type { CaseStatus } from '../database/schema.js'
import { HttpError } from '../http-error.js'
import {
  attributeOf,
  cut,
  parseLine,
  parseSeconds,
  parseTime,
  type ReadCase,
  type ReadReport,
  type ReadSuite,
  ROW_LIMITS,
  tooMany,
} from './report.js'

const SIGNATURE_NAMESPACE = 'http://www.w3.org/2000/09/xmldsig#'
/** Attempts that failed before a test passed (Maven Surefire's words). */
const FLAKY_ELEMENTS: ReadonlySet<string> = new Set(['flakyFailure', 'flakyError'])
const VERDICTS: Readonly<Record<string, CaseStatus>> = { skipped: 'skipped', failure: 'failed', error: 'error' }
const SEVERITY: readonly CaseStatus[] = ['passed', 'skipped', 'failed', 'error']

type Role = 'testsuites' | 'testsuite' | 'testcase' | 'properties' | 'verdict' | 'output' | 'other'

/**
 * Reads a report.
 *
 * @throws {JuxError} `XML_PARSE_ERROR` when it is not XML that may be read
 * @throws {HttpError} 422 when it is no JUnit report, or has more parts than are kept
 */
export function readReport(bytes: Uint8Array): ReadReport {
  const reader = new Reader(bytes)
  scanXml(bytes, reader, { limits: { maxBytes: bytes.length } })
  return reader.report()
}

class Reader implements XmlVisitor {
  readonly #bytes: Uint8Array
  readonly #roles: Role[] = []
  readonly #open: number[] = []
  readonly #suites: ReadSuite[] = []
  readonly #cases: ReadCase[] = []
  readonly #properties: Property[] = []
  #rootTime: number | undefined
  #startedAt: number | undefined
  #signed = false
  #case: ReadCase | undefined
  #todo = false
  #text = ''
  /** Suite that the properties are taken from: the first one that has any. */
  #factsOf = -1

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  startTag(tag: StartTag): void {
    this.#roles.push(this.#roleOf(tag))
  }

  endTag(): void {
    const role = this.#roles.pop()
    if (role === 'testsuite') this.#open.pop()
    else if (role === 'testcase') this.#endCase()
    else if (role === 'verdict') this.#endVerdict()
    else if (role === 'output') this.#endOutput()
  }

  text(start: number, end: number): void {
    const role = this.#roles.at(-1)
    if (role === 'verdict' || role === 'output') this.#text += decodeText(this.#bytes, start, end)
  }

  cdata(start: number, end: number): void {
    const role = this.#roles.at(-1)
    if (role !== 'verdict' && role !== 'output') return
    // XML 1.0 §2.11: line ends are line feeds.
    this.#text += Buffer.from(this.#bytes.subarray(start, end)).toString('utf8').replace(/\r\n?/g, '\n')
  }

  comment(): void {}
  instruction(): void {}

  report(): ReadReport {
    const counts = { passed: 0, failed: 0, error: 0, skipped: 0 }
    for (const { status } of this.#cases) counts[status]++
    const sum = this.#suites.reduce((total, { time }) => total + time, 0)
    return {
      properties: this.#properties,
      suites: this.#suites,
      cases: this.#cases,
      counts,
      totalTime: this.#rootTime ?? sum,
      startedAt: this.#startedAt,
      signed: this.#signed,
    }
  }

  #roleOf(tag: StartTag): Role {
    const name = tag.name.local
    const parent = this.#roles.at(-1)
    if (parent === undefined) return this.#enterRoot(name, tag)
    if (name === 'Signature' && tag.uri === SIGNATURE_NAMESPACE) this.#signed = true
    if (parent === 'testsuites' || parent === 'testsuite') {
      if (name === 'testsuite') return this.#enterSuite(tag)
      if (name === 'testcase') return this.#enterCase(tag)
      if (name === 'properties') return this.#enterProperties()
      return parent === 'testsuite' && isOutput(name) ? this.#enterText('output') : 'other'
    }
    if (parent === 'testcase') return this.#enterDetail(name, tag)
    if (parent === 'properties' && name === 'property') this.#addProperty(tag)
    return 'other'
  }

  #enterRoot(name: string, tag: StartTag): Role {
    if (name !== 'testsuites' && name !== 'testsuite') {
      throw new HttpError(422, `the root element is ${cut(tag.name.text, 100)}, not testsuites or testsuite`, {
        details: { message: 'well-formed XML, but not a JUnit report', reason: 'not-junit' },
        suggestions: ['send the JUnit XML report itself'],
      })
    }
    this.#rootTime = parseSeconds(attributeOf(this.#bytes, tag, 'time'))
    this.#startedAt = parseTime(attributeOf(this.#bytes, tag, 'timestamp'))
    return name === 'testsuites' ? name : this.#enterSuite(tag)
  }

  #enterSuite(tag: StartTag): Role {
    if (this.#suites.length >= ROW_LIMITS.suites) throw tooMany('test suites', ROW_LIMITS.suites)
    const outer = this.#suites[this.#open.at(-1) ?? -1]
    const name = cut(attributeOf(this.#bytes, tag, 'name') ?? '', ROW_LIMITS.name)
    this.#startedAt ??= parseTime(attributeOf(this.#bytes, tag, 'timestamp'))
    this.#open.push(this.#suites.length)
    this.#suites.push({
      path: outer === undefined ? [name] : [...outer.path, name],
      counts: { passed: 0, failed: 0, error: 0, skipped: 0 },
      time: 0,
      output: '',
    })
    return 'testsuite'
  }

  #enterCase(tag: StartTag): Role {
    if (this.#cases.length >= ROW_LIMITS.cases) throw tooMany('test cases', ROW_LIMITS.cases)
    // A test case right under testsuites belongs to no suite; it gets one without a name.
    if (this.#open.length === 0) this.#looseSuite()
    this.#todo = false
    this.#case = {
      suite: this.#open.at(-1) ?? 0,
      name: cut(attributeOf(this.#bytes, tag, 'name') ?? '', ROW_LIMITS.name),
      classname: cut(attributeOf(this.#bytes, tag, 'classname') ?? '', ROW_LIMITS.name),
      file: optionalCut(attributeOf(this.#bytes, tag, 'file')),
      line: parseLine(attributeOf(this.#bytes, tag, 'line')),
      time: parseSeconds(attributeOf(this.#bytes, tag, 'time')) ?? 0,
      status: 'passed',
      flaky: false,
      message: '',
      type: '',
      details: '',
      output: '',
    }
    return 'testcase'
  }

  #looseSuite(): void {
    const at = this.#suites.findIndex(({ path }) => path.length === 0)
    if (at >= 0) this.#open.push(at)
    else {
      this.#open.push(this.#suites.length)
      this.#suites.push({ path: [], counts: { passed: 0, failed: 0, error: 0, skipped: 0 }, time: 0, output: '' })
    }
  }

  #enterDetail(name: string, tag: StartTag): Role {
    if (isOutput(name)) return this.#enterText('output')
    const item = this.#case
    if (item === undefined) return 'other'
    if (FLAKY_ELEMENTS.has(name)) item.flaky = true
    const verdict = Object.hasOwn(VERDICTS, name) ? VERDICTS[name] : undefined
    if (verdict === undefined) return 'other'
    const type = attributeOf(this.#bytes, tag, 'type') ?? ''
    if (verdict === 'skipped' && type === 'todo') this.#todo = true
    if (SEVERITY.indexOf(verdict) <= SEVERITY.indexOf(item.status)) return 'other'
    item.status = verdict
    item.type = cut(type, ROW_LIMITS.name)
    item.message = cut(attributeOf(this.#bytes, tag, 'message') ?? '', ROW_LIMITS.message)
    return this.#enterText('verdict')
  }

  #enterText(role: 'verdict' | 'output'): Role {
    this.#text = ''
    return role
  }

  #enterProperties(): Role {
    const here = this.#open.at(-1) ?? -2
    if (this.#factsOf === -1) this.#factsOf = here
    return this.#factsOf === here ? 'properties' : 'other'
  }

  #addProperty(tag: StartTag): void {
    if (this.#properties.length >= ROW_LIMITS.properties) throw tooMany('properties', ROW_LIMITS.properties)
    const name = cut(attributeOf(this.#bytes, tag, 'name') ?? '', ROW_LIMITS.name)
    this.#properties.push({ name, value: cut(attributeOf(this.#bytes, tag, 'value') ?? '', ROW_LIMITS.details) })
  }

  #endVerdict(): void {
    if (this.#case !== undefined) this.#case.details = cut(this.#text, ROW_LIMITS.details)
  }

  #endOutput(): void {
    const owner = this.#roles.at(-1) === 'testcase' ? this.#case : this.#suites[this.#open.at(-1) ?? -1]
    if (owner === undefined || this.#text === '') return
    owner.output = cut(owner.output === '' ? this.#text : `${owner.output}\n${this.#text}`, ROW_LIMITS.output)
  }

  #endCase(): void {
    const item = this.#case
    const suite = this.#suites[item?.suite ?? -1]
    this.#case = undefined
    if (this.#roles.at(-1) === 'testsuites') this.#open.pop()
    if (item === undefined || suite === undefined) return
    // A test that is still to be made to pass is no failure (node:test writes both).
    if (this.#todo && item.status === 'failed') item.status = 'skipped'
    // What passed at once says nothing that is looked for later; its output stays in the report.
    if (item.status === 'passed' && !item.flaky) item.output = ''
    suite.counts[item.status]++
    suite.time += item.time
    this.#cases.push(item)
  }
}

function isOutput(name: string): boolean {
  return name === 'system-out' || name === 'system-err'
}

function optionalCut(text: string | undefined): string | undefined {
  return text === undefined || text === '' ? undefined : cut(text, ROW_LIMITS.name)
}
