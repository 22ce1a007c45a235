/**
 * Which signers a verifier trusts, and what it says about a report that it accepts.
 *
 * @module
 */
import type { KeyObject, X509Certificate } from 'node:crypto'
import type { ReadOptions, ReportCase, ReportSummary } from '../report/read.js'
import type { DigestName } from '../xml/digest.js'
import type { CanonicalizationName, SignatureAlgorithm } from './algorithms.js'

/** Keys that the caller accepts; a report signed by any of them is trusted. */
export interface TrustedKeys {
  /** Public keys, accepted as they are. */
  readonly publicKeys?: readonly KeyObject[]
  /** Certificates of signers: their keys are accepted while the certificates are valid. */
  readonly certificates?: readonly X509Certificate[]
  /** Authorities: a certificate in the report is accepted when it leads to one of them. */
  readonly authorities?: readonly X509Certificate[]
}

/**
 * Trusted keys, or `embedded`: whatever key the report itself names. That shows that a report is whole, and nothing about
 * who signed it: anybody can sign anything with a key of their own.
 */
export type Trust = TrustedKeys | 'embedded'

/** How to judge a signature. */
export interface JudgeOptions {
  /** When certificates are to be valid. Default: now. */
  readonly at?: Date | undefined
}

/** How to verify a report, and what to read of it in the same scan. */
export interface VerifyOptions extends JudgeOptions, ReadOptions {
  /** Whether to read the summary; asking for the cases asks for it, too. */
  readonly summary?: boolean | undefined
}

/** Why the key is trusted; `embedded` means that it is not. */
export type TrustBasis = 'public-key' | 'certificate' | 'authority' | 'embedded'

/** A report that has not changed since it was signed. `trusted` says whether the caller trusts the key. */
export interface VerifiedReport {
  /** False for `embedded` trust: integrity only. */
  readonly trusted: boolean
  readonly basis: TrustBasis
  /** Lower-case hex SHA-256 of the public key that verified (SubjectPublicKeyInfo, DER). */
  readonly fingerprint: string
  /** `RSA 3072`, `ECDSA P-256`. */
  readonly keyDescription: string
  /** The certificate of that key, where it came from one. */
  readonly certificate?: X509Certificate | undefined
  /** Subject of that certificate on one line. */
  readonly subject?: string | undefined
  readonly algorithm: SignatureAlgorithm
  readonly digest: DigestName
  /** How the report was canonicalized. */
  readonly canonicalization: CanonicalizationName
  /** Lower-case hex SHA-256 of the inclusive canonical form of the root without its signature. */
  readonly contentHash: string
  /** Certificates that the report carries: a hint, not a fact. */
  readonly embeddedCertificates: readonly X509Certificate[]
  /**
   * What was signed: the canonical form of the root without its signature. Made when it is first read, from the bytes that
   * were verified, which must not have changed since. Read the results from these bytes and nothing else ("see what is
   * signed", XMLDSig 1.1 §8.1.3).
   *
   * @throws {JuxError} `OPERATION_FAILED` when the bytes have changed
   */
  readonly canonical: Uint8Array
  /** The results, read from what was digested in that very scan; present when they are asked for. */
  readonly summary?: ReportSummary | undefined
  readonly cases?: readonly ReportCase[] | undefined
}
