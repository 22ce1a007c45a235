/**
 * Waivers: exceptions for single tests, each signed by an approver.
 *
 * A waiver is a DSSE envelope with a JSON payload. It names exactly one test.
 *
 * @module
 */
import * as z from 'zod'
import { type Envelope, readEnvelope, signEnvelope, verifyEnvelope } from '../attest/dsse.js'
import { JuxError, messageOf } from '../errors.js'
import type { Signer } from '../sign/keys.js'
import type { TrustedKeys } from '../sign/trust-types.js'
import { parseStrictJson } from '../strict-json.js'
import type { Policy } from './policy.js'
import type { GateReport, GateTest } from './report.js'

/** Media type of the payload. */
export const WAIVER_TYPE = 'application/vnd.jux.waiver+json'

/** Largest waiver that is read, in bytes. */
export const MAX_WAIVER_BYTES = 64 * 1024

const waiverSchema = z.strictObject({
  version: z.literal(1),
  /** Class and name, as in the report. */
  test: z.string().min(1),
  /** The property `project` of its reports; absent: any. */
  project: z.string().min(1).optional(),
  reason: z.string().min(1),
  owner: z.string().min(1),
  /** The last day, in UTC. */
  expires: z.iso.date(),
  created: z.iso.datetime(),
})

/** What a waiver says. */
export type WaiverContent = z.infer<typeof waiverSchema>

/** A waiver that an approver has signed. */
export interface Waiver extends WaiverContent {
  /** Name of the file. */
  readonly name: string
  /** Where it is. */
  readonly path: string
  /** Fingerprint of the approver's key. */
  readonly approver: string
  /** SHA-256 of the file's bytes, lower-case hex. */
  readonly sha256: string
}

/** A file that is no waiver of an approver. */
export interface RefusedWaiver {
  readonly name: string
  readonly error: JuxError
}

/**
 * Signs a waiver.
 *
 * @throws {JuxError} `INVALID_ARGUMENT` for content that a gate would refuse
 */
export function signWaiver(content: WaiverContent, signer: Signer): Envelope {
  const parsed = waiverSchema.safeParse(content)
  if (!parsed.success) {
    throw new JuxError('INVALID_ARGUMENT', {
      message: `the waiver is not complete: ${problemOf(parsed.error)}`,
      suggestions: ['give a test, a reason, an owner, and a last day such as 2026-12-31'],
    })
  }
  if (isOutsideTests(content.test)) {
    throw new JuxError('INVALID_ARGUMENT', {
      message: `${content.test} is no test but an error of the run, which cannot be waived`,
    })
  }
  return signEnvelope(WAIVER_TYPE, Buffer.from(JSON.stringify(content)), signer)
}

/**
 * Reads and verifies a waiver.
 *
 * @param file its bytes, its name for messages, and their SHA-256
 * @throws {JuxError} as `readEnvelope` and `verifyEnvelope`; `ATTESTATION_INVALID` with reason `payload`
 */
export function readWaiver(
  file: { readonly name: string; readonly path: string; readonly bytes: Uint8Array; readonly sha256: string },
  approvers: TrustedKeys,
  at: Date,
): Waiver {
  const verified = verifyEnvelope(readEnvelope(file.bytes), approvers, { payloadType: WAIVER_TYPE, at })
  const content = readWaiverContent(verified.payload)
  const { name, path, sha256 } = file
  return { ...content, name, path, approver: verified.fingerprint, sha256 }
}

/**
 * Reads what a waiver says, without its signature.
 *
 * @throws {JuxError} `ATTESTATION_INVALID` with reason `payload`
 */
export function readWaiverContent(payload: Uint8Array): WaiverContent {
  const parsed = waiverSchema.safeParse(payloadOf(payload))
  if (!parsed.success) throw notAWaiver(parsed.error)
  return parsed.data
}

/** Whether the last day of a waiver is over. */
export function isExpired({ expires }: Pick<WaiverContent, 'expires'>, now: Date): boolean {
  return now.toISOString().slice(0, 10) > expires
}

/** Why a waiver does not count in a decision about these reports; `undefined` if it does. */
export function waiverProblem(
  waiver: Waiver,
  { policy, reports, reportSigners, now }: WaiverContext,
): string | undefined {
  if (isExpired(waiver, now)) return `expired on ${waiver.expires}`
  if (isOutsideTests(waiver.test)) return 'names no test but an error of the run'
  if (policy.trust.revoked?.some(({ fingerprint }) => fingerprint === waiver.approver)) {
    return 'is signed with a revoked key'
  }
  const isOwnKey =
    reportSigners.has(waiver.approver) || reports.some(({ signed }) => signed.fingerprint === waiver.approver)
  return isOwnKey ? 'is signed with a key that signs reports' : undefined
}

/** What decides whether a waiver counts. */
export interface WaiverContext {
  readonly policy: Policy
  readonly reports: readonly GateReport[]
  readonly reportSigners: ReadonlySet<string>
  readonly now: Date
}

/** The waivers that name a test. */
export function waiversFor(test: Pick<GateTest, 'project' | 'name'>, waivers: readonly Waiver[]): readonly Waiver[] {
  return waivers.filter((waiver) => waiver.test === test.name && (waiver.project ?? test.project) === test.project)
}

/** Whether a name is in parentheses: what happened outside of the tests, such as a file that does not load, or an interruption. */
export function isOutsideTests(test: string): boolean {
  return /^(?:.*? > )?\(/s.test(test)
}

function payloadOf(payload: Uint8Array): unknown {
  try {
    return parseStrictJson(payload)
  } catch (cause) {
    throw notAWaiver(cause)
  }
}

function notAWaiver(cause: unknown): JuxError {
  return new JuxError('ATTESTATION_INVALID', {
    message: `the signed text is not a waiver: ${problemOf(cause)}`,
    reason: 'payload',
    cause,
  })
}

function problemOf(cause: unknown): string {
  if (!(cause instanceof z.ZodError)) return messageOf(cause)
  const [issue] = cause.issues
  return issue === undefined ? 'it has another shape' : `${issue.path.join('.')}: ${issue.message}`
}
