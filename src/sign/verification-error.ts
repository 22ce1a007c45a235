/**
 * Creates the error for a report that the verifier refuses.
 *
 * `reasons.ts` contains the reasons, which are stable, and their sentences.
 *
 * @module
 */
import { type ErrorCode, JuxError } from '../errors.js'
import { VERIFICATION_REASONS, type VerificationReason } from '../reasons.js'

const CODES: Partial<Record<VerificationReason, ErrorCode>> = {
  'signature-missing': 'XML_SIGNATURE_MISSING',
  'certificate-expired': 'CERT_EXPIRED',
  'certificate-not-yet-valid': 'CERT_EXPIRED',
}

const SUGGESTIONS: Partial<Record<VerificationReason, readonly string[]>> = {
  'signature-missing': ['sign the report, if you know where it comes from'],
  'untrusted-key': ['give the certificate or public key of the signer to the verifier, if you trust it'],
  'certificate-expired': ['renew the certificate; for an old report, verify it at the time when it was signed'],
}

/**
 * Creates the error for a report that the verifier refuses.
 *
 * @param detail what the report contains; values from the report must go through `quoted`
 */
export function verificationError(reason: VerificationReason, detail?: string): JuxError {
  return new JuxError(CODES[reason] ?? 'XML_SIGNATURE_INVALID', {
    message: detail === undefined ? VERIFICATION_REASONS[reason] : `${VERIFICATION_REASONS[reason]}: ${detail}`,
    reason,
    suggestions: SUGGESTIONS[reason] ?? [],
  })
}

const MAX_QUOTED = 80

/** Quotes a value from a report for a terminal: escaped to printable ASCII and cut. */
export function quoted(value: string | undefined): string {
  if (value === undefined) return 'none'
  const cut = value.length > MAX_QUOTED ? `${value.slice(0, MAX_QUOTED)}…` : value
  return `"${cut.replace(/[^\x20-\x7e…]/g, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`)}"`
}
