/**
 * `jux verify`: checks that reports were signed by a trusted signer, and that their content is unchanged.
 *
 * @module
 */
import { type Command, InvalidArgumentError, Option } from 'commander'
import { JuxError, shellWord } from '../../errors.js'
import type { Property } from '../../model.js'
import type { Signer } from '../../sign/keys.js'
import { loadTrust } from '../../sign/trust.js'
import type { VerifiedReport } from '../../sign/trust-types.js'
import { type Trust, verifyReport } from '../../sign/verify.js'
import { isJsonObject, type ReadFile } from '../attest/json-object.js'
import { type CliContext, createCommand, type Finish } from '../command.js'
import { EXIT } from '../exit-codes.js'
import { checkExpectations, collectExpectation } from '../expectations.js'
import { expandInput, type Input, inputNames, nameConflict, openInput } from '../files.js'
import { collect, parseTime } from '../flag-values.js'
import type { PolicyFlags } from '../gate/verify-policy.js'
import type { VerifyJson } from '../json.js'
import type { Manual } from '../manual.js'
import { outPaint, withJsonErrors, writeError, writeJson } from '../output.js'
import { flagNames } from '../setting-flags.js'
import { failedResult, formatResult, resultOf, summarizeResults } from '../verification-result.js'

interface Flags {
  readonly input?: string | undefined
  readonly cert?: string[] | undefined
  readonly publicKey?: string[] | undefined
  readonly trust?: string[] | undefined
  readonly ca?: string[] | undefined
  readonly embedded?: boolean | undefined
  readonly acceptUntrusted?: boolean | undefined
  readonly expect?: readonly Property[] | undefined
  readonly attestation?: string | undefined
  readonly tsaCa?: readonly string[] | undefined
  readonly policy?: string | undefined
  readonly baseline?: readonly string[] | undefined
  readonly taskHash?: readonly Property[] | undefined
  readonly receipt?: string | undefined
  readonly receiptKey?: string[] | undefined
  readonly decision?: string | undefined
  readonly decisionFormat?: 'bundle' | 'dsse' | undefined
  readonly submit?: boolean | undefined
  readonly key?: string | undefined
  readonly subject?: readonly string[] | undefined
  readonly verifier?: string | undefined
  readonly resource?: string | undefined
  readonly at?: Date | undefined
  readonly quiet?: boolean | undefined
  readonly json?: boolean | undefined
}

/** See `CommandModule`. */
export const manual: Manual = {
  examples: [
    { does: 'verify a report, with the certificate of its signer', line: 'jux verify signed.xml --cert key.crt' },
    {
      does: 'verify all reports in a folder, with all keys in another',
      line: 'jux verify reports/ --trust team-keys/',
    },
    {
      does: 'verify a report and the attestation beside it',
      line: 'jux verify signed.xml --attestation signed.sigstore.json --public-key key.pub.pem',
    },
    {
      does: 'decide by a policy, for this commit',
      line: 'jux verify reports/ --policy policy.json --expect "git:commit=$(git rev-parse HEAD)"',
    },
    {
      does: 'decide, and send the signed decision to the configured server',
      line: 'jux verify reports/ --policy policy.json --expect "git:commit=$(git rev-parse HEAD)" --decision decision.json --key gate.pem --submit',
    },
    { does: 'print the result as JSON', line: 'jux verify --public-key key.pub.pem --json < signed.xml' },
  ],
  exits: {
    ok: 'every report is valid; with --policy: every rule is fulfilled',
    failed: 'at least one report is not valid or could not be read; with --policy: a rule is violated',
    partial: 'with --policy: the gate could not decide, because the policy or something that it needs is missing',
  },
}

