/**
 * `jux run … -- COMMAND`: runs a test runner with settings from the command line.
 *
 * Runners pass no flags to their reporters. So the flags become `JUX_` variables of the child process, which take
 * precedence over options and files. A runner that it recognizes gets our reporter, too, if its configuration has none.
 *
 * @module
 */
import { delimiter, dirname, join, resolve } from 'node:path'
import type { Command } from 'commander'
import { examineConfig, flagProblems } from '../../config/load.js'
import { aboutSetting, isSettingName } from '../../config/table.js'
import { printable } from '../../errors.js'
import { variableName } from '../../setting-source.js'
import type { Environment, System } from '../../system.js'
import { createPaint, showsColor } from '../../terminal.js'
import { type CliContext, createCommand, type Finish } from '../command.js'
import { EXIT } from '../exit-codes.js'
import type { Manual } from '../manual.js'
import { writeError } from '../output.js'
import { addFlags, takeJuxFlags, unknownFlag } from '../run/flags.js'
import type { ReportJunit } from '../run/junit-files.js'
import { missingReporter } from '../run/missing-reporter.js'
import { recognizeRunner } from '../run/recognize.js'
import { type Ended, runCommandLine } from '../run/start.js'

type Flags = Readonly<Record<string, unknown>>

const USAGE = { exitCode: EXIT.usage }
const JUNIT_HELP =
  'a JUnit file that the command writes, a folder or a pattern: a report is made of each file; may be repeated'

/** See `CommandModule`. */
export const manual: Manual = {
  examples: [
    { does: 'store the report, and send it', line: 'jux run --storage-mode both --project shop -- vitest run' },
    { does: 'see what would be sent', line: 'jux run --submit --dry-run -- jest' },
    { does: 'run a script of package.json', line: 'jux run --submit -- npm test' },
    {
      does: 'report the results of another tool',
      line: 'jux run --junit results.xml -- pytest --junitxml=results.xml',
    },
  ],
  exits: {
    ok: 'the command exited with 0',
    failed: 'with --strict: the command exited with 0, but there is no report of its run',
    notExecutable: 'the command exists but cannot be run',
    notFound: 'there is no such command',
  },
  exitNote: "any other code is the command's own; 128 and the signal's number if a signal ended it",
  closing: `Every flag may be written as in pytest-jux, too: --jux-submit, --jux-project NAME, --no-jux-strict.
--key and --cert are the same as --key-path and --cert-path.
`,
}

/** See `CommandModule`. */
export function create(context: CliContext, finish: Finish): Command {
  const command = createCommand(
    'run',
    'Run a test command with settings from the command line, which override all others.',
    context,
  )
    .usage('[flags] -- <command> [arguments]')
    .argument('<command...>', 'the test runner and its arguments, started without a shell')
    .passThroughOptions()
    // An unknown flag arrives as the first word of the command.
    .allowUnknownOption()
  addFlags(command)
  addJunitFlag(command)
  return command.action(async (words: readonly string[]) => {
    const [first = ''] = words
    if (first.startsWith('-')) command.error(unknownFlag(command, first), { exitCode: EXIT.usage })
    const runner = recognizeRunner(words, context.system.cwd)
    const { kept, taken } = runner === undefined ? { kept: words, taken: [] } : takeJuxFlags(command, words)
    const [unknown] = command.parseOptions(taken).unknown
    if (unknown !== undefined) command.error(unknownFlag(command, unknown), { exitCode: EXIT.usage })
    const { junit, ...flags }: Flags & { junit?: readonly string[] } = command.opts()
    const [problem] = flagProblems(flags, context.system)
    if (problem !== undefined) command.error(`error: ${problem.message}`, { exitCode: EXIT.usage })
    const { cwd } = context.system
    const config = examineConfig({ flags, cwd, system: context.system })
    const { enabled, strict } = config.settings
    const env = childEnvironment(flags, context.system)
    const reportJunit = enabled && junit !== undefined ? await expectJunit(junit, config, context) : undefined
    const ended = await runCommandLine(kept, { cwd, env, addsReporter: runner !== undefined && enabled })
    const expectsReporter = enabled && reportJunit === undefined
    const notice = expectsReporter && ended.marks !== undefined ? missingReporter(ended.marks, runner, cwd) : undefined
    const code = report(ended, notice, strict, context)
    finish(await withJunit(code, ended, strict, reportJunit))
  })
}

// The code of a command that failed is its own.
function report({ code, error }: Ended, notice: string | undefined, strict: boolean, context: CliContext): number {
  if (error !== undefined) {
    writeError(context, error)
    return code
  }
  if (notice === undefined) return code
  const paint = createPaint(showsColor(context.system.env, context.errIsTerminal))
  context.err(`${paint.strong('  jux')}  ${printable(notice)}\n`)
  return strict && code === EXIT.ok ? EXIT.failed : code
}

function addJunitFlag(command: Command): void {
  command.option('--junit <pattern>', JUNIT_HELP, (pattern: string, others: readonly string[] | undefined) => {
    if (pattern === '' || pattern === '-') command.error('error: --junit needs a file, a folder or a pattern', USAGE)
    return [...(others ?? []), pattern]
  })
}

// Loaded for those who use it: the command must start at once.
async function expectJunit(...args: Parameters<typeof import('../run/junit-files.js').expectJunitFiles>) {
  return (await import('../run/junit-files.js')).expectJunitFiles(...args)
}

// A program that could not be started has written nothing.
async function withJunit(
  code: number,
  { code: ended, signal, error }: Ended,
  strict: boolean,
  reportJunit: ReportJunit | undefined,
): Promise<number> {
  if (reportJunit === undefined || error !== undefined) return code
  const isComplete = await reportJunit(signal === undefined ? { exitCode: ended } : { signal })
  return strict && !isComplete && code === EXIT.ok ? EXIT.failed : code
}

function childEnvironment(flags: Flags, system: System): Environment {
  const env: Record<string, string | undefined> = { ...system.env }
  const written: string[] = []
  for (const [name, value] of Object.entries(flags)) {
    if (value === undefined || !isSettingName(name)) continue
    // Another spelling of the same setting must not contradict the flag.
    const { aliases, oppositeVariable } = aboutSetting(name)
    for (const alias of aliases) env[variableName(alias)] = undefined
    if (oppositeVariable !== undefined) env[oppositeVariable] = undefined
    env[variableName(name)] = String(value)
    written.push(variableName(name))
  }
  env.JUX_RUN_FLAGS = written.length === 0 ? undefined : written.join(',')
  const path = [...binFolders(system.cwd), system.env.PATH ?? ''].join(delimiter)
  // Windows writes it `Path`, and a copy of the environment distinguishes case.
  if (system.platform === 'win32') for (const name of Object.keys(env)) if (/^path$/i.test(name)) delete env[name]
  env.PATH = path
  return env
}

// Programs of the project's dependencies are found by name, as with package managers.
function binFolders(cwd: string): string[] {
  const folders: string[] = []
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    folders.push(join(folder, 'node_modules', '.bin'))
    if (dirname(folder) === folder) return folders
  }
}
