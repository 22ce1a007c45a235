/**
 * Running the `jux` command inside a test.
 *
 * @module
 */
import { main } from '../../src/cli/main.js'
import { fixedSystem } from './system.js'

/** What a command line came to. */
export interface CliResult {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs `jux` in this process. */
export async function runJux(
  argv: readonly string[],
  world: { stdin?: string | Uint8Array; system?: Parameters<typeof fixedSystem>[0]; terminal?: boolean } = {},
): Promise<CliResult> {
  const out: Buffer[] = []
  let err = ''
  const code = await main(argv, {
    system: fixedSystem(world.system),
    out: (data) => {
      out.push(Buffer.from(data))
    },
    err: (text) => {
      err += text
    },
    readStdin: async () => Buffer.from(world.stdin ?? ''),
    interactive: world.terminal === true,
    outIsTerminal: world.terminal === true,
    inIsTerminal: world.stdin === undefined,
  })
  return { code, out: Buffer.concat(out).toString('utf8'), err }
}
