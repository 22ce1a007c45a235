/**
 * Loads the key of a command that signs: the one of `--key`, or that of the configuration.
 *
 * @module
 */
import type { Command } from 'commander'
import { loadConfig } from '../config/load.js'
import { printable } from '../errors.js'
import { loadSigner, type Signer } from '../sign/keys.js'
import type { CliContext } from './command.js'
import { flagNames } from './setting-flags.js'

/** The flags that concern the key, by the names of commander's values. */
export interface SignerFlags {
  readonly key?: string | undefined
  readonly cert?: string | undefined
  readonly digest?: string | undefined
  readonly canonicalization?: string | undefined
}

/**
 * Loads the key.
 *
 * @throws {JuxError} as `loadConfig` and `loadSigner`
 */
export async function loadNamedSigner(
  command: Command,
  { key, cert, digest, canonicalization }: SignerFlags,
  context: CliContext,
): Promise<Signer> {
  const { system } = context
  const { settings, notices } = loadConfig({
    flags: { keyPath: key, certPath: cert, digest, canonicalization },
    flagNames: flagNames(command),
    cwd: system.cwd,
    system,
  })
  for (const notice of notices) context.err(`${printable(notice)}\n`)
  // A key on the command line takes precedence over JUX_KEY.
  return loadSigner(key === undefined ? settings : { ...settings, key: undefined }, system)
}
