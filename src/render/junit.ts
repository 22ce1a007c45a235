/**
 * A test run as canonical JUnit XML, streamed into a sink.
 *
 * One `testsuite` for each file and project, flat, and one for the run itself when something happened outside files. The facts about the run
 * are properties of the first suite. docs/junit.md says which part of the model is found where.
 *
 * @module
 */
import { posix } from 'node:path'
import type { PartialSettings, SettingDefaults } from '../config/table.js'
import type { JuxError } from '../errors.js'
import type { ModuleResult, Output, Property, TestCounts, TestRun } from '../model.js'
import type { DigestName, ReportSink } from '../xml/digest.js'
import { legalText } from '../xml/text.js'
import { CaseWriter, type NamedCase } from './case-writer.js'
import { addCounts, type Case, countCases, countModule, moduleCases, runCases } from './cases.js'
import { outputText } from './details.js'
import { dialectOf } from './dialects.js'
import { elementsOf, SYSTEM_ERR, SYSTEM_OUT } from './elements.js'
import { addFact, moduleFacts, runFacts, type SharedSettings, sharedSettings } from './facts.js'
import { type NameSettings, Names } from './names.js'
import { plainTimestamp, propertyName, seconds, timestamp, visibleName } from './values.js'
import { XmlWriter } from './writer.js'

const DEFAULT_DIALECT: SettingDefaults['dialect'] = 'common'

/** How a report is written. */
export interface RenderSettings extends NameSettings, PartialSettings<'dialect'> {
  /** Digests to take of the canonical form; `sha256` is always taken. */
  readonly digests?: readonly DigestName[] | undefined
  /** Absolute folder that paths of attachments are written relative to. Default: the run's root. */
  readonly attachmentsFrom?: string | undefined
}

/** What became of a rendering. */
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
  /** What was wrong with name templates; default names stood in. */
  readonly problems: readonly JuxError[]
}

/** What is written of one suite. */
interface Suite {
  readonly name: string
  readonly file: string | undefined
  readonly project: string | undefined
  readonly counts: TestCounts
  readonly cases: readonly Case[]
  readonly properties: readonly Property[]
  readonly shared: SharedSettings
  readonly time: string
  readonly startedAt: string | undefined
  readonly output: readonly Output[]
}

/** File and suite name of what belongs to no file. */
const RUN_SUITE = '(run)'
const END_TAG = '</testsuites>'

/**
 * Writes a run as JUnit XML, without the last end tag: a signature can go before it.
 *
 * @param sink gets the declaration, then the canonical form in pieces; it copies what it keeps
 *
 * @example
 * ```ts
 * import { loadSigner, realSystem, renderJunit, SCHEMA_VERSION, signatureElement, type TestRun } from 'jux-reporter'
 *
 * const run: TestRun = {
 *   schemaVersion: SCHEMA_VERSION,
 *   runId: '0b8f8f5e-5d0a-4a6c-9d0e-2f3b1f0c7a11',
 *   outcome: 'error',
 *   runner: { name: 'nightly', version: '1.0.0' },
 *   rootDir: process.cwd(),
 *   startedAt: '2026-01-31T02:00:00.000Z',
 *   finishedAt: '2026-01-31T02:00:01.000Z',
 *   durationMs: 1000,
 *   properties: [{ name: 'project', value: 'shop' }],
 *   modules: [],
 *   errors: [{ kind: 'unhandled', name: 'Error', message: 'the disk is full' }],
 *   output: [],
 * }
 * const chunks: Uint8Array[] = []
 * const { digests, endTag, counts } = renderJunit(run, { write: (bytes) => chunks.push(bytes.slice()) })
 * const signer = await loadSigner({ keyPath: 'key.pem' }, realSystem())
 * const report = `${Buffer.concat(chunks)}${signatureElement(digests, signer)}${endTag}`
 * console.log(counts.errors, report.endsWith('</ds:Signature></testsuites>'))
 * // 1 true
 * ```
 */
