/**
 * The sentence: gather -> enrich -> scrub -> render -> sign -> store / submit.
 *
 * A runner's reporter gathers; everything after it happens here, one step per stage.
 *
 * @module
 */
import type { PartialSettings, Settings } from './config/table.js'
import { enrich, type Facts } from './enrich/facts.js'
import { JuxError, toJuxError } from './errors.js'
import type { TestCounts, TestRun } from './model.js'
import { type RenderSettings, renderJunit } from './render/junit.js'
import { type ScrubSettings, scrub } from './scrub/scrub.js'
import type { Signer } from './sign/keys.js'
import { signatureElement } from './sign/sign.js'
import { type StoreSettings, storeRoot } from './store/paths.js'
import { type Claim, openQueue } from './store/queue.js'
import { openStore } from './store/reports.js'
import type { Preview } from './submit/preview.js'
import type { SubmitOptions, SubmitReceipt, SubmitSettings } from './submit/submit.js'
import type { System } from './system.js'
import { createByteBuffer } from './xml/digest.js'

/** What the pipeline needs to know of the configuration. */
export interface PipelineSettings
  extends ScrubSettings,
    RenderSettings,
    SubmitSettings,
    StoreSettings,
    PartialSettings<'dryRun'>,
    Pick<Settings, 'storageMode'> {}

/** What is ready before the run ends. */
export interface Materials {
  readonly settings: PipelineSettings
  readonly facts: Facts
  /** Absent when no key is configured. */
  readonly signer: Signer | undefined
  /** As `loadOutlet` gives it. */
  readonly outlet: Outlet | undefined
  readonly system: System
}

/** What sends a report, or shows what would be sent. */
export type Outlet = typeof import('./submit/outlet.js')

/** A finished report: these bytes are stored, sent and hashed, and nothing rewrites them. */
export interface Report {
  readonly chunks: readonly Uint8Array[]
  /** SHA-256 over the canonical form without the signature, lower-case hex. */
  readonly contentHash: string
  /** As it was rendered: with its facts, without its secrets. */
  readonly run: TestRun
  readonly counts: TestCounts
  readonly signer: Signer | undefined
  /** What did not go as configured, though there is a report. */
  readonly problems: readonly JuxError[]
}

/** Where a report went. */
export interface Receipt {
  readonly report: Report
  /** Absolute path of the copy on this machine. */
  readonly path?: string
  /** Whether that copy waits to be submitted. */
  readonly queued?: boolean
  /** What the server said that took it. */
  readonly submitted?: SubmitReceipt
  /** In place of everything else, in a dry run. */
  readonly preview?: Preview
  /** What could not be done. */
  readonly failures: readonly JuxError[]
}

/** What each storage mode does with a report. */
export const PLANS = {
  local: { store: 'reports', submit: false },
  api: { store: 'nowhere', submit: true },
  both: { store: 'reports', submit: true },
  cache: { store: 'queue', submit: true },
} as const

/**
 * Loads what sends reports, if the settings ask for it: a run that sends nothing starts sooner. Before the run ends, because a dying process
 * can load nothing more.
 */
export async function loadOutlet(settings: PipelineSettings): Promise<Outlet | undefined> {
  const needed = settings.dryRun === true || PLANS[settings.storageMode].submit
  return needed ? import('./submit/outlet.js') : undefined
}

/** Turns a gathered run into a report. Synchronous, so that a dying process can still do it. */
export function composeReport(run: TestRun, { settings, facts, signer, system }: Materials): Report {
  const enriched = enrich(run, facts)
  const scrubbed = scrub(enriched, settings, system.env)
  const body = createByteBuffer()
  const rendered = renderJunit(scrubbed, body, { ...settings, digests: signer === undefined ? [] : [signer.digest] })
  const signature = signer === undefined ? '' : signatureElement(rendered.digests, signer)
  const ending = Buffer.from(`${signature}${rendered.endTag}`)
  return {
    chunks: [...body.chunks(), ending],
    contentHash: rendered.contentHash,
    run: scrubbed,
    counts: rendered.counts,
    signer,
    problems: rendered.problems,
  }
}

