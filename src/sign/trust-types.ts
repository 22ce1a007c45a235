/**
 * Types of the verifier: which signers it trusts, and what it returns for a report that it accepts.
 *
 * @module
 */
import type { KeyObject, X509Certificate } from 'node:crypto'
import type { ReadOptions, ReportCase, ReportSummary } from '../report/read.js'
import type { DigestName } from '../xml/digest.js'
import type { CanonicalizationName, SignatureAlgorithm } from './algorithms.js'

/** Keys that the caller trusts. A report that was signed with any of them is trusted. */
export interface TrustedKeys {
  /** Public keys, trusted without a time limit. */
  readonly publicKeys?: readonly KeyObject[]
  /** Certificates of signers. Their keys are trusted while the certificates are valid. */
  readonly certificates?: readonly X509Certificate[]
  /** Certificate authorities. A certificate in the report is trusted if a valid path leads from it to one of them. */
  readonly authorities?: readonly X509Certificate[]
}

/**
 * Trusted keys, or `embedded`: any key that the report itself contains. An embedded key shows that the content of a report was not changed,
 * but not who signed it, because everybody can sign a report with a new key.
 */
export type Trust = TrustedKeys | 'embedded'

/** Options of `verifySignature`. */
export interface SignatureOptions {
  /** The time at which certificates must be valid. Default: now. */
  readonly at?: Date | undefined
}

/** Options of `verifyReport`: how to verify a report, and what to read in the same scan. */
export interface VerifyOptions extends SignatureOptions, ReadOptions {
  /** Whether to read the summary. The option `cases` includes it. */
  readonly summary?: boolean | undefined
}

/** Why the key is trusted; `embedded` means that it is not trusted. */
export type TrustBasis = 'public-key' | 'certificate' | 'authority' | 'embedded'

/** A report whose content has not changed since it was signed. `trusted` says whether the caller trusts the key. */
export interface VerifiedReport {
  /** Whether the caller trusts the key. False for `embedded` trust, which shows only that the content was not changed. */
  readonly trusted: boolean
  readonly basis: TrustBasis
  /** Lower-case hex SHA-256 of the signer's public key (SubjectPublicKeyInfo, DER). */
  readonly fingerprint: string
  /** `RSA 3072`, `ECDSA P-256`. */
  readonly keyDescription: string
  /** The certificate with the signer's key; `undefined` if the key did not come from a certificate. */
  readonly certificate?: X509Certificate | undefined
  /** Subject of the certificate on one line. */
  readonly subject?: string | undefined
  readonly algorithm: SignatureAlgorithm
  readonly digest: DigestName
  /** How the report was canonicalized. */
  readonly canonicalization: CanonicalizationName
  /** Lower-case hex SHA-256 of the inclusive canonical form of the root without its signature. */
  readonly contentHash: string
  /** Certificates in the report. They are not verified. */
  readonly embeddedCertificates: readonly X509Certificate[]
  /**
   * The canonical content that was signed: the canonical form of the root without its signature. They are computed at the first access, from the
   * bytes that were verified, which must not have changed. If you do not use `summary` and `cases`, read the results only from
   * these bytes ("see what is signed", XMLDSig 1.1 §8.1.3).
   *
   * @throws {JuxError} `OPERATION_FAILED` when the bytes have changed
   */
  readonly canonical: Uint8Array
  /** The results, read in the same scan that computed the digest. Present if the option `summary` or `cases` is set. */
  readonly summary?: ReportSummary | undefined
  /** Present if the option `cases` is set. */
  readonly cases?: readonly ReportCase[] | undefined
}
