/**
 * Prints a finished report: a short block after the runner's summary, and the summary on the page of a GitHub job.
 *
 * @module
 */
import { appendFileSync, statSync } from 'node:fs'
import { isAbsolute, relative } from 'node:path'
import type { Settings } from '../config/table.js'
import { hidesVariables } from '../enrich/task-runner.js'
import { errnoOf, printable, shellWord } from '../errors.js'
import type { TestRun } from '../model.js'
import type { PipelineSettings, Receipt } from '../pipeline.js'
import { isNoTestsError } from '../render/cases.js'
import { renderJobSummary, type SummaryRow } from '../render/job-summary.js'
import { placed } from '../setting-source.js'
import type { System } from '../system.js'
import type { Paint } from '../terminal.js'

/** GitHub ignores the summary of a step that is larger. */
const MAX_STEP_BYTES = 1024 * 1024

/** What a receipt depends on. */
export interface ReceiptContext {
  readonly settings: PipelineSettings
  readonly system: System
}

/** What a job summary depends on. */
export interface SummaryContext extends ReceiptContext {
  readonly settings: Settings & PipelineSettings
  /** Replaces secrets in text. */
  readonly scrubText: (text: string) => string
}

/**
 * Formats where the report is, its content hash, who signed it, and what the server said; in a dry run what would be
 * submitted.
 *
 * @returns lines joined by LF, with a final LF
 */
export function formatReceipt(receipt: Receipt, context: ReceiptContext, paint: Paint): string {
  return formatBlock(receiptRows(receipt, context), paint)
}

/**
 * Formats rows as a block: the labels in one column, the texts in another.
 *
 * @returns lines joined by LF, with a final LF
 */
export function formatBlock(rows: readonly (readonly [label: string, text: string])[], paint: Paint): string {
  const width = Math.max(...rows.map(([label]) => label.length))
  const lines = rows.map(([label, value], index) => {
    const margin = index === 0 ? paint.strong('  jux') : '     '
    return `${margin}  ${paint.faint(label.padEnd(width))}  ${printable(value.replace(/\s+/g, ' '))}\n`
  })
  return lines.join('')
}

/**
 * Appends the summary of a run to the file that `GITHUB_STEP_SUMMARY` names, if there is one. Never throws.
 *
 * @returns a notice for the user if the summary could not be written
 */
export function appendJobSummary(receipt: Receipt, context: SummaryContext): string | undefined {
  const file = context.system.env.GITHUB_STEP_SUMMARY
  return file && context.settings.jobSummary ? appendToStep(file, () => summaryOf(receipt, context)) : undefined
}

/**
 * Appends to the summary of a step of a GitHub job, within its limit. Never throws.
 *
 * @returns a notice for the user if it could not be written
 */
export function appendToStep(file: string, write: () => string): string | undefined {
  try {
    const text = write()
    const sizeBytes = statSync(file, { throwIfNoEntry: false })?.size ?? 0
    if (sizeBytes + Buffer.byteLength(text) > MAX_STEP_BYTES)
      return `no job summary: the summary of this step is full (${file})`
    appendFileSync(file, text)
    return undefined
  } catch (error) {
    return `no job summary: cannot write ${file} (${errnoOf(error) ?? 'unknown error'}); JUX_JOB_SUMMARY=false turns it off`
  }
}

/** The rows of a receipt. */
export function receiptRows(
  receipt: Receipt,
  { settings, system }: ReceiptContext,
): readonly (readonly [label: string, text: string])[] {
  if (receipt.preview !== undefined) return receipt.preview.rows
  const { report, path, queued, submitted } = receipt
  return [
    ...(path === undefined ? [] : [[queued ? 'queued' : 'report', shownPath(path, system)] as const]),
    ['sha256', report.contentHash],
    ['signed', report.signer === undefined ? unsignedText(settings, system) : signedText(report.signer)],
    ...(report.run.outcome === 'no-tests' ? [['tests', noTestsText(report.run, settings)] as const] : []),
    ...(submitted === undefined ? [] : [['sent', sentText(submitted)] as const]),
    ...(submitted?.changes === undefined ? [] : [['changes', submitted.changes] as const]),
    ...(submitted?.warnings ?? []).map((warning) => ['warn', warning] as const),
  ]
}

