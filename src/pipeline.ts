/**
 * The whole way of a report: gather -> enrich -> scrub -> render -> sign -> store / submit.
 *
 * A runner's reporter gathers; everything after it happens here, one step per stage.
 *
 * @module
 */
import type { PartialSettings, SettingDefaults, Settings } from './config/table.js'
import type { EarlyModules } from './early-rendering.js'
import { enrich, type Facts } from './enrich/facts.js'
import { folderInRepository } from './enrich/git.js'
import { ownersIn } from './enrich/owners.js'
import { JuxError, toJuxError } from './errors.js'
import type { Property, TestCounts, TestRun } from './model.js'
import type { PathSettings } from './render/file-paths.js'
import { type RenderSettings, renderRest } from './render/junit.js'
import { sizeNotice } from './render/size.js'
import { type ScrubSettings, scrubRest } from './scrub/scrub.js'
import type { Signer } from './sign/keys.js'
import { signatureElement } from './sign/sign.js'
import { credentialMark, type Destination } from './store/destinations.js'
import { type StoreSettings, storeRoot } from './store/paths.js'
import { type Claim, openQueue } from './store/queue.js'
import { openStore } from './store/reports.js'
import type { SubmitOptions, SubmitReceipt, SubmitSettings } from './submit/client.js'
import type { Preview } from './submit/preview.js'
import type { Submission } from './submit/request.js'
import type { System } from './system.js'
import { createByteBuffer } from './xml/digest.js'

/** The settings that the pipeline uses. */
export interface PipelineSettings
  extends ScrubSettings,
    RenderSettings,
    SubmitSettings,
    StoreSettings,
    PartialSettings<'dryRun' | 'deadline' | 'submit' | 'sign' | 'owners'>,
    Pick<Settings, 'storageMode'> {}

/** What a report is created with. All of it is ready before the run ends. */
export interface Materials {
  readonly settings: PipelineSettings
  readonly facts: Facts
  /** Absent when no key is configured. */
  readonly signer: Signer | undefined
  readonly system: System
  /** A mistake in the settings of the submission: the report is stored, and not submitted. */
  readonly submissionProblem?: JuxError | undefined
  /** Measures a stage; absent: the stages are not measured. */
  readonly time?: StageTime | undefined
}

/** Calls the action of a stage, and measures how long it takes. */
export type StageTime = <T>(stage: string, action: () => T) => T

/** A finished report: these bytes are stored, submitted and hashed, and nothing rewrites them. */
export interface ComposedReport {
  readonly chunks: readonly Uint8Array[]
  /** SHA-256 over the canonical form without the signature, lower-case hex. */
  readonly contentHash: string
  /**
   * The run as it was rendered: with its facts, without its secrets. Files that were rendered early have only some of
   * their tests.
   */
  readonly run: TestRun
  /** The facts about the run, as a reader of the report finds them. */
  readonly properties: readonly Property[]
  readonly counts: TestCounts
  readonly signer: Signer | undefined
  /** Settings that could not be applied; defaults were used instead. */
  readonly problems: readonly JuxError[]
  /** Set if the report is near or above a limit of those who read it: one line. */
  readonly sizeNotice?: string | undefined
}

/** What happened to a report: where it is stored, and what the server said. */
export interface Receipt {
  readonly report: ComposedReport
  /** Absolute path of the copy on this machine. */
  readonly path?: string | undefined
  /** Whether that copy waits to be submitted. */
  readonly queued?: boolean | undefined
  /** Set if a server accepted the report. */
  readonly submitted?: SubmitReceipt | undefined
  /** Set in a dry run, which stores and submits nothing. */
  readonly preview?: Preview | undefined
  /** Why the report was not submitted, if that was known before: one line, with the command that submits it. */
  readonly notSubmitted?: string | undefined
  /** Why the report could not be stored or submitted. */
  readonly failures: readonly JuxError[]
}

const DEFAULT_FILE_PATHS: SettingDefaults['filePaths'] = 'repository'

/** Where each storage mode stores a report, and whether it submits the report. */
const DELIVERIES = {
  local: { store: 'reports', submit: false },
  api: { store: 'nowhere', submit: true },
  both: { store: 'reports', submit: true },
  cache: { store: 'queue', submit: true },
} as const

/** Set by `preloadSubmit`, because a process that is exiting can no longer load modules. */
let previewSubmission: typeof import('./submit/preview.js').previewSubmission | undefined
let unsent: typeof import('./submit/unsent.js') | undefined

/**
 * Loads the code that submits reports, or that previews them in a dry run, if the settings need it. Called before the
 * run ends. A run that submits nothing starts faster without this code.
 */
export async function preloadSubmit(settings: PipelineSettings): Promise<void> {
  if (settings.dryRun) previewSubmission = (await import('./submit/preview.js')).previewSubmission
  else if (settings.submit || DELIVERIES[settings.storageMode].submit) {
    unsent = await import('./submit/unsent.js')
    await import('./submit/client.js')
  }
}

