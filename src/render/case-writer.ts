/**
 * Writes test cases as elements, with what a dialect has room for.
 *
 * @module
 */
import type { Attempt, Output, Property, TestResult } from '../model.js'
import { createValueEncoder } from '../xml/byte-writer.js'
import { type Case, failedAttempts, headline } from './cases.js'
import {
  ATTEMPT_ELEMENTS,
  type Dialect,
  PROPERTIES,
  PROPERTY,
  propertyLine,
  STACK_TRACE,
  STATUS_ELEMENTS,
  SYSTEM_ERR,
  SYSTEM_OUT,
} from './dialects.js'
import { errorsText, locationText } from './error-text.js'
import { addFact, type SharedSettings, testFacts } from './facts.js'
import type { FilePaths } from './file-paths.js'
import type { Names } from './names.js'
import { position, propertyName, seconds, timestamp } from './values.js'
import type { XmlWriter } from './writer.js'

/** The suite that cases belong to. */
export interface CaseContext {
  /** As the report shows it; absent for what belongs to no file. */
  readonly file: string | undefined
  /** As names have it. */
  readonly namedFile: string | undefined
  readonly project: string | undefined
  readonly shared: SharedSettings
  readonly paths: FilePaths
}

/** A case with the names that it was written under. */
export interface NamedCase {
  readonly item: Case
  readonly className: string
  readonly name: string
}

/** A failed attempt that is written in addition to the test's status. */
interface AttemptDetails {
  readonly element: keyof typeof ATTEMPT_ELEMENTS
  readonly message: string
  readonly type: string
  readonly stack: string
  readonly stdout: string
  readonly stderr: string
}

/** What a case holds in addition to its status. */
interface CaseDetails {
  readonly properties: readonly Property[]
  readonly attempts: readonly AttemptDetails[]
  /** Lines of `system-out`. */
  readonly attachments: readonly string[]
  readonly stdout: string
  readonly stderr: string
}

const NO_DETAILS: CaseDetails = { properties: [], attempts: [], attachments: [], stdout: '', stderr: '' }

/** Writes the test cases of one report. */
export class CaseWriter {
  readonly #writer: XmlWriter
  readonly #dialect: Dialect
  readonly #names: Names
  readonly #encodeClass = createValueEncoder()
  readonly #encodeFile = createValueEncoder()

  constructor(writer: XmlWriter, dialect: Dialect, names: Names) {
    this.#writer = writer
    this.#dialect = dialect
    this.#names = names
  }

  /** Writes one case and returns it with its names. */
  write(item: Case, context: CaseContext): NamedCase {
    const { namedFile, project } = context
    const parts = { file: namedFile ?? '(run)', project, path: item.path, title: item.title }
    const className = this.#names.className(parts)
    const name = this.#names.testName(className, parts, item.test === undefined)
    const attributes = this.#attributes(item, context, className, name)
    const details = this.#dialect.caseOutput ? this.#details(item, context) : NO_DETAILS
    if (item.status === 'passed' && (details === NO_DETAILS || isEmpty(details))) {
      this.#writer.element(this.#dialect.testcase, attributes)
    } else {
      this.#writer.open(this.#dialect.testcase, attributes)
      this.#writeContent(item, details, context)
      this.#writer.close(this.#dialect.testcase)
    }
    return { item, className, name }
  }

  /**
   * The sections of the suite's output that hold the details of a case, in a dialect whose cases have no room for them.
   */
  sections({ item, className, name }: NamedCase, context: CaseContext): Readonly<Record<Output['stream'], string>> {
    const { properties, attempts, attachments, stdout, stderr } = this.#details(item, context)
    const heading = `== ${className} :: ${name}`
    const pieces = [
      ...properties.map(propertyLine),
      ...attempts.map((attempt) => joinLines([`${attempt.element}: ${attempt.stack}`, attempt.stdout, attempt.stderr])),
      stdout,
      ...attachments,
    ]
    return {
      stdout: pieces.every((piece) => piece === '') ? '' : joinLines([heading, ...pieces]),
      stderr: stderr === '' ? '' : joinLines([heading, stderr]),
    }
  }

  /** Writes a `properties` element. */
  writeProperties(properties: readonly Property[]): void {
    this.#writer.open(PROPERTIES)
    for (const { name, value } of properties) {
      this.#writer.element(PROPERTY, { name: propertyName(name), value })
    }
    this.#writer.close(PROPERTIES)
  }

