/**
 * The sentence: gather -> enrich -> scrub -> render -> sign -> store / submit.
 *
 * A runner's reporter gathers; everything after it happens here, one step per stage.
 *
 * @module
 */
import { enrich, type Facts } from './enrich/facts.js'
import type { JuxError } from './errors.js'
import type { RunOutcome, TestRun } from './model.js'
import type { Counts } from './render/cases.js'
import { type RenderSettings, renderJunit } from './render/junit.js'
import { type ScrubSettings, scrub } from './scrub/scrub.js'
import type { Signer } from './sign/keys.js'
import { signatureElement } from './sign/sign.js'
import { storeRoot } from './store/paths.js'
import { openStore } from './store/reports.js'
import type { System } from './system.js'
import { createByteBuffer } from './xml/byte-buffer.js'

/** What the pipeline needs to know of the configuration. */
export interface PipelineSettings extends ScrubSettings, RenderSettings {
  readonly storageMode: keyof typeof PLANS
  readonly storagePath?: string | undefined
}

/** What is ready before the run ends. */
export interface Materials {
  readonly settings: PipelineSettings
  readonly facts: Facts
  /** Absent when no key is configured. */
  readonly signer: Signer | undefined
  readonly system: System
}

/** A finished report: these bytes are stored, sent and hashed, and nothing rewrites them. */
export interface Report {
  readonly chunks: readonly Uint8Array[]
  /** SHA-256 over the canonical form without the signature, lower-case hex. */
  readonly contentHash: string
  readonly outcome: RunOutcome
  readonly counts: Counts
  readonly signer: Signer | undefined
  /** What did not go as configured, though there is a report. */
  readonly problems: readonly JuxError[]
}

/** Where a report went. */
export interface Receipt {
  readonly report: Report
  /** Absolute path of the stored copy. */
  readonly path?: string
}

/** What each storage mode does with a report. */
export const PLANS = {
  local: { store: 'reports', submit: false },
  api: { store: 'nowhere', submit: true },
  both: { store: 'reports', submit: true },
  cache: { store: 'queue', submit: true },
} as const

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
    outcome: scrubbed.outcome,
    counts: rendered.counts,
    signer,
    problems: rendered.problems,
  }
}

/** Keeps a report where its storage mode wants it. */
export function deliverReport(report: Report, { settings, system }: Materials): Receipt {
  const store = openStore(storeRoot(settings, system))
  return { report, path: store.put(report.chunks, report.contentHash) }
}
