/**
 * Verifies a report's signature, and applies the signature policy of this server.
 *
 * @module
 */
import { JuxError, type ReportSignature, type TrustedKeys, type VerifiedReport, verifySignature } from 'jux-reporter'
import type { SignatureState } from '../database/schema.js'
import { HttpError } from '../http-error.js'

/** Names of the signature policies: which reports the server accepts. */
export const POLICIES = ['accept', 'require-signed', 'require-trusted'] as const

/** Name of a signature policy. */
export type SignaturePolicy = (typeof POLICIES)[number]

/** The state of a report's signature, and its signer. */
export interface CheckedSignature {
  readonly state: SignatureState
  /** SHA-256 of the signer's public key in hexadecimal. */
  readonly fingerprint?: string | undefined
  readonly subject?: string | undefined
  /** For example `ecdsa-sha256 (ECDSA P-256)`. */
  readonly algorithm?: string | undefined
  /** Why the signer is not trusted although the signature is valid: a `VerificationReason`. */
  readonly reason?: string | undefined
}

/** Reasons that concern only the trust in the signer. A report that is refused for one of them can still be valid. */
const SIGNER_REASONS: ReadonlySet<string> = new Set([
  'untrusted-key',
  'certificate-expired',
  'certificate-not-yet-valid',
  'certificate-chain',
  'certificate-usage',
  'weak-key',
])

/**
 * Verifies the signature of a report that was read.
 *
 * @throws {HttpError} 422 (400 `InvalidSignature` under `/reports`) when the signature is invalid, under every policy
 */
export function checkSignature(signature: ReportSignature, trusted: TrustedKeys, at: Date): CheckedSignature {
  // Without trusted keys, the result of the first verification is known, and it would read the signer's key for nothing.
  if (Object.values(trusted).every((keys) => keys.length === 0)) return checkStranger(signature, 'untrusted-key', at)
  try {
    return describe(verifySignature(signature, trusted, { at }), undefined)
  } catch (error) {
    const reason = error instanceof JuxError ? error.reason : undefined
    if (reason === undefined || !SIGNER_REASONS.has(reason)) throw invalid(error)
    return checkStranger(signature, reason, at)
  }
}

function checkStranger(signature: ReportSignature, reason: string, at: Date): CheckedSignature {
  try {
    return describe(verifySignature(signature, 'embedded', { at }), reason)
  } catch (error) {
    throw invalid(error)
  }
}

/**
 * Applies the policy.
 *
 * @throws {HttpError} 422 when the policy requires a signature, or a trusted key, and the report has none
 */
export function enforcePolicy(policy: SignaturePolicy, { state, reason }: CheckedSignature): void {
  if (policy === 'accept' || state === 'trusted') return
  if (state === 'unsigned') {
    throw new HttpError(422, 'the report is not signed, and this server accepts only signed reports', {
      kind: 'InvalidSignature',
      details: { message: 'signature required', reason: 'signature-missing' },
      suggestions: ['jux keygen --output key.pem, then set JUX_KEY_PATH=key.pem', 'jux sign --input report.xml'],
    })
  }
  if (policy === 'require-signed') return
  throw new HttpError(422, 'the report is signed by a key that this server does not trust', {
    kind: 'InvalidSignature',
    details: { message: 'trusted signature required', reason: reason ?? 'untrusted-key' },
    suggestions: ['jux-server trust add FILE --project NAME, with the public key or certificate of the signer'],
  })
}

function describe(verified: VerifiedReport, reason: string | undefined): CheckedSignature {
  const { trusted, fingerprint, subject, algorithm, keyDescription } = verified
  return {
    state: trusted ? 'trusted' : 'untrusted',
    fingerprint,
    algorithm: `${algorithm} (${keyDescription})`,
    subject,
    reason: trusted ? undefined : reason,
  }
}

// Anything but a refusal of the verifier is an error of this program, and stays as it is.
function invalid(error: unknown): unknown {
  if (!(error instanceof JuxError)) return error
  return new HttpError(422, error.message, {
    kind: 'InvalidSignature',
    details: { message: error.message, reason: error.reason ?? error.code },
    suggestions: ['jux verify report.xml', 'submit the report exactly as it was signed'],
    cause: error,
  })
}
