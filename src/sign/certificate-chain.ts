/**
 * Whether a certificate is valid at a time, and whether it leads to a trusted authority (RFC 5280 §6, as far as reports need it).
 *
 * @module
 */
import type { X509Certificate } from 'node:crypto'
import { readConstraints } from './certificate-constraints.js'
import type { Refusal } from './refusals.js'

/** Certificates between the signer's and the authority's, both counted. */
const MAX_CHAIN = 8

/** Why a certificate is not accepted at `at`; `undefined` when it is. Both ends of its validity are part of it. */
export function validityProblem(certificate: X509Certificate, at: Date): Refusal | undefined {
  // Not Date objects: `validFromDate` is not in every Node that is supported.
  if (at.getTime() < Date.parse(certificate.validFrom)) return 'certificate-not-yet-valid'
  return at.getTime() > Date.parse(certificate.validTo) ? 'certificate-expired' : undefined
}

/**
 * Why a signer's certificate does not lead to one of the authorities; `undefined` when it does.
 *
 * @param others certificates that may stand between, in any order
 */
export function chainProblem(
  leaf: X509Certificate,
  others: readonly X509Certificate[],
  authorities: readonly X509Certificate[],
  at: Date,
): Refusal | undefined {
  const invalid = validityProblem(leaf, at)
  if (invalid !== undefined) return invalid
  if (readConstraints(leaf)?.maySign !== true) return 'certificate-usage'
  if (authorities.some((authority) => authority.raw.equals(leaf.raw))) return undefined
  return climb(leaf, without(leaf, others), authorities, at, 0)
}

function climb(
  certificate: X509Certificate,
  others: readonly X509Certificate[],
  authorities: readonly X509Certificate[],
  at: Date,
  between: number,
): Refusal | undefined {
  let problem: Refusal = 'certificate-chain'
  if (between >= MAX_CHAIN) return problem
  for (const authority of authorities.filter((issuer) => isIssuedBy(certificate, issuer))) {
    const found = issuerProblem(authority, at, between)
    if (found === undefined) return undefined
    problem = found
  }
  for (const issuer of others.filter((other) => isIssuedBy(certificate, other))) {
    const found =
      issuerProblem(issuer, at, between) ?? climb(issuer, without(issuer, others), authorities, at, between + 1)
    if (found === undefined) return undefined
    if (found !== 'certificate-chain') problem = found
  }
  return problem
}

// What has been climbed is not climbed again: a ring of certificates has no top.
function without(certificate: X509Certificate, others: readonly X509Certificate[]): X509Certificate[] {
  return others.filter((other) => !other.raw.equals(certificate.raw))
}

function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)
}

function issuerProblem(issuer: X509Certificate, at: Date, between: number): Refusal | undefined {
  const constraints = readConstraints(issuer)
  if (constraints?.mayIssue !== true || constraints.pathLength < between) return 'certificate-usage'
  return validityProblem(issuer, at)
}
