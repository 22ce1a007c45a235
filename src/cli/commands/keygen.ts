/**
 * `jux keygen`: writes a new private key, its public key, and on request a self-signed certificate.
 *
 * @module
 */
import { X509Certificate } from 'node:crypto'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { shellWord } from '../../errors.js'
import { type Curve, subjectOf } from '../../sign/algorithms.js'
import { expandPath, writeNewFiles } from '../../sign/key-files.js'
import { DEFAULT_DAYS_VALID, DEFAULT_SUBJECT, generateKey, type KeyOptions } from '../../sign/keygen.js'
import { MAX_DAYS_VALID } from '../../sign/x509.js'
import { type CliContext, createCommand, type Finish } from '../command.js'
import { EXIT } from '../exit-codes.js'
import type { Manual } from '../manual.js'
import { formatRows, oneLine, outPaint, withJsonErrors, writeJson } from '../output.js'

interface Flags {
  readonly type: 'rsa' | 'ecdsa'
  readonly bits?: '2048' | '3072' | '4096' | undefined
  readonly curve?: Curve['name'] | undefined
  readonly output: string
  readonly cert?: boolean | undefined
  readonly subject?: string | undefined
  readonly daysValid?: number | undefined
  readonly json?: boolean | undefined
}

/** See `CommandModule`. */
export const manual: Manual = {
  examples: [
    { does: 'a key and a self-signed certificate', line: 'jux keygen --output key.pem --cert' },
    {
      does: 'an ECDSA key, and a certificate that names its owner',
      line: 'jux keygen --output nightly.pem --type ecdsa --cert --subject "CN=Nightly,O=Example" --days-valid 90',
    },
  ],
  exits: { ok: 'the files are written', failed: 'no file is written' },
}

/** See `CommandModule`. */
export function create(context: CliContext, finish: Finish): Command {
  const command: Command = createCommand('keygen', 'Create a key for signing reports.', context)
    .addOption(new Option('--type <type>', 'kind of key').choices(['rsa', 'ecdsa']).default('rsa'))
    .addOption(new Option('--bits <bits>', 'length of an RSA key (default: 3072)').choices(['2048', '3072', '4096']))
    .addOption(
      new Option('--curve <curve>', 'curve of an ECDSA key (default: P-256)').choices(['P-256', 'P-384', 'P-521']),
    )
    .requiredOption('--output <path>', 'path of the private key; the .pub.pem and .crt files are written next to it')
    .option('--cert', 'create a self-signed certificate too')
    .option('--subject <name>', `its subject (default: ${DEFAULT_SUBJECT})`)
    .option('--days-valid <days>', `how long it is valid (default: ${DEFAULT_DAYS_VALID})`, parseDays)
    .option('--json', 'print JSON')
  return command.action(async (flags: Flags) => {
    const wrong = conflictOf(flags)
    if (wrong !== undefined) command.error(`error: ${wrong}`, { exitCode: EXIT.usage })
    finish(await withJsonErrors(context, flags.json, () => keygen(flags, context)))
  })
}

async function keygen(flags: Flags, context: CliContext): Promise<number> {
  const path = expandPath(flags.output, context.system)
  const stem = path.replace(/(?<=[^/\\])\.[^./\\]*$/, '')
  const certPath = `${stem}.crt`
  const publicPath = `${stem}.pub.pem`
  const made = await generateKey(keyOptions(flags), context.system)
  await writeNewFiles([
    { path, text: made.privateKey, mode: 0o600 },
    { path: publicPath, text: made.publicKey, mode: 0o644 },
    ...(made.certificate === undefined ? [] : [{ path: certPath, text: made.certificate, mode: 0o644 }]),
  ])
  printOutput(context, flags.json, {
    algorithm: made.keyDescription,
    key: path,
    public_key: publicPath,
    certificate: made.certificate === undefined ? null : certPath,
    fingerprint: made.fingerprint,
    ...(made.certificate === undefined ? {} : certificateFields(new X509Certificate(made.certificate))),
  })
  return EXIT.ok
}

interface KeygenOutput {
  readonly algorithm: string
  readonly key: string
  readonly public_key: string
  readonly certificate: string | null
  readonly fingerprint: string
  readonly subject?: string | undefined
  readonly valid_until?: string | undefined
}

function printOutput(context: CliContext, json: boolean | undefined, made: KeygenOutput): void {
  if (json) {
    writeJson(context, made)
    return
  }
  const paint = outPaint(context)
  const rows: [string, string][] = [
    ['Algorithm', made.algorithm],
    ['Private key', `${oneLine(made.key)} ${paint.faint('(keep it secret)')}`],
    ['Public key', oneLine(made.public_key)],
    ['Fingerprint', made.fingerprint],
  ]
  if (made.certificate !== null) {
    rows.push(['Certificate', oneLine(made.certificate)])
    rows.push(['', `self-signed, ${made.subject}, until ${made.valid_until}`])
  }
  context.out(formatRows(rows, paint))
  const { platform, username } = context.system
  if (platform === 'win32') {
    const grant = username === undefined ? '' : ` /grant:r ${shellWord(`${username}:F`, platform)}`
    context.out(`
The key has the access rules of its folder. To keep it to yourself:
icacls ${oneLine(shellWord(made.key, platform))} /inheritance:r${oneLine(grant)}
`)
  }
  context.out(`\nSign with    JUX_KEY_PATH=${oneLine(shellWord(made.key))}\n`)
  const trust =
    made.certificate === null ? `--public-key ${shellWord(made.public_key)}` : `--cert ${shellWord(made.certificate)}`
  context.out(`Verify with  jux verify ${oneLine(trust)} REPORT\n`)
}

function certificateFields(certificate: X509Certificate): Pick<KeygenOutput, 'subject' | 'valid_until'> {
  return { subject: subjectOf(certificate), valid_until: new Date(Date.parse(certificate.validTo)).toISOString() }
}

const BITS = { 2048: 2048, 3072: 3072, 4096: 4096 } as const

function keyOptions({ type, bits, curve, cert, subject, daysValid }: Flags): KeyOptions {
  return {
    type,
    bits: bits === undefined ? undefined : BITS[bits],
    curve,
    certificate: cert === true ? { subject, daysValid } : false,
  }
}

function conflictOf({ type, bits, curve, cert, subject, daysValid, output }: Flags): string | undefined {
  if (type === 'rsa' && curve !== undefined) return '--curve needs --type ecdsa'
  if (type === 'ecdsa' && bits !== undefined) return '--bits needs --type rsa'
  if (!cert && subject !== undefined) return '--subject needs --cert'
  if (!cert && daysValid !== undefined) return '--days-valid needs --cert'
  if (output === '') return '--output is empty'
  if (/\.crt$/i.test(output))
    return '--output is the path of the private key and must not end in .crt, which is for the certificate'
  return undefined
}

function parseDays(text: string): number {
  const days = Number(text)
  if (!/^\d+$/.test(text) || days < 1 || days > MAX_DAYS_VALID) {
    throw new InvalidArgumentError(`Use a whole number from 1 to ${MAX_DAYS_VALID}.`)
  }
  return days
}
