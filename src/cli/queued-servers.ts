/**
 * The server that each report of the queue is sent to, and whether the credentials of the user go along.
 *
 * A report goes to the server that it was queued for. The command line can name another one for all. A server that only a
 * file of the repository names gets neither a credential of the user nor a report that was queued for no particular server.
 *
 * @module
 */
import { originOf } from '../config/credentials.js'
import type { SourcedSettings } from '../config/rules.js'
import { checkCombination, checkConnection } from '../config/trust.js'
import { JuxError, shellWord, toJuxError } from '../errors.js'
import { isOfRepository, nameOf, removalOf } from '../setting-source.js'
import { credentialMark, type Destination } from '../store/destinations.js'
import type { ReportQueue } from '../store/queue.js'
import { type Settled, SubmitClient, type SubmitOptions, type SubmitReceipt } from '../submit/client.js'
import { credentialOf, type Submission } from '../submit/request.js'
import type { BatchLimits } from '../submit/response.js'
import type { System } from '../system.js'

/** What a report is sent with. */
export interface Sending {
  readonly config: SourcedSettings
  /** The credential that stays here, because nobody said that it belongs to this server. */
  readonly withheld?: string | undefined
}

/** How the sender is made. */
export interface SenderInput {
  readonly queue: ReportQueue
  /** The configuration of the command. */
  readonly config: SourcedSettings
  /** Loads the configuration for a server that the queue remembers. */
  readonly loadFor: (destination: Destination) => SourcedSettings
  /** The command line without the server, for suggestions. */
  readonly command: string
  readonly system: System
  readonly connections: number
}

const HELD = ['apiKey', 'bearerToken', 'clientKeyFile'] as const

/** Sends queued reports, each to its server. */
export class QueueSender {
  readonly #input: SenderInput
  readonly #clients = new Map<string, SubmitClient>()
  readonly #configs = new Map<string, SourcedSettings>()

  constructor(input: SenderInput) {
    this.#input = input
  }

  /**
   * Finds the server of a queued report, and the credentials for it.
   *
   * @throws {JuxError} `CONFIG_*`, `OPERATION_FAILED`
   */
  sendingOf(hash: string): Sending {
    const { queue, config, loadFor, command } = this.#input
    const isNamed = config.sources.apiUrl.kind === 'flag'
    const destination = isNamed ? undefined : queue.destination(hash)
    if (destination === undefined) {
      if (isOfRepository(config.sources.apiUrl)) throw foreignQueue(config, command)
      checkCombination(config, command)
      checkConnection(config, command)
      return { config }
    }
    const own = this.#loaded(destination, loadFor)
    checkCombination(own, command)
    checkConnection(own, command)
    const credential = credentialOf(own.settings)
    const isHeld = credential !== undefined || own.settings.clientKeyFile !== undefined
    if (!isHeld || this.#mayHave(own, destination, hash)) return { config: own }
    const foreign = HELD.find((name) => own.settings[name] !== undefined && isOfRepository(own.sources[name]))
    if (foreign !== undefined) throw foreignCredential(foreign, own)
    if (isOfRepository(config.sources.storagePath)) throw foreignStore(destination, config)
    const withheld = nameOf(credential ?? 'clientKeyFile', own.sources)
    return { config: withoutCredentials(own), withheld }
  }

  /** The server of a queued report; an empty text if it gets none. */
  serverOf(hash: string): string {
    try {
      return this.sendingOf(hash).config.settings.apiUrl
    } catch {
      // Sending the report says why.
      return ''
    }
  }

  /** The reports with the same key have the same server, and are sent with the same credentials. See `Batches`. */
  keyOf(hash: string): string | undefined {
    try {
      const { config, withheld } = this.sendingOf(hash)
      return `${keyOf(config)} ${withheld ?? ''}`
    } catch {
      // Sending the report says why.
      return undefined
    }
  }

  /** See `Batches`. */
  async limitsOf(hash: string): Promise<BatchLimits | undefined> {
    try {
      return await this.#clientOf(this.sendingOf(hash).config).batchLimits()
    } catch {
      // As above.
      return undefined
    }
  }

  /** Sends reports that have the same key. Rejects as `sendingOf`. */
  async sendAll(reports: readonly Submission[], options: SubmitOptions): Promise<readonly (Settled | undefined)[]> {
    const [first] = reports
    if (first === undefined) return []
    const { config, withheld } = this.sendingOf(first.contentHash)
    const key = this.keyOf(first.contentHash)
    // The server of a report can have changed since it was chosen.
    const together = reports.filter(({ contentHash }) => this.keyOf(contentHash) === key)
    const settled = await this.#clientOf(config).submitAll(together, options)
    const outcomes = new Map(together.map((report, at) => [report, settled[at]]))
    return reports.map((report) => {
      const outcome = outcomes.get(report)
      if (outcome === undefined || 'receipt' in outcome) return outcome
      return { error: this.#withCures(outcome.error, config.settings.apiUrl, withheld) }
    })
  }

  /** Sends a report to its server. Rejects as `SubmitClient.submit` and `sendingOf`. */
  async send(report: Submission, options: SubmitOptions): Promise<SubmitReceipt> {
    const { config, withheld } = this.sendingOf(report.contentHash)
    try {
      return await this.#clientOf(config).submit(report, options)
    } catch (error) {
      throw this.#withCures(error instanceof Error ? error : toJuxError(error), config.settings.apiUrl, withheld)
    }
  }

  #withCures(error: Error, apiUrl: string, withheld: string | undefined): Error {
    if (!(error instanceof JuxError) || !error.code.startsWith('API_')) return error
    const cures = this.#curesOf(error, apiUrl, withheld)
    const { code, message, reason, suggestions, cause } = error
    return new JuxError(code, { message, reason, suggestions: [...cures, ...suggestions], cause })
  }

  // The configuration is the same as long as the command runs.
  #loaded(destination: Destination, loadFor: SenderInput['loadFor']): SourcedSettings {
    const key = JSON.stringify([destination.apiUrl, destination.protocol])
    const own = this.#configs.get(key) ?? loadFor(destination)
    this.#configs.set(key, own)
    return own
  }

