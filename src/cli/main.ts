/**
 * The `jux` program: its commands, its overview, and running one command line.
 *
 * The module of a command is loaded when the command runs, so that `jux verify` does not load the others.
 *
 * @module
 */
import type { Command } from 'commander'
import { toJuxError } from '../errors.js'
import { realSystem } from '../system.js'
import { packageVersion, readmePath } from '../version.js'
import { type CliContext, type CommandModule, createCommand, type Finish, runCommand, withManual } from './command.js'
import { EXIT, EXIT_MEANINGS } from './exit-codes.js'
import { attachManual, type CommandDescription, describeCommand, type Manual } from './manual.js'
import { writeError } from './output.js'

/** A command that is not loaded yet. */
export interface CommandEntry {
  /** One line for the overview. */
  readonly summary: string
  readonly load: () => Promise<CommandModule>
}

/** Every command by name, in the order of the overview. */
export const COMMANDS: Readonly<Record<string, CommandEntry>> = {
  keygen: { summary: 'create a key for signing reports', load: () => import('./commands/keygen.js') },
  report: {
    summary: 'make reports of the JUnit files of other programs',
    load: () => import('./commands/report.js'),
  },
  sign: { summary: 'sign a report that another program wrote', load: () => import('./commands/sign.js') },
  verify: {
    summary: 'check who signed reports, and that their content is unchanged',
    load: () => import('./commands/verify.js'),
  },
  merge: {
    summary: 'make one signed report of the reports of shards or jobs',
    load: async () => (await import('./gate-commands.js')).merge,
  },
  policy: {
    summary: 'write and check the policy of a gate',
    load: async () => (await import('./gate-commands.js')).policy,
  },
  waiver: {
    summary: 'except a test from a gate for a time',
    load: async () => (await import('./gate-commands.js')).waiver,
  },
  dossier: {
    summary: 'pack the evidence of a release',
    load: async () => (await import('./gate-commands.js')).dossier,
  },
  attest: {
    summary: 'state the results of signed reports in a form that other tools verify',
    load: async () => (await import('./gate-commands.js')).attest,
  },
  inspect: { summary: 'show the contents of a report', load: () => import('./commands/inspect.js') },
  publish: { summary: 'send stored reports to a server', load: () => import('./commands/publish.js') },
  cache: { summary: 'list, show and delete the reports on this machine', load: () => import('./commands/cache.js') },
  config: { summary: 'show, check and create the configuration', load: () => import('./commands/config.js') },
  run: { summary: 'run tests with settings from the command line', load: () => import('./commands/run.js') },
  completion: { summary: 'print a completion script for a shell', load: () => import('./commands/completion.js') },
}

const OVERVIEW: Manual = {
  examples: [
    { does: 'create a key and a certificate', line: 'jux keygen --output key.pem --cert' },
    {
      does: 'sign a report of another tool',
      line: 'jux sign report.xml --key key.pem --cert key.crt --output signed.xml',
    },
    { does: 'verify it', line: 'jux verify signed.xml --cert key.crt' },
  ],
  exits: EXIT_MEANINGS,
  closing: `Help for a command: jux help verify, or jux verify --help
Documentation: ${readmePath()}
`,
}

/**
 * Runs one command line.
 *
 * @param argv without the name of the program
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
    // Only the unknown command is reported, not what follows it.
    return await runCommand(() => createOverview(context), name.startsWith('-') ? argv : argv.slice(0, 1))
  } catch (error) {
    writeError(context, toJuxError(error))
    return EXIT.failed
  }
}

/** Runs one command line on this machine. Never throws. */
export function runHere(argv: readonly string[], streams: Omit<CliContext, 'system'>): Promise<number> {
  return main(argv, { ...streams, system: realSystem() })
}

/** Describes the program with all its commands. */
export async function describeProgram(): Promise<CommandDescription> {
  const context = unusedContext()
  const commands = await Promise.all(
    Object.values(COMMANDS).map(async ({ load }) => {
      const module = await load()
      const command = assemble(module, context, () => {})
      return describeCommand(command, module.manual, command.name())
    }),
  )
  return { ...describeCommand(createOverview(context), OVERVIEW, 'jux'), commands }
}

/** Creates a command with its manual. */
export function assemble({ create, manual }: CommandModule, context: CliContext, finish: Finish): Command {
  return withManual(create(context, finish, describeProgram), manual)
}

// For commands that are described but never run.
function unusedContext(): CliContext {
  return {
    system: realSystem(),
    out: () => {},
    err: () => {},
    readStdin: async () => new Uint8Array(),
    errIsTerminal: false,
  }
}

function createOverview(context: CliContext): Command {
  const program = createCommand(
    'jux',
    'Signed test reports: create keys, sign, verify, inspect and publish JUnit XML.',
    context,
  )
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .usage('<command> [options]')
  attachManual(program, OVERVIEW, 'jux')
  for (const [name, { summary }] of Object.entries(COMMANDS)) program.command(name).description(summary)
  return program
}
