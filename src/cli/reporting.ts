/**
 * Makes reports of the JUnit files of other programs, and prints what became of each: for `jux report` and `jux run --junit`.
 *
 * @module
 */
import { isAbsolute, relative, resolve } from 'node:path'
import { missingFiles, placeKeyError } from '../config/files.js'
import { combineProblems, type ExaminedConfig } from '../config/load.js'
import type { Settings } from '../config/table.js'
import { startFacts } from '../enrich/facts.js'
import { JuxError, printable, toJuxError } from '../errors.js'
import { composeForeignReport, type ForeignFile, type ForeignReport } from '../foreign-report.js'
import type { TestCounts } from '../model.js'
import {
  deliverReport,
  type Materials,
  type PipelineSettings,
  preloadSubmit,
  type Receipt,
  submissionMistake,
} from '../pipeline.js'
import { formatBlock, receiptRows } from '../reporters/receipt.js'
import { loadSigner } from '../sign/keys.js'
import type { Paint } from '../terminal.js'
import type { CliContext } from './command.js'
import type { Input } from './files.js'
import { oneLine, writeError } from './output.js'

const NOT_ENDED = 'wait until the program that writes the file has ended'
const NOT_LEGAL = 'remove the character from the names and the output of the tests: other readers refuse it, too'

/** Cures for files that are not well-formed XML, by the reason of the error. */
const CURES: Readonly<Record<string, string>> = {
  empty: NOT_ENDED,
  'no-root': NOT_ENDED,
  unclosed: NOT_ENDED,
  'tag-mismatch': NOT_ENDED,
  encoding: 'save the file as UTF-8, and let its XML declaration say so',
  doctype: 'remove the document type declaration: JUnit XML has none',
  'illegal-character': NOT_LEGAL,
  reference: NOT_LEGAL,
}
const OTHER_CURE = 'let the program write JUnit XML: most test runners have a reporter or a flag for it'

/** What was made of one file. */
export interface FileResult {
  readonly file: string
  readonly report?: ForeignReport | undefined
  readonly receipt?: Receipt | undefined
  /** Why there is no report. */
  readonly error?: JuxError | undefined
}

/** What the reports are made with. */
export interface Prepared extends Materials {
  readonly settings: Settings & PipelineSettings
}

/**
 * Loads the key and collects the facts. A mistake that concerns only the submission does not cost the reports, as in the
 * reporters.
 *
 * @throws {JuxError} for mistakes in the configuration that cost the reports
 */
export async function prepareReports(config: ExaminedConfig, { system }: CliContext): Promise<Prepared> {
  const settings = { ...config.settings, sources: config.sources }
  const files = missingFiles(config)
  const missing = files.filter(({ cost }) => cost === 'submission').map(({ problem }) => problem)
  const problem = combineProblems([
    ...config.problems,
    ...files.filter(({ cost }) => cost === 'report').map((file) => file.problem),
  ])
  if (problem !== undefined) throw problem
  const signs = settings.sign !== false && (settings.keyPath !== undefined || settings.key !== undefined)
  try {
    const signer = signs ? await loadSigner(settings, system) : undefined
    await preloadSubmit(settings)
    const mistake =
      combineProblems([...config.submissionProblems, ...missing]) ?? (await submissionMistake(settings, system))
    return {
      settings,
      signer,
      system,
      facts: await startFacts({ ...settings, rootDir: system.cwd }, system),
      submissionProblem: config.wantsSubmission ? mistake : undefined,
    }
  } catch (error) {
    throw placeKeyError(toJuxError(error), config)
  }
}

/** How a report is made of a file. */
export interface HowToReport extends Pick<ForeignFile, 'source' | 'replace' | 'commandEnd'> {
  /** Prints a line for the user. */
  readonly say: (line: string) => void
}

/** Makes a report of a file, and stores and submits it as the settings say. Never rejects. */
export async function reportFile(input: Input, materials: Prepared, { say, ...how }: HowToReport): Promise<FileResult> {
  const file = input.name
  const { settings, system } = materials
  try {
    const bytes = await input.read()
    const report = composeForeignReport({ bytes, name: sourceFile(file, system.cwd), ...how }, materials)
    for (const notice of report.notices) say(`${file}: ${notice}`)
    const receipt = await deliverReport(report, materials, {
      deadlineMs: settings.deadline * 1_000,
      log: (line, level) => {
        if (level === 'notice' || settings.verbose) say(line)
      },
    })
    return { file, report, receipt }
  } catch (error) {
    return { file, error: withCure(toJuxError(error)) }
  }
}

/** Whether there is a report: stored, sent, or shown in a dry run. */
export function isMade({ receipt }: FileResult): boolean {
  return receipt !== undefined && (receipt.path ?? receipt.submitted ?? receipt.preview) !== undefined
}

/** Why there is no report of a file, or why the report was not stored or sent. */
export function problemsOf({ error, receipt }: FileResult): readonly (JuxError | string)[] {
  const failures = error === undefined ? (receipt?.failures ?? []) : [error]
  return receipt?.notSubmitted === undefined ? failures : [...failures, receipt.notSubmitted]
}

/** The stream for what was made; errors are written to standard error. */
export interface ResultStream {
  write(text: string): void
  readonly paint: Paint
}

/** Prints what became of a file. */
export function printResult(
  result: FileResult,
  { settings, system }: Prepared,
  context: CliContext,
  { write, paint }: ResultStream,
): void {
  const { file, report, receipt } = result
  if (report !== undefined && receipt !== undefined && isMade(result)) {
    const rows = receiptRows(receipt, { settings, system }).filter(([label]) => label !== 'tests')
    const named = report.source === file ? file : `${file}, ${report.source}`
    const own = [
      ['file', named],
      ['tests', `${countsText(report.counts)}; the outcome is ${report.outcome}`],
    ] as const
    write(`${formatBlock([...own, ...rows], paint)}\n`)
  } else context.err(`${oneLine(file)}\n`)
  for (const problem of report?.problems ?? []) writeError(context, problem)
  for (const line of [receipt?.notSubmitted, report?.sizeNotice]) {
    if (line !== undefined) context.err(`${printable(line)}\n`)
  }
  for (const problem of result.error === undefined ? (receipt?.failures ?? []) : [result.error]) {
    writeError(context, problem)
  }
}

// Nothing of this machine's folders outside the project goes into a report.
function sourceFile(name: string, cwd: string): string | undefined {
  if (name === '-') return undefined
  const path = relative(cwd, resolve(cwd, name)).replaceAll('\\', '/')
  return path.startsWith('..') || isAbsolute(path) ? path.split('/').at(-1) : path
}

function withCure(error: JuxError): JuxError {
  const { code, message, reason, suggestions, cause } = error
  if (code !== 'XML_PARSE_ERROR' || suggestions.length > 0) return error
  return new JuxError(code, {
    message,
    reason,
    suggestions: [CURES[reason ?? ''] ?? OTHER_CURE],
    cause: cause ?? error,
  })
}

function countsText({ tests, failures, errors, skipped }: TestCounts): string {
  const counts = [
    [tests - failures - errors - skipped, 'passed'],
    [failures, 'failed'],
    [errors, errors === 1 ? 'error' : 'errors'],
    [skipped, 'skipped'],
  ] as const
  const shown = counts.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`)
  return shown.length === 0 ? 'none' : `${tests}: ${shown.join(', ')}`
}
