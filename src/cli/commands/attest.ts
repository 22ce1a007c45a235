/**
 * `jux attest`: states the results of signed reports in a form that other tools verify.
 *
 * @module
 */
import { type Command, Option } from 'commander'
import { signStatement } from '../../attest/attestation.js'
import { bundleOf } from '../../attest/bundle.js'
import type { Envelope } from '../../attest/dsse.js'
import { type TestResultStatement, testResultStatement } from '../../attest/statement.js'
import { JuxError, shellWord, toJuxError } from '../../errors.js'
import { expandPath } from '../../sign/key-files.js'
import type { Signer } from '../../sign/keys.js'
import { loadTrust } from '../../sign/trust.js'
import type { TrustedKeys } from '../../sign/trust-types.js'
import { verifyReport } from '../../sign/verify.js'
import { sha256Of } from '../../xml/digest.js'
import { addStamp } from '../attest/add-stamps.js'
import { authorityUrls, Stamper, type StampResult, TSA_VARIABLE } from '../attest/stamping.js'
import { CASES_TO_READ, testResultsOf } from '../attest/test-results.js'
import { type CliContext, createCommand, type Finish } from '../command.js'
import { EXIT } from '../exit-codes.js'
import { distinctInputs, expandInput, type Input, inputNames, nameConflict, openInput, writeOutput } from '../files.js'
import { collect } from '../flag-values.js'
import type { AttestJson, AttestResultJson } from '../json.js'
import type { Manual } from '../manual.js'
import { loadNamedSigner, type SignerFlags } from '../named-signer.js'
import { errorFields, oneLine, outPaint, withJsonErrors, writeError, writeJson } from '../output.js'
import { settingOption } from '../setting-flags.js'

const FORMATS = ['bundle', 'dsse'] as const

/** What replaces `.xml` in the name of the report. */
const ENDINGS = { bundle: '.sigstore.json', dsse: '.dsse.json' } as const

interface Flags extends Pick<SignerFlags, 'key' | 'cert'> {
  readonly output?: string | undefined
  readonly format: (typeof FORMATS)[number]
  readonly predicate?: boolean | undefined
  readonly stamp?: boolean | undefined
  readonly tsa?: string[] | undefined
  readonly tsaCa?: string[] | undefined
  readonly publicKey?: string[] | undefined
  readonly trust?: string[] | undefined
  readonly ca?: string[] | undefined
  readonly json?: boolean | undefined
}

/** See `CommandModule`. */
export const manual: Manual = {
  examples: [
    {
      does: 'attest a report that was signed with the same key; writes report.sigstore.json',
      line: 'jux attest signed.xml --key key.pem',
    },
    {
      does: 'attest the report of another signer',
      line: 'jux attest signed.xml --key key.pem --public-key tests.pub.pem',
    },
    {
      does: 'add a time stamp to an attestation that has none',
      line: 'jux attest --stamp signed.sigstore.json --tsa https://tsa.example.com/tsr',
    },
    {
      does: 'print the predicate, which another program signs',
      line: 'jux attest signed.xml --predicate --public-key tests.pub.pem > predicate.json',
    },
  ],
  exits: {
    ok: 'every report was attested, whatever its results are; with --stamp: every attestation has a time stamp',
    failed: 'none was attested, or stamped',
    partial: 'at least one was attested or stamped, and at least one was not',
  },
}

/** See `CommandModule`. */
export function create(context: CliContext, finish: Finish): Command {
  const command: Command = createCommand(
    'attest',
    'State the results of signed reports in a form that other tools verify.',
    context,
  )
  command
    .argument(
      '[files...]',
      'signed reports, or folders with reports (default: standard input); with --stamp attestations',
    )
    .option('-o, --output <file>', 'the attestation (default: beside the report; for standard input, standard output)')
    .addOption(settingOption('keyPath', '--key <file>'))
    .addOption(settingOption('certPath', '--cert <file>'))
    .addOption(
      new Option('--format <name>', 'a Sigstore bundle, or a DSSE envelope alone').choices(FORMATS).default('bundle'),
    )
    .option('--predicate', 'print the predicate of the statement, and sign nothing')
    .option(
      '--public-key <file>',
      "public key of the report's signer, if it is not the own key; may be repeated",
      collect,
    )
    .option('--trust <folder>', "folder with keys and certificates of the reports' signers; may be repeated", collect)
    .option('--ca <file>', "certificate authority of the reports' signers; may be repeated", collect)
    .option(
      '--tsa <url>',
      `time-stamping authority, RFC 3161 (or ${TSA_VARIABLE}); the first that answers is used`,
      collect,
    )
    .option('--tsa-ca <file>', 'certificate authority that the time stamp must chain to; may be repeated', collect)
    .option('--stamp', 'add a time stamp to attestations that have none')
    .option('--json', 'print JSON')
  return command.action(async (files: string[], flags: Flags) => {
    const names = inputNames(undefined, files)
    const wrong = nameConflict(names, context) ?? conflictOf(names, flags, Boolean(context.system.env.JUX_TSA_URL))
    if (wrong !== undefined) command.error(`error: ${wrong}`, { exitCode: EXIT.usage })
    const [first = ''] = names
    finish(
      await withJsonErrors(context, flags.json, () => {
        if (flags.predicate) return printPredicate(first, flags, context, command)
        return flags.stamp ? stampAll(names, flags, context) : attest(names, flags, context, command)
      }),
    )
  })
}