  // What the command line can change about the server that the queue remembers.
  #curesOf({ code }: JuxError, apiUrl: string, withheld: string | undefined): readonly string[] {
    const { command, config } = this.#input
    if (withheld !== undefined && code === 'API_AUTHENTICATION_ERROR')
      return [`${command} --api-url ${shellWord(apiUrl)}  # sends ${withheld} there, too`]
    const other = config.settings.apiUrl
    if (!this.#isNamedByUser() || originOf(other) === originOf(apiUrl)) return []
    return [
      `${command} --api-url ${shellWord(other)}  # to the server of ${nameOf('apiUrl', config.sources)} instead of the one it was queued for`,
    ]
  }

  #isNamedByUser(): boolean {
    const { apiUrl } = this.#input.config.sources
    return apiUrl.kind !== 'default' && !isOfRepository(apiUrl)
  }

  /** Closes every connection. */
  async close(): Promise<void> {
    await Promise.all([...this.#clients.values()].map((client) => client.close()))
  }

  // The run had this credential for this server, or the user's own settings name the server.
  #mayHave({ settings, sources }: SourcedSettings, destination: Destination, hash: string): boolean {
    const { config } = this.#input
    const held = HELD.filter((name) => settings[name] !== undefined)
    const isOwn = held.every((name) => !isOfRepository(sources[name]))
    return (
      (isOwn && this.#isNamedByUser() && originOf(config.settings.apiUrl) === originOf(destination.apiUrl)) ||
      (isOwn && held.every((name) => sources[name].boundTo !== undefined)) ||
      (destination.credential !== undefined && destination.credential === credentialMark(hash, settings))
    )
  }

  #clientOf({ settings, sources }: SourcedSettings): SubmitClient {
    const { system, connections } = this.#input
    const key = keyOf({ settings, sources })
    const known = this.#clients.get(key)
    if (known !== undefined) return known
    const client = new SubmitClient({ ...settings, sources }, system, { connections, submitter: 'publish' })
    this.#clients.set(key, client)
    return client
  }
}

function keyOf({ settings }: SourcedSettings): string {
  return JSON.stringify([
    settings.apiUrl,
    settings.protocol,
    settings.apiKey,
    settings.bearerToken,
    settings.clientKeyFile,
  ])
}

function withoutCredentials({ settings, sources }: SourcedSettings): SourcedSettings {
  const { apiKey: _, bearerToken: __, clientCertFile: ___, clientKeyFile: ____, ...rest } = settings
  return { settings: rest, sources }
}

function foreignQueue({ settings, sources }: SourcedSettings, command: string): JuxError {
  return new JuxError('CONFIG_INVALID_VALUE', {
    message: `the queued report is not sent to ${settings.apiUrl}, because it was queued for no particular server, and only a file of the repository names this one (${sources.apiUrl.place})`,
    suggestions: [`${command} --api-url ${shellWord(settings.apiUrl)}  # if this is the server you mean`],
    reason: 'foreign-server',
  })
}

// Whoever owns the credential can read on the server what was sent with it.
function foreignCredential(name: (typeof HELD)[number], { sources }: SourcedSettings): JuxError {
  return new JuxError('CONFIG_INVALID_VALUE', {
    message: `the queued report is not sent with ${nameOf(name, sources)}, because it was not queued with this credential, and a file of the repository sets it`,
    suggestions: [removalOf(sources[name])],
    reason: 'foreign-server',
  })
}

function foreignStore({ apiUrl }: Destination, { sources }: SourcedSettings): JuxError {
  return new JuxError('CONFIG_INVALID_VALUE', {
    message: `the queued report is not sent to ${apiUrl}, because a file of the repository chose this queue, ${nameOf('storagePath', sources)}, and the report was queued with another credential or with none`,
    suggestions: [removalOf(sources.storagePath)],
    reason: 'foreign-server',
  })
}
