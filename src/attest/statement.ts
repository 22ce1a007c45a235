/**
 * Statements of in-toto (Statement v1) in the two forms that we sign: the results of a report (predicate test-result v0.1),
 * and the decision of a gate (SLSA Verification Summary Attestation v1).
 *
 * Pure. Extension fields have names that are URIs (`jux:counts`), as both specifications ask.
 *
 * @module
 */
import * as z from 'zod'
import { JuxError, messageOf } from '../errors.js'
import type { RunOutcome } from '../model.js'
import type { ReportCounts } from '../report/read.js'
import { quoted } from '../sign/verification-error.js'
import { parseStrictJson } from '../strict-json.js'

/** Media type of a statement, the payload type of its envelope. */
export const STATEMENT_MEDIA_TYPE = 'application/vnd.in-toto+json'

/** Predicate types. */
export const PREDICATES = {
  testResult: 'https://in-toto.io/attestation/test-result/v0.1',
  summary: 'https://slsa.dev/verification_summary/v1',
} as const

const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1'

/** The version of SLSA whose specification of the summary this module follows. */
const SLSA_VERSION = '1.2'

/** Levels with this prefix are those of SLSA, which a gate of test reports does not verify. */
const RESERVED_LEVEL = /^(?:SLSA_|FAILED$)/

const text = z.string().min(1)
const names = z.array(z.string())
const count = z.int().min(0)
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 digits in lower-case hex')
const digestSet = z
  .record(text, z.string().regex(/^[0-9a-f]+$/, 'must be lower-case hex'))
  .refine((set) => Object.keys(set).length > 0, 'has no digest')
const uri = z.string().regex(/^[A-Za-z][A-Za-z0-9+.-]*:\S+$/, 'must be a URI')

const subjects = z
  .array(closed({ name: text.optional(), digest: digestSet }))
  .min(1)
  .readonly()

const testResult = closed({
  result: z.enum(['PASSED', 'WARNED', 'FAILED']),
  configuration: z.array(closed({ name: text.optional(), uri: uri.optional(), digest: digestSet.optional() })),
  url: uri.optional(),
  passedTests: names,
  warnedTests: names,
  failedTests: names,
  'jux:outcome': z.enum(['passed', 'failed', 'error', 'interrupted', 'no-tests']),
  'jux:counts': closed({ tests: count, passed: count, failures: count, errors: count, skipped: count, flaky: count }),
  'jux:contentHash': sha256,
})

const summary = closed({
  verifier: closed({ id: uri, version: z.record(text, z.string()).optional() }),
  timeVerified: z.iso.datetime({ offset: true }).optional(),
  resourceUri: uri,
  policy: closed({ uri, digest: digestSet.optional() }),
  inputAttestations: z.array(closed({ uri: uri.optional(), digest: digestSet })).optional(),
  verificationResult: z.enum(['PASSED', 'FAILED']),
  verifiedLevels: z.array(text).min(1),
  dependencyLevels: z.record(text, count).optional(),
  slsaVersion: z
    .string()
    .regex(/^\d+\.\d+$/, 'must be MAJOR.MINOR')
    .optional(),
  'jux:policyName': text.optional(),
  'jux:about': closed({
    projects: z.array(text),
    branch: text.optional(),
    commit: text.optional(),
    pullRequest: text.optional(),
    remote: text.optional(),
  }).optional(),
  'jux:reports': z.array(closed({ name: text, contentHash: sha256, digest: closed({ sha256 }) })).optional(),
  'jux:findings': z
    .array(closed({ rule: text, report: text.optional(), found: z.string(), wanted: z.string() }))
    .optional(),
})

const statementSchema = z.discriminatedUnion('predicateType', [
  statementOf(PREDICATES.testResult, testResult),
  statementOf(PREDICATES.summary, summary),
])

/** A statement of one of the two forms. */
export type Statement = z.infer<typeof statementSchema>

/** The results of a report. */
export type TestResultStatement = Extract<Statement, { predicateType: typeof PREDICATES.testResult }>

/** The decision of a gate. */
export type SummaryStatement = Extract<Statement, { predicateType: typeof PREDICATES.summary }>

