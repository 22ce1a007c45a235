/**
 * Whether a certificate is valid at a time, and whether it leads to a trusted authority (RFC 5280 §6, as far as reports need it).
 *
 * @module
 */
import type { X509Certificate } from 'node:crypto'
import type { VerificationReason } from '../reasons.js'
import { readConstraints } from './x509.js'

/** Authorities between the signer and the one that is trusted. */
const MAX_BETWEEN = 8

/** Why a certificate is not accepted at `at`; `undefined` when it is. Both ends of its validity are part of it. */
export function validityProblem(certificate: X509Certificate, at: Date): VerificationReason | undefined {
  // Put so that a time that cannot be read is not within any validity.
  if (!(Date.parse(certificate.validFrom) <= at.getTime())) return 'certificate-not-yet-valid'
  return at.getTime() <= Date.parse(certificate.validTo) ? undefined : 'certificate-expired'
}

/** The ways from the certificates of one report to the trusted authorities. */
export class CertificateChains {
  private readonly certificates: readonly X509Certificate[]
  private readonly authorities: readonly X509Certificate[]
  private readonly at: Date
  /** Each pair is looked at once, however the certificates of a hostile report are entangled. */
  private readonly issuers = new Map<X509Certificate, readonly X509Certificate[]>()

  /**
   * @param certificates those of the report, in any order
   * @param at when all of them are to be valid
   */
  constructor(certificates: readonly X509Certificate[], authorities: readonly X509Certificate[], at: Date) {
    this.certificates = certificates
    this.authorities = authorities
    this.at = at
  }

  /** Why a signer's certificate is not accepted; `undefined` when it leads to an authority, or is one of them itself. */
  problem(leaf: X509Certificate): VerificationReason | undefined {
    const invalid = validityProblem(leaf, this.at)
    if (invalid !== undefined) return invalid
    if (readConstraints(leaf)?.maySign !== true) return 'certificate-usage'
    if (this.isAuthority(leaf)) return undefined
    return this.climb(leaf)
  }

  // Level by level, each certificate once: the shortest way is the one that a path length allows if it allows any.
  private climb(leaf: X509Certificate): VerificationReason | undefined {
    let problem: VerificationReason = 'certificate-chain'
    const seen = new Set([leaf])
    let level: readonly X509Certificate[] = [leaf]
    for (let between = 0; between <= MAX_BETWEEN && level.length > 0; between++) {
      const next: X509Certificate[] = []
      for (const issuer of level.flatMap((certificate) => this.issuersOf(certificate))) {
        if (seen.has(issuer)) continue
        seen.add(issuer)
        const found = this.issuerProblem(issuer, between)
        if (found !== undefined) problem = found
        else if (this.isAuthority(issuer)) return undefined
        else next.push(issuer)
      }
      level = next
    }
    return problem
  }

  private issuersOf(certificate: X509Certificate): readonly X509Certificate[] {
    const known = this.issuers.get(certificate)
    if (known !== undefined) return known
    const found = [...this.authorities, ...this.certificates].filter((issuer) => isIssuedBy(certificate, issuer))
    this.issuers.set(certificate, found)
    return found
  }

  private issuerProblem(issuer: X509Certificate, between: number): VerificationReason | undefined {
    const constraints = readConstraints(issuer)
    if (constraints?.mayIssue !== true || constraints.pathLength < between) return 'certificate-usage'
    return validityProblem(issuer, this.at)
  }

  private isAuthority(certificate: X509Certificate): boolean {
    return this.authorities.some((authority) => authority.raw.equals(certificate.raw))
  }
}

function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  try {
    return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)
  } catch {
    // A key that does not go with the algorithm.
    return false
  }
}