export function renderJunit(run: TestRun, sink: ReportSink, settings: RenderSettings = {}): Rendered {
  const dialect = dialectOf(settings.dialect ?? DEFAULT_DIALECT)
  const elements = elementsOf(dialect)
  const names = new Names(settings)
  const writer = new XmlWriter(sink, ['sha256', ...(settings.digests ?? [])])
  const cases = new CaseWriter(writer, dialect, names, settings.attachmentsFrom ?? run.rootDir)
  const property = (wanted: string) => visibleName(run.properties.find(({ name }) => name === wanted)?.value)
  const hostname = property('jux:hostname') ?? (dialect.completeSuites ? 'localhost' : undefined)

  const counted = run.modules.map(countModule)
  const ofModules = counted.reduce(addCounts, NONE)
  const ofRun = countCases(runCases(run, ofModules))
  const counts = addCounts(ofModules, ofRun)

  writer.declaration()
  writer.open(elements.testsuites, {
    ...counts,
    name: property('project') ?? visibleName(run.runner.name) ?? 'tests',
    time: seconds(run.durationMs),
    timestamp: timestamp(run.startedAt),
  })
  let facts: readonly Property[] = []
  let id = 0
  for (const suite of suites()) writeSuite(suite, id++)
  const { digests, sizeBytes } = writer.finish(END_TAG)
  const contentHash = Buffer.from(digests.get('sha256') ?? []).toString('hex')
  return { endTag: END_TAG, contentHash, digests, sizeBytes, counts, properties: facts, problems: names.problems }

  function* suites(): Generator<Suite> {
    let ofTheRun: readonly Property[] = runFacts(run)
    for (const [index, module] of run.modules.entries()) {
      yield moduleSuite(module, counted[index] ?? NONE, ofTheRun, names)
      ofTheRun = []
    }
    // A report always has a suite, because its first suite carries the facts.
    if (ofRun.tests > 0 || run.output.length > 0 || run.modules.length === 0) {
      yield runSuite(run, ofRun, runCases(run, ofModules), ofTheRun)
    }
  }

  function writeSuite(suite: Suite, number: number): void {
    const { name, file, counts, startedAt } = suite
    writer.open(elements.testsuite, {
      ...counts,
      file,
      hostname,
      id: dialect.completeSuites ? number : undefined,
      name,
      package: dialect.completeSuites ? posix.dirname(file ?? '') : undefined,
      time: suite.time,
      timestamp: dialect.completeSuites
        ? plainTimestamp(startedAt ?? timestamp(run.startedAt) ?? '1970-01-01T00:00:00Z')
        : startedAt,
    })
    const properties = [...suite.properties]
    if (dialect.completeSuites) {
      addFact(properties, 'jux:file', file)
      addFact(properties, 'jux:module_started_at', startedAt)
    }
    if (properties.length > 0 || dialect.completeSuites) cases.writeProperties(properties)
    if (number === 0) facts = properties.map(asWritten)
    const written: NamedCase[] = []
    for (const item of suite.cases) {
      const named = cases.write(item, suite)
      if (!dialect.caseOutput) written.push(named)
    }
    writeOutput('stdout', suite, written)
    writeOutput('stderr', suite, written)
    writer.close(elements.testsuite)
  }

  // Where cases have no room for output, the suite's has a section for each of them.
  function writeOutput(stream: 'stdout' | 'stderr', { output, shared }: Suite, written: readonly NamedCase[]): void {
    const text = outputText(output, stream)
    if (text === '' && !dialect.completeSuites) return
    const element = stream === 'stdout' ? SYSTEM_OUT : SYSTEM_ERR
    writer.start(element)
    writer.text(text)
    if (written.length > 0 && text !== '' && !text.endsWith('\n')) writer.text('\n')
    for (const named of written) {
      const section = cases.describe(named, shared)[stream]
      if (section !== '') writer.text(section.endsWith('\n') ? section : `${section}\n`)
    }
    writer.close(element)
  }
}

function asWritten({ name, value }: Property): Property {
  return { name: propertyName(name), value: legalText(value) }
}

function moduleSuite(module: ModuleResult, counts: TestCounts, ofTheRun: readonly Property[], names: Names): Suite {
  const { file, project, tests, durationMs } = module
  const shared = sharedSettings(tests)
  return {
    name: names.suite({ file, ...(project === undefined ? {} : { project }), path: [], title: '' }),
    file,
    project,
    counts,
    cases: moduleCases(module),
    properties: [...ofTheRun, ...moduleFacts(module, shared)],
    shared,
    time: seconds(durationMs ?? tests.reduce((sum, test) => sum + (test.durationMs ?? 0), 0)),
    startedAt: timestamp(module.startedAt),
    output: module.output,
  }
}

function runSuite(run: TestRun, counts: TestCounts, cases: readonly Case[], properties: readonly Property[]): Suite {
  return {
    name: RUN_SUITE,
    file: undefined,
    project: undefined,
    counts,
    cases,
    properties,
    shared: {},
    time: seconds(undefined),
    startedAt: timestamp(run.startedAt),
    output: run.output,
  }
}

const NONE: TestCounts = { tests: 0, failures: 0, errors: 0, skipped: 0 }
