/**
 * Reads and verifies the reports of a gate, with the time stamps that vouch for their time.
 *
 * @module
 */
import {
  requireAgreement,
  stampedTimeOf,
  type VerifiedAttestation,
  verifyAttestation,
} from '../../attest/attestation.js'
import { readAttestation } from '../../attest/bundle.js'
import { type JuxError, toJuxError } from '../../errors.js'
import type { GateReport } from '../../gate/report.js'
import { readReport } from '../../report/read.js'
import type { TrustedKeys } from '../../sign/trust-types.js'
import { verifyReport } from '../../sign/verify.js'
import { sha256Of } from '../../xml/digest.js'
import { CASES_TO_READ, testResultsOf } from '../attest/test-results.js'
import type { CliContext } from '../command.js'
import type { Input } from '../files.js'
import { type LoadedPolicy, readIfThere } from './files.js'

/** Longest attestation, in bytes. */
export const MAX_ATTESTATION_BYTES = 64 * 1024 * 1024

const NO_KEYS: TrustedKeys = {}

/** Reports that were verified, and those that were refused. */
export interface ReadReports {
  readonly reports: readonly GateReport[]
  readonly refused: readonly { readonly name: string; readonly why: string; readonly error: JuxError }[]
}

/** What reports are verified with. */
export interface Verification {
  readonly loaded: LoadedPolicy
  readonly at: Date
  /** A property of test cases to read with them. */
  readonly requirement?: string | undefined
}

/** Reads and verifies reports with the keys of a policy. */
export async function readReports(
  inputs: readonly Input[],
  verification: Verification,
  context: CliContext,
): Promise<ReadReports> {
  const reports: GateReport[] = []
  const refused: { name: string; why: string; error: JuxError }[] = []
  for (const input of inputs) {
    try {
      const bytes = await input.read()
      const attestation = verification.loaded.timestampAuthorities && (await attestationBeside(input.name, context))
      reports.push(verifyForGate({ name: input.name, bytes, attestation }, verification))
    } catch (thrown) {
      const error = toJuxError(thrown)
      refused.push({ name: input.name, why: error.message, error })
    }
  }
  return { reports, refused }
}

/** Where the attestation of a report is. */
export function attestationFile(report: string): string {
  return `${report.replace(/\.xml$/i, '')}.sigstore.json`
}

async function attestationBeside(name: string, context: CliContext): Promise<Uint8Array | undefined> {
  if (name === '-') return undefined
  return readIfThere(attestationFile(name), MAX_ATTESTATION_BYTES, 'attestation', context)
}

interface ReportFiles {
  readonly name: string
  readonly bytes: Uint8Array
  readonly attestation: Uint8Array | undefined
}

function verifyForGate(files: ReportFiles, { loaded, at, requirement }: Verification): GateReport {
  const { name, bytes, attestation } = files
  const { timestampAuthorities = [] } = loaded
  const trust = trustFor(bytes, loaded)
  const caseProperties = requirement === undefined ? [] : [requirement]
  // The stamp is over the signature of the attestation, which names the bytes of the report: both existed at its time.
  const stampedAt = attestation && stampedTimeOf(readAttestation(attestation), timestampAuthorities, at)
  const signed = verifyReport(bytes, trust, { at: stampedAt ?? at, cases: CASES_TO_READ, caseProperties })
  const { summary, cases } = signed
  if (attestation !== undefined) verifyBeside(attestation, { name, bytes, signed, summary, cases }, loaded, at)
  return { name, sha256: sha256Of(bytes), signed, summary, cases, stampedAt }
}

/**
 * Verifies the attestation of a verified report: a signer of that report's project must have signed it, and it must agree
 * with the report.
 *
 * @returns its signer
 * @throws {JuxError} as `verifyAttestation` and `requireAgreement`
 */
export function verifyBeside(
  attestation: Uint8Array,
  report: Pick<GateReport, 'name' | 'signed' | 'summary' | 'cases'> & { readonly bytes: Uint8Array },
  loaded: LoadedPolicy,
  at: Date,
): VerifiedAttestation['signed'] {
  const { name, bytes, signed, summary, cases } = report
  const { timestampAuthorities } = loaded
  // A bundle has no certificates. Its signer is often the signer of the report.
  const certificates = signed.embeddedCertificates
  const trust = trustFor(bytes, loaded)
  const attested = verifyAttestation(attestation, trust, { at, certificates, timestampAuthorities })
  requireAgreement(attested.statement, testResultsOf(name, bytes, { contentHash: signed.contentHash, summary, cases }))
  return attested.signed
}

// The project is signed content, so a report that claims another one needs the signature of that project's signer.
function trustFor(bytes: Uint8Array, { trust, projectTrust }: LoadedPolicy): TrustedKeys {
  if (projectTrust.size === 0) return trust
  const { properties } = readReport(bytes).summary
  const named = new Set(properties.flatMap(({ name, value }) => (name === 'project' ? [value] : [])))
  const [project = ''] = named
  const own = projectTrust.get(project)
  if (own === undefined && [...named].every((one) => !projectTrust.has(one))) return trust
  return named.size === 1 && own !== undefined ? own : NO_KEYS
}
