/**
 * Writes a JUnit report of another program as canonical XML: all that it has, with its secrets replaced, and the facts about
 * the run in a suite of their own before all others.
 *
 * A reader takes the facts from the first suite, so no property of the original is among them. Properties of the original with
 * the name of a fact are renamed, because other programs search the whole report for them.
 *
 * @module
 */
import type { Property, TestCounts } from '../model.js'
import { isReservedName } from '../reserved-names.js'
import { createByteBuffer, type ReportSink } from '../xml/digest.js'
import type { Name } from '../xml/names.js'
import { RewritingCanonicalizer } from '../xml/rewrite.js'
import { type Attribute, decodeValue, type StartTag, type XmlVisitor } from '../xml/scan.js'
import { legalText } from '../xml/text.js'
import { countAttributes, factsSuite, propertyRow, startTag, XML_DECLARATION } from './facts-suite.js'

/** What is written before the name of a property that is reserved for facts. */
export const ORIGINAL_PREFIX = 'source:'

/** The property that readers take the owners from. */
const OWNER = 'jux:owner'

/** Attributes that name something; the values of others are texts. */
const NAMES: ReadonlySet<string> = new Set(['name', 'classname', 'class', 'file'])

/** Attributes that may name the file of a suite, and of a test case, the most certain first. */
const FILE_ATTRIBUTES: Readonly<Record<string, readonly string[]>> = {
  testsuite: ['file', 'name'],
  testcase: ['file', 'classname'],
}

/** An open suite or test case. */
interface OpenElement {
  /** The owners that readers take from the suites around it, or from itself. */
  readonly owner: string | undefined
  /** These owners must be written before its next tag. */
  pending: string | undefined
}

/** Replaces the secrets of texts. */
export interface TextScrubber {
  name(text: string): string
  text(text: string): string
  namedValue(name: string, value: string): string
}

/** What is written about the run. */
export interface ForeignFacts {
  readonly properties: readonly Property[]
  /** Of all test cases, for a root that is written anew. */
  readonly counts: TestCounts
}

/** The parts of the document, in the order in which they are written. */
export interface ForeignDocument {
  /** The XML declaration: not part of the canonical form. */
  readonly declaration: Uint8Array
  /** The root, in canonical form. */
  readonly root: readonly Uint8Array[]
}

/** What a canonical form without comments leaves out, and what was renamed. */
export interface Alterations {
  readonly comments: number
  readonly instructions: number
  /** Names of properties, as in the original, without repetitions. */
  readonly renamed: readonly string[]
}

/** Receives the events of a document without its signatures. Call `document` after the scan. */
export class ForeignWriter implements XmlVisitor {
  readonly #bytes: Uint8Array
  readonly #scrubber: TextScrubber
  readonly #ownersOf: ((name: string) => string | undefined) | undefined
  readonly #canonicalizer: RewritingCanonicalizer
  /** The start tag of a root `testsuites`. */
  readonly #head = createByteBuffer()
  readonly #body = createByteBuffer()
  #target: ReportSink = this.#head
  readonly #renamed = new Set<string>()
  #comments = 0
  #instructions = 0
  #depth = 0
  /** Depth of the open test case, 0 for none. */
  #caseDepth = 0
  #isWrapped = false
  readonly #open: OpenElement[] = []
  /** What the tag names that starts, as in the original. */
  #named: ReadonlyMap<string, string> = new Map()
  /** Attributes of a root `testsuite`, as they are written. */
  #rootAttributes: ReadonlyMap<string, string> = new Map()

