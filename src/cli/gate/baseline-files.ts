/**
 * Reads what a gate compares with: earlier reports, decisions about them, and lists of names.
 *
 * @module
 */
import { statSync } from 'node:fs'
import { verifyAttestation } from '../../attest/attestation.js'
import { PREDICATES } from '../../attest/statement.js'
import { JuxError, shellWord } from '../../errors.js'
import { type BaselineTest, baselineOfList, baselineOfReports } from '../../gate/baseline.js'
import type { GateReport } from '../../gate/report.js'
import { expandPath } from '../../sign/key-files.js'
import { decodeUtf8 } from '../../strict-json.js'
import type { ReadFile } from '../attest/json-object.js'
import type { CliContext } from '../command.js'
import { expandInput } from '../files.js'
import { besides, type LoadedPolicy, readFileOf } from './files.js'
import { readReports } from './read-reports.js'

/** Longest list of names, in bytes. */
const MAX_LIST_BYTES = 64 * 1024 * 1024

/** Longest decision, in bytes. */
const MAX_DECISION_BYTES = 16 * 1024 * 1024

/**
 * Reads a baseline: reports that the policy's keys verify, lists of names, and decisions about the reports.
 *
 * @param names files and folders, as named by the user
 * @throws {JuxError} for a file that cannot be read, for a report that is not verified, and for one that no decision names
 *   if there is a decision
 */
export async function readBaseline(
  names: readonly string[],
  loaded: LoadedPolicy,
  at: Date,
  context: CliContext,
): Promise<readonly BaselineTest[]> {
  const lists: BaselineTest[] = []
  const reports: GateReport[] = []
  const decisions: Accepted[] = []
  for (const name of names) {
    const path = expandPath(name, context.system)
    if (/\.json$/i.test(path)) {
      const bytes = await readFileOf(path, name, MAX_DECISION_BYTES, 'decision')
      decisions.push(acceptedBy({ name, bytes }, loaded, at))
      continue
    }
    if (isList(path)) {
      const bytes = await readFileOf(path, name, MAX_LIST_BYTES, 'baseline')
      for (const test of baselineOfList(textOf(bytes, name))) lists.push(test)
      continue
    }
    const read = await readReports(expandInput(name, context), { loaded, at }, context)
    const [wrong] = read.refused
    if (wrong !== undefined) {
      throw new JuxError(wrong.error.code, {
        message: `the baseline ${wrong.name} is refused: ${wrong.error.message}`,
        suggestions: wrong.error.suggestions,
        reason: wrong.error.reason,
        cause: wrong.error,
      })
    }
    for (const report of read.reports) reports.push(requireNotRevoked(report, loaded))
  }
  requireDecided(reports, decisions)
  return [...lists, ...baselineOfReports(reports)]
}

/** The reports that a decision accepted. */
interface Accepted {
  readonly name: string
  /** SHA-256 of their files. */
  readonly digests: ReadonlySet<string>
}

function acceptedBy({ name, bytes }: ReadFile, { deciders, file }: LoadedPolicy, at: Date): Accepted {
  if (deciders === undefined) {
    throw new JuxError('POLICY_INVALID', {
      message: `the baseline ${name} is a decision, and the policy ${file} does not say who signs decisions`,
      suggestions: ['add "deciders": { "publicKeys": ["keys/gate.pub.pem"] } to baseline'],
      reason: 'bad-value',
    })
  }
  const { statement } = verifyAttestation(bytes, deciders, { at })
  if (statement.predicateType !== PREDICATES.summary || statement.predicate.verificationResult !== 'PASSED') {
    throw new JuxError('OPERATION_FAILED', {
      message: `the baseline ${name} is refused: it is no decision that passed`,
      suggestions: ['compare with the release before it'],
    })
  }
  const inputs = statement.predicate.inputAttestations ?? []
  return { name, digests: new Set(inputs.flatMap(({ digest }) => digest.sha256 ?? [])) }
}

// A decision names reports by their digests; only the reports themselves say which tests ran.
function requireDecided(reports: readonly GateReport[], decisions: readonly Accepted[]): void {
  const [first] = decisions
  if (first === undefined) return
  const other = reports.find(({ sha256 }) => !decisions.some(({ digests }) => digests.has(sha256)))
  if (other !== undefined) {
    throw new JuxError('OPERATION_FAILED', {
      message: `the baseline ${other.name} is refused: the decision ${first.name} does not name it`,
      suggestions: ['give the reports that the decision was about, unchanged'],
    })
  }
  const missing = decisions.find(({ digests }) => !reports.some(({ sha256 }) => digests.has(sha256)))
  if (missing === undefined) return
  throw new JuxError('OPERATION_FAILED', {
    message: `the baseline ${missing.name} is a decision without its reports, which say which tests ran`,
    suggestions: [`add its reports: --baseline ${shellWord(missing.name)} --baseline reports/`],
  })
}

/** Reads the files of a baseline as they are. */
export async function readOther(
  names: readonly string[],
  context: CliContext,
): Promise<readonly { readonly name: string; readonly bytes: Uint8Array }[]> {
  const found: { name: string; bytes: Uint8Array }[] = []
  for (const input of names.flatMap((name) => expandInput(name, context))) {
    found.push({ name: input.name, bytes: await input.read() })
  }
  return found
}

function requireNotRevoked(report: GateReport, { policy }: LoadedPolicy): GateReport {
  const isRevoked = policy.trust.revoked?.some(({ fingerprint }) => fingerprint === report.signed.fingerprint)
  if (isRevoked !== true) return report
  throw new JuxError('OPERATION_FAILED', {
    message: `the baseline ${report.name} is refused: it is signed with a revoked key`,
    suggestions: ['compare with a report that another key has signed, or with a list of names (.txt)'],
  })
}

// PowerShell writes what a command prints in UTF-16.
function textOf(bytes: Uint8Array, name: string): string {
  try {
    return decodeUtf8(bytes)
  } catch (cause) {
    throw new JuxError('OPERATION_FAILED', {
      message: `the baseline ${name} is not text in UTF-8`,
      suggestions: ['save the list again in UTF-8'],
      cause,
    })
  }
}

/** The baselines that a policy names. */
export function baselineFiles({ policy, file }: LoadedPolicy, { system }: CliContext): readonly string[] {
  return (policy.baseline?.files ?? []).map((one) => besides(expandPath(file, system), one))
}

function isList(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true && /\.(?:txt|list)$/i.test(path)
}
