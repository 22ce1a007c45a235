/**
 * Test cases as elements, in the room that a dialect gives them.
 *
 * @module
 */
import type { Property, TestResult } from '../model.js'
import { createValueEncoder } from '../xml/byte-writer.js'
import type { Case } from './cases.js'
import { attachmentLines, joinLines, type Rerun, rerunsOf, systemOut, testOutput } from './details.js'
import { type Dialect, propertyLine } from './dialects.js'
import {
  type DialectElements,
  elementsOf,
  PROPERTIES,
  PROPERTY,
  STACK_TRACE,
  SYSTEM_ERR,
  SYSTEM_OUT,
  VERDICT_ELEMENTS,
} from './elements.js'
import { errorsText, locationText } from './error-text.js'
import { addFact, type SharedSettings, testFacts } from './facts.js'
import type { Names } from './names.js'
import { position, propertyName, seconds, timestamp } from './values.js'
import type { XmlWriter } from './writer.js'

/** Where cases belong. */
export interface CasePlace {
  /** Absent for what belongs to no file. */
  readonly file: string | undefined
  readonly project: string | undefined
  readonly shared: SharedSettings
}

/** A case under the names that it was given. */
export interface NamedCase {
  readonly item: Case
  readonly className: string
  readonly name: string
}

/** What a case holds beside its verdict. */
interface Details {
  readonly properties: readonly Property[]
  readonly reruns: readonly Rerun[]
  readonly attachments: readonly string[]
  readonly out: string
  readonly err: string
}

const NO_DETAILS: Details = { properties: [], reruns: [], attachments: [], out: '', err: '' }

/** Writes the test cases of one report. */
export class CaseWriter {
  readonly #writer: XmlWriter
  readonly #dialect: Dialect
  readonly #testcase: DialectElements['testcase']
  readonly #names: Names
  readonly #attachmentsFrom: string
  readonly #encodeClass = createValueEncoder()
  readonly #encodeFile = createValueEncoder()

  constructor(writer: XmlWriter, dialect: Dialect, names: Names, attachmentsFrom: string) {
    this.#writer = writer
    this.#dialect = dialect
    this.#testcase = elementsOf(dialect).testcase
    this.#names = names
    this.#attachmentsFrom = attachmentsFrom
  }

  /** Writes one case and tells under which names. */
  write(item: Case, place: CasePlace): NamedCase {
    const { path, title } = item
    const { project, file = '(run)' } = place
    const parts = project === undefined ? { file, path, title } : { file, project, path, title }
    const className = this.#names.className(parts)
    const name = this.#names.testName(className, parts, item.test === undefined)
    const attributes = this.#attributes(item, place.file, className, name)
    const details = this.#dialect.caseOutput ? this.#details(item, place.shared) : NO_DETAILS
    if (item.verdict === 'passed' && isEmpty(details)) {
      this.#writer.element(this.#testcase, attributes)
    } else {
      this.#writer.open(this.#testcase, attributes)
      this.#writeContent(item, details)
      this.#writer.close(this.#testcase)
    }
    return { item, className, name }
  }

  /** What the suite's `system-out` and `system-err` say of a case that has no room of its own for it. */
  describe(
    { item, className, name }: NamedCase,
    shared: SharedSettings,
  ): Readonly<Record<'stdout' | 'stderr', string>> {
    const { properties, reruns, attachments, out, err } = this.#details(item, shared)
    const attempts = reruns.map((rerun) => joinLines([`${rerun.element}: ${rerun.stack}`, rerun.out, rerun.err]))
    const heading = `== ${className} :: ${name}`
    const told = [...properties.map(propertyLine), ...attempts, out, ...attachments]
    return {
      stdout: told.every((piece) => piece === '') ? '' : joinLines([heading, ...told]),
      stderr: err === '' ? '' : joinLines([heading, err]),
    }
  }

  /** A `properties` element. */
  writeProperties(properties: readonly Property[]): void {
    this.#writer.open(PROPERTIES)
    for (const { name, value } of properties) {
      this.#writer.element(PROPERTY, { name: propertyName(name), value })
    }
    this.#writer.close(PROPERTIES)
  }

  #attributes({ test }: Case, file: string | undefined, className: string, name: string) {
    const here = test?.location?.file === undefined || test.location.file === file ? test?.location : undefined
    return {
      classname: this.#encodeClass(className),
      column: position(here?.column),
      file: file === undefined ? undefined : this.#encodeFile(file),
      id: test === undefined ? undefined : idOf(test),
      line: position(here?.line),
      name,
      time: seconds(test?.durationMs),
      timestamp: timestamp(test?.startedAt),
    }
  }

  #writeContent(item: Case, details: Details): void {
    const { properties, reruns, attachments, out, err } = details
    const writer = this.#writer
    if (properties.length > 0 && this.#dialect.caseProperties) this.writeProperties(properties)
    if (item.verdict !== 'passed') {
      const type = item.verdict === 'skipped' && !this.#dialect.skippedType ? undefined : item.type
      const told = item.errors.length > 0 || item.verdict === 'skipped' ? errorsText(item.errors) : item.message
      writer.element(VERDICT_ELEMENTS[item.verdict], { message: item.message, type }, told)
    }
    for (const { element, message, type, stack, out: stdout, err: stderr } of reruns) {
      writer.open(VERDICT_ELEMENTS[element], { message, type })
      writer.element(STACK_TRACE, undefined, stack)
      if (stdout !== '') writer.element(SYSTEM_OUT, undefined, stdout)
      if (stderr !== '') writer.element(SYSTEM_ERR, undefined, stderr)
      writer.close(VERDICT_ELEMENTS[element])
    }
    const all = systemOut(this.#dialect.caseProperties ? [] : properties, out, attachments)
    if (all !== '') writer.element(SYSTEM_OUT, undefined, all)
    if (err !== '') writer.element(SYSTEM_ERR, undefined, err)
  }

  #details({ test }: Case, shared: SharedSettings): Details {
    if (test === undefined) return NO_DETAILS
    const own = testFacts(test, shared, this.#attachmentsFrom)
    return {
      properties: this.#dialect.attributes.testcase === undefined ? own : [...attributeFacts(test), ...own],
      reruns: rerunsOf(test),
      attachments: attachmentLines(test, this.#attachmentsFrom),
      out: testOutput(test, 'stdout'),
      err: testOutput(test, 'stderr'),
    }
  }
}

// What the attributes of `common` say, for dialects that do not have them; the file is the suite's.
function attributeFacts(test: TestResult): readonly Property[] {
  const { location, startedAt } = test
  const own: Property[] = []
  addFact(own, 'jux:id', idOf(test))
  if (location !== undefined && location.file === undefined) addFact(own, 'jux:location', locationText(location))
  addFact(own, 'jux:started_at', startedAt)
  return own
}

// An id that is made of the test's own name says nothing more.
function idOf({ id, title }: TestResult): string | undefined {
  return id === '' || id.includes(title) ? undefined : id
}

function isEmpty({ properties, reruns, attachments, out, err }: Details): boolean {
  return properties.length === 0 && reruns.length === 0 && attachments.length === 0 && out === '' && err === ''
}
