/**
 * Renders a test run as canonical JUnit XML, streamed into a sink.
 *
 * One `testsuite` for each file and project, flat, and one for the run itself when something happened outside files.
 * The facts about the run are properties of the first suite. docs/junit.md says which part of the model is found where.
 *
 * @module
 */
import { posix } from 'node:path'
import type { PartialSettings, SettingDefaults } from '../config/table.js'
import type { JuxError } from '../errors.js'
import type { ModuleResult, Output, Property, TestCounts, TestRun } from '../model.js'
import type { DigestName, ReportSink } from '../xml/digest.js'
import { legalText } from '../xml/text.js'
import { type CaseContext, CaseWriter, type NamedCase, outputText } from './case-writer.js'
import { addCounts, type Case, countCases, countModule, moduleCases, NO_COUNTS, runCases } from './cases.js'
import { type Dialect, dialectOf, SYSTEM_ERR, SYSTEM_OUT } from './dialects.js'
import { addFact, moduleFacts, runFacts, sharedSettings } from './facts.js'
import { type NameSettings, Names } from './names.js'
import { plainTimestamp, propertyName, seconds, timestamp, visibleName } from './values.js'
import { XmlWriter } from './writer.js'

const DEFAULT_DIALECT: SettingDefaults['dialect'] = 'common'

/** How a report is rendered. */
export interface RenderSettings extends NameSettings, PartialSettings<'dialect'> {
  /** Digests of the canonical form to compute; `sha256` is always computed. */
  readonly digests?: readonly DigestName[] | undefined
  /** Absolute folder that paths of attachments are written relative to. Default: the run's root. */
  readonly attachmentsFrom?: string | undefined
}

/** The result of rendering. */
export interface Rendered {
  /** The root's end tag: not yet in the sink, so that a signature can go before it. */
  readonly endTag: string
  /** SHA-256 of the canonical form, hex. */
  readonly contentHash: string
  /** Of the canonical form: the root with its end tag, without the declaration. */
  readonly digests: ReadonlyMap<DigestName, Uint8Array>
  /** Of the whole unsigned document. */
  readonly sizeBytes: number
  readonly counts: TestCounts
  /** Of the first suite, as a reader of the report finds them: the facts about the run are here. */
  readonly properties: readonly Property[]
  /** What was wrong with name templates; default names were used instead. */
  readonly problems: readonly JuxError[]
}

/** What is written of one suite. */
interface Suite extends CaseContext {
  readonly name: string
  readonly counts: TestCounts
  readonly cases: readonly Case[]
  readonly properties: readonly Property[]
  readonly time: string
  readonly startedAt: string | undefined
  readonly output: readonly Output[]
}

/** Name of the suite for what belongs to no file. */
const RUN_SUITE = '(run)'
const END_TAG = '</testsuites>'

/**
 * Writes a run as JUnit XML, without the last end tag: a signature can go before it.
 *
 * @param sink receives the declaration, then the canonical form in pieces; it must copy the bytes that it keeps
 */
export function renderJunit(run: TestRun, sink: ReportSink, settings: RenderSettings = {}): Rendered {
  const dialect = dialectOf(settings.dialect ?? DEFAULT_DIALECT)
  const names = new Names(settings)
  const writer = new XmlWriter(sink, ['sha256', ...(settings.digests ?? [])])
  const cases = new CaseWriter(writer, dialect, names, settings.attachmentsFrom ?? run.rootDir)
  const suites = new SuiteWriter(writer, dialect, cases, run)
  const moduleCounts = run.modules.map(countModule)
  const inModules = moduleCounts.reduce(addCounts, NO_COUNTS)
  const outsideModules = runCases(run, inModules)
  const counts = addCounts(inModules, countCases(outsideModules))

  writer.declaration()
  writer.open(dialect.testsuites, {
    ...counts,
    name: propertyOf(run, 'project') ?? visibleName(run.runner.name) ?? 'tests',
    time: seconds(run.durationMs),
    timestamp: timestamp(run.startedAt),
  })
  for (const [index, module] of run.modules.entries()) {
    suites.write(moduleSuite(module, moduleCounts[index] ?? NO_COUNTS, names))
  }
  // A report always has a suite, because its first suite has the facts about the run.
  if (outsideModules.length > 0 || run.output.length > 0 || run.modules.length === 0) {
    suites.write(runSuite(run, outsideModules))
  }
  const { digests, sizeBytes } = writer.finish(END_TAG)
  const contentHash = Buffer.from(digests.get('sha256') ?? []).toString('hex')
  const { properties } = suites
  return { endTag: END_TAG, contentHash, digests, sizeBytes, counts, properties, problems: names.problems }
}