/**
 * Checks what a submission needs, without opening a connection: the URL, the credentials, the proxy and the TLS files.
 *
 * @returns the mistake; `undefined` if there is none, or if these settings submit nothing
 */
export async function submissionMistake(settings: PipelineSettings, system: System): Promise<JuxError | undefined> {
  if (settings.dryRun || !DELIVERIES[settings.storageMode].submit) return undefined
  try {
    const { SubmitClient } = await import('./submit/client.js')
    await new SubmitClient(settings, system).close()
    return undefined
  } catch (error) {
    return toJuxError(error)
  }
}

/**
 * What comes before the paths of files in a report.
 *
 * @param folder of the run in its repository; absent outside of repositories
 * @param scrubText replaces secrets
 * @returns `undefined` for paths that are relative to the project
 */
export function pathPrefix(
  { filePaths = DEFAULT_FILE_PATHS, scrub }: PartialSettings<'filePaths' | 'scrub'>,
  folder: string | undefined,
  scrubText: (text: string) => string,
): string | undefined {
  const prefix = filePaths === 'repository' ? folder : filePaths === 'project' ? undefined : filePaths
  return prefix === undefined || scrub === false ? prefix : scrubText(prefix)
}

/** How the paths of files are shown, and whose they are. */
export type ShownPaths = Pick<PathSettings, 'pathPrefix' | 'ownersFolder' | 'ownersOf'>

/**
 * Decides how the paths of the files of a run are shown, and finds who owns them.
 *
 * @param rootDir folder of the run
 * @param scrubText replaces secrets
 */
export function shownPaths(
  settings: PartialSettings<'filePaths' | 'scrub' | 'owners'>,
  rootDir: string,
  scrubText: (text: string) => string,
): ShownPaths {
  const folder = folderInRepository(rootDir)
  return {
    pathPrefix: pathPrefix(settings, folder, scrubText),
    ownersFolder: folder,
    ownersOf: settings.owners === false ? undefined : ownersIn(rootDir),
  }
}

/** Turns a gathered run into a report. Synchronous, so that it works in a process that is exiting. */
export function composeReport(run: TestRun, materials: Materials): ComposedReport {
  return compose(run, materials, () => undefined).report
}

/**
 * Turns a run some of whose files are rendered already into a report: the same report as {@link composeReport} makes of
 * the whole run.
 *
 * @returns `undefined` if the whole run is needed: the report is above its limit, or names depend on other files
 */
export function composeRest(run: TestRun, materials: Materials, early: EarlyModules): ComposedReport | undefined {
  const { report, isExact } = compose(run, materials, early)
  return isExact ? report : undefined
}

function compose(
  run: TestRun,
  { settings, facts, signer, system, time = untimed }: Materials,
  early: EarlyModules,
): { report: ComposedReport; isExact: boolean } {
  const enriched = time('enrich', () => enrich(run, facts))
  const { run: scrubbed, isTooLarge } = time('scrub', () => scrubRest(enriched.run, settings, system.env, early))
  const body = createByteBuffer()
  const digests = signer === undefined ? [] : [signer.digest]
  const rendered = time('render', () => renderRest(scrubbed, body, { ...settings, digests }, early))
  const signature = signer === undefined ? '' : time('sign', () => signatureElement(rendered.digests, signer))
  const ending = Buffer.from(`${signature}${rendered.endTag}`)
  const sizeBytes = rendered.sizeBytes + Buffer.byteLength(signature)
  const report = {
    chunks: [...body.chunks(), ending],
    contentHash: rendered.contentHash,
    run: scrubbed,
    properties: rendered.properties,
    counts: rendered.counts,
    signer,
    problems: [...enriched.problems, ...rendered.problems],
    sizeNotice: sizeNotice({ sizeBytes, tests: rendered.counts.tests, runner: run.runner.name }),
  }
  return { report, isExact: !isTooLarge && !rendered.hasSharedClass }
}

/** Converts a report to a submission. `jux publish` creates the same one when it reads the stored report. */
export function submissionOf({ chunks, contentHash, properties, counts }: ComposedReport): Submission {
  return { bytes: chunks, contentHash, properties, counts }
}

/**
 * Stores a report and submits it, as the storage mode requires. Never rejects: errors are in the receipt.
 *
 * The report is on the disk before the network is used. A report that cannot be stored is still submitted.
 */
export async function deliverReport(
  report: ComposedReport,
  materials: Materials,
  options: SubmitOptions,
): Promise<Receipt> {
  const { settings, system } = materials
  if (settings.dryRun) {
    await preloadSubmit(settings)
    return previewReport(report, materials)
  }
  const stored = storeReport(report, materials)
  if (!deliveryOf(materials).submit) return stored
  try {
    const claim = stored.queued ? openQueue(storeRoot(settings, system)).claim(report.contentHash) : undefined
    // Another process, such as "jux publish", claimed it first and submits it.
    if (stored.queued && claim === undefined) return stored
    return await submitStored(stored, claim, materials, options)
  } catch (error) {
    return withFailure(stored, error)
  }
}

