/**
 * `jux dossier`: packs the evidence of a release, with everything that is needed to verify it without this program.
 *
 * @module
 */
import type { KeyObject } from 'node:crypto'
import { basename } from 'node:path'
import type { Command } from 'commander'
import { JuxError } from '../../errors.js'
import { type DossierParts, dossierFiles, plainName } from '../../gate/dossier/contents.js'
import { zip } from '../../gate/dossier/zip.js'
import { type Decision, evaluatePolicy } from '../../gate/evaluate.js'
import type { Property } from '../../model.js'
import { expandPath } from '../../sign/key-files.js'
import type { Signer } from '../../sign/keys.js'
import type { TrustedKeys } from '../../sign/trust-types.js'
import { sha256Of } from '../../xml/digest.js'
import { type CliContext, createCommand, type Finish } from '../command.js'
import { EXIT } from '../exit-codes.js'
import { collectExpectation } from '../expectations.js'
import { inputNames, nameConflict, openInput, writeOutput } from '../files.js'
import { collect, notEmpty, parseTime } from '../flag-values.js'
import { baselineFiles, readOther } from '../gate/baseline-files.js'
import { signDecision } from '../gate/decision-file.js'
import { formatDecision } from '../gate/decision-output.js'
import { evidenceBeside } from '../gate/evidence.js'
import { type GateMaterials, type LoadedPolicy, readWaiverFile } from '../gate/files.js'
import { collectMaterials, EXIT_CODES } from '../gate/verify-policy.js'
import type { Manual } from '../manual.js'
import { loadNamedSigner } from '../named-signer.js'
import { oneLine, outPaint } from '../output.js'
import { settingOption } from '../setting-flags.js'

interface Flags {
  readonly policy: string
  readonly output: string
  readonly key?: string | undefined
  readonly title?: string | undefined
  readonly requirement?: string | undefined
  readonly receiptKey?: string[] | undefined
  readonly expect?: readonly Property[] | undefined
  readonly baseline?: readonly string[] | undefined
  readonly taskHash?: readonly Property[] | undefined
  readonly at?: Date | undefined
}

/** See `CommandModule`. */
export const manual: Manual = {
  examples: [
    {
      does: 'decide, and pack the reports with the decision',
      line: 'jux dossier reports/ --policy policy.json --expect "git:commit=$(git rev-parse HEAD)" --key release.pem -o v1.2.0.zip',
    },
    {
      does: 'with a matrix of requirements, from the property requirement of the tests',
      line: 'jux dossier reports/ --policy policy.json --expect "git:commit=$(git rev-parse HEAD)" --requirement requirement --key release.pem -o v1.2.0.zip',
    },
  ],
  exits: {
    ok: 'packed; every rule of the policy is fulfilled',
    failed: 'packed, but a rule is violated; or it could not be packed',
    partial: 'not packed: the gate could not decide',
  },
}

/** See `CommandModule`. */
export function create(context: CliContext, finish: Finish): Command {
  const command: Command = createCommand(
    'dossier',
    'Pack the evidence of a release: reports, policy, waivers, keys, a page to print, and how to verify all of it.',
    context,
  )
    .argument('<files...>', 'reports, or folders with reports')
    .requiredOption('--policy <file>', 'the policy that decides')
    .requiredOption('-o, --output <file>', 'the archive to write, such as v1.2.0.zip')
    .addOption(settingOption('keyPath', '--key <file>'))
    .option('--title <text>', 'title of the page (default: the name of the archive)')
    .option('--receipt-key <file>', 'public key of the server whose receipts are beside the reports', collect)
    .option('--requirement <name>', 'property of tests that names requirements, for a matrix', notEmpty)
    .option('--expect <name=value>', 'a property that the reports must have; may be repeated', collectExpectation)
    .option('--baseline <file>', 'earlier reports, or a list of tests (.txt); may be repeated', collect)
    .option('--task-hash <task=hash>', 'the hash of a cached task; may be repeated', collectExpectation)
    .option('--at <time>', 'decide as at this time (ISO 8601) instead of now', parseTime)
  return command.action(async (files: string[], flags: Flags) => {
    const names = inputNames(undefined, files)
    const wrong = nameConflict(names, context) ?? (names.includes('-') ? 'a dossier needs files' : undefined)
    if (wrong !== undefined) command.error(`error: ${wrong}`, { exitCode: EXIT.usage })
    const signer = await loadNamedSigner(command, flags, context)
    finish(await pack(names, flags, signer, context))
  })
}