/** See `CommandModule`. */
export function create(context: CliContext, finish: Finish): Command {
  const command: Command = createCommand(
    'verify',
    'Check who signed reports, and that their content is unchanged.',
    context,
  )
    .argument('[files...]', 'reports, folders with reports, or attestations (default: standard input)')
    .option('-i, --input <file>', 'a report')
    .option('--cert <file>', 'certificate of a trusted signer (or JUX_CERT_PATH); may be repeated', collect)
    .option('--public-key <file>', 'public key of a trusted signer; may be repeated', collect)
    .option('--trust <folder>', 'folder with trusted certificates and public keys; may be repeated', collect)
    .option('--ca <file>', 'certificate authority of trusted signers; may be repeated', collect)
    .option('--embedded', 'verify with the key in the report: checks integrity, not the signer; the exit code is 1')
    .option('--accept-untrusted', 'with --embedded: the exit code for an intact report is 0')
    .option('--expect <name=value>', 'a property that the reports must have; may be repeated', collectExpectation)
    .option('--attestation <file>', 'an attestation of the report (jux attest), which must agree with it')
    .option(
      '--tsa-ca <file>',
      'authority of time stamps: certificates are checked at the stamped time; may be repeated',
      collect,
    )
    .option('--receipt <file>', 'a receipt that a server has signed, which must be for the report')
    .option('--receipt-key <file>', 'with --receipt: public key of the server; may be repeated', collect)
    .option('--policy <file>', 'a policy that decides whether the reports are good enough, and whom to trust', once)
    .option('--baseline <file>', 'with --policy: earlier reports, or a list of tests (.txt); may be repeated', collect)
    .option('--task-hash <task=hash>', 'with --policy: the hash of a cached task; may be repeated', collectExpectation)
    .option('--decision <file>', 'with --policy: write the decision there, signed, as other tools verify it')
    .option('--key <file>', 'with --decision: the private key that signs it (or JUX_KEY_PATH)')
    .addOption(new Option('--decision-format <name>', 'form of the decision').choices(['bundle', 'dsse']))
    .option('--submit', 'with --decision: send the decision to the configured server, too')
    .option('--subject <file>', 'a file that is released, named by the decision; may be repeated', collect)
    .option('--resource <uri>', 'what is released, named by the decision (default: repository and commit)')
    .option('--verifier <uri>', 'who decides, named by the decision (default: pkg:npm/jux-reporter)')
    .option(
      '--at <time>',
      'check certificates at this time (ISO 8601) instead of now; with --policy, decide as at this time',
      parseTime,
    )
    .option('-q, --quiet', 'print no text; with --json the JSON is printed')
    .option('--json', 'print JSON')
  return command.action(async (files: string[], flags: Flags) => {
    const names = inputNames(flags.input, files)
    const trust = withCertFromEnvironment(flags, context)
    const wrong =
      conflictOf(trust) ??
      missingSigner(trust, names, context) ??
      attestationConflict(names, flags) ??
      receiptConflict(names, flags) ??
      nameConflict(names, context)
    if (wrong !== undefined) command.error(`error: ${wrong}`, { exitCode: EXIT.usage })
    const loadKey = async () => {
      const { loadNamedSigner } = await import('../gate-commands.js')
      return loadNamedSigner(command, { key: flags.key }, context)
    }
    const send = async (file: string, bytes: Uint8Array) => {
      const { submitWritten } = await import('../gate-commands.js')
      await submitWritten(file, bytes, flagNames(command), flags.json === true || flags.quiet === true, context)
    }
    finish(
      await withJsonErrors(
        context,
        flags.json,
        () => verifyNamed(names, { ...trust, send: flags.submit ? send : undefined }, context, loadKey),
        { valid: false },
      ),
    )
  })
}

async function verifyNamed(
  names: readonly string[],
  flags: Flags & Pick<PolicyFlags, 'send'>,
  context: CliContext,
  loadKey: () => Promise<Signer>,
): Promise<number> {
  const { policy } = flags
  if (policy === undefined) return verify(names, flags, context)
  const { verifyByPolicy } = await import('../gate-commands.js')
  return verifyByPolicy(names, { ...flags, policy }, context, loadKey)
}

async function verify(names: readonly string[], flags: Flags, context: CliContext): Promise<number> {
  const trust: Trust = flags.embedded ? 'embedded' : await loadTrust(trustSettings(flags), context.system)
  const inputs = names.flatMap((name) => expandInput(name, context))
  const paint = outPaint(context)
  const results: VerifyJson[] = []
  let lastError: JuxError | undefined
  for (const input of inputs) {
    const { result, error } = await verifyInput(input, trust, flags, context)
    results.push(result)
    lastError = error
    if (!flags.json && !flags.quiet) context.out(formatResult(result, paint))
  }
  const isSingle = inputs.length === 1 && inputs[0]?.name === names[0]
  if (flags.json) writeJson(context, isSingle ? results[0] : summarizeResults(results))
  if (!flags.json && !flags.quiet) {
    if (!isSingle) context.out(countLine(results))
    if (isSingle && lastError !== undefined) {
      context.err('\n')
      writeError(context, lastError)
    }
    if (flags.embedded) context.err(EMBEDDED_WARNING)
  }
  return results.every(({ valid }) => valid) ? EXIT.ok : EXIT.failed
}

