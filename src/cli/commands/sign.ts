/**
 * `jux sign`: signs a report that another program wrote.
 *
 * @module
 */
import type { Command } from 'commander'
import { expandPath } from '../../sign/key-files.js'
import { signReport } from '../../sign/sign-report.js'
import { type CliContext, createCommand, type Finish } from '../command.js'
import { EXIT } from '../exit-codes.js'
import { inputNames, nameConflict, openInput, writeOutput } from '../files.js'
import type { Manual } from '../manual.js'
import { loadNamedSigner, type SignerFlags } from '../named-signer.js'
import { oneLine } from '../output.js'
import { settingOption } from '../setting-flags.js'

interface Flags extends SignerFlags {
  readonly input?: string | undefined
  readonly output?: string | undefined
  readonly replace?: boolean | undefined
}

/** See `CommandModule`. */
export const manual: Manual = {
  examples: [
    { does: 'sign a file', line: 'jux sign report.xml --key key.pem --cert key.crt --output signed.xml' },
    {
      does: 'sign in a pipe, with the key from the environment',
      line: 'JUX_KEY_PATH=key.pem jux sign < report.xml > signed.xml',
    },
  ],
  exits: { ok: 'signed', failed: 'not signed; nothing is written' },
}

/** See `CommandModule`. */
export function create(context: CliContext, finish: Finish): Command {
  const command: Command = createCommand('sign', 'Sign a JUnit report that another program wrote.', context)
    .argument('[file]', 'the report (default: standard input)')
    .option('-i, --input <file>', 'the report')
    .option('-o, --output <file>', 'the signed report (default: standard output)')
    .addOption(settingOption('keyPath', '--key <file>'))
    .addOption(settingOption('certPath', '--cert <file>'))
    .addOption(settingOption('digest', '--digest <name>'))
    .addOption(settingOption('canonicalization', '--canonicalization <name>'))
    .option('--replace', 'replace an existing signature')
  return command.action(async (file: string | undefined, flags: Flags) => {
    const names = inputNames(flags.input, file === undefined ? [] : [file])
    const [name = ''] = names
    const wrong = names.length > 1 ? 'more than one report given' : nameConflict(names, context)
    if (wrong !== undefined) command.error(`error: ${wrong}`, { exitCode: EXIT.usage })
    finish(await sign(name, flags, context, command))
  })
}

async function sign(name: string, flags: Flags, context: CliContext, command: Command): Promise<number> {
  const signer = await loadNamedSigner(command, flags, context)
  const signed = signReport(await openInput(name, context).read(), signer, { replace: flags.replace === true })
  if (flags.output === undefined || flags.output === '-') {
    context.out(signed)
    return EXIT.ok
  }
  const path = expandPath(flags.output, context.system)
  writeOutput(path, signed)
  const by = signer.subject ?? `sha256:${signer.fingerprint.slice(0, 16)}…`
  context.err(`signed ${oneLine(path)} with ${signer.keyDescription} (${oneLine(by)})\n`)
  return EXIT.ok
}
