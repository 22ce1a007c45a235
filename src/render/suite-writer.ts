/**
 * Writes suites: one for each file and project, and one for what belongs to no file.
 *
 * A suite has a head, which depends on the whole run, and a body, which depends on its file alone.
 *
 * @module
 */
import { posix } from 'node:path'
import type { ModuleResult, Output, Property, TestCounts, TestRun } from '../model.js'
import { type CaseContext, type CaseWriter, type NamedCase, outputText } from './case-writer.js'
import { type Case, countCases, moduleCases } from './cases.js'
import { type Dialect, SYSTEM_ERR, SYSTEM_OUT } from './dialects.js'
import { addFact, moduleFacts, runFacts, sharedSettings } from './facts.js'
import type { FilePaths } from './file-paths.js'
import type { Names } from './names.js'
import { plainTimestamp, seconds, timestamp, visibleName } from './values.js'
import type { XmlWriter } from './writer.js'

/** What is written before the test cases of a suite. */
export interface SuiteHead {
  readonly name: string
  /** As the report shows it; absent for what belongs to no file. */
  readonly file: string | undefined
  /** Folder of the file, as names have it. */
  readonly package: string
  readonly counts: TestCounts
  readonly properties: readonly Property[]
  readonly time: string
  readonly startedAt: string | undefined
}

/** Test cases and output of a suite. */
export interface SuiteBody extends CaseContext {
  readonly cases: readonly Case[]
  readonly output: readonly Output[]
}

/** The suite of one file, rendered before the others. */
export interface RenderedModule {
  /** Not yet written, because it depends on the whole run. */
  readonly head: SuiteHead
  /** Test cases, output and end tag. */
  readonly body: Uint8Array
  /** The classes of its test cases. Names are unique within a class, so no other file may have one of these. */
  readonly classNames: readonly string[]
}

/** Name of the suite for what belongs to no file. */
const RUN_SUITE = '(run)'

/** The suite of one file. */
export function moduleSuite(
  module: ModuleResult,
  counts: TestCounts,
  names: Names,
  runPaths: FilePaths,
): SuiteHead & SuiteBody {
  const { file, tests, durationMs } = module
  const project = projectInNames(module)
  const shared = sharedSettings(tests)
  const paths = runPaths.of(module)
  return {
    name: names.suite({ file, project, path: [], title: '' }),
    file: paths.file(file),
    namedFile: file,
    package: posix.dirname(file),
    project,
    paths,
    counts,
    cases: moduleCases(module),
    properties: moduleFacts(module, shared, paths),
    shared,
    time: seconds(durationMs ?? tests.reduce((sum, test) => sum + (test.durationMs ?? 0), 0)),
    startedAt: timestamp(module.startedAt),
    output: module.output,
  }
}

// Two modules of one file in one project have names of their own.
function projectInNames({ project, kind, kindInName }: ModuleResult): string | undefined {
  if (!kindInName) return project
  return project === undefined || project === '' ? kind : `${project} ${kind}`
}

/** The suite of what belongs to no file. */
export function runSuite(run: TestRun, cases: readonly Case[], paths: FilePaths): SuiteHead & SuiteBody {
  return {
    name: RUN_SUITE,
    file: undefined,
    namedFile: undefined,
    package: '.',
    project: undefined,
    paths,
    counts: countCases(cases),
    cases,
    properties: [],
    shared: {},
    time: seconds(undefined),
    startedAt: timestamp(run.startedAt),
    output: run.output,
  }
}

/** Writes suites into one document. */
export class SuiteWriter {
  readonly #writer: XmlWriter
  readonly #dialect: Dialect
  readonly #cases: CaseWriter

  constructor(writer: XmlWriter, dialect: Dialect, cases: CaseWriter) {
    this.#writer = writer
    this.#dialect = dialect
    this.#cases = cases
  }

  /**
   * Writes the start tag and the properties. The facts about the run are among those of the first suite.
   *
   * @param index number of the suite, from 0
   * @param hostname that of the run
   * @returns the properties, before they are made legal
   */
  writeHead(head: SuiteHead, index: number, run: TestRun, hostname: string | undefined): readonly Property[] {
    const { name, file, counts, time, startedAt } = head
    const { testsuite, completeSuites } = this.#dialect
    this.#writer.open(testsuite, {
      ...counts,
      file,
      hostname: hostname ?? (completeSuites ? 'localhost' : undefined),
      id: completeSuites ? index : undefined,
      name,
      package: completeSuites ? head.package : undefined,
      time,
      timestamp: completeSuites
        ? plainTimestamp(startedAt ?? timestamp(run.startedAt) ?? '1970-01-01T00:00:00Z')
        : startedAt,
    })
    const properties = [...(index === 0 ? runFacts(run) : []), ...head.properties]
    if (completeSuites) {
      addFact(properties, 'jux:file', file)
      addFact(properties, 'jux:module_started_at', startedAt)
    }
    if (properties.length > 0 || completeSuites) this.#cases.writeProperties(properties)
    return properties
  }

  /** Writes the test cases, the output and the end tag. */
  writeBody(body: SuiteBody): void {
    const written: NamedCase[] = []
    for (const item of body.cases) {
      const named = this.#cases.write(item, body)
      if (!this.#dialect.caseOutput) written.push(named)
    }
    this.#writeOutput('stdout', body, written)
    this.#writeOutput('stderr', body, written)
    this.#writer.close(this.#dialect.testsuite)
  }

  // Where cases have no room for output, the suite's output has a section for each of them.
  #writeOutput(stream: Output['stream'], body: SuiteBody, written: readonly NamedCase[]): void {
    const text = outputText(body.output, stream)
    if (text === '' && !this.#dialect.completeSuites) return
    const writer = this.#writer
    const element = stream === 'stdout' ? SYSTEM_OUT : SYSTEM_ERR
    writer.start(element)
    writer.text(text)
    if (written.length > 0 && text !== '' && !text.endsWith('\n')) writer.text('\n')
    for (const named of written) {
      const section = this.#cases.sections(named, body)[stream]
      if (section !== '') writer.text(section.endsWith('\n') ? section : `${section}\n`)
    }
    writer.close(element)
  }
}

/** The value of a property of the run; `undefined` if nothing of it is visible. */
export function propertyOf(run: TestRun, wanted: string): string | undefined {
  return visibleName(run.properties.find(({ name }) => name === wanted)?.value)
}