/** A file, by its content. */
export interface NamedDigest {
  readonly name: string
  /** Of the file's bytes, lower-case hex. */
  readonly sha256: string
}

/** What a statement about results says. */
export interface TestResults {
  /** The signed XML file. */
  readonly file: NamedDigest
  /** SHA-256 of the canonical content without the signature, lower-case hex: the identity of the report elsewhere. */
  readonly contentHash: string
  /** As the reader of reports decides it. */
  readonly outcome: RunOutcome
  readonly counts: ReportCounts
  /** Names of the tests that passed at their first attempt. */
  readonly passed: readonly string[]
  /** Names of the tests that passed at a later attempt. */
  readonly flaky: readonly string[]
  /** Names of the tests that failed or had an error. */
  readonly failed: readonly string[]
  /** The page of the run. */
  readonly url?: string | undefined
  /** The commit whose files were tested, in hex, if nothing was changed. */
  readonly commit?: string | undefined
}

/** What a decision is about, as far as all reports agree. */
export interface SummaryContext {
  readonly projects: readonly string[]
  readonly branch?: string | undefined
  readonly commit?: string | undefined
  readonly pullRequest?: string | undefined
  /** Address of the Git repository. */
  readonly remote?: string | undefined
}

/** A report that was decided on. */
export interface SummaryReport extends NamedDigest {
  readonly contentHash: string
}

/** Why a decision is to fail. */
export interface SummaryFinding {
  readonly rule: string
  readonly report?: string | undefined
  readonly found: string
  readonly wanted: string
}

/** What a summary says. */
export interface Summary {
  readonly verifier: { readonly id: string; readonly version?: Readonly<Record<string, string>> | undefined }
  readonly timeVerified: Date
  readonly resourceUri: string
  readonly policy: { readonly uri: string; readonly sha256: string }
  /** All attestations that the decision is based on. */
  readonly inputs: readonly { readonly uri: string; readonly sha256: string }[]
  readonly passed: boolean
  /** At least one name of our own. They are stated only if the decision is to pass. */
  readonly verifiedLevels: readonly string[]
  readonly subjects: readonly NamedDigest[]
  /** The name that the policy gives itself. */
  readonly policyName?: string | undefined
  readonly about?: SummaryContext | undefined
  readonly reports?: readonly SummaryReport[] | undefined
  /** The rules that are violated. */
  readonly findings?: readonly SummaryFinding[] | undefined
}

/** States the results of a report: PASSED only if the whole run passed and no test was flaky. */
export function testResultStatement(results: TestResults): TestResultStatement {
  const { file, contentHash, outcome, counts, passed, flaky, failed, url, commit } = results
  const { tests, failures, errors, skipped } = counts
  return {
    _type: STATEMENT_TYPE,
    subject: [subjectOf(file)],
    predicateType: PREDICATES.testResult,
    predicate: {
      result: outcome !== 'passed' ? 'FAILED' : flaky.length > 0 ? 'WARNED' : 'PASSED',
      configuration: commit === undefined ? [] : [{ name: 'git:commit', digest: { gitCommit: commit } }],
      ...(url === undefined ? {} : { url }),
      passedTests: [...passed],
      warnedTests: [...flaky],
      failedTests: [...failed],
      'jux:outcome': outcome,
      'jux:counts': { tests, passed: counts.passed, failures, errors, skipped, flaky: flaky.length },
      'jux:contentHash': contentHash,
    },
  }
}

/**
 * States a decision. A summary of a failed gate has the level `FAILED` and no other.
 *
 * @throws {JuxError} `INVALID_ARGUMENT` for values that the specification does not allow
 */
