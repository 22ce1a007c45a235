/**
 * Checks whether a certificate is valid at a time, and whether a path leads from it to a trusted authority (the part of
 * RFC 5280 §6 that reports need).
 *
 * @module
 */
import type { X509Certificate } from 'node:crypto'
import type { VerificationReason } from '../reasons.js'
import { authorityWeakness } from './algorithms.js'
import { readConstraints } from './x509.js'

/** Most intermediate authorities between the signer and the trusted authority. */
const MAX_BETWEEN = 8

/** Returns why a certificate is not valid at `at`; `undefined` when it is valid. Both ends of the period are included. */
export function validityProblem(certificate: X509Certificate, at: Date): VerificationReason | undefined {
  // Negated, so that a date that cannot be parsed is never valid.
  if (!(Date.parse(certificate.validFrom) <= at.getTime())) return 'certificate-not-yet-valid'
  return at.getTime() <= Date.parse(certificate.validTo) ? undefined : 'certificate-expired'
}

/** Finds paths from the certificates of one report to the trusted authorities. */
export class CertificateChains {
  private readonly certificates: readonly X509Certificate[]
  private readonly authorities: readonly X509Certificate[]
  private readonly at: Date
  /** Cached, so that each pair is checked once, even if all certificates of a hostile report seem to issue each other. */
  private readonly issuers = new Map<X509Certificate, readonly X509Certificate[]>()

  /**
   * @param certificates certificates of the report, in any order
   * @param authorities certificates that the caller trusts
   * @param at the time at which all certificates of a path must be valid
   */
  constructor(certificates: readonly X509Certificate[], authorities: readonly X509Certificate[], at: Date) {
    this.certificates = certificates
    this.authorities = authorities
    this.at = at
  }

  /** Returns why a signer's certificate is not accepted; `undefined` when it is an authority, or a path leads to one. */
  problem(leaf: X509Certificate): VerificationReason | undefined {
    const invalid = validityProblem(leaf, this.at)
    if (invalid !== undefined) return invalid
    if (readConstraints(leaf)?.maySign !== true) return 'certificate-usage'
    if (this.isAuthority(leaf)) return undefined
    return this.searchPath(leaf)
  }

  // Breadth first, each certificate once: if a path length constraint allows any path, it allows the shortest.
  private searchPath(leaf: X509Certificate): VerificationReason | undefined {
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
    return validityProblem(issuer, this.at) ?? keyProblem(issuer)
  }

  private isAuthority(certificate: X509Certificate): boolean {
    return this.authorities.some((authority) => authority.raw.equals(certificate.raw))
  }
}

function keyProblem(issuer: X509Certificate): VerificationReason | undefined {
  return authorityWeakness(issuer.publicKey) === undefined ? undefined : 'weak-key'
}

function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  try {
    return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)
  } catch {
    // The key is of another type than the signature algorithm.
    return false
  }
}
