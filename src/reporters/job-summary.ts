/**
 * The summary on the page of a GitHub job: appended to the file that `GITHUB_STEP_SUMMARY` names.
 *
 * @module
 */
import { appendFileSync, statSync } from 'node:fs'
import { isAbsolute, relative } from 'node:path'
import type { Settings } from '../config/table.js'
import { errnoOf, shellWord } from '../errors.js'
import type { Receipt } from '../pipeline.js'
import { renderJobSummary, type SummaryRow } from '../render/job-summary.js'
import type { System } from '../system.js'
import { receiptRows } from './receipt.js'

/** GitHub drops the whole summary of a step that is larger. */
const MAX_STEP_BYTES = 1024 * 1024

/** What a summary is made with. */
export interface SummaryContext {
  readonly settings: Settings
  readonly system: System
  /** Takes secrets out of text. */
  readonly clean: (text: string) => string
}

/**
 * Appends the summary of a run, where a CI system asks for one. Never throws.
 *
 * @returns what to tell the user when it could not be written
 */
export function appendJobSummary(receipt: Receipt, context: SummaryContext): string | undefined {
  const file = context.system.env.GITHUB_STEP_SUMMARY
  if (!file || !context.settings.jobSummary) return undefined
  try {
    const text = summaryOf(receipt, context)
    const before = statSync(file, { throwIfNoEntry: false })?.size ?? 0
    if (before + Buffer.byteLength(text) > MAX_STEP_BYTES)
      return `no job summary: the one of this step is full (${file})`
    appendFileSync(file, text)
    return undefined
  } catch (error) {
    return `no job summary: ${file} cannot be written (${errnoOf(error) ?? 'unknown error'}); JUX_JOB_SUMMARY=false asks for none`
  }
}

function summaryOf(receipt: Receipt, { settings, system, clean }: SummaryContext): string {
  const { run, counts, signer, contentHash } = receipt.report
  const page = receipt.submitted?.page
  const rows: SummaryRow[] = [
    ...receiptRows(receipt, system).map(([label, text]) => ({ label, text: clean(text) })),
    ...(signer === undefined ? [] : [{ label: 'key', text: `${signer.algorithm}, sha256:${signer.fingerprint}` }]),
    ...(page === undefined ? [] : [{ label: 'run', text: page, link: page }]),
    ...receipt.failures.map(({ message }) => ({ label: 'error', text: clean(message) })),
  ]
  const verifyLine =
    signer === undefined || receipt.preview !== undefined
      ? undefined
      : clean(`npx jux-reporter verify ${contentHash}.xml ${trustFlag(settings, system)}`)
  return renderJobSummary({ run, counts, rows, verifyLine })
}

// As "jux keygen" names the public half; whoever checks has to have it from the signer.
function trustFlag({ certPath, keyPath }: Settings, { cwd }: System): string {
  if (certPath !== undefined) return `--cert ${shellWord(shortest(certPath, cwd))}`
  const publicKey = keyPath === undefined ? 'key.pub.pem' : keyPath.replace(/(\.[^./\\]*)?$/, '.pub.pem')
  return `--public-key ${shellWord(shortest(publicKey, cwd))}`
}

function shortest(path: string, cwd: string): string {
  const below = relative(cwd, path)
  return below.startsWith('..') || isAbsolute(below) ? path : below
}