async function verifyInput(
  input: Input,
  trust: Trust,
  flags: Flags,
  context: CliContext,
): Promise<{ result: VerifyJson; error?: JuxError }> {
  try {
    const bytes = await input.read()
    const result = await verifyBytes(input.name, bytes, trust, flags, context)
    return { result: flags.receipt === undefined ? result : await withReceipt(result, bytes, flags, context) }
  } catch (error) {
    return failedResult(input.name, withCures(error, input.name))
  }
}

async function verifyBytes(
  name: string,
  bytes: Uint8Array,
  trust: Trust,
  flags: Flags,
  context: CliContext,
): Promise<VerifyJson> {
  const { at, acceptUntrusted, quiet, json, expect = [] } = flags
  const options = { at: at ?? context.system.now() }
  const isAttestation = isJsonObject(bytes)
  if (flags.tsaCa !== undefined && !isAttestation && flags.attestation === undefined) throw withoutStamp(name)
  if (isAttestation || flags.attestation !== undefined) {
    return verifyAttested({ name, bytes }, isAttestation, trust, flags, context)
  }
  if (expect.length === 0) {
    const verify = quiet && !json ? verifyReport : verifyWithFacts
    return resultOf(name, verify(bytes, trust, options), acceptUntrusted === true)
  }
  const report = verifyReport(bytes, trust, { ...options, summary: true })
  checkExpectations(report.summary, expect, name)
  return resultOf(name, report, acceptUntrusted === true)
}

async function withReceipt(
  result: VerifyJson,
  bytes: Uint8Array,
  { receipt = '', receiptKey, at }: Flags,
  context: CliContext,
): Promise<VerifyJson> {
  const { checkReceipt } = await import('../gate-commands.js')
  const server = await loadTrust({ publicKeys: receiptKey }, context.system)
  const file = { name: receipt, bytes: await openInput(receipt, context).read() }
  const report = { name: result.file, bytes, contentHash: result.content_hash }
  return { ...result, receipt: checkReceipt(report, file, server, at ?? context.system.now()) }
}

async function verifyAttested(
  file: ReadFile,
  isAttestation: boolean,
  trust: Trust,
  { at, attestation, tsaCa, expect = [] }: Flags,
  context: CliContext,
): Promise<VerifyJson> {
  if (trust === 'embedded') {
    throw new JuxError('INVALID_ARGUMENT', {
      message: '--embedded cannot verify an attestation: it contains no key',
      suggestions: ['give the public key of its signer with --public-key'],
    })
  }
  const { verifyLoneAttestation, verifyWithAttestation } = await import('../gate-commands.js')
  const timestampAuthorities = tsaCa && (await loadTrust({ ca: tsaCa }, context.system)).authorities
  const check = { trust, at: at ?? context.system.now(), expect, timestampAuthorities }
  if (attestation === undefined) return verifyLoneAttestation(file, check)
  if (isAttestation) {
    throw new JuxError('INVALID_ARGUMENT', {
      message: `${file.name} is an attestation, and --attestation needs the report that it is about`,
    })
  }
  return verifyWithAttestation(file, { name: attestation, bytes: await openInput(attestation, context).read() }, check)
}

function withoutStamp(name: string): JuxError {
  return new JuxError('INVALID_ARGUMENT', {
    message: `${name} has no time stamp: --tsa-ca needs the attestation of the report`,
    suggestions: [`add --attestation ${shellWord(name.replace(/\.xml$/i, '.sigstore.json'))}`],
  })
}

// Any signed XML can be verified; only a JUnit report has facts.
function verifyWithFacts(bytes: Uint8Array, trust: Trust, options: { readonly at: Date }): VerifiedReport {
  try {
    return verifyReport(bytes, trust, { ...options, summary: true })
  } catch (error) {
    if (error instanceof JuxError && error.reason === 'not-junit') return verifyReport(bytes, trust, options)
    throw error
  }
}

// The verifier knows neither the file nor the flags of this command.
function withCures(thrown: unknown, name: string): unknown {
  if (!(thrown instanceof JuxError)) return thrown
  const file = name === '-' ? '' : ` ${shellWord(name)}`
  const cures: Readonly<Record<string, readonly string[]>> = {
    'signature-missing': [`npx jux inspect${file}  # shows where the report comes from`],
  }
  const found = file === '' ? undefined : cures[thrown.reason ?? '']
  if (found === undefined) return thrown
  const { code, message, reason, suggestions, cause } = thrown
  return new JuxError(code, { message, reason, suggestions: [...suggestions, ...found], cause })
}