async function attest(names: readonly string[], flags: Flags, context: CliContext, command: Command): Promise<number> {
  const inputs = distinctInputs(
    names.flatMap((name) => expandInput(name, context)),
    context,
  )
  if (flags.output !== undefined && inputs.length > 1) {
    throw new JuxError('INVALID_ARGUMENT', {
      message: `--output can be used with one report only, and there are ${inputs.length}`,
      suggestions: ['leave out --output: each attestation is written beside its report'],
    })
  }
  const { signer, trust } = await loadKeys(flags, context, command)
  const stamper = await createStamper(flags, context)
  const results: AttestResultJson[] = []
  let lastError: JuxError | undefined
  for (const input of inputs) {
    const { result, error } = await attestInput(input, { signer, trust, stamper }, flags, context)
    results.push(result)
    lastError = error
    if (!flags.json) print(result, context)
  }
  if (!flags.json && inputs.length === 1 && lastError !== undefined) writeError(context, lastError)
  return finished(results, flags, context)
}

async function stampAll(names: readonly string[], flags: Flags, context: CliContext): Promise<number> {
  const stamper = await createStamper(flags, context)
  if (!stamper.isUsed) {
    throw new JuxError('INVALID_ARGUMENT', {
      message: 'no time-stamping authority is given',
      suggestions: ['add --tsa https://tsa.example.com/tsr', `set ${TSA_VARIABLE}`],
      reason: 'tsa-url',
    })
  }
  const results: AttestResultJson[] = []
  for (const name of names) {
    const result = await addStamp(name, stamper, context)
    results.push(result)
    if (!flags.json) printStamp(result, context)
  }
  return finished(results, flags, context)
}

function finished(results: readonly AttestResultJson[], flags: Flags, context: CliContext): number {
  const failed = results.filter(({ success }) => !success).length
  const json: AttestJson = { success: failed === 0, attested: results.length - failed, failed, results }
  if (flags.json) writeJson(context, json)
  return failed === 0 ? EXIT.ok : failed === results.length ? EXIT.failed : EXIT.partial
}

async function createStamper({ tsa, tsaCa }: Flags, { system }: CliContext): Promise<Stamper> {
  const authorities = tsaCa && (await loadTrust({ ca: tsaCa }, system)).authorities
  return new Stamper({ urls: authorityUrls(tsa, system), authorities }, system)
}

interface Attester {
  readonly signer: Signer
  readonly trust: TrustedKeys
  readonly stamper: Stamper
}

async function attestInput(
  input: Input,
  { signer, trust, stamper }: Attester,
  flags: Flags,
  context: CliContext,
): Promise<{ readonly result: AttestResultJson; readonly error?: JuxError }> {
  const { name } = input
  try {
    const statement = await statementOf(input, trust, context)
    const envelope = signStatement(statement, signer)
    const stamped = await stampOf(envelope, flags, stamper)
    const stamps = stamped !== undefined && 'response' in stamped ? [stamped.response] : []
    const attestation = flags.format === 'dsse' ? envelope : bundleOf(envelope, signer.fingerprint, stamps)
    const bytes = Buffer.from(`${JSON.stringify(attestation)}\n`)
    const path = flags.output ?? (name === '-' ? '-' : pathBeside(name, flags.format))
    if (path === '-') context.out(bytes)
    else writeOutput(expandPath(path, context.system), bytes)
    return { result: { ...resultOf(name, path, statement, bytes, signer), ...stampFields(stamped) } }
  } catch (thrown) {
    const error = toJuxError(thrown)
    return { result: { file: name, success: false, ...errorFields(error) }, error }
  }
}

// A DSSE envelope alone has no place for a stamp.
async function stampOf(envelope: Envelope, { format }: Flags, stamper: Stamper): Promise<StampResult | undefined> {
  const [signature] = envelope.signatures
  if (format === 'dsse' || !stamper.isUsed || signature === undefined) return undefined
  return stamper.stamp(Buffer.from(signature.sig, 'base64'))
}

function stampFields(stamped: StampResult | undefined): Pick<AttestResultJson, 'stamped_at' | 'stamp_error'> {
  if (stamped === undefined) return {}
  return 'problem' in stamped
    ? { stamp_error: stamped.problem.message }
    : { stamped_at: stamped.stamp.time.toISOString() }
}

