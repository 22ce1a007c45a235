/**
 * Where and how reports are submitted.
 *
 * @module
 */
import type { PartialSettings } from '../config/table.js'
import type { SettingSources } from '../setting-source.js'
import type { Submitter } from './advice.js'
import type { TlsSettings } from './connection.js'
import { DEFAULT_SERVER } from './endpoints.js'
import type { Credentials } from './request.js'

/** Where and how reports are submitted. Durations are in seconds. */
export interface SubmitSettings
  extends Credentials,
    TlsSettings,
    PartialSettings<'apiUrl' | 'protocol' | 'apiTimeout' | 'apiMaxRetries' | 'allowInsecureHttp' | 'gzip' | 'project'> {
  /** The place where each setting is written, for messages: `sources` of the configuration. */
  readonly sources?: SettingSources | undefined
}

/** Whom a client works for. */
export interface ClientOptions {
  /** How many reports are submitted at once. Default: one. */
  readonly connections?: number | undefined
  /** Whom messages advise. Default: a program. */
  readonly submitter?: Submitter | undefined
}

/** How one report is submitted. */
export interface SubmitOptions {
  /** For all attempts together; absent: no limit. */
  readonly deadlineMs?: number | undefined
  /** How much of the whole time was used before, for messages about it. */
  readonly spentMs?: number | undefined
  /** Ask the server what changed since an earlier run, as a line of text. A server that does not know the header ignores it. */
  readonly asksChanges?: boolean | undefined
  /** Receives lines about what happens: `notice` for all users, `verbose` for those who want details. */
  readonly log?: ((line: string, level: 'notice' | 'verbose') => void) | undefined
}

/** The settings for a server on this machine that nobody named: it may be any program, so it gets no credentials. */
export function withoutCredentials(settings: SubmitSettings): SubmitSettings {
  return {
    ...settings,
    apiUrl: settings.apiUrl || DEFAULT_SERVER,
    apiKey: undefined,
    bearerToken: undefined,
    clientCertFile: undefined,
    clientKeyFile: undefined,
  }
}
