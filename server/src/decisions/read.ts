/**
 * Reads and verifies the signed decision of a gate.
 *
 * Everything that is stored is signed. Nothing is taken from the request beside the decision.
 *
 * @module
 */
import { hash } from 'node:crypto'
import { JuxError } from 'jux-reporter'
import {
  PREDICATES,
  readAttestation,
  readStatement,
  type SummaryStatement,
  verifyAttestation,
} from 'jux-reporter/internal'
import { trustedKeys } from '../access/trusted-keys.js'
import type { Database, DecisionReportRow, DecisionRow } from '../database/schema.js'
import { JsonGuard, type JsonLimits } from '../ingest/json-guard.js'

/** Most bytes of a decision. */
export const MAX_DECISION_BYTES = 4 * 1024 * 1024

/** Limits of the envelope of a decision. Almost all of it is one text. */
export const ENVELOPE_LIMITS: JsonLimits = { depth: 16, values: 1_000, bytes: MAX_DECISION_BYTES, cures: [] }

/** Limits of the statement in it: what 5,000 reports need, each as a report, an input and a subject. */
const STATEMENT_LIMITS: JsonLimits = { depth: 16, values: 100_000, bytes: MAX_DECISION_BYTES, cures: [] }

/** A rule that is violated. */
export interface FailedRule {
  readonly rule: string
  readonly report?: string | undefined
  readonly found: string
  readonly wanted: string
}

/** A decision that nobody has verified yet. */
export interface ReadDecision {
  readonly statement: SummaryStatement
  /** The projects that it states. */
  readonly projects: readonly string[]
  readonly digest: string
  readonly decidedAtMs: number
}

/** The columns that a verified decision has for each of its projects. */
export type DecisionColumns = Omit<DecisionRow, 'seq' | 'id' | 'received_at' | 'submitted_by'>

/** A report that a decision judged. */
export type JudgedReport = Omit<DecisionReportRow, 'decision_seq' | 'position'>

/** How far the clock of a gate may be ahead. */
const MAX_AHEAD_MS = 300_000
/** Each signature is tried with each trusted key, and each attempt reads the whole statement. */
const MAX_SIGNATURES = 4
const MAX_PROJECTS = 100
const MAX_REPORTS = 5_000
const MAX_RULES = 500
/** Maximum length of a name or an address, and of a finding, in UTF-16 code units. */
const MAX_FACT = 500
const MAX_TEXT = 4_000

/**
 * Reads a decision. Its signature is not verified.
 *
 * @param keepMs how long the server keeps decisions; undefined for ever
 * @throws {JuxError} `ATTESTATION_INVALID`, `INVALID_ARGUMENT`
 * @throws {HttpError} 400 for a statement with too many parts
 */
export function readDecision(bytes: Uint8Array, nowMs: number, keepMs: number | undefined): ReadDecision {
  const { payload, signatures } = readAttestation(bytes).envelope
  if (signatures.length > MAX_SIGNATURES) throw invalid(`the decision has more than ${MAX_SIGNATURES} signatures`)
  // Before it is parsed, and anybody with an API key can send it.
  new JsonGuard(STATEMENT_LIMITS).add(payload)
  const statement = readStatement(payload)
  if (statement.predicateType !== PREDICATES.summary) {
    throw invalid('the statement is the results of a report, not the decision of a gate')
  }
  const {
    timeVerified,
    'jux:about': about,
    'jux:reports': reports = [],
    'jux:findings': rules = [],
  } = statement.predicate
  if (about === undefined) {
    throw invalid('the decision does not state what it is about', [
      'make it with jux-reporter of the same version as this server: jux verify --policy … --decision …',
    ])
  }
  const projects = [...new Set(about.projects)]
  if (projects.length === 0) {
    throw invalid('the decision states no project', ['set JUX_PROJECT for the run, so that its reports state it'])
  }
  if (projects.length > MAX_PROJECTS) throw invalid(`the decision is about more than ${MAX_PROJECTS} projects`)
  if (reports.length > MAX_REPORTS) throw invalid(`the decision is about more than ${MAX_REPORTS} reports`)
  if (rules.length > MAX_RULES) throw invalid(`the decision has more than ${MAX_RULES} findings`)
  requireTexts(statement)
  const decidedAtMs = Date.parse(timeVerified ?? '')
  if (Number.isNaN(decidedAtMs)) throw invalid('the decision does not state when it was made')
  if (decidedAtMs > nowMs + MAX_AHEAD_MS)
    throw invalid('the decision is from the future', ['set the clock of the gate'])
  // What was deleted must not come back as news.
  if (keepMs !== undefined && decidedAtMs < nowMs - keepMs) {
    throw invalid('the decision is older than the time for which this server keeps decisions')
  }
  return { statement, projects, digest: hash('sha256', payload), decidedAtMs }
}