  /** @param ownersOf the owners of a file that a suite or a test case names */
  constructor(bytes: Uint8Array, scrubber: TextScrubber, ownersOf?: (name: string) => string | undefined) {
    this.#bytes = bytes
    this.#scrubber = scrubber
    this.#ownersOf = ownersOf
    const sink = { write: (part: Uint8Array) => this.#target.write(part) }
    this.#canonicalizer = new RewritingCanonicalizer(bytes, sink, {
      values: (tag) => this.#valuesOf(tag),
      text: (text) => scrubber.text(text),
    })
  }

  get alterations(): Alterations {
    return { comments: this.#comments, instructions: this.#instructions, renamed: [...this.#renamed] }
  }

  startTag(tag: StartTag): void {
    const isRoot = this.#depth === 0
    this.#depth++
    if (this.#caseDepth === 0 && tag.name.local === 'testcase') this.#caseDepth = this.#depth
    if (isRoot && tag.name.local !== 'testsuites') {
      this.#isWrapped = true
      this.#target = this.#body
    }
    const parent = this.#open.at(-1)
    const isList = tag.name.local === 'properties' && tag.uri === ''
    if (!isList) this.#writePending(parent)
    this.#canonicalizer.startTag(tag)
    if (isList) this.#writePending(parent, true)
    this.#enter(tag, parent)
    if (!isRoot || this.#isWrapped) return
    this.#canonicalizer.finish()
    this.#target = this.#body
  }

  endTag(name: Name, start: number, end: number, canonical: boolean): void {
    if (this.#depth === this.#caseDepth) this.#caseDepth = 0
    this.#depth--
    this.#writePending(this.#open.pop())
    this.#canonicalizer.endTag(name, start, end, canonical)
  }

  text(start: number, end: number, canonical: boolean): void {
    this.#canonicalizer.text(start, end, canonical)
  }

  cdata(start: number, end: number): void {
    this.#canonicalizer.cdata(start, end)
  }

  comment(): void {
    this.#comments++
  }

  instruction(): void {
    this.#instructions++
  }

  /** The whole document with the facts. */
  document({ properties, counts }: ForeignFacts): ForeignDocument {
    this.#canonicalizer.finish()
    const facts = Buffer.from(factsSuite(properties))
    const root = this.#isWrapped
      ? [Buffer.from(this.#wrapper(counts)), facts, ...this.#body.chunks(), Buffer.from('</testsuites>')]
      : [...this.#head.chunks(), facts, ...this.#body.chunks()]
    return { declaration: Buffer.from(XML_DECLARATION), root }
  }

  // Readers take the owners of a test case from itself or from the nearest suite.
  #enter(tag: StartTag, parent: OpenElement | undefined): void {
    const around = parent?.owner
    // Within a test case nothing is a suite or a test case.
    const isOwn = this.#caseDepth === 0 || this.#caseDepth === this.#depth
    const attributes = tag.uri === '' && isOwn ? FILE_ATTRIBUTES[tag.name.local] : undefined
    const owner = attributes?.map((name) => this.#ownersOf?.(this.#named.get(name) ?? '')).find((found) => found)
    this.#open.push({ owner: owner ?? around, pending: owner === around ? undefined : owner })
  }

  // Before the first child, or first in the properties that are there.
  #writePending(element: OpenElement | undefined, isInList = false): void {
    if (element?.pending === undefined) return
    const row = propertyRow({ name: OWNER, value: this.#scrubber.text(element.pending) })
    element.pending = undefined
    this.#canonicalizer.insert(isInList ? row.trimEnd() : `<properties>${row.trimEnd()}</properties>`)
  }

  // Readers take the duration and the start of the run from the root.
  #wrapper(counts: TestCounts): string {
    const kept = ['name', 'time', 'timestamp'].flatMap((name) => {
      const value = this.#rootAttributes.get(name)
      return value === undefined ? [] : [[name, value] as const]
    })
    return startTag('testsuites', { ...countAttributes(counts), ...Object.fromEntries(kept) })
  }

  #valuesOf(tag: StartTag): ReadonlyMap<Attribute, string> {
    const attributes = tag.attributes.slice(0, tag.attributeCount).filter(({ name }) => !name.declares)
    const values = attributes.map((attribute) => {
      const original = decodeValue(this.#bytes, attribute.valueStart, attribute.valueEnd)
      return { attribute, original, value: original }
    })
    if (this.#ownersOf !== undefined)
      this.#named = new Map(values.map(({ attribute, original }) => [attribute.name.text, original]))
    const isProperty = tag.name.local === 'property'
    const nameOfProperty = values.find(({ attribute }) => attribute.name.text === 'name')?.original
    for (const item of values) {
      const { text, local } = item.attribute.name
      if (isProperty && text === 'name') item.value = this.#nameOf(this.#scrubber.name(item.original))
      else if (isProperty && text === 'value' && nameOfProperty !== undefined) {
        item.value = this.#scrubber.namedValue(nameOfProperty, item.original)
      } else item.value = NAMES.has(local) ? this.#scrubber.name(item.original) : this.#scrubber.text(item.original)
    }
    if (this.#depth === 1) this.#rootAttributes = new Map(values.map((item) => [item.attribute.name.text, item.value]))
    const changed = values.filter(({ original, value }) => original !== value)
    return new Map(changed.map(({ attribute, value }) => [attribute, value]))
  }

  // In a test case only the facts about a test are reserved, because nothing there speaks for the run.
  #nameOf(name: string): string {
    if (!isReservedName(name)) return name
    if (this.#caseDepth > 0 && !/^jux[:.]/i.test(legalText(name).trim())) return name
    this.#renamed.add(name)
    return ORIGINAL_PREFIX + name
  }
}
