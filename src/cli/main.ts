/**
 * The `jux` command: finds the command, runs it, turns what it throws into text and an exit code.
 *
 * A command's module is loaded when it is asked for, so that `jux verify` does not pay for the others.
 *
 * @module
 */
import { toJuxError } from '../errors.js'
import { assemble, type CliContext, runCommand } from './command.js'
import { COMMANDS, createOverview } from './commands.js'
import { EXIT } from './exit-codes.js'
import { writeError } from './output.js'

/**
 * Runs one command line.
 *
 * @param argv without the program's own name
 * @returns the exit code; never throws
 */
export async function main(argv: readonly string[], context: CliContext): Promise<number> {
  const [name = '', ...rest] = argv
  // "jux help cache show" is "jux cache show --help".
  if (name === 'help') return main([...rest.filter((word) => !word.startsWith('-')), '--help'], context)
  try {
    const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
    if (entry !== undefined) {
      const module = await entry.load()
      return await runCommand((finish) => assemble(module, context, finish), rest)
    }
    // A word that is no command is a mistake, whatever follows it.
    return await runCommand(() => createOverview(context), name.startsWith('-') ? argv : argv.slice(0, 1))
  } catch (error) {
    writeError(context, toJuxError(error))
    return EXIT.failed
  }
}
