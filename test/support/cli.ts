/**
 * Runs the `jux` command in the process of a test.
 *
 * @module
 */
import type { CliContext } from '../../src/cli/command.js'
import { main } from '../../src/cli/main.js'
import { fixedSystem } from './system.js'

/** How a command line ended. */
export interface CliResult {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** The context in which a command line runs. */
export interface CliWorld {
  readonly stdin?: string | Uint8Array | undefined
  readonly system?: Parameters<typeof fixedSystem>[0] | undefined
  readonly terminal?: boolean | undefined
}

/** A context that collects the output. */
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