/** Stores a report in a process that is exiting: synchronously, and without the network. Never throws. */
export function flushReport(report: ComposedReport, materials: Materials): Receipt {
  if (materials.settings.dryRun) return previewReport(report, materials)
  const stored = storeReport(report, materials)
  if (!deliveryOf(materials).submit || stored.queued) return stored
  const message = 'the process ended before the report could be submitted'
  return withCures(stored, new JuxError('OPERATION_FAILED', { message, reason: 'process-ended' }), materials)
}

function previewReport(report: ComposedReport, { settings, time = untimed }: Materials): Receipt {
  return {
    report,
    preview: time('preview', () => previewSubmission?.(submissionOf(report), settings)),
    failures: [],
  }
}

// A mistake in the settings of the submission must not cost the report.
function deliveryOf({ settings, submissionProblem }: Materials) {
  const delivery = DELIVERIES[settings.storageMode]
  if (submissionProblem === undefined) return delivery
  return { store: delivery.store === 'nowhere' ? 'reports' : delivery.store, submit: false } as const
}

function storeReport(report: ComposedReport, materials: Materials): Receipt {
  const { settings, system, submissionProblem, time = untimed } = materials
  try {
    const { store } = deliveryOf(materials)
    if (store === 'nowhere') return { report, failures: [] }
    const { chunks, contentHash } = report
    const root = storeRoot(settings, system)
    const path = time('store', () =>
      store === 'queue'
        ? openQueue(root).put(chunks, contentHash, destinationOf(contentHash, settings))
        : openStore(root).put(chunks, contentHash),
    )
    const stored = { report, path, queued: store === 'queue', failures: [] }
    return submissionProblem === undefined
      ? stored
      : { ...stored, notSubmitted: notSubmittedLine(submissionProblem, stored, materials) }
  } catch (error) {
    return { report, failures: [toJuxError(error)] }
  }
}

// A server that nobody named is no destination: whoever names one later means the waiting reports, too.
function destinationOf(contentHash: string, settings: PipelineSettings): Destination | undefined {
  const { apiUrl, protocol = 'json', sources } = settings
  if (!apiUrl || sources?.apiUrl?.kind === 'default') return undefined
  return { apiUrl, protocol, credential: credentialMark(contentHash, settings) }
}

function notSubmittedLine({ message }: JuxError, { path, queued }: Receipt, { settings, system }: Materials): string {
  const [problem = ''] = message.split('\n')
  const where = queued ? 'queued' : settings.storageMode === 'api' ? 'stored on this machine instead' : 'stored'
  const what = queued || path === undefined ? 'queue' : { file: path }
  const command = unsent?.publishCommand(what, settings, system) ?? 'npx jux publish --queue'
  return `not submitted: ${problem}; the report is ${where}, and after the correction this submits it: ${command}`
}

async function submitStored(
  stored: Receipt,
  claim: Claim | undefined,
  materials: Materials,
  options: SubmitOptions,
): Promise<Receipt> {
  const { settings, system, time = untimed } = materials
  let submitted: SubmitReceipt
  try {
    const { submitReport } = await import('./submit/client.js')
    const spentMs = Math.max(0, (settings.deadline ?? 0) * 1_000 - (options.deadlineMs ?? Infinity))
    const how = { ...options, submitter: 'reporter', spentMs, asksChanges: true } as const
    submitted = await time('submit', () => submitReport(submissionOf(stored.report), settings, system, how))
  } catch (error) {
    claim?.release()
    await preloadSubmit(settings)
    return withCures(stored, error, materials)
  }
  try {
    const sent =
      claim === undefined ? { ...stored, submitted } : { ...stored, submitted, path: claim.complete(), queued: false }
    return await withKeptReceipt(sent, submitted)
  } catch (error) {
    return withFailure({ ...stored, submitted }, error)
  }
}

// Most servers sign no receipt: the code is loaded when there is one. A report that is not stored keeps none.
async function withKeptReceipt(sent: Receipt, submitted: SubmitReceipt): Promise<Receipt> {
  if (submitted.signedReceipt === undefined || sent.path === undefined) return sent
  const { keepReceipt } = await import('./kept-receipt.js')
  return { ...sent, submitted: keepReceipt(sent.path, sent.report, submitted) }
}

function untimed<T>(_stage: string, action: () => T): T {
  return action()
}

function withCures(stored: Receipt, error: unknown, { settings, system }: Materials): Receipt {
  const failure = toJuxError(error)
  return withFailure(stored, unsent?.notSubmitted(failure, stored, settings, system) ?? failure)
}

function withFailure(receipt: Receipt, error: unknown): Receipt {
  return { ...receipt, failures: [...receipt.failures, toJuxError(error)] }
}
