/**
 * `jux keygen`: a new key, its public half, and a self-signed certificate when asked.
 *
 * @module
 */
import { X509Certificate } from 'node:crypto'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { shellWord } from '../../errors.js'
import { type Curve, keyFingerprint, keyKind, subjectOf } from '../../sign/algorithms.js'
import { expandPath } from '../../sign/key-files.js'
import { writeNewFiles } from '../../sign/key-writer.js'
import { generateKey, type KeySpec, selfSignedCertificate } from '../../sign/keygen.js'
import { type CliContext, createCommand, type Finish } from '../command.js'
import { EXIT } from '../exit-codes.js'
import type { Manual } from '../manual.js'
import { formatRows, oneLine, outPaint, withJsonErrors, writeJson } from '../output.js'

interface Flags {
  readonly type: 'rsa' | 'ecdsa'
  readonly bits?: '2048' | '3072' | '4096'
  readonly curve?: Curve['name']
  readonly output: string
  readonly cert?: boolean
  readonly subject?: string
  readonly daysValid?: number
  readonly json?: boolean
}

const DEFAULT_SUBJECT = 'CN=jux-reporter'
const DEFAULT_DAYS = 365

/** A hundred years; RFC 5280 ends at the year 9999. */
const MAX_DAYS = 36_500

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
  const command: Command = createCommand('keygen', 'Make a key for signing reports.', context)
    .addOption(new Option('--type <type>', 'kind of key').choices(['rsa', 'ecdsa']).default('rsa'))
    .addOption(new Option('--bits <bits>', 'length of an RSA key (default: 3072)').choices(['2048', '3072', '4096']))
    .addOption(
      new Option('--curve <curve>', 'curve of an ECDSA key (default: P-256)').choices(['P-256', 'P-384', 'P-521']),
    )
    .requiredOption('--output <path>', 'where the private key goes; .pub.pem and .crt go beside it')
    .option('--cert', 'make a self-signed certificate too')
    .option('--subject <name>', `its subject (default: ${DEFAULT_SUBJECT})`)
    .option('--days-valid <days>', `how long it is valid (default: ${DEFAULT_DAYS})`, parseDays)
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
  const pair = await generateKey(keySpec(flags))
  const certificate = flags.cert
    ? await selfSignedCertificate(pair, {
        subject: flags.subject ?? DEFAULT_SUBJECT,
        validFrom: context.system.now(),
        daysValid: flags.daysValid ?? DEFAULT_DAYS,
      })
    : undefined
  await writeNewFiles([
    { path, text: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), mode: 0o600 },
    { path: publicPath, text: pair.publicKey.export({ type: 'spki', format: 'pem' }).toString(), mode: 0o644 },
    ...(certificate === undefined ? [] : [{ path: certPath, text: certificate, mode: 0o644 }]),
  ])
  report(context, flags.json, {
    algorithm: keyKind(pair.privateKey).description,
    key: path,
    public_key: publicPath,
    certificate: certificate === undefined ? null : certPath,
    fingerprint: keyFingerprint(pair.publicKey),
    ...(certificate === undefined ? {} : certificateFields(new X509Certificate(certificate))),
  })
  return EXIT.ok
}

interface Made {
  readonly algorithm: string
  readonly key: string
  readonly public_key: string
  readonly certificate: string | null
  readonly fingerprint: string
  readonly subject?: string
  readonly valid_until?: string
}

function report(context: CliContext, json: boolean | undefined, made: Made): void {
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
  context.out(`\nSign with    JUX_KEY_PATH=${oneLine(shellWord(made.key))}\n`)
  const trust =
    made.certificate === null ? `--public-key ${shellWord(made.public_key)}` : `--cert ${shellWord(made.certificate)}`
  context.out(`Verify with  jux verify ${oneLine(trust)} REPORT\n`)
}

function certificateFields(certificate: X509Certificate): Pick<Made, 'subject' | 'valid_until'> {
  const subject = subjectOf(certificate)
  const validUntil = new Date(Date.parse(certificate.validTo)).toISOString()
  return { ...(subject === undefined ? {} : { subject }), valid_until: validUntil }
}

function keySpec({ type, bits = '3072', curve = 'P-256' }: Flags): KeySpec {
  if (type === 'ecdsa') return { family: 'ecdsa', curve }
  return { family: 'rsa', bits: ({ 2048: 2048, 3072: 3072, 4096: 4096 } as const)[bits] }
}

function conflictOf({ type, bits, curve, cert, subject, daysValid, output }: Flags): string | undefined {
  if (type === 'rsa' && curve !== undefined) return '--curve belongs to --type ecdsa'
  if (type === 'ecdsa' && bits !== undefined) return '--bits belongs to --type rsa'
  if (!cert && subject !== undefined) return '--subject belongs to --cert'
  if (!cert && daysValid !== undefined) return '--days-valid belongs to --cert'
  if (output === '') return '--output is empty'
  if (/\.crt$/i.test(output)) return '--output names the private key; the certificate gets the suffix .crt'
  return undefined
}

function parseDays(text: string): number {
  const days = Number(text)
  if (!/^\d+$/.test(text) || days < 1 || days > MAX_DAYS) {
    throw new InvalidArgumentError(`It is a whole number from 1 to ${MAX_DAYS}.`)
  }
  return days
}