/**
 * Keeps a report where its storage mode wants it, then submits it. Never rejects: what went wrong is in the receipt.
 *
 * The report is on the disk before the network is touched; what cannot be kept is submitted all the same.
 */
export async function deliverReport(report: Report, materials: Materials, options: SubmitOptions): Promise<Receipt> {
  const { settings, outlet } = materials
  if (settings.dryRun) return preview(report, materials)
  const kept = keepReport(report, materials)
  const { store, submit } = PLANS[settings.storageMode]
  // Without a server the queue is where reports wait for one.
  if (!submit || outlet === undefined || (store === 'queue' && !settings.apiUrl)) return kept
  try {
    const claim = kept.queued ? openQueue(storeRoot(settings, materials.system)).claim(report.contentHash) : undefined
    // Some "jux publish" was faster, and has it in hand.
    if (kept.queued && claim === undefined) return kept
    return await submitKept(kept, claim, outlet, materials, options)
  } catch (error) {
    return withFailure(kept, error)
  }
}

/** What a process can still do while it ends: synchronous, and without the network. Never throws. */
export function flushReport(report: Report, materials: Materials): Receipt {
  const { settings } = materials
  if (settings.dryRun) return preview(report, materials)
  const kept = keepReport(report, materials)
  if (!PLANS[settings.storageMode].submit || kept.queued) return kept
  const message = 'the process ended before the report could be submitted'
  return withFailure(kept, notSubmitted(new JuxError('OPERATION_FAILED', { message, reason: 'process-ended' }), kept))
}

function preview(report: Report, { settings, outlet }: Materials): Receipt {
  const shown = outlet?.previewSubmission(outlet.submissionOf(report), settings)
  return { report, ...(shown === undefined ? {} : { preview: shown }), failures: [] }
}

function keepReport(report: Report, { settings, system }: Materials): Receipt {
  try {
    const { store } = PLANS[settings.storageMode]
    if (store === 'nowhere') return { report, failures: [] }
    const folder = (store === 'queue' ? openQueue : openStore)(storeRoot(settings, system))
    return { report, path: folder.put(report.chunks, report.contentHash), queued: store === 'queue', failures: [] }
  } catch (error) {
    return { report, failures: [toJuxError(error)] }
  }
}

async function submitKept(
  kept: Receipt,
  claim: Claim | undefined,
  { submitReport, submissionOf }: Outlet,
  { settings, system }: Materials,
  options: SubmitOptions,
): Promise<Receipt> {
  let submitted: SubmitReceipt
  try {
    submitted = await submitReport(submissionOf(kept.report), settings, system, options)
  } catch (error) {
    claim?.release()
    return withFailure(kept, notSubmitted(toJuxError(error), kept))
  }
  try {
    return claim === undefined ? { ...kept, submitted } : { ...kept, submitted, path: claim.complete(), queued: false }
  } catch (error) {
    return withFailure({ ...kept, submitted }, error)
  }
}

function notSubmitted(error: JuxError, { path, queued }: Receipt): JuxError {
  const { code, message, reason, suggestions, cause } = error
  const fate =
    path === undefined
      ? ['the report was not kept', 'JUX_STORAGE_MODE=cache keeps reports until a server has them']
      : queued
        ? ['the report is queued', 'jux publish --queue']
        : ['the report is kept', `jux publish --file ${path}`]
  return new JuxError(code, {
    message: `${message}; ${fate[0]}`,
    suggestions: [...suggestions, ...fate.slice(1)],
    ...(reason === undefined ? {} : { reason }),
    cause,
  })
}

function withFailure(receipt: Receipt, error: unknown): Receipt {
  return { ...receipt, failures: [...receipt.failures, toJuxError(error)] }
}
