/**
 * Signs and verifies DSSE envelopes (Dead Simple Signing Envelope 1.0.2), in which attestations, decisions, waivers and
 * receipts are.
 *
 * The algorithm follows from the key: RSASSA-PKCS1-v1_5 with SHA-256, or ECDSA with the digest of the curve's size, in DER.
 *
 * @module
 */
import { type KeyObject, verify, type X509Certificate } from 'node:crypto'
import { JuxError } from '../errors.js'
import type { KeyKind } from '../sign/algorithms.js'
import { type Candidate, findCandidates } from '../sign/candidates.js'
import { DER, derSequence, derValue } from '../sign/der.js'
import type { Signer } from '../sign/keys.js'
import type { TrustBasis, TrustedKeys } from '../sign/trust-types.js'
import { quoted } from '../sign/verification-error.js'
import { parseStrictJson, StrictJsonError } from '../strict-json.js'
import type { DigestName } from '../xml/digest.js'

/** Most signatures of an envelope. */
const MAX_SIGNATURES = 16
/** Longest type of a payload, and longest key id. */
const MAX_TEXT = 1_024

/** A signed payload, in the JSON form of the specification. */
export interface Envelope {
  readonly payloadType: string
  /** Base64. */
  readonly payload: string
  readonly signatures: readonly EnvelopeSignature[]
}

/** One signature of an envelope. */
export interface EnvelopeSignature {
  /** Not signed: it only says which key to try. */
  readonly keyid?: string | undefined
  /** Base64. */
  readonly sig: string
}

/** An envelope that was read. Nothing in it is verified. */
export interface ReadEnvelope {
  readonly payloadType: string
  readonly payload: Uint8Array
  readonly signatures: readonly { readonly keyId: string | undefined; readonly value: Uint8Array }[]
}

/** A payload that a trusted key has signed. */
export interface VerifiedEnvelope {
  readonly payload: Uint8Array
  readonly basis: TrustBasis
  /** Lower-case hex SHA-256 of the signer's public key (SubjectPublicKeyInfo, DER). */
  readonly fingerprint: string
  readonly keyDescription: string
  readonly certificate?: X509Certificate | undefined
  /** The signature that was verified. */
  readonly signature: Uint8Array
}

/** Makes the error for a value of another form. */
export type Refusal = (detail: string) => JuxError

/** How an envelope is verified. */
export interface EnvelopeOptions {
  /** The only type of payload that is accepted. */
  readonly payloadType: string
  /** The time at which certificates must be valid. */
  readonly at: Date
  /** Certificates that lead from the signer to a trusted authority. They are not trusted themselves. */
  readonly certificates?: readonly X509Certificate[] | undefined
}

/**
 * Signs a payload.
 *
 * @param payloadType a media type, such as `application/vnd.in-toto+json`
 * @returns an envelope with one signature, whose `keyid` is the fingerprint of the key
 */
export function signEnvelope(payloadType: string, payload: Uint8Array, signer: Signer): Envelope {
  const signature = signBytes(preAuthEncoding(payloadType, payload), signer)
  return {
    payloadType,
    payload: Buffer.from(payload).toString('base64'),
    signatures: [{ keyid: signer.fingerprint, sig: signature.toString('base64') }],
  }
}

/** Signs bytes as `openssl dgst -verify` expects it, with the digest that `digestFor` names. */
export function signBytes(bytes: Uint8Array, signer: Signer): Buffer {
  const value = signer.sign(bytes, digestFor(signer.kind))
  return signer.kind.family === 'rsa' ? value : derSignature(value)
}

/**
 * Reads an envelope from JSON. Members that the specification does not name are refused.
 *
 * @throws {JuxError} `ATTESTATION_INVALID`: `not-json`, `envelope`
 */
export function readEnvelope(json: string | Uint8Array): ReadEnvelope {
  try {
    return envelopeOf(parseStrictJson(json))
  } catch (cause) {
    if (!(cause instanceof StrictJsonError)) throw cause
    throw new JuxError('ATTESTATION_INVALID', { message: `not ${cause.message}`, reason: 'not-json', cause })
  }
}

/**
 * Reads an envelope from a JSON value, such as a member of a bundle.
 *
 * @throws {JuxError} `ATTESTATION_INVALID` with reason `envelope`
 */
export function envelopeOf(value: unknown): ReadEnvelope {
  const { payloadType, payload, signatures } = members(value, ['payloadType', 'payload', 'signatures'])
  if (!Array.isArray(signatures) || signatures.length === 0 || signatures.length > MAX_SIGNATURES) {
    throw invalid(`signatures must be a list of 1 to ${MAX_SIGNATURES}`)
  }
  return {
    payloadType: text(payloadType, 'payloadType'),
    payload: base64(payload, 'payload'),
    signatures: signatures.map((item: unknown) => {
      const { keyid, sig } = members(item, ['keyid', 'sig'])
      return { keyId: keyid === undefined ? undefined : text(keyid, 'keyid'), value: base64(sig, 'sig') }
    }),
  }
}

