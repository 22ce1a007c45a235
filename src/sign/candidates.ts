/**
 * Which keys a signature may be checked with: those the caller trusts, narrowed by what the report says about itself.
 *
 * @module
 */
import type { KeyObject, X509Certificate } from 'node:crypto'
import { type KeyKind, keyFingerprint, keyKind, type SignatureMethod } from './algorithms.js'
import { chainProblem, validityProblem } from './certificate-chain.js'
import type { KeyHint } from './key-info.js'
import { type Refusal, refusal } from './refusals.js'
import type { Trust, TrustBasis, TrustedKeys } from './trust-types.js'

/** A key that may have signed. */
export interface Candidate {
  readonly key: KeyObject
  readonly kind: KeyKind
  readonly fingerprint: string
  readonly basis: TrustBasis
  readonly certificate?: X509Certificate
}

interface Offer {
  readonly key: KeyObject
  readonly basis: TrustBasis
  readonly certificate?: X509Certificate
  /** Why this key is not to be used after all. */
  readonly problem?: Refusal | undefined
}

/**
 * The keys to try, at least one.
 *
 * @throws {JuxError} `XML_SIGNATURE_INVALID` or `CERT_EXPIRED` when there is none
 */
export function findCandidates(trust: Trust, hint: KeyHint, method: SignatureMethod, at: Date): readonly Candidate[] {
  const offers = trust === 'embedded' ? embeddedOffers(hint) : trustedOffers(trust, hint, at)
  const none = trust === 'embedded' ? 'key-info-missing' : 'untrusted-key'
  const named = namedFingerprints(hint)
  const fitting = offers.filter(({ key }) => named.size === 0 || named.has(keyFingerprint(key)))
  if (fitting.length === 0) throw refusal(none)
  const usable = fitting.filter(({ problem }) => problem === undefined)
  const [refused] = fitting
  if (usable.length === 0) throw refusal(refused?.problem ?? none, refused?.certificate?.subject.split('\n').join(', '))
  const strong = usable.flatMap(toCandidate)
  if (strong.length === 0) throw refusal('weak-key')
  const candidates = strong.filter(({ kind }) => kind.family === method.family)
  if (candidates.length === 0) throw refusal('key-type', `${method.name} with ${strong[0]?.kind.description}`)
  return candidates
}

function toCandidate({ key, basis, certificate }: Offer): Candidate[] {
  const kind = keyKind(key)
  if (kind.family === 'unsupported') return []
  const fingerprint = keyFingerprint(key)
  return [{ key, kind, fingerprint, basis, ...(certificate === undefined ? {} : { certificate }) }]
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
        problem: chainProblem(certificate, certificates, authorities, at),
      }),
    ),
  ]
}