/** Writes the suites of one report. */
class SuiteWriter {
  readonly #writer: XmlWriter
  readonly #dialect: Dialect
  readonly #cases: CaseWriter
  readonly #run: TestRun
  readonly #hostname: string | undefined
  #written = 0
  /** Of the first suite, as written. */
  properties: readonly Property[] = []

  constructor(writer: XmlWriter, dialect: Dialect, cases: CaseWriter, run: TestRun) {
    this.#writer = writer
    this.#dialect = dialect
    this.#cases = cases
    this.#run = run
    this.#hostname = propertyOf(run, 'jux:hostname') ?? (dialect.completeSuites ? 'localhost' : undefined)
  }

  write(suite: Suite): void {
    const { name, file, counts, time, startedAt } = suite
    const { testsuite, completeSuites, caseOutput } = this.#dialect
    const index = this.#written++
    this.#writer.open(testsuite, {
      ...counts,
      file,
      hostname: this.#hostname,
      id: completeSuites ? index : undefined,
      name,
      package: completeSuites ? posix.dirname(file ?? '') : undefined,
      time,
      timestamp: completeSuites
        ? plainTimestamp(startedAt ?? timestamp(this.#run.startedAt) ?? '1970-01-01T00:00:00Z')
        : startedAt,
    })
    const properties = [...(index === 0 ? runFacts(this.#run) : []), ...suite.properties]
    if (completeSuites) {
      addFact(properties, 'jux:file', file)
      addFact(properties, 'jux:module_started_at', startedAt)
    }
    if (properties.length > 0 || completeSuites) this.#cases.writeProperties(properties)
    if (index === 0) this.properties = properties.map(asWritten)
    const written: NamedCase[] = []
    for (const item of suite.cases) {
      const named = this.#cases.write(item, suite)
      if (!caseOutput) written.push(named)
    }
    this.#writeOutput('stdout', suite, written)
    this.#writeOutput('stderr', suite, written)
    this.#writer.close(testsuite)
  }

  // Where cases have no room for output, the suite's output has a section for each of them.
  #writeOutput(stream: Output['stream'], { output, shared }: Suite, written: readonly NamedCase[]): void {
    const text = outputText(output, stream)
    if (text === '' && !this.#dialect.completeSuites) return
    const writer = this.#writer
    const element = stream === 'stdout' ? SYSTEM_OUT : SYSTEM_ERR
    writer.start(element)
    writer.text(text)
    if (written.length > 0 && text !== '' && !text.endsWith('\n')) writer.text('\n')
    for (const named of written) {
      const section = this.#cases.sections(named, shared)[stream]
      if (section !== '') writer.text(section.endsWith('\n') ? section : `${section}\n`)
    }
    writer.close(element)
  }
}

function asWritten({ name, value }: Property): Property {
  return { name: propertyName(name), value: legalText(value) }
}

function moduleSuite(module: ModuleResult, counts: TestCounts, names: Names): Suite {
  const { file, project, tests, durationMs } = module
  const shared = sharedSettings(tests)
  return {
    name: names.suite({ file, project, path: [], title: '' }),
    file,
    project,
    counts,
    cases: moduleCases(module),
    properties: moduleFacts(module, shared),
    shared,
    time: seconds(durationMs ?? tests.reduce((sum, test) => sum + (test.durationMs ?? 0), 0)),
    startedAt: timestamp(module.startedAt),
    output: module.output,
  }
}

function runSuite(run: TestRun, cases: readonly Case[]): Suite {
  return {
    name: RUN_SUITE,
    file: undefined,
    project: undefined,
    counts: countCases(cases),
    cases,
    properties: [],
    shared: {},
    time: seconds(undefined),
    startedAt: timestamp(run.startedAt),
    output: run.output,
  }
}

function propertyOf(run: TestRun, wanted: string): string | undefined {
  return visibleName(run.properties.find(({ name }) => name === wanted)?.value)
}