async function printPredicate(name: string, flags: Flags, context: CliContext, command: Command): Promise<number> {
  const { publicKey, trust, ca } = flags
  const isNamed = (publicKey ?? trust ?? ca) !== undefined
  const trusted = isNamed ? await loadNamed(flags, context) : (await loadKeys(flags, context, command)).trust
  writeJson(context, (await statementOf(openInput(name, context), trusted, context)).predicate)
  return EXIT.ok
}

/** Verifies a report, and states its results. */
async function statementOf(input: Input, trust: TrustedKeys, { system }: CliContext): Promise<TestResultStatement> {
  const bytes = await input.read()
  const report = verifyReport(bytes, trust, { at: system.now(), cases: CASES_TO_READ })
  return testResultStatement(testResultsOf(input.name, bytes, report))
}

// Who signs the attestation stands for the report, so a report of the same key needs no other trust.
async function loadKeys(
  flags: Flags,
  context: CliContext,
  command: Command,
): Promise<{ readonly signer: Signer; readonly trust: TrustedKeys }> {
  const signer = await loadNamedSigner(command, flags, context)
  const named = await loadNamed(flags, context)
  return { signer, trust: { ...named, publicKeys: [...named.publicKeys, signer.publicKey] } }
}

function loadNamed({ publicKey, trust, ca }: Flags, { system }: CliContext): Promise<Required<TrustedKeys>> {
  return loadTrust({ publicKeys: publicKey, directories: trust, ca }, system)
}

function conflictOf(names: readonly string[], flags: Flags, hasTsaVariable: boolean): string | undefined {
  const { output, predicate, format, json, stamp, tsa, tsaCa } = flags
  if (stamp && (output !== undefined || predicate || format !== 'bundle')) {
    return '--stamp cannot be combined with --output, --predicate or --format: the attestation is changed in its place'
  }
  if (stamp && names.includes('-')) return '--stamp needs the name of an attestation'
  if (tsa !== undefined && format === 'dsse')
    return '--tsa needs a bundle: a DSSE envelope has no place for a time stamp'
  if (tsaCa !== undefined && tsa === undefined && !hasTsaVariable) return `--tsa-ca requires --tsa or ${TSA_VARIABLE}`
  if (output === '') return 'the value of --output is empty'
  if (output !== undefined && names.length > 1) return '--output can be used with one report only'
  if (predicate && names.length > 1) return '--predicate can be used with one report only'
  if (predicate && (output !== undefined || json || format !== 'bundle')) {
    return '--predicate cannot be combined with --output, --format or --json: it prints JSON'
  }
  return json && names.includes('-') && output === undefined
    ? '--json with standard input requires --output'
    : undefined
}

function pathBeside(name: string, format: Flags['format']): string {
  return `${name.replace(/\.xml$/i, '')}${ENDINGS[format]}`
}

function resultOf(
  file: string,
  path: string,
  { predicate }: TestResultStatement,
  bytes: Uint8Array,
  { fingerprint, subject }: Signer,
): AttestResultJson {
  const { tests, passed, failures, errors, skipped, flaky } = predicate['jux:counts']
  return {
    file,
    success: true,
    attestation: path,
    sha256: sha256Of(bytes),
    result: predicate.result,
    outcome: predicate['jux:outcome'],
    tests,
    passed,
    failures,
    errors,
    skipped,
    flaky,
    signer: { subject, fingerprint },
  }
}

// On standard error where the attestation itself is on standard output.
function print({ file, success, error, reason, code, ...made }: AttestResultJson, context: CliContext): void {
  const paint = outPaint(context)
  const name = oneLine(file === '-' ? '(standard input)' : file)
  if (!success) {
    context.out(`${paint.bad('refused')}   ${name}  ${oneLine(error ?? '')} ${paint.faint(`(${reason ?? code})`)}\n`)
    return
  }
  const { attestation = '-', result = '', tests = 0, signer, stamped_at, stamp_error } = made
  const count = `${tests} ${tests === 1 ? 'test' : 'tests'}`
  const time = stamped_at === undefined ? '' : `, stamped ${stamped_at}`
  const by = `${paint.faint(`(sha256:${signer?.fingerprint.slice(0, 16)}…)`)}${time}`
  if (attestation === '-') context.err(`attested  ${name}  ${result}, ${count} ${by}\n`)
  else context.out(`${paint.good('attested')}  ${name} -> ${oneLine(attestation)}  ${result}, ${count} ${by}\n`)
  if (stamp_error === undefined) return
  const later = attestation === '-' ? 'the attestation' : shellWord(attestation)
  context.err(`no time stamp: ${oneLine(stamp_error)}; later: npx jux attest --stamp ${later}\n`)
}

function printStamp({ file, success, error, reason, code, stamped_at }: AttestResultJson, context: CliContext): void {
  const paint = outPaint(context)
  const name = oneLine(file)
  if (!success)
    context.out(`${paint.bad('refused')}  ${name}  ${oneLine(error ?? '')} ${paint.faint(`(${reason ?? code})`)}\n`)
  else context.out(`${paint.good('stamped')}  ${name}  ${stamped_at ?? 'it has a time stamp already'}\n`)
}