  #attributes({ test }: Case, { file, namedFile }: CaseContext, className: string, name: string) {
    const location = test?.location?.file === undefined || test.location.file === namedFile ? test?.location : undefined
    return {
      classname: this.#encodeClass(className),
      column: position(location?.column),
      file: file === undefined ? undefined : this.#encodeFile(file),
      id: test === undefined ? undefined : idOf(test),
      line: position(location?.line),
      name,
      time: seconds(test?.durationMs),
      timestamp: timestamp(test?.startedAt),
    }
  }

  #writeContent(item: Case, details: CaseDetails, { paths }: CaseContext): void {
    const { properties, attempts, attachments, stdout, stderr } = details
    const writer = this.#writer
    const { caseProperties, skippedType } = this.#dialect
    if (properties.length > 0 && caseProperties) this.writeProperties(properties)
    if (item.status !== 'passed') {
      const type = item.status === 'skipped' && !skippedType ? undefined : item.type
      const body = item.errors.length > 0 || item.status === 'skipped' ? errorsText(item.errors, paths) : item.message
      writer.element(STATUS_ELEMENTS[item.status], { message: item.message, type }, body)
    }
    for (const attempt of attempts) {
      const element = ATTEMPT_ELEMENTS[attempt.element]
      writer.open(element, { message: attempt.message, type: attempt.type })
      writer.element(STACK_TRACE, undefined, attempt.stack)
      if (attempt.stdout !== '') writer.element(SYSTEM_OUT, undefined, attempt.stdout)
      if (attempt.stderr !== '') writer.element(SYSTEM_ERR, undefined, attempt.stderr)
      writer.close(element)
    }
    const out = joinLines([...(caseProperties ? [] : properties.map(propertyLine)), stdout, ...attachments])
    if (out !== '') writer.element(SYSTEM_OUT, undefined, out)
    if (stderr !== '') writer.element(SYSTEM_ERR, undefined, stderr)
  }

  #details({ test }: Case, { shared, paths }: CaseContext): CaseDetails {
    if (test === undefined) return NO_DETAILS
    const facts = testFacts(test, shared, paths)
    const properties = this.#dialect.caseAttributes ? facts : [...attributeFacts(test), ...facts]
    // Most tests: nothing to say but that they passed.
    if (properties.length === 0 && isPlain(test)) return NO_DETAILS
    return {
      properties,
      attempts: attemptsOf(test, paths),
      attachments: attachmentLines(test, paths),
      stdout: testOutput(test, 'stdout'),
      stderr: testOutput(test, 'stderr'),
    }
  }
}

/** Output of one stream, in order. Joined first, so that a terminal sequence in two pieces is still one. */
export function outputText(output: readonly Output[] | undefined, stream: Output['stream']): string {
  if (output === undefined || output.length === 0) return ''
  return output.map((piece) => (piece.stream === stream ? piece.text : '')).join('')
}

// What the attributes of `common` say, for dialects that do not have them; the file is the suite's.
function attributeFacts(test: TestResult): readonly Property[] {
  const { location, startedAt } = test
  const facts: Property[] = []
  addFact(facts, 'jux:id', idOf(test))
  if (location !== undefined && location.file === undefined) addFact(facts, 'jux:location', locationText(location))
  addFact(facts, 'jux:started_at', startedAt)
  return facts
}

// An id that is the test's title adds nothing.
function idOf({ id, title }: TestResult): string | undefined {
  return id === '' || id === title ? undefined : id
}

function isEmpty({ properties, attempts, attachments, stdout, stderr }: CaseDetails): boolean {
  return properties.length === 0 && attempts.length === 0 && attachments.length === 0 && stdout === '' && stderr === ''
}

// A test that passed at once, without output and attachments.
function isPlain({ status, flaky, attempts, output, attachments, annotations }: TestResult): boolean {
  if (status !== 'passed' || flaky || output.length + attachments.length + annotations.length > 0) return false
  return attempts.every(
    (attempt) => attempt.status === 'passed' && attempt.errors.length === 0 && !attempt.output && !attempt.attachments,
  )
}

function attemptsOf(test: TestResult, paths: FilePaths): readonly AttemptDetails[] {
  const element = test.status === 'failed' ? 'rerunFailure' : 'flakyFailure'
  const attempts = additionalAttempts(test).map(({ errors, output }) => {
    const { message, type } = headline(errors, test.rawStatus)
    return {
      element,
      message,
      type,
      stack: errors.length === 0 ? message : errorsText(errors, paths),
      stdout: outputText(output, 'stdout'),
      stderr: outputText(output, 'stderr'),
    } as const
  })
  if (attempts.length > 0 || !test.flaky || test.status !== 'passed') return attempts
  const message = 'an earlier attempt failed and the runner did not say why'
  return [{ element, message, type: 'failed', stack: message, stdout: '', stderr: '' }]
}

// The `failure` of a test holds its first failed attempt already; an expected failure is a property.
function additionalAttempts(test: TestResult): readonly Attempt[] {
  if (test.status === 'failed') return failedAttempts(test).slice(1)
  return test.status === 'passed' && !test.expectedFailure ? failedAttempts(test) : []
}

// Output of a test and of those of its attempts that have no element of their own.
function testOutput(test: TestResult, stream: Output['stream']): string {
  const text = outputText(test.output, stream)
  if (test.attempts.every(({ output }) => output === undefined)) return text
  const additional = additionalAttempts(test)
  return test.attempts
    .filter((attempt) => !additional.includes(attempt))
    .map(({ output }) => outputText(output, stream))
    .filter((more) => more !== '' && !text.includes(more))
    .reduce((all, more) => joinLines([all, more]), text)
}

// Lines that Jenkins, GitLab, Azure and others read attachments from.
function attachmentLines({ attempts, attachments, annotations }: TestResult, paths: FilePaths): readonly string[] {
  const ofAttempts = attempts.flatMap((attempt) => attempt.attachments ?? [])
  if (ofAttempts.length + attachments.length + annotations.length === 0) return []
  const all = [...ofAttempts, ...attachments, ...annotations.flatMap(({ attachment }) => attachment ?? [])]
  const shown = all.flatMap((attachment) => paths.attachment(attachment) ?? [])
  return [...new Set(shown)].map((path) => `[[ATTACHMENT|${path}]]`)
}

// Pieces of text, each on lines of its own, without the empty ones.
function joinLines(pieces: readonly string[]): string {
  return pieces
    .filter((piece) => piece !== '')
    .reduce((all, piece) => (all === '' || all.endsWith('\n') ? all + piece : `${all}\n${piece}`), '')
}
