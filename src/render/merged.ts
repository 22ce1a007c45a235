/**
 * Writes several reports as one: the facts about the whole in a suite of their own, then all suites of each part.
 *
 * Everything of a part is kept, in canonical form. The facts about its run are the properties of its first suite, with
 * `part:` before their names, because other programs search a whole report for facts. The names of suites and tests that other
 * parts have too begin with what tells the parts apart.
 *
 * @module
 */
import { JuxError } from '../errors.js'
import type { Property, TestCounts } from '../model.js'
import { readAttribute } from '../report/values.js'
import { isReservedName } from '../reserved-names.js'
import { EnvelopedFilter } from '../xml/canonical.js'
import { createByteBuffer } from '../xml/digest.js'
import type { Name } from '../xml/names.js'
import { RewritingCanonicalizer } from '../xml/rewrite.js'
import { type Attribute, decodeValue, type StartTag, scanXml, type XmlVisitor } from '../xml/scan.js'
import { countAttributes, factsSuite, propertyRow, startTag, XML_DECLARATION } from './facts-suite.js'

/** What is written before the name of a fact about the run of a part. */
export const PART_PREFIX = 'part:'

/** What is written of a part. */
export interface PartToWrite {
  /** For messages. */
  readonly name: string
  readonly bytes: Uint8Array
  /** How many properties of its first suite are facts about its run. */
  readonly runFacts: number
  /** Properties that its first suite gets, before its own. */
  readonly added: readonly Property[]
  /** What the name of a suite begins with. */
  readonly suitePrefix: (index: number) => string
  /** What the class of a test begins with, or its name if it has no class. */
  readonly casePrefix: (classname: string, name: string) => string
}

/** What is written about the whole. */
export interface WholeToWrite {
  readonly facts: readonly Property[]
  readonly counts: TestCounts
  /** Names of facts about the run of any part. */
  readonly factNames: ReadonlySet<string>
}

/** Attributes of the root besides its counts. */
type RootAttributes = ReadonlyMap<string, string>

interface WrittenPart {
  readonly root: RootAttributes
  readonly firstSuite: RootAttributes
  readonly body: Uint8Array
}

const LF = 0x0a
const COUNTS: ReadonlySet<string> = new Set(['errors', 'failures', 'skipped', 'tests'])

/**
 * Writes a merged report without a signature.
 *
 * @throws {JuxError} `MERGE_REFUSED` with reason `namespaces`
 */
export function writeMerged(parts: readonly PartToWrite[], { facts, counts, factNames }: WholeToWrite): Buffer {
  const written = parts.map((part) => new PartWriter(part, factNames).write())
  const root = startTag('testsuites', rootAttributes(written, counts))
  const bodies = written.map(({ body }, index) =>
    index < written.length - 1 && body.at(-1) === LF ? body.subarray(0, -1) : body,
  )
  return Buffer.concat([
    Buffer.from(`${XML_DECLARATION}${root}${factsSuite(facts, ...schemaParts(written))}`),
    ...bodies,
    Buffer.from('</testsuites>'),
  ])
}

// Attributes that every part has, so that the document fits the dialect of its parts.
function rootAttributes(parts: readonly WrittenPart[], counts: TestCounts): Readonly<Record<string, string>> {
  const [first] = parts
  const names = [...(first?.root.keys() ?? [])].filter((name) => parts.every(({ root }) => root.has(name)))
  const own = countAttributes(counts)
  const pairs = names.flatMap((name): [string, string][] => {
    const values = parts.map(({ root }) => root.get(name) ?? '')
    if (COUNTS.has(name)) return [[name, own[name] ?? '0']]
    if (name === 'time') return [[name, sumOfSeconds(values)]]
    if (name === 'timestamp') return [[name, earliest(values)]]
    return new Set(values).size === 1 ? [[name, values[0] ?? '']] : []
  })
  return Object.fromEntries(pairs)
}

// The schema of Ant's format requires all of this of every suite.
function schemaParts(parts: readonly WrittenPart[]): [attributes: Readonly<Record<string, string>>, rest: string] {
  const required = ['hostname', 'id', 'package', 'timestamp']
  if (!parts.every(({ firstSuite }) => required.every((name) => firstSuite.has(name)))) return [{}, '']
  const timestamp = earliest(parts.map(({ firstSuite }) => firstSuite.get('timestamp') ?? ''))
  const attributes = { hostname: 'localhost', id: '0', package: '.', timestamp }
  return [attributes, '<system-out></system-out>\n<system-err></system-err>\n']
}

function sumOfSeconds(values: readonly string[]): string {
  const sum = values.reduce((total, value) => total + (Number.isFinite(Number(value)) ? Number(value) : 0), 0)
  return sum.toFixed(3)
}

function earliest(values: readonly string[]): string {
  const timeOf = (value: string) => Date.parse(value) || 0
  return [...values].sort((one, other) => timeOf(one) - timeOf(other) || (one < other ? -1 : 1))[0] ?? ''
}

/** Writes the content of the root of a part. */
class PartWriter implements XmlVisitor {
  readonly #part: PartToWrite
  readonly #factNames: ReadonlySet<string>
  readonly #buffer = createByteBuffer()
  readonly #canonicalizer: RewritingCanonicalizer
  /** Local names of the open elements. */
  readonly #open: string[] = []
  #root: RootAttributes = new Map()
  #firstSuite: RootAttributes | undefined
  #contentStart = 0
  #contentEnd = 0
  #suites = 0
  /** Number of properties of the first suite so far. */
  #firstProperties = 0
  #hasAdded = false

