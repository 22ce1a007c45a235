/**
 * `jux merge`: makes one signed report of the verified reports of shards, or of the jobs of a matrix.
 *
 * @module
 */
import type { Command } from 'commander'
import { JuxError } from '../../errors.js'
import type { MergePart } from '../../gate/merge/part.js'
import { type MergedReport, mergeReports } from '../../merged-report.js'
import { expandPath } from '../../sign/key-files.js'
import type { Signer } from '../../sign/keys.js'
import { loadTrust } from '../../sign/trust.js'
import type { TrustedKeys } from '../../sign/trust-types.js'
import { verifyReport } from '../../sign/verify.js'
import { CASES_TO_READ } from '../attest/test-results.js'
import { type CliContext, createCommand, type Finish } from '../command.js'
import { EXIT } from '../exit-codes.js'
import { distinctInputs, expandInput, type Input, nameConflict, writeOutput } from '../files.js'
import { collect, notEmpty, parseTime } from '../flag-values.js'
import type { MergeJson } from '../json.js'
import type { Manual } from '../manual.js'
import { loadNamedSigner, type SignerFlags } from '../named-signer.js'
import { oneLine, withJsonErrors, writeJson } from '../output.js'
import { settingOption } from '../setting-flags.js'

interface Flags extends SignerFlags {
  readonly output?: string | undefined
  readonly publicKey?: string[] | undefined
  readonly trust?: string[] | undefined
  readonly ca?: string[] | undefined
  readonly at?: Date | undefined
  readonly run?: string | undefined
  readonly label?: string | undefined
  readonly json?: boolean | undefined
}

/** See `CommandModule`. */
export const manual: Manual = {
  examples: [
    {
      does: 'merge the reports of all shards, which were signed with the same key',
      line: 'jux merge reports/ --key key.pem --output merged.xml',
    },
    {
      does: 'merge reports of other signers, tied together by a property of theirs',
      line: 'jux merge 1.xml 2.xml --key key.pem --trust team-keys/ --run pipeline --output merged.xml',
    },
  ],
  exits: {
    ok: 'merged, whatever the results are',
    failed: 'not merged, because a report is not valid or does not belong to the others; nothing is written',
  },
}

/** See `CommandModule`. */
export function create(context: CliContext, finish: Finish): Command {
  const command: Command = createCommand('merge', 'Make one signed report of the reports of shards or jobs.', context)
    .argument('<files...>', 'signed reports, or folders with reports')
    .option('-o, --output <file>', 'the merged report (default: standard output)')
    .addOption(settingOption('keyPath', '--key <file>'))
    .addOption(settingOption('certPath', '--cert <file>'))
    .addOption(settingOption('digest', '--digest <name>'))
    .addOption(settingOption('canonicalization', '--canonicalization <name>'))
    .option('--public-key <file>', "public key of the reports' signer; may be repeated (default: the own key)", collect)
    .option('--trust <folder>', "folder with keys and certificates of the reports' signers; may be repeated", collect)
    .option('--ca <file>', "certificate authority of the reports' signers; may be repeated", collect)
    .option('--at <time>', 'check certificates at this time (ISO 8601) instead of now', parseTime)
    .option('--run <property>', 'the property that ties the reports to one run (default: ci:build_id)', notEmpty)
    .option('--label <property>', 'the property that tells the jobs of a matrix apart', notEmpty)
    .option('--json', 'print JSON')
  return command.action(async (files: string[], flags: Flags) => {
    const wrong = nameConflict(files, context) ?? conflictOf(flags)
    if (wrong !== undefined) command.error(`error: ${wrong}`, { exitCode: EXIT.usage })
    finish(await withJsonErrors(context, flags.json, () => merge(files, flags, context, command), { merged: false }))
  })
}

async function merge(names: readonly string[], flags: Flags, context: CliContext, command: Command): Promise<number> {
  const { system } = context
  const signer = await loadNamedSigner(command, flags, context)
  const { publicKey, trust, ca } = flags
  const named = await loadTrust({ publicKeys: publicKey, directories: trust, ca }, system)
  // Who signs the merged report stands for its parts, so parts of the same key need no other trust.
  const trusted = { ...named, publicKeys: [...named.publicKeys, signer.publicKey] }
  const inputs = distinctInputs(
    names.flatMap((name) => expandInput(name, context)),
    context,
  )
  const parts: MergePart[] = []
  for (const input of inputs) parts.push(await readPart(input, trusted, flags.at ?? system.now()))
  const merged = mergeReports(parts, signer, { run: flags.run, label: flags.label })
  if (flags.output === undefined || flags.output === '-') context.out(merged.bytes)
  else writeOutput(expandPath(flags.output, system), merged.bytes)
  if (flags.json) writeJson(context, jsonOf(merged, signer, flags.output ?? '-'))
  else context.err(lineOf(merged, flags.output))
  return EXIT.ok
}

async function readPart(input: Input, trust: TrustedKeys, at: Date): Promise<MergePart> {
  const { name } = input
  const bytes = await input.read()
  try {
    const { contentHash, fingerprint, summary, cases } = verifyReport(bytes, trust, { at, cases: CASES_TO_READ })
    return { name, bytes, contentHash, fingerprint, summary, cases }
  } catch (cause) {
    if (!(cause instanceof JuxError)) throw cause
    const { code, message, reason, suggestions } = cause
    throw new JuxError(code, { message: `${name} is not merged: ${message}`, reason, suggestions, cause })
  }
}

function conflictOf({ output, json }: Flags): string | undefined {
  if (output === '') return 'the value of --output is empty'
  return json && (output === undefined || output === '-') ? '--json requires --output' : undefined
}

function jsonOf({ contentHash, summary, parts }: MergedReport, signer: Signer, file: string): MergeJson {
  const { outcome, tests, failures, errors, skipped, passed } = summary
  return {
    merged: true,
    file,
    content_hash: contentHash,
    key: signer.fingerprint,
    outcome,
    tests,
    failures,
    errors,
    skipped,
    passed,
    parts: parts.map(({ part, label }) => ({
      file: part.name,
      content_hash: part.contentHash,
      label,
      outcome: part.summary.outcome,
      tests: part.summary.tests,
      key: part.fingerprint,
    })),
  }
}

function lineOf({ summary, parts }: MergedReport, output: string | undefined): string {
  const where = output === undefined || output === '-' ? '' : ` to ${oneLine(output)}`
  const labels = parts.map(({ label }) => oneLine(label)).join(', ')
  return `merged ${parts.length} reports (${labels})${where}: ${summary.outcome}, ${summary.tests} tests\n`
}