/**
 * Verifies an envelope: one of its signatures must be of a trusted key.
 *
 * @throws {JuxError} `ATTESTATION_INVALID` for another type of payload; `XML_SIGNATURE_INVALID` or `CERT_EXPIRED` when no
 *   key can be tried; `ATTESTATION_SIGNATURE_INVALID` when no signature matches
 */
export function verifyEnvelope(envelope: ReadEnvelope, trust: TrustedKeys, options: EnvelopeOptions): VerifiedEnvelope {
  const { payloadType, payload, signatures } = envelope
  if (payloadType !== options.payloadType) {
    throw new JuxError('ATTESTATION_INVALID', {
      message: `the payload of the envelope is ${quoted(payloadType)}, not ${options.payloadType}`,
      reason: 'payload-type',
    })
  }
  const candidates = candidatesFor(trust, options)
  const signed = preAuthEncoding(payloadType, payload)
  for (const { value } of signatures) {
    const signer = candidates.find((candidate) => matches(candidate, signed, value))
    if (signer === undefined) continue
    const { basis, fingerprint, kind, certificate } = signer
    return { payload, basis, fingerprint, keyDescription: kind.description, certificate, signature: value }
  }
  throw new JuxError('ATTESTATION_SIGNATURE_INVALID', {
    message: 'no signature of the envelope is of a trusted key: it was changed, or another key signed it',
    suggestions: ['give the public key of its signer, if you trust it'],
    reason: 'signature-mismatch',
  })
}

/** What is signed: the type and the payload, each with its length (DSSE 1.0.2, `PAE`). */
export function preAuthEncoding(payloadType: string, payload: Uint8Array): Buffer {
  const type = Buffer.from(payloadType, 'utf8')
  const head = Buffer.from(`DSSEv1 ${type.length} `)
  return Buffer.concat([head, type, Buffer.from(` ${payload.length} `), payload])
}

function candidatesFor(trust: TrustedKeys, { at, certificates = [] }: EnvelopeOptions): readonly Candidate[] {
  return findCandidates(trust, { keys: [], certificates, identifiers: [] }, undefined, at)
}

function matches({ key, kind }: Candidate, signed: Uint8Array, signature: Uint8Array): boolean {
  try {
    return verify(digestFor(kind), signed, verificationKey(key, kind), signature)
  } catch {
    // OpenSSL refuses to compute with some keys, such as those of enormous size.
    return false
  }
}

function verificationKey(key: KeyObject, { family }: KeyKind) {
  return family === 'rsa' ? key : { key, dsaEncoding: 'der' as const }
}

/** The digest that verifiers of DSSE expect of a key: there is no field that names it. */
export function digestFor(kind: KeyKind): DigestName {
  if (kind.family === 'rsa') return 'sha256'
  const { name } = kind.curve
  if (name === 'P-521') return 'sha512'
  return name === 'P-384' ? 'sha384' : 'sha256'
}

/** Converts r‖s to the SEQUENCE of two INTEGERs that X9.62 has (RFC 3279 §2.2.3). */
function derSignature(value: Buffer): Buffer {
  const half = value.length / 2
  return derSequence(unsignedInteger(value.subarray(0, half)), unsignedInteger(value.subarray(half)))
}

function unsignedInteger(bytes: Buffer): Buffer {
  const first = bytes.findIndex((byte) => byte !== 0)
  const short = bytes.subarray(first === -1 ? bytes.length - 1 : first)
  // A leading one bit would make the number negative.
  return derValue(DER.integer, ...((short[0] ?? 0) & 0x80 ? [Buffer.of(0)] : []), short)
}

/**
 * Reads an object that has no other members than these.
 *
 * @param refusal makes the error that is thrown for anything else
 */
export function members(
  value: unknown,
  names: readonly string[],
  refusal: Refusal = invalid,
): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refusal('it is not an object')
  const entries: readonly [string, unknown][] = Object.entries(value)
  const unknown = entries.find(([name]) => !names.includes(name))
  if (unknown !== undefined) throw refusal(`it has the member ${quoted(unknown[0])}`)
  return Object.fromEntries(entries)
}

function text(value: unknown, name: string): string {
  if (typeof value === 'string' && value.length <= MAX_TEXT) return value
  throw invalid(`${name} must be a text of at most ${MAX_TEXT} characters`)
}

/** Reads bytes in base64 as RFC 4648 §4 writes them, and in no other spelling. */
export function base64(value: unknown, name: string, refusal: Refusal = invalid): Uint8Array {
  const bytes = typeof value === 'string' ? Buffer.from(value, 'base64') : undefined
  // Node also decodes texts that are not base64.
  if (bytes !== undefined && bytes.length > 0 && bytes.toString('base64') === value) return bytes
  throw refusal(`${name} must be base64`)
}

function invalid(detail: string): JuxError {
  return new JuxError('ATTESTATION_INVALID', { message: `not a DSSE envelope: ${detail}`, reason: 'envelope' })
}
