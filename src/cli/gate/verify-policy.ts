/**
 * `jux verify --policy`: decides by a policy whether reports are good enough.
 *
 * @module
 */
import { examineConfig } from '../../config/load.js'
import { JuxError, printable, toJuxError } from '../../errors.js'
import { type Decision, evaluatePolicy, type Verdict } from '../../gate/evaluate.js'
import type { GateInput } from '../../gate/rule.js'
import type { Property } from '../../model.js'
import { appendToStep } from '../../reporters/receipt.js'
import { keyFingerprint } from '../../sign/algorithms.js'
import { expandPath } from '../../sign/key-files.js'
import type { Signer } from '../../sign/keys.js'
import type { CliContext } from '../command.js'
import { EXIT } from '../exit-codes.js'
import { distinctInputs, expandInput, writeOutput } from '../files.js'
import { errorFields, oneLine, outPaint, writeError, writeJson } from '../output.js'
import { baselineFiles, readBaseline } from './baseline-files.js'
import { type DecisionOptions, signDecision, subjectOfFile } from './decision-file.js'
import { decisionJson, formatDecision, renderDecisionSummary, type ShownDecision } from './decision-output.js'
import { type GateMaterials, type LoadedPolicy, loadPolicy, readSubject, readWaivers } from './files.js'

import { readReports } from './read-reports.js'

/** The flags of `jux verify` that concern a policy. */
export interface PolicyFlags {
  readonly policy: string
  readonly expect?: readonly Property[] | undefined
  readonly baseline?: readonly string[] | undefined
  readonly taskHash?: readonly Property[] | undefined
  /** A property of tests to read with them. */
  readonly requirement?: string | undefined
  readonly at?: Date | undefined
  readonly quiet?: boolean | undefined
  readonly json?: boolean | undefined
  /** Sends the decision that was written, whose file and bytes it gets. */
  readonly send?: ((file: string, bytes: Uint8Array) => Promise<void>) | undefined
  /** Where the decision is written, signed. */
  readonly decision?: string | undefined
  readonly decisionFormat?: DecisionOptions['format']
  readonly verifier?: string | undefined
  readonly resource?: string | undefined
  /** Files that are released. */
  readonly subject?: readonly string[] | undefined
}

/** The exit code of each verdict. */
export const EXIT_CODES: Readonly<Record<Verdict, number>> = {
  passed: EXIT.ok,
  failed: EXIT.failed,
  undecided: EXIT.partial,
}

/**
 * Decides, and prints the decision.
 *
 * @param names reports and folders, as named on the command line
 * @param loadKey loads the key that signs the decision
 * @returns 0 if every rule is fulfilled, 1 if one is violated, 2 if the gate could not decide
 */
export async function verifyByPolicy(
  names: readonly string[],
  flags: PolicyFlags,
  context: CliContext,
  loadKey: () => Promise<Signer>,
): Promise<number> {
  let signer: Signer | undefined
  let materials: GateMaterials
  try {
    signer = flags.decision === undefined ? undefined : await loadKey()
    materials = await collectMaterials(names, flags, context)
  } catch (thrown) {
    return reportUndecided(toJuxError(thrown), flags, context)
  }
  const { loaded, input } = materials
  const decision = evaluatePolicy(input)
  show({ loaded, reports: input.reports, decision }, flags, context)
  if (signer === undefined || decision.verdict === 'undecided') return EXIT_CODES[decision.verdict]
  try {
    const bytes = await writeDecision({ materials, decision, signer }, flags, context)
    await flags.send?.(flags.decision ?? '', bytes)
    return EXIT_CODES[decision.verdict]
  } catch (thrown) {
    writeError(context, toJuxError(thrown))
    // A decision that is demanded and not there is none.
    return decision.verdict === 'passed' ? EXIT_CODES.undecided : EXIT_CODES.failed
  }
}