export function vsaStatement(decision: Summary): SummaryStatement {
  const { verifier, timeVerified, resourceUri, policy, inputs, passed, verifiedLevels } = decision
  const reserved = verifiedLevels.find((level) => RESERVED_LEVEL.test(level))
  if (reserved !== undefined) {
    throw new JuxError('INVALID_ARGUMENT', { message: `a gate cannot verify the level ${quoted(reserved)}` })
  }
  const statement: SummaryStatement = {
    _type: STATEMENT_TYPE,
    subject: decision.subjects.map(subjectOf),
    predicateType: PREDICATES.summary,
    predicate: {
      verifier: { id: verifier.id, ...(verifier.version === undefined ? {} : { version: { ...verifier.version } }) },
      timeVerified: timeVerified.toISOString(),
      resourceUri,
      policy: { uri: policy.uri, digest: { sha256: policy.sha256 } },
      inputAttestations: inputs.map((input) => ({ uri: input.uri, digest: { sha256: input.sha256 } })),
      verificationResult: passed ? 'PASSED' : 'FAILED',
      verifiedLevels: passed ? [...verifiedLevels] : ['FAILED'],
      slsaVersion: SLSA_VERSION,
      ...extensionsOf(decision),
    },
  }
  const checked = statementSchema.safeParse(statement)
  if (checked.success) return statement
  throw new JuxError('INVALID_ARGUMENT', {
    message: `the decision cannot be stated: ${problemOf(checked.error)}`,
    cause: checked.error,
  })
}

function extensionsOf({ policyName, about, reports, findings }: Summary) {
  return {
    ...(policyName === undefined ? {} : { 'jux:policyName': policyName }),
    ...(about === undefined ? {} : { 'jux:about': { ...about, projects: [...about.projects] } }),
    ...(reports === undefined
      ? {}
      : {
          'jux:reports': reports.map(({ name, contentHash, sha256: digest }) => ({
            name,
            contentHash,
            digest: { sha256: digest },
          })),
        }),
    ...(findings === undefined ? {} : { 'jux:findings': findings.map((finding) => ({ ...finding })) }),
  }
}

/** Writes a statement as the payload of an envelope. */
export function encodeStatement(statement: Statement): Buffer {
  return Buffer.from(JSON.stringify(statement))
}

/**
 * Reads a statement. Fields that the specification does not name are refused, except extension fields, which are ignored.
 *
 * @throws {JuxError} `ATTESTATION_INVALID` with reason `predicate-type` or `payload`
 */
export function readStatement(payload: Uint8Array): Statement {
  const value = parsed(payload)
  const predicateType = typeof value === 'object' && value !== null ? Reflect.get(value, 'predicateType') : undefined
  if (typeof predicateType === 'string' && !Object.values(PREDICATES).some((known) => known === predicateType)) {
    throw new JuxError('ATTESTATION_INVALID', {
      message: `the statement has the predicate type ${quoted(predicateType)}, which this program does not read`,
      suggestions: [`it reads ${Object.values(PREDICATES).join(' and ')}`],
      reason: 'predicate-type',
    })
  }
  const checked = statementSchema.safeParse(value)
  if (checked.success) return checked.data
  throw notAStatement(problemOf(checked.error), checked.error)
}

function parsed(payload: Uint8Array): unknown {
  try {
    return parseStrictJson(payload)
  } catch (cause) {
    throw notAStatement(messageOf(cause), cause)
  }
}

function notAStatement(problem: string, cause: unknown): JuxError {
  return new JuxError('ATTESTATION_INVALID', {
    message: `the signed text is not a statement of in-toto: ${problem}`,
    reason: 'payload',
    cause,
  })
}

function problemOf({ issues: [issue] }: z.ZodError): string {
  return issue === undefined ? 'it has another shape' : `${issue.path.join('.') || 'it'}: ${issue.message}`
}

function subjectOf({ name, sha256: digest }: NamedDigest) {
  return { name, digest: { sha256: digest } }
}

function statementOf<Type extends string, Predicate extends z.ZodType>(type: Type, predicate: Predicate) {
  return z.strictObject({
    _type: z.literal(STATEMENT_TYPE),
    subject: subjects,
    predicateType: z.literal(type),
    predicate,
  })
}

/** An object without other fields than these. Extension fields of others, whose names are URIs, are left out. */
function closed<Shape extends z.ZodRawShape>(shape: Shape) {
  const isKnown = (name: string) => Object.hasOwn(shape, name) || !name.includes(':')
  return z.preprocess((value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
    return Object.fromEntries(Object.entries(value).filter(([name]) => isKnown(name)))
  }, z.strictObject(shape))
}
