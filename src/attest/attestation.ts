/**
 * Signs statements, verifies attestations in either form, and compares one with the report that it is about.
 *
 * Pure: callers read files and pass the time.
 *
 * @module
 */
import type { X509Certificate } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { JuxError } from '../errors.js'
import type { Signer } from '../sign/keys.js'
import type { TrustedKeys } from '../sign/trust-types.js'
import { sha256Of } from '../xml/digest.js'
import { type ReadAttestation, readAttestation } from './bundle.js'
import { type Envelope, signEnvelope, type VerifiedEnvelope, verifyEnvelope } from './dsse.js'
import {
  encodeStatement,
  PREDICATES,
  readStatement,
  STATEMENT_MEDIA_TYPE,
  type Statement,
  type TestResults,
  testResultStatement,
} from './statement.js'
import { stampedTime } from './timestamp.js'

/** How an attestation is verified. */
export interface AttestationOptions {
  /** The time at which the signer's certificate must be valid; with `timestampAuthorities` the present time. */
  readonly at: Date
  /**
   * Authorities whose time stamps are trusted. The attestation must then have one, and certificates are judged at its time.
   * Absent: time stamps are ignored.
   */
  readonly timestampAuthorities?: readonly X509Certificate[] | undefined
  /** Certificates that lead from the signer to a trusted authority: a bundle has none. They are not trusted themselves. */
  readonly certificates?: readonly X509Certificate[] | undefined
}

/** A statement that a trusted key has signed. */
export interface VerifiedAttestation {
  readonly form: 'bundle' | 'dsse'
  readonly statement: Statement
  readonly signed: Omit<VerifiedEnvelope, 'payload'>
  /** SHA-256 of the file's bytes, lower-case hex. */
  readonly sha256: string
  /** The time that a trusted authority vouches for: the signature, and so the report that it names, existed then. */
  readonly stampedAt?: Date | undefined
}

/** Signs a statement. */
export function signStatement(statement: Statement, signer: Signer): Envelope {
  return signEnvelope(STATEMENT_MEDIA_TYPE, encodeStatement(statement), signer)
}

/**
 * Verifies an attestation: a Sigstore bundle, or a DSSE envelope alone.
 *
 * @throws {JuxError} `ATTESTATION_INVALID`, `ATTESTATION_SIGNATURE_INVALID`, and as `verifyEnvelope`
 */
export function verifyAttestation(
  bytes: Uint8Array,
  trust: TrustedKeys,
  { at, certificates, timestampAuthorities }: AttestationOptions,
): VerifiedAttestation {
  const read = readAttestation(bytes)
  const stampedAt = timestampAuthorities && stampedTimeOf(read, timestampAuthorities, at)
  const { payload, ...signed } = verifyEnvelope(read.envelope, trust, {
    payloadType: STATEMENT_MEDIA_TYPE,
    at: stampedAt ?? at,
    certificates,
  })
  return { form: read.form, statement: readStatement(payload), signed, sha256: sha256Of(bytes), stampedAt }
}

/**
 * The time at which an attestation existed, as trusted authorities vouch. Its signer is not verified.
 *
 * @throws {JuxError} `TIMESTAMP_INVALID`; with reason `missing` for an envelope without a bundle
 */
export function stampedTimeOf(
  { envelope, timestamps }: Pick<ReadAttestation, 'envelope' | 'timestamps'>,
  authorities: readonly X509Certificate[],
  now: Date,
): Date {
  const [signature] = envelope.signatures
  return stampedTime(timestamps, signature?.value ?? new Uint8Array(), { authorities, now }).time
}

/**
 * Checks that an attestation is about a report, and states what the report has.
 *
 * @param results read from the verified bytes of the report
 * @throws {JuxError} `ATTESTATION_INVALID`: `predicate-type`, `subject-mismatch`, `content-mismatch`
 */
export function requireAgreement(statement: Statement, results: TestResults): void {
  if (statement.predicateType !== PREDICATES.testResult) {
    throw disagreement('the attestation is the decision of a gate, not the results of a report', 'predicate-type')
  }
  if (!statement.subject.some(({ digest }) => digest.sha256 === results.file.sha256)) {
    throw disagreement(
      'the attestation is about another file: its SHA-256 is not that of the report',
      'subject-mismatch',
    )
  }
  const stated = statement.predicate
  const found = testResultStatement(results).predicate
  const different = COMPARED.find((name) => !isDeepStrictEqual(stated[name], found[name]))
  if (different === undefined) return
  throw disagreement(`the attestation states another ${different} than the report has`, 'content-mismatch')
}

const COMPARED = [
  'result',
  'jux:outcome',
  'jux:counts',
  'jux:contentHash',
  'failedTests',
  'warnedTests',
  'passedTests',
] as const

function disagreement(message: string, reason: 'predicate-type' | 'subject-mismatch' | 'content-mismatch'): JuxError {
  return new JuxError('ATTESTATION_INVALID', { message, reason })
}
