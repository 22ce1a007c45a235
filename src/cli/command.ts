/**
 * What all commands share: their context, and how they are built with commander.
 *
 * @module
 */
import { Command, CommanderError } from 'commander'
import type { System } from '../system.js'
import { EXIT } from './exit-codes.js'
import { attachManual, type CommandDescription, type Manual } from './manual.js'

/** The system and the standard streams, as a command uses them. */
export interface CliContext {
  readonly system: System
  /** Writes to standard output; text as UTF-8. */
  out(data: string | Uint8Array): void
  /** Writes to standard error. */
  err(text: string): void
  /** Reads standard input to its end. */
  readStdin(): Promise<Uint8Array>
  /** Whether standard error is a terminal. */
  readonly errIsTerminal: boolean
  /** Whether standard output is a terminal. */
  readonly outIsTerminal?: boolean | undefined
  /** Whether standard input is a terminal. A command does not read a report from a terminal. */
  readonly inIsTerminal?: boolean | undefined
}

/** A module in `commands/`. */
export interface CommandModule {
  /** Examples and exit codes. */
  readonly manual: Manual
  /**
   * Creates the command with its flags.
   *
   * @param finish its action passes the exit code to this function
   * @param describeProgram describes all commands; for the completions
   */
  create(context: CliContext, finish: Finish, describeProgram: () => Promise<CommandDescription>): Command
}

/** Stores the exit code of the action that ran. */
export type Finish = (code: number) => void

/** Creates a commander command that writes through the context, and throws instead of exiting. */
export function createCommand(name: string, summary: string, context: CliContext): Command {
  return new Command(name)
    .description(summary)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.out(text),
      writeErr: (text) => context.err(text),
    })
}

/** Adds a subcommand. The list of commands shows its summary, and its own help the same as a sentence. */
export function addSubcommand(parent: Command, name: string, summary: string): Command {
  const sentence = `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`
  return parent.command(name).summary(summary).description(sentence)
}

/**
 * Parses a command line and runs the command.
 *
 * @param argv the words after the command's name
 * @returns the exit code: that of the action, 0 after help, 64 for a usage error
 * @throws what the action throws
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

/** Attaches the manual to a command, and makes its usage lines begin with `jux`. */
export function withManual(command: Command, manual: Manual): Command {
  const path = `jux ${command.name()}`
  attachManual(command, manual, path)
  return command.name(path)
}
