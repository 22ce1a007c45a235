/**
 * Renders a test run as canonical JUnit XML, streamed into a sink.
 *
 * One `testsuite` for each file and project, flat, and one for the run itself when something happened outside files.
 * The facts about the run are properties of the first suite. docs/junit.md says which part of the model is found where.
 *
 * @module
 */
import type { PartialSettings } from '../config/table.js'
import type { JuxError } from '../errors.js'
import type { ModuleResult, Property, TestCounts, TestRun } from '../model.js'
import type { DigestName, ReportSink } from '../xml/digest.js'
import { legalText } from '../xml/text.js'
import { CaseWriter } from './case-writer.js'
import { addCounts, countCases, countModule, NO_COUNTS, runCases } from './cases.js'
import { DEFAULT_DIALECT, dialectOf } from './dialects.js'
import { FilePaths, type PathSettings } from './file-paths.js'
import { type NameSettings, Names } from './names.js'
import { moduleSuite, propertyOf, type RenderedModule, runSuite, type SuiteHead, SuiteWriter } from './suite-writer.js'
import { propertyName, seconds, timestamp, visibleName } from './values.js'
import { XmlWriter } from './writer.js'

/** How a report is rendered. */
export interface RenderSettings extends NameSettings, PathSettings, PartialSettings<'dialect' | 'nothingToRun'> {
  /** Digests of the canonical form to compute; `sha256` is always computed. */
  readonly digests?: readonly DigestName[] | undefined
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

/** Returns the suite of a file that is rendered already; `undefined` for any other file. */
export type RenderedModules = (module: ModuleResult) => RenderedModule | undefined

/** The result of rendering the rest of a run. */
export interface RenderedRest extends Rendered {
  /**
   * A class of a file that was rendered before occurs in another file, too. Its names may not be unique, so the run must
   * be rendered as a whole.
   */
  readonly hasSharedClass: boolean
}

const END_TAG = '</testsuites>'

/**
 * Writes a run as JUnit XML, without the last end tag: a signature can go before it.
 *
 * @param sink receives the declaration, then the canonical form in pieces; it must copy the bytes that it keeps
 */
export function renderJunit(run: TestRun, sink: ReportSink, settings: RenderSettings = {}): Rendered {
  return renderRest(run, sink, settings, () => undefined)
}

/** Renders a run some of whose files are rendered already: the others, and everything outside files. */
export function renderRest(
  run: TestRun,
  sink: ReportSink,
  settings: RenderSettings,
  done: RenderedModules,
): RenderedRest {
  const dialect = dialectOf(settings.dialect ?? DEFAULT_DIALECT)
  const names = new Names(settings)
  const writer = new XmlWriter(sink, ['sha256', ...(settings.digests ?? [])])
  const cases = new CaseWriter(writer, dialect, names)
  const paths = new FilePaths(run.rootDir, settings)
  const suites = new SuiteWriter(writer, dialect, cases)
  const rendered = run.modules.map(done)
  const moduleCounts = run.modules.map((module, index) => rendered[index]?.head.counts ?? countModule(module))
  const inModules = moduleCounts.reduce(addCounts, NO_COUNTS)
  const outsideModules = runCases(run, inModules, settings.nothingToRun)
  const counts = addCounts(inModules, countCases(outsideModules))
  const hostname = propertyOf(run, 'jux:hostname')
  let properties: readonly Property[] = []
  const writeHead = (head: SuiteHead, index: number) => {
    const inHead = suites.writeHead(head, index, run, hostname)
    if (index === 0) properties = inHead.map(asWritten)
  }

  writer.declaration()
  writer.open(dialect.testsuites, {
    ...counts,
    name: propertyOf(run, 'project') ?? visibleName(run.runner.name) ?? 'tests',
    time: seconds(run.durationMs),
    timestamp: timestamp(run.startedAt),
  })
  for (const [index, module] of run.modules.entries()) {
    const early = rendered[index]
    if (early === undefined) {
      const suite = moduleSuite(module, moduleCounts[index] ?? NO_COUNTS, names, paths)
      writeHead(suite, index)
      suites.writeBody(suite)
    } else {
      writeHead(early.head, index)
      writer.raw(early.body)
    }
  }
  // A report always has a suite, because its first suite has the facts about the run.
  if (outsideModules.length > 0 || run.output.length > 0 || run.modules.length === 0) {
    const suite = runSuite(run, outsideModules, paths)
    writeHead(suite, run.modules.length)
    suites.writeBody(suite)
  }
  const { digests, sizeBytes } = writer.finish(END_TAG)
  const contentHash = Buffer.from(digests.get('sha256') ?? []).toString('hex')
  return {
    endTag: END_TAG,
    contentHash,
    digests,
    sizeBytes,
    counts,
    properties,
    problems: names.problems,
    hasSharedClass: hasDuplicates([names.classNames, ...rendered.map((early) => early?.classNames ?? [])].flat()),
  }
}

function hasDuplicates(names: readonly string[]): boolean {
  return new Set(names).size < names.length
}

function asWritten({ name, value }: Property): Property {
  return { name: propertyName(name), value: legalText(value) }
}