async function pack(names: readonly string[], flags: Flags, signer: Signer, context: CliContext): Promise<number> {
  const materials = await collectMaterials(names, flags, context)
  const { loaded, input } = materials
  const decision = evaluatePolicy(input)
  context.out(formatDecision({ loaded, reports: input.reports, decision }, outPaint(context)))
  if (decision.verdict === 'undecided') return EXIT_CODES.undecided
  if (input.refused.length > 0) {
    throw new JuxError('OPERATION_FAILED', {
      message: `no dossier: ${input.refused.map(({ name }) => name).join(', ')} cannot be verified`,
      suggestions: ['leave it out, or find out where it comes from'],
    })
  }
  const evidence = await evidenceBeside(materials, flags.receiptKey ?? [], context)
  const [unread] = evidence.unread
  if (unread !== undefined) {
    context.err(`not packed: ${oneLine(unread)}, because --receipt-key does not name the key of its server\n`)
  }
  const path = expandPath(flags.output, context.system)
  const root = plainName(path)
  const parts: DossierParts = {
    title: flags.title ?? basename(path).replace(/\.zip$/i, ''),
    input,
    decision,
    policy: { name: loaded.file, bytes: await readSame(loaded.file, loaded.sha256, context), sha256: loaded.sha256 },
    reportBytes: await reportBytes(materials, context),
    envelopes: [
      decisionEnvelope(materials, decision, signer),
      ...(await waiverEnvelopes(materials)),
      ...evidence.envelopes,
    ],
    others: await baselines(flags.baseline ?? baselineFiles(loaded, context), context),
    publicKeys: [
      ...keysOf(
        loaded,
        input.reports.flatMap(({ signed }) => signed.certificate ?? []),
      ),
      ...evidence.keys,
      signer.publicKey,
    ],
    signer,
    received: evidence.received,
    requirement: flags.requirement,
  }
  const files = dossierFiles(parts).map(({ name, bytes }) => ({ name: `${root}/${name}`, bytes }))
  writeOutput(path, zip(files, input.now))
  context.out(
    `wrote ${oneLine(flags.output)}: ${files.length} files, signed with ${signer.keyDescription} (sha256:${signer.fingerprint.slice(0, 16)}…)\n`,
  )
  return EXIT_CODES[decision.verdict]
}

// The files are read again, and must be those that were verified.
async function reportBytes({ input }: GateMaterials, context: CliContext): Promise<ReadonlyMap<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>()
  for (const { name, sha256 } of input.reports) {
    found.set(name, requireSame(await openInput(name, context).read(), sha256, name))
  }
  return found
}

function decisionEnvelope(
  materials: GateMaterials,
  decision: Decision,
  signer: Signer,
): DossierParts['envelopes'][number] {
  const bytes = signDecision(materials, decision, signer, {})
  const { fingerprint } = signer
  return { name: 'decision.json', bytes, fingerprint, role: 'the decision', about: 'all' }
}

async function waiverEnvelopes({ input }: GateMaterials): Promise<DossierParts['envelopes']> {
  const found: DossierParts['envelopes'][number][] = []
  for (const { path, name, sha256, approver } of input.waivers) {
    const bytes = requireSame(await readWaiverFile(path), sha256, name)
    const file = `waivers/${found.length + 1}-${plainName(name.replace(/\.waiver\.json$/, ''))}.waiver.json`
    found.push({ name: file, bytes, fingerprint: approver, role: 'waivers' })
  }
  return found
}

async function baselines(names: readonly string[], context: CliContext): Promise<DossierParts['others']> {
  const files = await readOther(names, context)
  return files.map(({ name, bytes }, index) => ({
    name: `baseline/${index + 1}-${plainName(name)}${/\.xml$/i.test(name) ? '.xml' : '.txt'}`,
    bytes,
  }))
}

function keysOf(
  loaded: LoadedPolicy,
  certificates: readonly { readonly publicKey: KeyObject }[],
): readonly KeyObject[] {
  const all: readonly TrustedKeys[] = [loaded.trust, ...loaded.projectTrust.values(), loaded.approvers ?? {}]
  return [
    ...all.flatMap(({ publicKeys = [] }) => publicKeys),
    ...[...all.flatMap((one) => one.certificates ?? []), ...certificates].map(({ publicKey }) => publicKey),
  ]
}

async function readSame(name: string, sha256: string, context: CliContext): Promise<Uint8Array> {
  return requireSame(await openInput(name, context).read(), sha256, name)
}

function requireSame(bytes: Uint8Array, sha256: string, name: string): Uint8Array {
  if (sha256Of(bytes) === sha256) return bytes
  throw new JuxError('OPERATION_FAILED', {
    message: `${name} was changed while the dossier was made`,
    suggestions: ['run the command again'],
  })
}
