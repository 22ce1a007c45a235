/**
 * `jux verify` for attestations: one beside its report (`--attestation`), or one alone, such as the decision of a gate.
 *
 * @module
 */
import type { X509Certificate } from 'node:crypto'
import {
  requireAgreement,
  stampedTimeOf,
  type VerifiedAttestation,
  verifyAttestation,
} from '../../attest/attestation.js'
import { readAttestation } from '../../attest/bundle.js'
import { PREDICATES, type Statement } from '../../attest/statement.js'
import { JuxError } from '../../errors.js'
import type { Property } from '../../model.js'
import { subjectOf } from '../../sign/algorithms.js'
import type { TrustedKeys } from '../../sign/trust-types.js'
import { quoted } from '../../sign/verification-error.js'
import { verifyReport } from '../../sign/verify.js'
import { checkExpectations } from '../expectations.js'
import type { AttestationJson, VerifyJson } from '../json.js'
import { resultOf } from '../verification-result.js'
import type { ReadFile } from './json-object.js'
import { CASES_TO_READ, testResultsOf } from './test-results.js'

/** How an attestation is verified. */
export interface AttestationCheck {
  readonly trust: TrustedKeys
  /** With `timestampAuthorities` the present time. */
  readonly at: Date
  readonly expect: readonly Property[]
  /** Authorities whose time stamps are trusted (`--tsa-ca`). */
  readonly timestampAuthorities?: readonly X509Certificate[] | undefined
}

/**
 * Verifies a report and its attestation: both signatures must be trusted, and they must agree.
 *
 * @throws {JuxError} as `verifyReport`, `verifyAttestation` and `requireAgreement`
 */
export function verifyWithAttestation(report: ReadFile, attestation: ReadFile, check: AttestationCheck): VerifyJson {
  const { trust, at, expect, timestampAuthorities } = check
  // The stamp is over the signature of the attestation, which names the bytes of the report: both existed at its time.
  const stampedAt = timestampAuthorities && stampedTimeOf(readAttestation(attestation.bytes), timestampAuthorities, at)
  const verified = verifyReport(report.bytes, trust, { at: stampedAt ?? at, cases: CASES_TO_READ })
  checkExpectations(verified.summary, expect, report.name)
  // A bundle has no certificates. Its signer is often the signer of the report.
  const certificates = verified.embeddedCertificates
  const attested = verifyAttestation(attestation.bytes, trust, { at, certificates, timestampAuthorities })
  requireAgreement(attested.statement, testResultsOf(report.name, report.bytes, verified))
  return { ...resultOf(report.name, verified, false), attestation: attestationJson(attested) }
}

/**
 * Verifies an attestation alone.
 *
 * @throws {JuxError} as `verifyAttestation`; `OPERATION_FAILED` with reason `not-as-expected`
 */
export function verifyLoneAttestation({ name, bytes }: ReadFile, check: AttestationCheck): VerifyJson {
  const { trust, at, expect, timestampAuthorities } = check
  const attested = verifyAttestation(bytes, trust, { at, timestampAuthorities })
  requireExpected(attested.statement, expect)
  const { basis, fingerprint, keyDescription, certificate } = attested.signed
  return {
    valid: true,
    file: name,
    trusted: true,
    signer: { subject: certificate && subjectOf(certificate), fingerprint, key: keyDescription, basis },
    attestation: attestationJson(attested),
  }
}

function attestationJson({ form, statement, signed, sha256, stampedAt }: VerifiedAttestation): AttestationJson {
  return {
    sha256,
    format: form,
    predicate_type: statement.predicateType,
    result: resultIn(statement),
    subjects: digestsIn(statement),
    fingerprint: signed.fingerprint,
    stamped_at: stampedAt?.toISOString(),
  }
}

function resultIn(statement: Statement): string {
  return statement.predicateType === PREDICATES.summary
    ? statement.predicate.verificationResult
    : statement.predicate.result
}

function digestsIn({ subject }: Statement): readonly string[] {
  return subject.flatMap(({ digest }) => digest.sha256 ?? [])
}

/** What `--expect` can name in an attestation, each with its values. */
function valuesIn(statement: Statement): Readonly<Record<string, readonly string[]>> {
  const shared = {
    result: [resultIn(statement)],
    subject: digestsIn(statement),
    predicateType: [statement.predicateType],
  }
  if (statement.predicateType !== PREDICATES.summary) return shared
  const { verifier, resourceUri, policy, verifiedLevels } = statement.predicate
  return {
    ...shared,
    verifier: [verifier.id],
    resourceUri: [resourceUri],
    policy: policy.digest?.sha256 === undefined ? [] : [policy.digest.sha256],
    level: verifiedLevels,
  }
}

// Several subjects and levels are each true, so one of them is enough.
function requireExpected(statement: Statement, expected: readonly Property[]): void {
  const values = valuesIn(statement)
  for (const { name, value } of expected) {
    const found = Object.hasOwn(values, name) ? values[name] : undefined
    if (found?.includes(value)) continue
    throw new JuxError('OPERATION_FAILED', {
      message:
        found === undefined
          ? `an attestation has no ${quoted(name)} to expect`
          : `${name} is ${found.map(quoted).join(' and ') || 'not stated'}, expected ${quoted(value)}`,
      suggestions: found === undefined ? [`expect one of ${Object.keys(values).join(', ')}`] : [],
      reason: 'not-as-expected',
    })
  }
}