  constructor(part: PartToWrite, factNames: ReadonlySet<string>) {
    this.#part = part
    this.#factNames = factNames
    this.#canonicalizer = new RewritingCanonicalizer(part.bytes, this.#buffer, {
      values: (tag) => this.#valuesOf(tag),
      text: (text) => text,
    })
  }

  write(): WrittenPart {
    scanXml(this.#part.bytes, new EnvelopedFilter(this))
    this.#canonicalizer.finish()
    const all = Buffer.concat(this.#buffer.chunks())
    const body = all.subarray(this.#contentStart, all.length - this.#contentEnd)
    return { root: this.#root, firstSuite: this.#firstSuite ?? new Map(), body }
  }

  startTag(tag: StartTag): void {
    const { local } = tag.name
    const isRoot = this.#open.length === 0
    if (isRoot && tag.declarations.length > 0) throw hasNamespaces(this.#part)
    if (isRoot) this.#root = this.#attributesOf(tag)
    this.#open.push(local)
    if (this.#isSuite() && this.#suites++ === 0) this.#firstSuite = this.#attributesOf(tag)
    this.#canonicalizer.startTag(tag)
    if (isRoot && local === 'testsuites') {
      this.#canonicalizer.finish()
      this.#contentStart = sizeOf(this.#buffer.chunks())
      this.#contentEnd = Buffer.byteLength(`</${tag.name.text}>`)
    }
    if (this.#isInFirstProperties() && local === 'properties' && !this.#hasAdded) {
      this.#hasAdded = true
      this.#canonicalizer.finish()
      this.#buffer.write(Buffer.from(`\n${this.#part.added.map(propertyRow).join('').trimEnd()}`))
    }
  }

  endTag(name: Name, start: number, end: number, canonical: boolean): void {
    this.#open.pop()
    this.#canonicalizer.endTag(name, start, end, canonical)
  }

  text(start: number, end: number, canonical: boolean): void {
    this.#canonicalizer.text(start, end, canonical)
  }

  cdata(start: number, end: number): void {
    this.#canonicalizer.cdata(start, end)
  }

  #valuesOf(tag: StartTag): ReadonlyMap<Attribute, string> {
    const local = this.#open.at(-1)
    if (local === 'property') return this.#renamed(tag)
    if (this.#isSuite()) return this.#prefixed(tag, 'name', this.#part.suitePrefix(this.#suites - 1))
    if (local !== 'testcase') return NOTHING
    const classname = readAttribute(this.#part.bytes, tag, 'classname')
    const name = readAttribute(this.#part.bytes, tag, 'name') ?? ''
    const prefix = this.#part.casePrefix(classname ?? '', name)
    return this.#prefixed(tag, classname ? 'classname' : 'name', prefix)
  }

  #prefixed(tag: StartTag, name: string, prefix: string): ReadonlyMap<Attribute, string> {
    const attribute = prefix === '' ? undefined : attributeOf(tag, name)
    if (attribute === undefined) return NOTHING
    return new Map([[attribute, prefix + this.#valueOf(attribute)]])
  }

  #renamed(tag: StartTag): ReadonlyMap<Attribute, string> {
    const attribute = attributeOf(tag, 'name')
    const isOfFirst = this.#isInFirstProperties()
    if (isOfFirst) this.#firstProperties++
    if (attribute === undefined || this.#open.includes('testcase')) return NOTHING
    const name = this.#valueOf(attribute)
    const isFact = isOfFirst ? this.#firstProperties <= this.#part.runFacts : this.#factNames.has(name)
    return isFact && isReservedName(name) ? new Map([[attribute, PART_PREFIX + name]]) : NOTHING
  }

  #isSuite(): boolean {
    const parent = this.#open.at(-2)
    return this.#open.at(-1) === 'testsuite' && (parent === undefined || isContainer(parent))
  }

  // Whether the open element is `properties` of the first suite, or inside it.
  #isInFirstProperties(): boolean {
    const at = this.#open.indexOf('testsuite')
    return this.#suites === 1 && at !== -1 && this.#open[at + 1] === 'properties'
  }

  #attributesOf(tag: StartTag): RootAttributes {
    const own = tag.attributes.slice(0, tag.attributeCount).filter(({ name }) => !name.declares)
    return new Map(own.map((attribute) => [attribute.name.text, this.#valueOf(attribute)]))
  }

  #valueOf({ valueStart, valueEnd }: Attribute): string {
    return decodeValue(this.#part.bytes, valueStart, valueEnd)
  }
}

const NOTHING: ReadonlyMap<Attribute, string> = new Map()

function attributeOf(tag: StartTag, name: string): Attribute | undefined {
  return tag.attributes.slice(0, tag.attributeCount).find((attribute) => attribute.name.text === name)
}

function isContainer(local: string): boolean {
  return local === 'testsuites' || local === 'testsuite'
}

function sizeOf(chunks: readonly Uint8Array[]): number {
  return chunks.reduce((sum, { length }) => sum + length, 0)
}

function hasNamespaces({ name }: PartToWrite): JuxError {
  return new JuxError('MERGE_REFUSED', {
    message: `the root of ${name} declares namespaces, which a merged report cannot keep`,
    suggestions: ['leave it out, and verify it beside the merged report'],
    reason: 'namespaces',
  })
}
