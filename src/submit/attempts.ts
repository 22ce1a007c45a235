/**
 * The attempts at one request, and what they lead to.
 *
 * @module
 */
import type { Response } from './connection.js'
import { SubmitError } from './errors.js'
import type { Submission } from './request.js'
import type { BatchLimits, ResponseBody } from './response.js'
import type { SubmitOptions } from './submit-settings.js'

/** A report of a batch that has no outcome yet. */
export interface Waiting {
  readonly report: Submission
  readonly line: Uint8Array
  /** Its last answer, if that allows another attempt. */
  error?: SubmitError
}

/** One report, or several in one request, while they are submitted. */
export interface Attempts {
  readonly isSigned: () => boolean
  /** Where it is sent, if it is no report. */
  readonly url?: URL | undefined
  readonly log: SubmitOptions['log']
  readonly deadlineMs: number
  readonly spentMs: number
  readonly startMs: number
  count: number
  /** The wait that was too long, if there is no other attempt because of it. */
  refusedWaitMs: number | undefined
}

/** How long the server asks to wait, if it does. */
export function retryAfterOf(error: Error): number | undefined {
  return error instanceof SubmitError ? error.retryAfterMs : undefined
}

/** Milliseconds as seconds, for people. */
export function seconds(ms: number): number {
  return Math.ceil(ms / 1_000)
}

/** The response to one report: of its own request, or its part of the answer to several. */
export type OneResponse = Pick<Response, 'status' | 'header' | 'body'>

/** A response whose body was parsed. */
export interface Accepted {
  readonly response: OneResponse
  readonly body: ResponseBody | undefined
}

/** What a server says about itself. */
export interface ServerInfo {
  /** A warning about another major version of the API. */
  readonly warning?: string | undefined
  readonly batch?: BatchLimits | undefined
}
