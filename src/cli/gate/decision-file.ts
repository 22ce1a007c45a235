/**
 * A decision as evidence: a SLSA Verification Summary, signed, that other tools verify.
 *
 * @module
 */
import { basename } from 'node:path'
import { pathToFileURL } from 'node:url'
import { signStatement } from '../../attest/attestation.js'
import { bundleOf } from '../../attest/bundle.js'
import { type NamedDigest, vsaStatement } from '../../attest/statement.js'
import type { Decision } from '../../gate/evaluate.js'
import { factOf, type GateReport } from '../../gate/report.js'
import type { Signer } from '../../sign/keys.js'
import { PACKAGE_NAME, packageVersion } from '../../version.js'
import { sha256Of } from '../../xml/digest.js'
import type { GateMaterials } from './files.js'

/** The two forms of an attestation. */
export const DECISION_FORMATS = ['bundle', 'dsse'] as const

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
  })
  const envelope = signStatement(statement, signer)
  const value = format === 'bundle' ? bundleOf(envelope, signer.fingerprint) : envelope
  return Buffer.from(`${JSON.stringify(value, undefined, 2)}\n`)
}

/** A file that is released, by its content. */
export function subjectOfFile(name: string, bytes: Uint8Array): NamedDigest {
  return { name: basename(name), sha256: sha256Of(bytes) }
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
