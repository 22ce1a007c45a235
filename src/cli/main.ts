/**
 * The `jux` command: finds the command, runs it, turns what it throws into text and an exit code.
 *
 * A command's module is loaded when it is asked for, so that `jux verify` does not pay for the others.
 *
 * @module
 */
import { formatError, toJuxError } from '../errors.js'
import { packageVersion } from '../version.js'
import { type CliContext, type CommandModule, createCommand, runCommand } from './command.js'
import { EXIT } from './exit-codes.js'

interface Entry {
  readonly summary: string
  readonly load: () => Promise<CommandModule>
}

const COMMANDS: Readonly<Record<string, Entry>> = {
  keygen: { summary: 'make a key for signing reports', load: () => import('./commands/keygen.js') },
  sign: { summary: 'sign a report that another program wrote', load: () => import('./commands/sign.js') },
  verify: {
    summary: 'check who signed reports, and that nobody changed them',
    load: () => import('./commands/verify.js'),
  },
  config: { summary: 'show, check and write the configuration', load: () => import('./commands/config.js') },
  run: { summary: 'run tests with settings from the command line', load: () => import('./commands/run.js') },
  inspect: { summary: 'show what a report says', load: () => import('./commands/inspect.js') },
  publish: { summary: 'send stored reports to a server', load: () => import('./commands/publish.js') },
  cache: { summary: 'look at, and clean, the reports on this machine', load: () => import('./commands/cache.js') },
}

/**
 * Runs one command line.
 *
 * @param argv without the program's own name
 * @returns the exit code; never throws
 */
export async function main(argv: readonly string[], context: CliContext): Promise<number> {
  const [name = '', ...rest] = argv
  try {
    const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
    if (entry !== undefined) {
      const module = await entry.load()
      return await runCommand((finish) => module.create(context, finish), rest)
    }
    return await runCommand(() => overview(context), argv)
  } catch (error) {
    context.err(formatError(toJuxError(error), { debug: context.system.env.JUX_DEBUG === '1' }))
    return EXIT.failed
  }
}

function overview(context: CliContext) {
  const program = createCommand(
    'jux',
    'Test results that can be believed: make keys, verify and inspect reports.',
    context,
  )
    .version(packageVersion(), '-V, --version')
    .usage('<command> [options]')
  for (const [name, { summary }] of Object.entries(COMMANDS)) program.command(name).description(summary)
  return program.action(() => program.help({ error: true }))
}
