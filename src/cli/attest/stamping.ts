/**
 * Gets time stamps for attestations: asks one authority after the other, and verifies each answer.
 *
 * An authority that is away costs time within a limit, and nothing else: the attestation is written without a stamp.
 *
 * @module
 */
import { randomBytes, type X509Certificate } from 'node:crypto'
import { timestampRequest, type VerifiedTimestamp, verifyTimestamp } from '../../attest/timestamp.js'
import { JuxError, toJuxError } from '../../errors.js'
import { parseAuthorityUrl, requestTimestamp } from '../../submit/timestamp-client.js'
import type { System } from '../../system.js'

/** For all authorities together. */
const TIME_LIMIT_MS = 30_000
/** For one authority, so that one that does not answer leaves time for the next. */
const REQUEST_LIMIT_MS = 10_000
const NONCE_BYTES = 8

/** The variable with the addresses. */
export const TSA_VARIABLE = 'JUX_TSA_URL'

/** Which authorities are asked, and which are trusted. */
export interface StampSettings {
  readonly urls: readonly URL[]
  /** Absent: the chain of the answer is not checked. */
  readonly authorities?: readonly X509Certificate[] | undefined
}

/** A time stamp, or why there is none. */
export type StampResult =
  | { readonly response: Uint8Array; readonly stamp: VerifiedTimestamp }
  | { readonly problem: JuxError }

/**
 * The addresses of authorities: those of the command line, or else of `JUX_TSA_URL`, separated by commas or white space.
 *
 * @throws {JuxError} `INVALID_ARGUMENT` for what is no http or https URL
 */
export function authorityUrls(named: readonly string[] | undefined, { env }: System): readonly URL[] {
  const texts = (named ?? [env.JUX_TSA_URL ?? '']).flatMap((text) => text.split(/[\s,]+/)).filter((text) => text !== '')
  return texts.map((text) => {
    const url = parseAuthorityUrl(text)
    if (url !== undefined) return url
    throw new JuxError('INVALID_ARGUMENT', {
      message: `${named === undefined ? TSA_VARIABLE : '--tsa'} is not the http or https URL of a time-stamping authority`,
      suggestions: ['write an address such as https://tsa.example.com/tsr, without a login'],
      reason: 'tsa-url',
    })
  })
}

/** Has signatures stamped, each by the first authority that gives a valid time stamp. */
export class Stamper {
  readonly #settings: StampSettings
  readonly #system: System
  readonly #endMs: number
  /** No authority is asked again after all have failed: the other attestations do not wait for them. */
  #problem: JuxError | undefined

  constructor(settings: StampSettings, system: System) {
    this.#settings = settings
    this.#system = system
    this.#endMs = system.monotonicMs() + TIME_LIMIT_MS
  }

  /** Whether there is an authority to ask. */
  get isUsed(): boolean {
    return this.#settings.urls.length > 0
  }

  /** Never throws: a failure is a part of the result. */
  async stamp(signature: Uint8Array): Promise<StampResult> {
    const { urls, authorities } = this.#settings
    let problem: JuxError | undefined = this.#problem
    for (const url of problem === undefined ? urls : []) {
      const timeoutMs = Math.min(REQUEST_LIMIT_MS, this.#endMs - this.#system.monotonicMs())
      if (timeoutMs <= 0) break
      const nonce = BigInt(`0x${randomBytes(NONCE_BYTES).toString('hex')}`)
      try {
        const request = timestampRequest(signature, nonce)
        const response = await requestTimestamp(url, request, { system: this.#system, timeoutMs })
        return {
          response,
          stamp: verifyTimestamp(response, signature, { now: this.#system.now(), authorities, nonce }),
        }
      } catch (error) {
        problem ??= toJuxError(error)
      }
    }
    this.#problem =
      problem ??
      new JuxError('API_TIMEOUT', { message: 'no time-stamping authority answered in time', reason: 'deadline' })
    return { problem: this.#problem }
  }
}
