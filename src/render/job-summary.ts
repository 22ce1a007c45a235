/**
 * The summary of a run for the page of a CI job: Markdown as GitHub shows it, made of HTML blocks.
 *
 * Pure. The run is the one that was reported, so it holds no secrets.
 *
 * Text from the run is in `code`, escaped and on one line. So it cannot end the HTML block that it is in (CommonMark
 * 4.6), and nothing in it becomes markup, a link, an image, a mention or a reference.
 *
 * @module
 */
import type { PartialSettings } from '../config/table.js'
import type { Location, TestCounts, TestRun } from '../model.js'
import { type Case, countCases, moduleCases, type NothingToRun, runCases } from './cases.js'
import { FilePaths, type PathSettings } from './file-paths.js'
import { codeOf, escapeHtml, tableOf } from './job-summary-parts.js'

/** One line about the report. */
export interface SummaryRow {
  readonly label: string
  readonly text: string
  /** Web address that the text links to. */
  readonly link?: string | undefined
}

/** What a summary holds. */
export interface SummaryParts {
  readonly run: TestRun
  readonly counts: TestCounts
  /** About the report: its hash, its signature, where it is. */
  readonly rows: readonly SummaryRow[]
  /** A shell command that verifies the report. */
  readonly verifyLine?: string | undefined
  /** Those of the report. */
  readonly settings?: (PathSettings & PartialSettings<'nothingToRun'>) | undefined
}

/** At most this many failures, and this many flaky tests, are listed; the others are counted. */
const MAX_LISTED = 25
const MAX_NAME_CHARACTERS = 200
const MAX_MESSAGE_CHARACTERS = 300
const MAX_ROW_CHARACTERS = 500

/** Renders at most 300 KB of Markdown. It begins and ends with an empty line. */
export function renderJobSummary({ run, counts, rows, verifyLine, settings = {} }: SummaryParts): string {
  const runPaths = new FilePaths(run.rootDir, settings)
  const failures = failuresOf(run, runPaths, settings.nothingToRun)
  const flaky = run.modules.flatMap((module) =>
    module.tests
      .filter((test) => test.flaky)
      .map((test) => [nameOf(test), placeOf(test.location, runPaths.of(module), module.file)]),
  )
  const project = run.properties.find(({ name }) => name === 'project')?.value ?? 'tests'
  return [
    `\n\n<h3>${codeOf(project, MAX_NAME_CHARACTERS)}: ${run.outcome}</h3>\n\n`,
    `<p>${countsText(counts, flaky.length)} in ${durationText(run.durationMs)}, ${codeOf(`${run.runner.name} ${run.runner.version}`, MAX_NAME_CHARACTERS)}</p>\n\n`,
    listOf(failures, ['Failed', 'Where', 'Message']),
    listOf(flaky, ['Flaky', 'Where']),
    tableOf(rows.map(({ label, text, link = '' }) => [label, linkOf(link, codeOf(text, MAX_ROW_CHARACTERS))])),
    verifyLine === undefined ? '' : `<pre><code>${escapeHtml(verifyLine)}</code></pre>\n\n`,
  ].join('')
}

function failuresOf(run: TestRun, runPaths: FilePaths, nothingToRun: NothingToRun | undefined): string[][] {
  const inFiles = run.modules.flatMap((module) =>
    moduleCases(module)
      .filter(isFailure)
      .map((item) => ({ item, paths: runPaths.of(module), file: module.file })),
  )
  const outside = runCases(run, countCases(inFiles.map(({ item }) => item)), nothingToRun).filter(isFailure)
  return [...inFiles, ...outside.map((item) => ({ item, paths: runPaths, file: undefined }))].map(
    ({ item, paths, file }) => [
      nameOf(item),
      placeOf(item.errors[0]?.location ?? item.test?.location, paths, file),
      codeOf(firstLine(item.message ?? ''), MAX_MESSAGE_CHARACTERS),
    ],
  )
}

function isFailure({ status }: Case): boolean {
  return status === 'failed' || status === 'error'
}

function nameOf({ path, title }: Pick<Case, 'path' | 'title'>): string {
  return codeOf([...path, title].join(' > '), MAX_NAME_CHARACTERS)
}

function placeOf(location: Location | undefined, paths: FilePaths, file = ''): string {
  const parts = [paths.file(location?.file ?? file), location?.line].filter((part) => part !== '' && part !== undefined)
  return parts.length === 0 ? '' : codeOf(parts.join(':'), MAX_NAME_CHARACTERS)
}

function firstLine(text: string): string {
  return text.split(/[\r\n]/).find((line) => line.trim() !== '') ?? ''
}

function listOf(rows: readonly string[][], headings: readonly string[]): string {
  if (rows.length === 0) return ''
  const more = rows.length - MAX_LISTED
  return tableOf(rows.slice(0, MAX_LISTED), headings) + (more > 0 ? `<p>and ${more} more</p>\n\n` : '')
}

function countsText({ tests, failures, errors, skipped }: TestCounts, flaky: number): string {
  const parts = [
    [tests - failures - errors - skipped, 'passed'],
    [failures, 'failed'],
    [errors, errors === 1 ? 'error' : 'errors'],
    [skipped, 'skipped'],
    [flaky, 'flaky'],
  ] as const
  return parts
    .filter(([count], index) => index === 0 || count > 0)
    .map(([count, what]) => `${count} ${what}`)
    .join(', ')
}

function durationText(ms: number): string {
  if (ms < 59_950) return `${(ms / 1_000).toFixed(1)} s`
  // Rounded before it is divided, so that neither part comes to 60.
  const seconds = Math.round(ms / 1_000)
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}

// A link, if the address is an http or https URL.
function linkOf(address: string, inner: string): string {
  if (!URL.canParse(address)) return inner
  const { protocol, href } = new URL(address)
  return /^https?:$/.test(protocol) ? `<a href="${escapeHtml(href)}">${inner}</a>` : inner
}