// A run that says "no tests" has not passed, whatever its exit code.
function noTestsText(run: TestRun, { nothingToRun }: PipelineSettings): string {
  if (!isNoTestsError(run, nothingToRun)) return 'none ran: the outcome is no-tests, which is not passed'
  return 'none ran, which is an error in the report; JUX_NOTHING_TO_RUN=skipped changes that'
}

function unsignedText({ sign, sources }: PipelineSettings, { env }: System): string {
  if (sign === false && sources?.sign !== undefined) return `no (${placed(sources.sign)} says so)`
  if (hidesVariables(env)) {
    return 'no (set JUX_KEY_PATH to sign, and "globalPassThroughEnv": ["JUX_*"] in turbo.json, without which Turborepo hides it)'
  }
  return 'no (set JUX_KEY_PATH to sign; "npx jux keygen --output key.pem" makes a key)'
}

function signedText(signer: NonNullable<Receipt['report']['signer']>): string {
  const { keyDescription, fingerprint, subject } = signer
  return `${keyDescription}, key ${fingerprint.slice(0, 16)}${subject === undefined ? '' : `, ${subject}`}`
}

function sentText({ status, id, url, page = url }: NonNullable<Receipt['submitted']>): string {
  const what = status === 'duplicate' ? 'the server has it already' : 'created'
  return `${what}${id === undefined ? '' : ` as ${id}`}, ${page}`
}

function summaryOf(receipt: Receipt, { settings, system, scrubText }: SummaryContext): string {
  const { run, counts, signer, contentHash } = receipt.report
  const page = receipt.submitted?.page
  const rows: SummaryRow[] = [
    ...receiptRows(receipt, { settings, system }).map(([label, text]) => ({ label, text: scrubText(text) })),
    ...(signer === undefined ? [] : [{ label: 'key', text: `${signer.algorithm}, sha256:${signer.fingerprint}` }]),
    ...(page === undefined ? [] : [{ label: 'run', text: page, link: page }]),
    ...(receipt.notSubmitted === undefined ? [] : [{ label: 'error', text: scrubText(receipt.notSubmitted) }]),
    ...receipt.failures.map(({ message }) => ({ label: 'error', text: scrubText(message) })),
  ]
  const verifyLine =
    signer === undefined || receipt.preview !== undefined
      ? undefined
      : scrubText(`npx jux-reporter verify ${contentHash}.xml ${trustFlag(settings, system)}`)
  return renderJobSummary({ run, counts, rows, verifyLine, settings })
}

// The name that "jux keygen" gives to the public key. The verifier gets the file from the signer.
function trustFlag({ certPath, keyPath }: Settings, { cwd }: System): string {
  if (certPath !== undefined) return `--cert ${shellWord(shorterPath(certPath, cwd))}`
  const publicKey = keyPath === undefined ? 'key.pub.pem' : keyPath.replace(/(\.[^./\\]*)?$/, '.pub.pem')
  return `--public-key ${shellWord(shorterPath(publicKey, cwd))}`
}

// Relative to the working folder, where it can be pasted.
function shownPath(path: string, system: System): string {
  return shortenHome(shorterPath(path, system.cwd), system)
}

function shorterPath(path: string, cwd: string): string {
  const below = relative(cwd, path)
  return below.startsWith('..') || isAbsolute(below) ? path : below
}

function shortenHome(path: string, { homeDir }: System): string {
  return homeDir !== undefined && homeDir.length > 1 && path.startsWith(`${homeDir}/`)
    ? `~${path.slice(homeDir.length)}`
    : path
}