/**
 * Verifies a decision with the keys that the server trusts for one of its projects.
 *
 * @throws {JuxError} `ATTESTATION_*`, `XML_SIGNATURE_INVALID`, `CERT_EXPIRED` if no trusted signer has signed it
 */
export async function verifyDecision(
  database: Database,
  bytes: Uint8Array,
  { statement, digest, decidedAtMs }: ReadDecision,
  project: string,
  nowMs: number,
): Promise<DecisionColumns> {
  const { signed } = verifyAttestation(bytes, await trustedKeys(database, project), { at: new Date(nowMs) })
  const { predicate } = statement
  const { 'jux:about': about, 'jux:findings': findings = [], policy } = predicate
  return {
    project,
    digest,
    branch: about?.branch ?? null,
    commit_sha: about?.commit ?? null,
    pull_request: about?.pullRequest ?? null,
    remote: about?.remote ?? null,
    policy: predicate['jux:policyName'] ?? policy.uri.replace(/^file:/, ''),
    policy_uri: policy.uri,
    policy_sha256: policy.digest?.sha256 ?? null,
    result: predicate.verificationResult === 'PASSED' ? 'passed' : 'failed',
    failed_rules: JSON.stringify(findings),
    verifier: predicate.verifier.id,
    resource: predicate.resourceUri,
    signer: signed.fingerprint,
    signer_key: signed.keyDescription,
    signer_subject: signed.certificate?.subject.replaceAll('\n', ', ') ?? null,
    decided_at: decidedAtMs,
  }
}

/** The reports that a decision judged. */
export function judgedReports({ statement }: ReadDecision): readonly JudgedReport[] {
  return (statement.predicate['jux:reports'] ?? []).map(({ name, contentHash, digest }) => ({
    name,
    sha256: digest.sha256,
    content_hash: contentHash,
  }))
}

/** The rules that a stored decision states as violated. */
export function failedRules({ failed_rules: json }: Pick<DecisionRow, 'failed_rules'>): readonly FailedRule[] {
  const stored: FailedRule[] = JSON.parse(json)
  return stored
}

// NUL ends a text in SQLite, and PostgreSQL refuses it. Both store another text than half of a surrogate pair.
function requireTexts({ predicate }: SummaryStatement): void {
  const { 'jux:about': about, policy, verifier, resourceUri, 'jux:policyName': name } = predicate
  const { projects = [], ...facts } = about ?? {}
  const short = [
    ...projects,
    ...Object.values(facts),
    policy.uri,
    policy.digest?.sha256,
    verifier.id,
    resourceUri,
    name,
  ]
  const reports = (predicate['jux:reports'] ?? []).map((report) => report.name)
  const long = (predicate['jux:findings'] ?? []).flatMap(({ rule, report = '', found, wanted }) => [
    rule,
    report,
    found,
    wanted,
  ])
  for (const text of [...short, ...reports]) requireText(text ?? '', MAX_FACT)
  for (const text of long) requireText(text, MAX_TEXT)
}

function requireText(text: string, limit: number): void {
  if (text.length > limit) throw invalid(`a text of the decision is longer than ${limit} characters`)
  if (text.includes('\0')) throw invalid('a text of the decision has the character NUL')
  if (/\p{Surrogate}/u.test(text)) throw invalid('a text of the decision has half of a surrogate pair')
}

function invalid(message: string, suggestions: readonly string[] = []): JuxError {
  return new JuxError('INVALID_ARGUMENT', { message, suggestions: [...suggestions] })
}
