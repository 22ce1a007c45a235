/**
 * Sigstore bundles, version 0.3: an envelope, the name of its key, and time stamps over its signature.
 *
 * The writer names the key by its fingerprint and never includes a certificate. The reader takes that form only: there is no
 * transparency log, and a certificate would have to be one of Sigstore's own authority.
 *
 * @module
 */
import { JuxError } from '../errors.js'
import { quoted } from '../sign/verification-error.js'
import { parseStrictJson, StrictJsonError } from '../strict-json.js'
import { base64, type Envelope, envelopeOf, members, type ReadEnvelope } from './dsse.js'

/** Media type of a bundle, and the value of its member `mediaType`. */
export const BUNDLE_TYPE = 'application/vnd.dev.sigstore.bundle.v0.3+json'

/** Most time stamps of a bundle. */
const MAX_TIMESTAMPS = 16

/** A bundle, in the JSON form of the specification. */
export interface Bundle {
  readonly mediaType: typeof BUNDLE_TYPE
  readonly verificationMaterial: {
    readonly publicKey: { readonly hint: string }
    readonly timestampVerificationData?: {
      /** Base64 of the DER of a TimeStampResp (RFC 3161). */
      readonly rfc3161Timestamps: readonly { readonly signedTimestamp: string }[]
    }
  }
  readonly dsseEnvelope: Envelope
}

/** An attestation that was read. Nothing in it is verified. */
export interface ReadAttestation {
  readonly form: 'bundle' | 'dsse'
  readonly envelope: ReadEnvelope
  /** Of a bundle: the name of the key. */
  readonly hint?: string | undefined
  /** Of a bundle: TimeStampResp in DER. */
  readonly timestamps: readonly Uint8Array[]
}

/**
 * Makes a bundle.
 *
 * @param hint the fingerprint of the key
 * @param timestamps TimeStampResp in DER, over the signature of the envelope
 */
export function bundleOf(envelope: Envelope, hint: string, timestamps: readonly Uint8Array[] = []): Bundle {
  const stamped = timestamps.map((bytes) => ({ signedTimestamp: Buffer.from(bytes).toString('base64') }))
  return {
    mediaType: BUNDLE_TYPE,
    verificationMaterial: {
      publicKey: { hint },
      ...(stamped.length === 0 ? {} : { timestampVerificationData: { rfc3161Timestamps: stamped } }),
    },
    dsseEnvelope: envelope,
  }
}

/**
 * Adds time stamps to a bundle that was read.
 *
 * @param timestamps TimeStampResp in DER, over its signature
 */
export function withTimestamps(
  { envelope, hint = '', timestamps }: ReadAttestation,
  added: readonly Uint8Array[],
): Bundle {
  const base64Of = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')
  const written: Envelope = {
    payloadType: envelope.payloadType,
    payload: base64Of(envelope.payload),
    signatures: envelope.signatures.map(({ keyId, value }) => ({
      ...(keyId === undefined ? {} : { keyid: keyId }),
      sig: base64Of(value),
    })),
  }
  return bundleOf(written, hint, [...timestamps, ...added])
}

/**
 * Reads an attestation: a bundle, or an envelope alone.
 *
 * @throws {JuxError} `ATTESTATION_INVALID`: `not-json`, `envelope`, `bundle`
 */
export function readAttestation(json: string | Uint8Array): ReadAttestation {
  const value = parsed(json)
  const isBundle = typeof value === 'object' && value !== null && Object.hasOwn(value, 'mediaType')
  return isBundle ? readBundle(value) : { form: 'dsse', envelope: envelopeOf(value), timestamps: [] }
}

function parsed(json: string | Uint8Array): unknown {
  try {
    return parseStrictJson(json)
  } catch (cause) {
    if (!(cause instanceof StrictJsonError)) throw cause
    throw new JuxError('ATTESTATION_INVALID', { message: `not ${cause.message}`, reason: 'not-json', cause })
  }
}

function readBundle(value: unknown): ReadAttestation {
  const { mediaType, verificationMaterial, dsseEnvelope } = members(
    value,
    ['mediaType', 'verificationMaterial', 'dsseEnvelope'],
    invalid,
  )
  if (mediaType !== BUNDLE_TYPE) throw invalid(`mediaType is ${quoted(String(mediaType))}, not ${BUNDLE_TYPE}`)
  const material = members(verificationMaterial, ['publicKey', 'tlogEntries', 'timestampVerificationData'], invalid)
  const { hint } = members(material.publicKey, ['hint'], invalid)
  if (typeof hint !== 'string') throw invalid('publicKey.hint must be a text')
  const { tlogEntries = [] } = material
  if (!Array.isArray(tlogEntries) || tlogEntries.length > 0) throw invalid('it has entries of a transparency log')
  const envelope = envelopeOf(dsseEnvelope)
  // The time stamps are over one signature.
  if (envelope.signatures.length !== 1) throw invalid(`it has ${envelope.signatures.length} signatures instead of one`)
  return { form: 'bundle', envelope, hint, timestamps: timestampsOf(material.timestampVerificationData) }
}

function timestampsOf(value: unknown): readonly Uint8Array[] {
  if (value === undefined) return []
  const { rfc3161Timestamps = [] } = members(value, ['rfc3161Timestamps'], invalid)
  if (!Array.isArray(rfc3161Timestamps) || rfc3161Timestamps.length > MAX_TIMESTAMPS) {
    throw invalid(`rfc3161Timestamps must be a list of at most ${MAX_TIMESTAMPS}`)
  }
  return rfc3161Timestamps.map((item: unknown) => {
    const { signedTimestamp } = members(item, ['signedTimestamp'], invalid)
    return base64(signedTimestamp, 'signedTimestamp', invalid)
  })
}

function invalid(detail: string): JuxError {
  return new JuxError('ATTESTATION_INVALID', {
    message: `not a Sigstore bundle that can be verified with a key: ${detail}`,
    reason: 'bundle',
  })
}
