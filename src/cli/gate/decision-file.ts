/**
 * A decision as evidence: a SLSA Verification Summary, signed, that other tools verify.
 *
 * @module
 */
import { basename } from 'node:path'
import { pathToFileURL } from 'node:url'
import { signStatement } from '../../attest/attestation.js'
import { bundleOf } from '../../attest/bundle.js'
import { type NamedDigest, type SummaryContext, type SummaryFinding, vsaStatement } from '../../attest/statement.js'
import type { Decision } from '../../gate/evaluate.js'
import { expectedValue, factOf, type GateReport } from '../../gate/report.js'
import type { GateInput } from '../../gate/rule.js'
import type { Signer } from '../../sign/keys.js'
import { PACKAGE_NAME, packageVersion } from '../../version.js'
import { sha256Of } from '../../xml/digest.js'
import type { GateMaterials } from './files.js'

/** The two forms of an attestation. */
export const DECISION_FORMATS = ['bundle', 'dsse'] as const

/** Most violated rules that a decision states. */
const MAX_FINDINGS = 200
/** Longest text of one, in UTF-16 code units. */
const MAX_FINDING_TEXT = 2_000

/** What a user may say about a decision. */
export interface DecisionOptions {
  readonly format?: (typeof DECISION_FORMATS)[number] | undefined
  /** Who decides, a URI. */
  readonly verifier?: string | undefined
  /** What is released, a URI. */
  readonly resource?: string | undefined
  /** Files that are released. Without any, the reports are the subjects. */
  readonly subjects?: readonly NamedDigest[] | undefined
}

/** The level that each section of rules stands for, when all its rules that the policy uses are fulfilled. */
export const LEVELS: Readonly<Record<string, string>> = {
  trust: 'JUX_SIGNED',
  facts: 'JUX_SOURCE',
  complete: 'JUX_COMPLETE',
  baseline: 'JUX_BASELINE',
  fresh: 'JUX_FRESH',
  results: 'JUX_PASSED',
}

/**
 * Signs a decision that passed or failed.
 *
 * @returns JSON with a final line feed
 * @throws {JuxError} `INVALID_ARGUMENT` for a verifier or a resource that is not a URI
 */
export function signDecision(
  { loaded, input }: GateMaterials,
  decision: Decision,
  signer: Signer,
  { format = 'bundle', verifier, resource, subjects = [] }: DecisionOptions,
): Buffer {
  const { reports, waivers } = input
  const statement = vsaStatement({
    verifier: { id: verifier ?? `pkg:npm/${PACKAGE_NAME}`, version: { [PACKAGE_NAME]: packageVersion() } },
    timeVerified: input.now,
    resourceUri: resource ?? resourceOf(reports) ?? `urn:sha256:${loaded.sha256}`,
    policy: { uri: fileUri(basename(loaded.file)), sha256: loaded.sha256 },
    inputs: [...reports, ...waivers].map(({ name, sha256 }) => ({ uri: fileUri(name), sha256 })),
    passed: decision.verdict === 'passed',
    verifiedLevels: levelsOf(decision),
    subjects: subjects.length > 0 ? subjects : reports.map(({ name, sha256 }) => ({ name: basename(name), sha256 })),
    policyName: loaded.policy.name,
    about: contextOf(input),
    reports: reports.map(({ name, sha256, signed: { contentHash } }) => ({
      name: basename(name),
      sha256,
      contentHash,
    })),
    findings: findingsOf(decision),
  })
  const envelope = signStatement(statement, signer)
  const value = format === 'bundle' ? bundleOf(envelope, signer.fingerprint) : envelope
  return Buffer.from(`${JSON.stringify(value, undefined, 2)}\n`)
}

/** A file that is released, by its content. */
export function subjectOfFile(name: string, bytes: Uint8Array): NamedDigest {
  return { name: basename(name), sha256: sha256Of(bytes) }
}

// A gate that no report got past, or that had none, is about what it was to decide on.
function contextOf({ reports, policy, expected }: GateInput): SummaryContext {
  const fact = (name: string): string | undefined => {
    const values = new Set(reports.map((report) => factOf(name, report)))
    const [only] = values
    if (reports.length > 0) return values.size === 1 && only !== '' ? only : undefined
    return expectedValue(name, expected) ?? demanded(policy, name)
  }
  const stated = reports.flatMap((report) => factOf('project', report) ?? [])
  const wanted = [fact('project') ?? policy.complete?.projects ?? []].flat()
  const named = { branch: 'git:branch', commit: 'git:commit', pullRequest: 'ci:pull_request', remote: 'git:remote' }
  const facts = Object.entries(named).flatMap(([key, name]) => {
    const value = fact(name)
    return value === undefined || value === '' ? [] : [[key, value] as const]
  })
  return { projects: [...new Set(reports.length > 0 ? stated : wanted)].sort(), ...Object.fromEntries(facts) }
}

function demanded({ facts }: GateInput['policy'], name: string): string | undefined {
  const [value, ...others] = [facts?.[name] ?? []].flat()
  return others.length > 0 || value?.includes('*') ? undefined : value
}

// A rule that has a finding for each of a thousand tests must not hide the rules after it.
function findingsOf({ findings }: Decision): readonly SummaryFinding[] {
  const violated = findings.filter(({ result }) => result === 'violated')
  const firstOfEach = [...new Map(violated.toReversed().map((finding) => [finding.rule, finding])).values()]
  const stated = new Set([...new Set([...firstOfEach, ...violated])].slice(0, MAX_FINDINGS))
  return violated
    .filter((finding) => stated.has(finding))
    .map(({ rule, report, found, wanted }) => ({
      rule,
      ...(report === undefined ? {} : { report: basename(report) }),
      found: cutTo(found),
      wanted: cutTo(wanted),
    }))
}

// Splits no surrogate pair.
function cutTo(text: string): string {
  if (text.length <= MAX_FINDING_TEXT) return text
  return `${text.slice(0, MAX_FINDING_TEXT - 1).replace(/[\ud800-\udbff]$/, '')}…`
}

function levelsOf({ findings }: Decision): readonly string[] {
  const sections = Object.entries(LEVELS).filter(([section]) => {
    const own = findings.filter(({ rule }) => rule.startsWith(`${section}.`))
    return own.length > 0 && own.every(({ result }) => result === 'fulfilled')
  })
  return sections.map(([, level]) => level)
}

/** The commit that the reports are of, as pip and npm write it; `undefined` if they name no repository, or several. */
function resourceOf(reports: readonly GateReport[]): string | undefined {
  const resources = new Set(
    reports.map((report) => {
      const [remote, commit] = [factOf('git:remote', report), factOf('git:commit', report)]
      const isUrl = remote !== undefined && /^(?:https?|ssh):\/\/\S+$/.test(remote)
      return isUrl && commit !== undefined ? `git+${remote}@${commit}` : undefined
    }),
  )
  const [only] = resources
  return resources.size === 1 ? only : undefined
}

// Relative, because the folder of this machine is nobody's business.
function fileUri(name: string): string {
  const path = pathToFileURL(`/${name.replaceAll('\\', '/').replace(/^(?:\.\.?\/|\/)+/, '')}`).pathname.slice(1)
  return `file:${path}`
}
