/**
 * Running the `jux` command inside a test.
 *
 * @module
 */
import type { CliContext } from '../../src/cli/command.js'
import { main } from '../../src/cli/main.js'
import { fixedSystem } from './system.js'

/** What a command line came to. */
export interface CliResult {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** What a command line is run in. */
export interface CliWorld {
  readonly stdin?: string | Uint8Array
  readonly system?: Parameters<typeof fixedSystem>[0]
  readonly terminal?: boolean
}

/** A context that keeps what is written. */
export function cliContext(world: CliWorld = {}): { context: CliContext; written(): Omit<CliResult, 'code'> } {
  const out: Buffer[] = []
  let err = ''
  const context = {
    system: fixedSystem(world.system),
    out: (data: string | Uint8Array) => {
      out.push(Buffer.from(data))
    },
    err: (text: string) => {
      err += text
    },
    readStdin: async () => Buffer.from(world.stdin ?? ''),
    errIsTerminal: world.terminal === true,
    outIsTerminal: world.terminal === true,
    inIsTerminal: world.stdin === undefined,
  }
  return { context, written: () => ({ out: Buffer.concat(out).toString('utf8'), err }) }
}

/** Runs `jux` in this process. */
export async function runJux(argv: readonly string[], world: CliWorld = {}): Promise<CliResult> {
  const { context, written } = cliContext(world)
  const code = await main(argv, context)
  return { code, ...written() }
}
