/**
 * Finds the keys that a signature is checked with: the keys that the caller trusts, restricted to those that KeyInfo names.
 *
 * @module
 */
import type { KeyObject, X509Certificate } from 'node:crypto'
import type { VerificationReason } from '../reasons.js'
import { type KeyKind, keyFingerprint, keyKind, type SignatureMethod, subjectOf } from './algorithms.js'
import { CertificateChains, validityProblem } from './certificate-chain.js'
import type { KeyHint } from './key-info.js'
import type { Trust, TrustBasis, TrustedKeys } from './trust-types.js'
import { quoted, verificationError } from './verification-error.js'
import { describesOneOf } from './x509-identifiers.js'

/** A key that may have made the signature. */
export interface Candidate {
  readonly key: KeyObject
  readonly kind: KeyKind
  readonly fingerprint: string
  readonly basis: TrustBasis
  readonly certificate?: X509Certificate | undefined
}

/** A trusted key before it is checked. */
interface Offer {
  readonly key: KeyObject
  readonly basis: TrustBasis
  readonly certificate?: X509Certificate | undefined
  /** Why this key must not be used. */
  readonly problem?: VerificationReason | undefined
}

/**
 * Finds the keys to try.
 *
 * @param method the algorithm of the signature, if it is known before the key
 * @returns at least one
 * @throws {JuxError} `XML_SIGNATURE_INVALID` or `CERT_EXPIRED` when there is none
 */
export function findCandidates(
  trust: Trust,
  hint: KeyHint,
  method: SignatureMethod | undefined,
  at: Date,
): readonly Candidate[] {
  const offers = trust === 'embedded' ? embeddedOffers(hint) : trustedOffers(trust, hint, at)
  const named = namedFingerprints(hint)
  const matching = offers.filter(({ key }) => named.size === 0 || named.has(keyFingerprint(key)))
  const checked = matching.map((offer) => checkOffer(withIdentifiers(offer, hint), method))
  const candidates = checked.filter((one) => 'kind' in one)
  if (candidates.length > 0) return candidates
  const [first] = checked.filter((one) => 'problem' in one)
  if (first !== undefined) throw verificationError(first.problem, first.detail)
  throw verificationError(trust === 'embedded' ? 'key-info-missing' : 'untrusted-key')
}

function checkOffer(
  offer: Offer,
  method: SignatureMethod | undefined,
): Candidate | { problem: VerificationReason; detail: string } {
  const { key, basis, certificate, problem } = offer
  const kind = keyKind(key)
  if (problem !== undefined) return { problem, detail: quoted(certificate && subjectOf(certificate)) }
  if (kind.family === 'unsupported') return { problem: 'weak-key', detail: kind.description }
  if (method !== undefined && kind.family !== method.family) {
    return { problem: 'key-type', detail: `${method.name} with ${kind.description}` }
  }
  return { key, kind, fingerprint: keyFingerprint(key), basis, certificate }
}

/** A trusted certificate must be the one that X509Data describes without containing it. */
function withIdentifiers(offer: Offer, { identifiers }: KeyHint): Offer {
  const { certificate, problem } = offer
  if (certificate === undefined || problem !== undefined) return offer
  const fits = identifiers.every((group) => describesOneOf(group, [certificate]))
  return fits ? offer : { ...offer, problem: 'x509-mismatch' }
}

/** The key of a KeyValue is the one that verifies; without it, the key of any certificate may be. */
function namedFingerprints({ keys, certificates }: KeyHint): ReadonlySet<string> {
  return new Set((keys.length > 0 ? keys : certificates.map(({ publicKey }) => publicKey)).map(keyFingerprint))
}

function embeddedOffers({ keys, certificates }: KeyHint): Offer[] {
  const certified = certificates.map(
    (certificate): Offer => ({
      key: certificate.publicKey,
      basis: 'embedded',
      certificate,
    }),
  )
  return [...certified, ...keys.map((key): Offer => ({ key, basis: 'embedded' }))]
}

function trustedOffers(trust: TrustedKeys, { certificates }: KeyHint, at: Date): Offer[] {
  const { publicKeys = [], certificates: pinned = [], authorities = [] } = trust
  const chains = new CertificateChains(certificates, authorities, at)
  return [
    ...publicKeys.map((key): Offer => ({ key, basis: 'public-key' })),
    ...pinned.map(
      (certificate): Offer => ({
        key: certificate.publicKey,
        basis: 'certificate',
        certificate,
        problem: validityProblem(certificate, at),
      }),
    ),
    ...(authorities.length === 0 ? [] : certificates).map(
      (certificate): Offer => ({
        key: certificate.publicKey,
        basis: 'authority',
        certificate,
        problem: chains.problem(certificate),
      }),
    ),
  ]
}