function show(shown: ShownDecision, { json, quiet }: PolicyFlags, context: CliContext): void {
  const { system } = context
  const file = system.env.GITHUB_STEP_SUMMARY
  if (file && examineConfig({ cwd: system.cwd, system }).settings.jobSummary) {
    const notice = appendToStep(file, () => renderDecisionSummary(shown))
    if (notice !== undefined) context.err(`${printable(notice)}\n`)
  }
  if (json) writeJson(context, decisionJson(shown))
  else if (!quiet) context.out(formatDecision(shown, outPaint(context)))
}

interface SignedDecision {
  readonly materials: GateMaterials
  readonly decision: Decision
  readonly signer: Signer
}

async function writeDecision(
  { materials, decision, signer }: SignedDecision,
  { decision: file = '', decisionFormat: format, verifier, resource, subject = [], json, quiet }: PolicyFlags,
  context: CliContext,
): Promise<Uint8Array> {
  if (materials.input.reports.length === 0 && subject.length === 0) {
    throw new JuxError('OPERATION_FAILED', {
      message: `${file} was not written: no report could be verified, so there is nothing to decide about`,
      suggestions: ['name what was to be released with --subject'],
    })
  }
  const subjects = await Promise.all(subject.map(async (name) => subjectOfFile(name, await readSubject(name, context))))
  const bytes = signDecision(materials, decision, signer, { format, verifier, resource, subjects })
  writeOutput(expandPath(file, context.system), bytes)
  if (json || quiet) return bytes
  context.err(
    `wrote ${oneLine(file)}, signed with ${signer.keyDescription} (sha256:${signer.fingerprint.slice(0, 16)}…)\n`,
  )
  return bytes
}

/**
 * Reads and verifies what a decision is made of.
 *
 * @throws {JuxError} if the policy, a key, a baseline or a folder of waivers cannot be read
 */
export async function collectMaterials(
  names: readonly string[],
  flags: PolicyFlags,
  context: CliContext,
): Promise<GateMaterials> {
  const now = context.system.now()
  const at = flags.at ?? now
  const loaded = withBaseline(await loadPolicy(flags.policy, context), flags)
  const inputs = distinctInputs(
    names.flatMap((name) => expandInput(name, context)),
    context,
  )
  const { reports, refused } = await readReports(inputs, { loaded, at, requirement: flags.requirement }, context)
  const sources = [...baselineFiles(loaded, context), ...(flags.baseline ?? [])]
  const tests = sources.length === 0 ? undefined : await readBaseline(sources, loaded, at, context)
  const { waivers, refused: refusedWaivers } = await readWaivers(loaded, at, context)
  const input: GateInput = {
    policy: loaded.policy,
    reports,
    refused,
    expected: flags.expect ?? [],
    baseline: tests && { sources, tests },
    waivers,
    refusedWaivers,
    reportSigners: reportSigners(loaded),
    taskHashes: flags.taskHash ?? [],
    now: at,
  }
  return { loaded, input }
}

// Whoever gives a baseline wants the comparison, even if the policy does not demand one.
function withBaseline(loaded: LoadedPolicy, { baseline }: PolicyFlags): LoadedPolicy {
  if (baseline === undefined || loaded.policy.baseline !== undefined) return loaded
  return { ...loaded, policy: { ...loaded.policy, baseline: {} } }
}

function reportSigners({ trust, projectTrust }: LoadedPolicy): ReadonlySet<string> {
  const keys = [trust, ...projectTrust.values()].flatMap(({ publicKeys = [], certificates = [] }) => [
    ...publicKeys,
    ...certificates.map(({ publicKey }) => publicKey),
  ])
  return new Set(keys.map(keyFingerprint))
}

// Without a policy that can be read there is no decision: that is neither good nor bad news about the tests.
function reportUndecided(error: JuxError, { json }: PolicyFlags, context: CliContext): number {
  if (json) writeJson(context, { passed: false, verdict: 'undecided', ...errorFields(error) })
  else writeError(context, error)
  return EXIT.partial
}
