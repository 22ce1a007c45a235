/**
 * Which keys a signature may be checked with: those the caller trusts, narrowed by what the report says about itself.
 *
 * @module
 */
import type { KeyObject, X509Certificate } from 'node:crypto'
import type { VerificationReason } from '../reasons.js'
import { type KeyKind, keyFingerprint, keyKind, type SignatureMethod, subjectOf } from './algorithms.js'
import { CertificateChains, validityProblem } from './certificate-chain.js'
import type { KeyHint } from './signature-reader.js'
import type { Trust, TrustBasis, TrustedKeys } from './trust-types.js'
import { quoted, verificationError } from './verification-error.js'

/** A key that may have signed. */
export interface Candidate {
  readonly key: KeyObject
  readonly kind: KeyKind
  readonly fingerprint: string
  readonly basis: TrustBasis
  readonly certificate?: X509Certificate | undefined
}

interface Offer {
  readonly key: KeyObject
  readonly basis: TrustBasis
  readonly certificate?: X509Certificate | undefined
  /** Why this key is not to be used after all. */
  readonly problem?: VerificationReason | undefined
}

/**
 * The keys to try, at least one.
 *
 * @throws {JuxError} `XML_SIGNATURE_INVALID` or `CERT_EXPIRED` when there is none
 */
export function findCandidates(trust: Trust, hint: KeyHint, method: SignatureMethod, at: Date): readonly Candidate[] {
  const offers = trust === 'embedded' ? embeddedOffers(hint) : trustedOffers(trust, hint, at)
  const named = namedFingerprints(hint)
  const fitting = offers.filter(({ key }) => named.size === 0 || named.has(keyFingerprint(key)))
  const judged = fitting.map((offer) => judge(offer, method))
  const candidates = judged.filter((one) => 'kind' in one)
  if (candidates.length > 0) return candidates
  const [first] = judged.filter((one) => 'problem' in one)
  if (first !== undefined) throw verificationError(first.problem, first.about)
  throw verificationError(trust === 'embedded' ? 'key-info-missing' : 'untrusted-key')
}

function judge(offer: Offer, method: SignatureMethod): Candidate | { problem: VerificationReason; about: string } {
  const { key, basis, certificate, problem } = offer
  const kind = keyKind(key)
  if (problem !== undefined) return { problem, about: quoted(certificate && subjectOf(certificate)) }
  if (kind.family === 'unsupported') return { problem: 'weak-key', about: kind.description }
  if (kind.family !== method.family) return { problem: 'key-type', about: `${method.name} with ${kind.description}` }
  return { key, kind, fingerprint: keyFingerprint(key), basis, certificate }
}

function namedFingerprints({ keys, certificates }: KeyHint): ReadonlySet<string> {
  return new Set([...keys, ...certificates.map(({ publicKey }) => publicKey)].map(keyFingerprint))
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
