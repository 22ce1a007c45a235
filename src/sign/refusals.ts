/**
 * Why a signed report is refused: the rules of the closed profile, each with its stable reason.
 *
 * Reasons of malformed XML are in `xml/events.ts`; docs/verification.md lists both.
 *
 * @module
 */
import { type ErrorCode, JuxError } from '../errors.js'

/** Reason to sentence. */
export const REFUSALS = {
  'signature-missing': 'the report is not signed',
  'several-signatures': 'there is more than one Signature',
  'signature-position': 'the Signature is not the first or the last element inside the root',
  'stray-signature-element': 'an element of XML Signature stands outside the Signature',
  comment: 'there is a comment, which no signature covers',
  'processing-instruction': 'there is a processing instruction, which a reader may act on',
  'signature-too-large': 'the Signature is larger than allowed',
  'signature-structure': 'the Signature does not have the elements it must have, in their order',
  'signature-attribute': 'an element of the Signature has an attribute it must not have',
  'signature-text': 'there is text where the Signature must have none',
  'canonicalization-method': 'the canonicalisation of SignedInfo is not an accepted one',
  'signature-method': 'the signature algorithm is not an accepted one',
  'reference-count': 'there is not exactly one Reference',
  'reference-uri': 'the Reference is not to the whole document',
  'duplicate-id': "the root's Id appears on another element",
  transforms: 'the transforms are not the enveloped signature followed by an accepted canonicalisation',
  'prefix-list': 'the PrefixList of an exclusive canonicalisation is not acceptable',
  'digest-method': 'the digest algorithm is not an accepted one',
  base64: 'a value is not strict base64',
  'digest-length': 'the digest does not have the length of its algorithm',
  'signature-length': 'the signature does not have the length that the key demands',
  'key-info': 'KeyInfo holds something that is not accepted',
  'key-info-mismatch': 'KeyInfo names keys that contradict each other',
  'key-info-missing': 'the report names no key that it could be checked with',
  'key-type': 'the signature algorithm is for another type of key',
  'weak-key': 'the key is too short, or of a type that is not accepted',
  'untrusted-key': 'the report is signed by a key that is not trusted',
  'certificate-expired': 'the certificate has expired',
  'certificate-not-yet-valid': 'the certificate is not valid yet',
  'certificate-chain': 'the certificate does not lead to a trusted authority',
  'certificate-usage': 'a certificate may not be used for this',
  'digest-mismatch': 'the report was changed after it was signed',
  'signature-mismatch': 'the signature does not match: it was changed, or made by another key',
} as const

/** One of the reasons, as found in `JuxError.reason`. */
export type Refusal = keyof typeof REFUSALS

const CODES: Partial<Record<Refusal, ErrorCode>> = {
  'signature-missing': 'XML_SIGNATURE_MISSING',
  'certificate-expired': 'CERT_EXPIRED',
  'certificate-not-yet-valid': 'CERT_EXPIRED',
}

const SUGGESTIONS: Partial<Record<Refusal, readonly string[]>> = {
  'signature-missing': ['jux sign --input report.xml --key key.pem --output signed.xml'],
  'untrusted-key': ['jux verify --cert FILE or --public-key FILE, if this signer is to be trusted'],
  'certificate-expired': ['jux verify --at TIME, to judge the certificate at the time of signing'],
}

/**
 * The error for a refusal.
 *
 * @param detail what was found; values from the report are to be passed through `quoted`
 */
export function refusal(reason: Refusal, detail?: string): JuxError {
  return new JuxError(CODES[reason] ?? 'XML_SIGNATURE_INVALID', {
    message: detail === undefined ? REFUSALS[reason] : `${REFUSALS[reason]}: ${detail}`,
    reason,
    suggestions: SUGGESTIONS[reason] ?? [],
  })
}

const MAX_QUOTED = 80

/** A value from a report, fit for a terminal: printable ASCII, cut. */
export function quoted(value: string | undefined): string {
  if (value === undefined) return 'none'
  const cut = value.length > MAX_QUOTED ? `${value.slice(0, MAX_QUOTED)}…` : value
  return `"${cut.replace(/[^\x20-\x7e…]/g, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`)}"`
}
