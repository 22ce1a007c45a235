/**
 * The commands by name, and the overview of them.
 *
 * @module
 */
import type { Command } from 'commander'
import { packageVersion } from '../version.js'
import { type CliContext, type CommandModule, createCommand } from './command.js'
import { EXIT_MEANINGS } from './exit-codes.js'
import { attachManual, type Manual } from './manual.js'

/** A command that is not loaded yet. */
export interface CommandEntry {
  /** One line for the overview. */
  readonly summary: string
  readonly load: () => Promise<CommandModule>
}

/** Every command, in the order of the overview. */
export const COMMANDS: Readonly<Record<string, CommandEntry>> = {
  keygen: { summary: 'make a key for signing reports', load: () => import('./commands/keygen.js') },
  sign: { summary: 'sign a report that another program wrote', load: () => import('./commands/sign.js') },
  verify: {
    summary: 'check who signed reports, and that nobody changed them',
    load: () => import('./commands/verify.js'),
  },
  inspect: { summary: 'show what a report says', load: () => import('./commands/inspect.js') },
  publish: { summary: 'send stored reports to a server', load: () => import('./commands/publish.js') },
  cache: { summary: 'look at, and clean, the reports on this machine', load: () => import('./commands/cache.js') },
  config: { summary: 'show, check and write the configuration', load: () => import('./commands/config.js') },
  run: { summary: 'run tests with settings from the command line', load: () => import('./commands/run.js') },
  completion: { summary: 'print completions for a shell', load: () => import('./commands/completion.js') },
}

/** The program itself: help and version. */
export function createOverview(context: CliContext): Command {
  const program = createCommand(
    'jux',
    'Test results that can be believed: make keys, sign, verify, inspect and publish reports.',
    context,
  )
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this')
    .usage('<command> [options]')
  attachManual(program, OVERVIEW, 'jux')
  for (const [name, { summary }] of Object.entries(COMMANDS)) program.command(name).description(summary)
  return program
}

/** The manual of the program as a whole. */
export const OVERVIEW: Manual = {
  examples: [
    { does: 'make a key and a certificate', line: 'jux keygen --output key.pem --cert' },
    {
      does: 'sign a report of another tool',
      line: 'jux sign report.xml --key key.pem --cert key.crt --output signed.xml',
    },
    { does: 'check it', line: 'jux verify signed.xml --cert key.crt' },
  ],
  exits: EXIT_MEANINGS,
  closing: `Help of a command: jux help verify, or jux verify --help
Documentation: README.md in the package, docs/ in its repository
`,
}
