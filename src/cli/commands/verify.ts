/**
 * `jux verify`: whether reports are what somebody trusted has signed.
 *
 * @module
 */
import { type Command, InvalidArgumentError } from 'commander'
import type { JuxError } from '../../errors.js'
import type { Property } from '../../model.js'
import { loadTrust } from '../../sign/trust.js'
import { type Trust, verifyReport } from '../../sign/verify.js'
import { type CliContext, createCommand, type Finish } from '../command.js'
import { EXIT } from '../exit-codes.js'
import { checkExpectations, collectExpectation } from '../expectations.js'
import { expandInput, type Input, inputNames, nameConflict } from '../inputs.js'
import type { Manual } from '../manual.js'
import { outPaint, withJsonErrors, writeError, writeJson } from '../output.js'
import { formatVerdict, refusedVerdict, summaryOf, type Verdict, verdictOf } from '../verdicts.js'

interface Flags {
  readonly input?: string
  readonly cert?: string[]
  readonly publicKey?: string[]
  readonly trust?: string[]
  readonly ca?: string[]
  readonly embedded?: boolean
  readonly acceptUntrusted?: boolean
  readonly expect?: readonly Property[]
  readonly at?: Date
  readonly quiet?: boolean
  readonly json?: boolean
}

/** See `CommandModule`. */
export const manual: Manual = {
  examples: [
    { does: 'one report, signed with the key of this certificate', line: 'jux verify signed.xml --cert key.crt' },
    { does: 'every report in a folder, by any of the keys in another', line: 'jux verify reports/ --trust team-keys/' },
    { does: 'for a program', line: 'jux verify --public-key key.pub.pem --json < signed.xml' },
  ],
  exits: { ok: 'every report is valid', failed: 'at least one report is not valid, or could not be looked at' },
}

/** See `CommandModule`. */
export function create(context: CliContext, finish: Finish): Command {
  const command: Command = createCommand('verify', 'Check who signed reports, and that nobody changed them.', context)
    .argument('[files...]', 'reports, or folders of reports; standard input when there is none')
    .option('-i, --input <file>', 'a report')
    .option('--cert <file>', 'certificate of a trusted signer (or JUX_CERT_PATH); may be repeated', collect)
    .option('--public-key <file>', 'public key of a trusted signer; may be repeated', collect)
    .option('--trust <folder>', 'folder of trusted certificates and public keys; may be repeated', collect)
    .option('--ca <file>', 'authority that certifies trusted signers; may be repeated', collect)
    .option('--embedded', 'use the key in the report: shows integrity, not who signed; the exit code is 1')
    .option('--accept-untrusted', 'with --embedded: the exit code of an intact report is 0')
    .option('--expect <name=value>', 'a property that reports must have; may be repeated', collectExpectation)
    .option('--at <time>', 'judge certificates at this time (ISO 8601) instead of now', parseTime)
    .option('-q, --quiet', 'print nothing; the exit code tells')
    .option('--json', 'print JSON')
  return command.action(async (files: string[], flags: Flags) => {
    const names = inputNames(flags.input, files)
    const trust = withCertFromEnvironment(flags, context)
    const wrong = conflictOf(trust) ?? nameConflict(names, context)
    if (wrong !== undefined) command.error(`error: ${wrong}`, { exitCode: EXIT.usage })
    finish(await withJsonErrors(context, flags.json, () => verify(names, trust, context), { valid: false }))
  })
}

async function verify(names: readonly string[], flags: Flags, context: CliContext): Promise<number> {
  const trust: Trust = flags.embedded ? 'embedded' : await loadTrust(trustSettings(flags), context.system)
  const inputs = names.flatMap((name) => expandInput(name, context))
  const paint = outPaint(context)
  const verdicts: Verdict[] = []
  let lastError: JuxError | undefined
  for (const input of inputs) {
    const { verdict, error } = await judge(input, trust, flags, context)
    verdicts.push(verdict)
    lastError = error
    if (!flags.json && !flags.quiet) context.out(formatVerdict(verdict, paint))
  }
  const alone = inputs.length === 1 && inputs[0]?.name === names[0]
  if (flags.json && !flags.quiet) writeJson(context, alone ? verdicts[0] : summaryOf(verdicts))
  if (!flags.json && !flags.quiet) {
    if (!alone) context.out(countLine(verdicts))
    if (alone && lastError !== undefined) {
      context.err('\n')
      writeError(context, lastError)
    }
    if (flags.embedded) context.err(EMBEDDED_WARNING)
  }
  return verdicts.every(({ valid }) => valid) ? EXIT.ok : EXIT.failed
}

async function judge(
  input: Input,
  trust: Trust,
  { at, acceptUntrusted, expect = [] }: Flags,
  { system }: CliContext,
): Promise<{ verdict: Verdict; error?: JuxError }> {
  try {
    const bytes = await input.read()
    const options = { at: at ?? system.now() }
    if (expect.length === 0) {
      return { verdict: verdictOf(input.name, verifyReport(bytes, trust, options), acceptUntrusted === true) }
    }
    const report = verifyReport(bytes, trust, { ...options, summary: true })
    checkExpectations(report.summary, expect, input.name)
    return { verdict: verdictOf(input.name, report, acceptUntrusted === true) }
  } catch (error) {
    return refusedVerdict(input.name, error)
  }
}

const EMBEDDED_WARNING = `
warning  --embedded proves nothing about who signed: anybody can sign anything with a key of their own.
         To know the signer, give --cert, --public-key, --trust or --ca.
`

function countLine(verdicts: readonly Verdict[]): string {
  const { total, accepted, refused } = summaryOf(verdicts)
  return `${total} ${total === 1 ? 'report' : 'reports'}: ${accepted} valid, ${refused} not\n`
}

// An empty variable is one that is not set.
function withCertFromEnvironment(flags: Flags, { system }: CliContext): Flags {
  const fromEnvironment = system.env.JUX_CERT_PATH
  const named = flags.cert ?? flags.publicKey ?? flags.trust ?? flags.ca ?? flags.embedded
  return named === undefined && fromEnvironment ? { ...flags, cert: [fromEnvironment] } : flags
}

function trustSettings({ cert = [], publicKey = [], trust = [], ca = [] }: Flags) {
  return { certs: cert, publicKeys: publicKey, directories: trust, ca }
}

function conflictOf(flags: Flags): string | undefined {
  const named = flags.cert ?? flags.publicKey ?? flags.trust ?? flags.ca
  if (flags.embedded && named !== undefined) return '--embedded trusts nobody: it does not go with --cert and the like'
  if (flags.acceptUntrusted && !flags.embedded) return '--accept-untrusted belongs to --embedded'
  if (named === undefined && !flags.embedded) {
    return 'no signer is trusted: give --cert, --public-key, --trust or --ca (or set JUX_CERT_PATH)'
  }
  return undefined
}

function collect(value: string, before: string[] = []): string[] {
  if (value === '') throw new InvalidArgumentError('It is empty.')
  return [...before, value]
}

function parseTime(text: string): Date {
  const time = new Date(text)
  // A time without a zone would mean another moment on another machine.
  if (/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/.test(text) && !Number.isNaN(time.getTime())) {
    return time
  }
  throw new InvalidArgumentError('It is a date or a time with its zone, such as 2026-01-31 or 2026-01-31T12:00:00Z.')
}
