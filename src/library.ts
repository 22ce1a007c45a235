/**
 * The functions that other programs call: the stages of the pipeline, one call each, with defaults.
 *
 * @module
 */
import { type Config, type ConfigInput, checkSettings, loadConfig as loadConfigWith } from './config/load.js'
import type { PartialSettings } from './config/table.js'
import { type Facts, type FactsSettings, startFacts } from './enrich/facts.js'
import { JuxError, messageOf } from './errors.js'
import { completeRun, type RunInput } from './gather/run-input.js'
import type { Property, TestCounts, TestRun } from './model.js'
import { composeReport, pathPrefix } from './pipeline.js'
import type { RenderSettings } from './render/junit.js'
import { type ScrubSettings, textScrubber } from './scrub/scrub.js'
import type { Signer } from './sign/keys.js'
import { type StoreSettings, storeRoot } from './store/paths.js'
import { openQueue as openQueueAt, type ReportQueue } from './store/queue.js'
import { openStore as openStoreAt, type ReportStore } from './store/reports.js'
import { SubmitClient, type SubmitSettings } from './submit/client.js'
import { realSystem, type System } from './system.js'

/** A finished report. Do not change its bytes: the signature covers them. */
export interface Report {
  /** JUnit XML, UTF-8, signed if a signer was given. */
  readonly bytes: Uint8Array
  /** The identity of the report: lower-case hex SHA-256 of its canonical form without the signature. */
  readonly contentHash: string
  /** Facts about the run, as they are in the report. */
  readonly properties: readonly Property[]
  readonly counts: TestCounts
  /** The run as it was rendered: with its facts, without its secrets, within the limits. */
  readonly run: TestRun
  /** Settings that could not be applied; defaults were used instead. */
  readonly problems: readonly JuxError[]
}

/** How a report is made. */
export interface ReportOptions
  extends Omit<ScrubSettings, 'key' | 'keyPassphrase' | 'apiKey' | 'bearerToken'>,
    Omit<RenderSettings, 'digests' | 'pathPrefix' | 'ownersFolder' | 'ownersOf'>,
    PartialSettings<'filePaths' | 'owners'> {
  /** Signs the report. Without a signer it stays unsigned. */
  readonly signer?: Signer | undefined
  /** What {@link collectFacts} found about the commit, the CI build and the machine. Default: no facts. */
  readonly facts?: Facts | undefined
}

const NO_FACTS: Facts = { beforeRunner: [], afterRunner: [], userProperties: {}, testProperties: undefined, hints: [] }

/**
 * Turns a run into a report: adds the facts, replaces secrets, renders JUnit XML, signs.
 *
 * @param run what a program knows about its tests ({@link RunInput}), or a whole {@link TestRun}
 * @throws {JuxError} `INVALID_ARGUMENT` for a run that lacks its modules or tests, a file, a title or a status, or has values of
 *   a wrong type
 */
export function createReport(
  run: RunInput | TestRun,
  options: ReportOptions = {},
  system: System = realSystem(),
): Report {
  const { signer, facts = NO_FACTS, ...settings } = options
  const scrubText = (text: string) => textScrubber(settings, system.env)(text)
  const { chunks, contentHash, properties, counts, problems, ...composed } = checked(() =>
    composeReport(isComplete(run) ? run : completeRun(run, system), {
      settings: {
        ...settings,
        storageMode: 'local',
        pathPrefix: pathPrefix(settings, facts.folder, scrubText),
        ownersFolder: facts.folder,
        ownersOf: settings.owners === false ? undefined : facts.ownersOf,
      },
      facts,
      signer,
      system,
    }),
  )
  return { bytes: Buffer.concat(chunks), contentHash, properties, counts, run: composed.run, problems }
}

function isComplete(run: RunInput | TestRun): run is TestRun {
  // A caller without a type checker may pass anything; `completeRun` says what is missing.
  return Object.hasOwn(run ?? {}, 'schemaVersion')
}

/**
 * Collects the facts about this machine, the checkout and the CI build, as the reporters do.
 *
 * Never rejects, and waits at most five seconds for git.
 */
export function collectFacts(settings: FactsSettings = {}, system: System = realSystem()): Promise<Facts> {
  return startFacts(settings, system)
}

/**
 * Loads the configuration that the reporters and the command would use in a folder.
 *
 * @param input.cwd the folder. Default: the working directory
 * @throws {JuxError} `CONFIG_*`, `FILE_PERMISSION_DENIED`; several mistakes are in one message
 */
export function loadConfig(input: Partial<ConfigInput> = {}): Config {
  const { system = realSystem(), cwd = system.cwd } = input
  return loadConfigWith({ ...input, cwd, system })
}

/**
 * Opens the store of reports: a folder that the Jux tools share. The first `put` creates it.
 *
 * @param settings.storagePath default: `jux` in the platform's data folder
 */
export function openStore(settings: StoreSettings = {}, system: System = realSystem()): ReportStore {
  return openStoreAt(storeRoot(settings, system))
}

/**
 * Opens the queue of reports that wait to be submitted. It is part of the store.
 *
 * @param settings.storagePath default: `jux` in the platform's data folder
 */
export function openQueue(settings: StoreSettings = {}, system: System = realSystem()): ReportQueue {
  return openQueueAt(storeRoot(settings, system))
}

/**
 * Creates a client of one server. The first submission opens a connection; `close` closes it.
 *
 * @param settings.apiUrl address of the server. Default: `http://localhost:4000`, which gets no credentials
 * @param settings.sources of the configuration that the settings are from, so that messages name its places
 * @param settings.connections how many reports may be submitted at once. Default 1
 * @throws {JuxError} `CONFIG_*`, `CERT_*`, `KEY_*` for settings that cannot be used
 */
export function createClient(
  settings: SubmitSettings & { readonly connections?: number | undefined },
  system: System = realSystem(),
): SubmitClient {
  const { connections = 1, sources, ...rest } = settings
  checkSettings(rest, 'settings of createClient', system)
  if (!Number.isInteger(connections) || connections < 1) {
    throw new JuxError('INVALID_ARGUMENT', { message: `connections must be a whole number from 1, not ${connections}` })
  }
  return new SubmitClient({ ...rest, sources }, system, { connections })
}

// The stages rely on the types of the model, which not every caller has checked.
function checked<T>(compose: () => T): T {
  try {
    return compose()
  } catch (cause) {
    if (!(cause instanceof TypeError) && !(cause instanceof RangeError)) throw cause
    throw new JuxError('INVALID_ARGUMENT', {
      message: `the run or an option has a value of a wrong type: ${messageOf(cause)}`,
      suggestions: ['see RunInput and TestRun in docs/api'],
      cause,
    })
  }
}
