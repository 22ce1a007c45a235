/**
 * What the commands share: their view of the world, and the way commander is set up.
 *
 * @module
 */
import { Command, CommanderError } from 'commander'
import type { System } from '../system.js'
import { EXIT } from './exit-codes.js'
import { attachManual, type Manual } from './manual.js'

/** The terminal and the world, as a command sees them. */
export interface CliContext {
  readonly system: System
  /** Writes to standard output; text as UTF-8. */
  out(data: string | Uint8Array): void
  /** Writes to standard error. */
  err(text: string): void
  /** All of standard input. */
  readStdin(): Promise<Uint8Array>
  /** Whether standard error is a terminal. */
  readonly errIsTerminal: boolean
  /** Whether standard output is a terminal. */
  readonly outIsTerminal?: boolean
  /** Whether standard input is a terminal: nothing is to be read from it then. */
  readonly inIsTerminal?: boolean
}

/** A module in `commands/`. */
export interface CommandModule {
  /** Examples and exit codes. */
  readonly manual: Manual
  /** The command with its flags; its action resolves to the exit code through `finish`. */
  create(context: CliContext, finish: Finish): Command
}

/** Records the exit code of the action that ran. */
export type Finish = (code: number) => void

/** A commander command that writes through the context and throws instead of exiting. */
export function createCommand(name: string, summary: string, context: CliContext): Command {
  return new Command(name)
    .description(summary)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.out(text),
      writeErr: (text) => context.err(text),
    })
}

/** A command as it is called, with its manual: what it prints of its usage begins with `jux`. */
export function assemble({ create, manual }: CommandModule, context: CliContext, finish: Finish): Command {
  const command = create(context, finish)
  const path = `jux ${command.name()}`
  attachManual(command, manual, path)
  return command.name(path)
}

/**
 * Parses and runs.
 *
 * @param argv what follows the command's name
 * @returns the exit code: the action's own, 0 after help, 64 for a command line that cannot be understood
 * @throws whatever the action throws
 */
export async function runCommand(create: (finish: Finish) => Command, argv: readonly string[]): Promise<number> {
  let code: number = EXIT.ok
  const command = create((value) => {
    code = value
  })
  try {
    await command.parseAsync([...argv], { from: 'user' })
    return code
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    return error.exitCode === 0 ? EXIT.ok : EXIT.usage
  }
}