const EMBEDDED_WARNING = `
warning  --embedded does not check who signed: anyone can sign a report with their own key.
         To check the signer, use --cert, --public-key, --trust or --ca.
`

function countLine(results: readonly VerifyJson[]): string {
  const { total, accepted, refused } = summarizeResults(results)
  return `${total} ${total === 1 ? 'report' : 'reports'}: ${accepted} valid, ${refused} invalid\n`
}

// An empty variable counts as not set.
function withCertFromEnvironment(flags: Flags, { system }: CliContext): Flags {
  const fromEnvironment = system.env.JUX_CERT_PATH
  const named = flags.cert ?? flags.publicKey ?? flags.trust ?? flags.ca ?? flags.embedded ?? flags.policy
  return named === undefined && fromEnvironment ? { ...flags, cert: [fromEnvironment] } : flags
}

function receiptConflict(names: readonly string[], { receipt, receiptKey, policy }: Flags): string | undefined {
  if (receipt === undefined) return receiptKey === undefined ? undefined : '--receipt-key requires --receipt'
  if (receipt === '') return 'the file name of the receipt is empty'
  if (receiptKey === undefined) return '--receipt requires --receipt-key, the public key of the server'
  if (policy !== undefined) return '--receipt cannot be combined with --policy'
  return names.length > 1 ? '--receipt is for one report' : undefined
}

function trustSettings({ cert = [], publicKey = [], trust = [], ca = [] }: Flags) {
  return { certs: cert, publicKeys: publicKey, directories: trust, ca }
}

function attestationConflict(names: readonly string[], flags: Flags): string | undefined {
  const { attestation, embedded, policy, tsaCa, at } = flags
  if (tsaCa !== undefined && at !== undefined)
    return '--at cannot be combined with --tsa-ca: the time stamp has the time'
  if (tsaCa !== undefined && policy !== undefined) return '--tsa-ca cannot be combined with --policy'
  if (attestation === undefined) return undefined
  if (attestation === '') return 'the file name of the attestation is empty'
  if (policy !== undefined || embedded) return '--attestation cannot be combined with --policy or --embedded'
  if (names.includes('-') && attestation === '-') return 'standard input can be read only once'
  return names.length === 1 ? undefined : '--attestation can be used with one report only'
}

function conflictOf(flags: Flags): string | undefined {
  const named = flags.cert ?? flags.publicKey ?? flags.trust ?? flags.ca
  if (flags.embedded && named !== undefined)
    return '--embedded cannot be combined with --cert, --public-key, --trust or --ca'
  if (flags.acceptUntrusted && !flags.embedded) return '--accept-untrusted requires --embedded'
  if (flags.policy === '') return 'the file name of the policy is empty'
  if (flags.decision === '') return 'the file name of the decision is empty'
  if (flags.submit && flags.decision === undefined) return '--submit requires --decision'
  const isForDecision = (flags.subject ?? flags.resource ?? flags.verifier ?? flags.decisionFormat) !== undefined
  if (isForDecision && flags.decision === undefined) {
    return '--subject, --resource, --verifier and --decision-format require --decision'
  }
  if (flags.policy !== undefined) {
    const isTrustNamed = named !== undefined || flags.embedded === true
    return isTrustNamed ? '--policy cannot be combined with other trusted keys: the policy names them' : undefined
  }
  if (flags.baseline !== undefined || flags.taskHash !== undefined) return '--baseline and --task-hash require --policy'
  if (flags.decision !== undefined) return '--decision requires --policy'
  return undefined
}

function missingSigner(flags: Flags, names: readonly string[], { system }: CliContext): string | undefined {
  const named = flags.cert ?? flags.publicKey ?? flags.trust ?? flags.ca ?? flags.policy
  if (named !== undefined || flags.embedded) return undefined
  // The name that "jux keygen" gives to the public key.
  const publicKey = system.env.JUX_KEY_PATH?.replace(/(\.[^./\\]*)?$/, '.pub.pem') || 'key.pub.pem'
  const files = names.filter((name) => name !== '-')
  return (
    'no trusted signer: use --cert, --public-key, --trust, --ca or --policy (or set JUX_CERT_PATH)\n' +
    `for example: npx jux verify --public-key ${[publicKey, ...(files.length === 0 ? ['REPORT'] : files)].map((word) => shellWord(word)).join(' ')}`
  )
}

// Of two policies, neither may silently win.
function once(value: string, previous?: string): string {
  if (previous !== undefined) throw new InvalidArgumentError('It can be given only once.')
  return value
}
