/**
 * `jux run … -- COMMAND`: runs a test runner with settings from the command line.
 *
 * Runners pass no flags to their reporters. So the flags become `JUX_` variables of the child process, which take
 * precedence over options and files. A runner that it recognizes gets our reporter, too, if its configuration has none.
 *
 * @module
 */
import { closeSync, readFileSync } from 'node:fs'
import { delimiter, dirname, join, resolve } from 'node:path'
import type { Command } from 'commander'
import { type ExaminedConfig, examineConfig, flagProblems } from '../../config/load.js'
import { aboutSetting, isSettingName } from '../../config/table.js'
import { changedFiles, readGit } from '../../enrich/git.js'
import { JuxError, messageOf, printable, toJuxError } from '../../errors.js'
import { SECRET_VARIABLES } from '../../reporters/secret-variables.js'
import { variableName } from '../../setting-source.js'
import { findStoreRoot } from '../../store/paths.js'
import type { Environment, System } from '../../system.js'
import { createPaint, showsColor } from '../../terminal.js'
import { parseAddress, WITNESS_VARIABLE } from '../../witness/protocol.js'
import { type CliContext, createCommand, type Finish } from '../command.js'
import { EXIT } from '../exit-codes.js'
import { collect } from '../flag-values.js'
import type { Manual } from '../manual.js'
import { writeError } from '../output.js'
import { environmentOf, findAccount, type OtherAccount } from '../run/account.js'
import { addFlags, takeJuxFlags, unknownFlag } from '../run/flags.js'
import type { ReportJunit } from '../run/junit-files.js'
import { reportLostRuns } from '../run/lost-runs.js'
import { missingReporter } from '../run/missing-reporter.js'
import { onlyRunner, recognizeRunner } from '../run/recognize.js'
import { type Ended, runCommandLine } from '../run/start.js'
import type { RunWaivers } from '../run/waivers.js'
import { Witness } from '../run/witness.js'
import type { EndedRun } from '../run/witnessed-run.js'

type Flags = Readonly<Record<string, unknown>>

const USAGE = { exitCode: EXIT.usage }
const WAIVERS_HELP =
  'a signed waiver, or a folder with waivers: end with 0 if each failed test has one; may be repeated'
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
    {
      does: 'excuse failed tests that have a signed waiver',
      line: 'jux run --waivers waivers --approver lead.pub.pem -- vitest run',
    },
  ],
  exits: {
    ok: 'the command exited with 0; with --waivers: each failed test has a waiver',
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
  command
    .option('--waivers <path>', WAIVERS_HELP, collect)
    .option('--approver <file>', 'public key of an approver of waivers; may be repeated', collect)
    .option('--user <name>', 'run the command under this account; only root can do that')
    .option('--key-fd <number>', 'read the private key from this file descriptor, 0 for standard input')
  return command.action(async (words: readonly string[]) => {
    const [first = ''] = words
    if (first.startsWith('-')) command.error(unknownFlag(command, first), { exitCode: EXIT.usage })
    const runner = recognizeRunner(words, context.system.cwd)
    const { kept, taken } = runner === undefined ? { kept: words, taken: [] } : takeJuxFlags(command, words)
    const [unknown] = command.parseOptions(taken).unknown
    if (unknown !== undefined) command.error(unknownFlag(command, unknown), { exitCode: EXIT.usage })
    const { junit, waivers, approver, ...flags }: Flags & ListFlags = command.opts()
    const misuse = waiverMisuse({ junit, waivers, approver })
    if (misuse !== undefined) command.error(`error: ${misuse}`, USAGE)
    const [problem] = flagProblems(flags, context.system)
    if (problem !== undefined) command.error(`error: ${problem.message}`, { exitCode: EXIT.usage })
    closeInspector()
    try {
      finish(await runWitnessed(kept, { flags, junit, waivers, approver, context, runner }))
    } catch (error) {
      writeError(context, toJuxError(error))
      finish(EXIT.failed)
    }
  })
}

interface ListFlags {
  readonly junit?: readonly string[] | undefined
  readonly waivers?: readonly string[] | undefined
  readonly approver?: readonly string[] | undefined
}

interface RunInput extends ListFlags {
  readonly flags: Flags
  readonly context: CliContext
  readonly runner: ReturnType<typeof recognizeRunner>
}

async function runWitnessed(words: readonly string[], input: RunInput): Promise<number> {
  const { flags, junit, waivers: paths, approver = [], context, runner } = input
  const { system } = context
  const { cwd } = system
  const account = typeof flags.user === 'string' ? await findAccount(flags.user, system) : undefined
  const whole = childEnvironment(flags, system)
  const keyText = typeof flags.keyFd === 'string' ? readKey(flags.keyFd) : undefined
  const env = keyText === undefined ? whole : { ...whole, JUX_KEY: keyText, JUX_KEY_PATH: undefined }
  const config = examineConfig({ cwd, system: { ...system, env } })
  const { enabled, strict } = config.settings
  const notice = (text: string) => context.err(noticeLine(text, context))
  // The `jux run` that has started this one makes the reports.
  const isInner = parseAddress(system.env[WITNESS_VARIABLE]) !== undefined
  const child = withoutSecrets(env)
  const listens = enabled && !isInner
  if (listens) await reportLostRuns(config, { ...system, env }, notice)
  const reportJunit =
    enabled && junit !== undefined
      ? await expectJunit(junit, config, { ...context, system: { ...system, env } }, account?.uid)
      : undefined
  // Before the command starts, because tests can write files.
  const waivers = paths === undefined ? undefined : await loadWaivers(paths, approver, context)
  const ended = await runCommandLine(words, {
    cwd,
    example: exampleOf(flags, junit),
    env: account === undefined ? child : environmentOf(account, child),
    addsReporter: runner !== undefined && enabled,
    account,
    listen: listens ? (folder) => startWitness(folder, { env, config, context, account, notice }) : undefined,
  })
  const isTaken = !listens || ended.error !== undefined || ended.witness !== undefined
  if (!isTaken && ended.marks === undefined)
    notice('no folder for temporary files can be used, so there is no report; set TMPDIR')
  const isRefused = listens && ended.marks?.has('started') === true && ended.witness?.runs === 0
  if (isRefused) notice('a reporter has started, but its results have not arrived')
  const expectsReporter = enabled && reportJunit === undefined
  const missing = expectsReporter && ended.marks !== undefined ? missingReporter(ended.marks, runner, cwd) : undefined
  const arrived = ended.witness?.runs === ended.witness?.ended.length ? ended.witness?.ended : undefined
  const end =
    waivers === undefined || ended.error !== undefined
      ? ended
      : await excused({ ended, arrived, words, waivers, notice })
  const code = report(end, missing, strict, context)
  const hasLost = (!isTaken || isRefused) && strict && code === EXIT.ok
  return withJunit(hasLost ? EXIT.failed : code, ended, strict, reportJunit)
}

function exampleOf({ submit }: Flags, junit: readonly string[] | undefined): string {
  if (junit !== undefined) return 'npx jux run --junit results.xml -- pytest --junitxml=results.xml'
  return submit === true ? 'npx jux run --submit -- vitest run' : 'npx jux run -- vitest run'
}

interface WitnessStart {
  readonly env: Environment
  readonly config: ExaminedConfig
  readonly context: CliContext
  readonly account: OtherAccount | undefined
  readonly notice: (text: string) => void
}

async function startWitness(
  folder: string,
  { env, config, context, account, notice }: WitnessStart,
): Promise<Witness | undefined> {
  const { system, errIsTerminal } = context
  const git = await readGit(system.cwd, system)
  const write = (text: string) => context.err(text)
  const isOtherUser = account !== undefined
  const spoolRoot = findStoreRoot(config.settings, system)
  const changed = git.root === undefined ? undefined : await changedFiles(git.root, spoolRoot ?? '', system)
  // A repository of that account has no facts for root.
  if (isOtherUser && git.commit === undefined) for (const hint of git.hints) notice(hint)
  try {
    return await Witness.listen(
      folder,
      { env, system, isOtherUser, git, changedFiles: changed, spoolRoot, write, errIsTerminal, notice },
      account,
    )
  } catch (error) {
    notice(`the results cannot be taken, and there will be no signed report: ${messageOf(error)}`)
    return undefined
  }
}

// A signal would open it, and with it the memory of this process. A listener replaces what Node does then.
function closeInspector(): void {
  if (process.platform !== 'win32' && process.listenerCount('SIGUSR1') === 0) process.on('SIGUSR1', () => {})
}

// The descriptor is closed, so that no process of the command inherits it.
function readKey(text: string): string {
  const descriptor = Number(text)
  try {
    if (!/^\d{1,4}$/.test(text)) throw new Error('it is not a number')
    const key = readFileSync(descriptor, 'utf8')
    if (descriptor > 2) closeSync(descriptor)
    return key
  } catch (cause) {
    throw new JuxError('INVALID_ARGUMENT', {
      message: `the private key cannot be read from the file descriptor ${text}: ${messageOf(cause)}`,
      suggestions: ['npx jux run --key-fd 0 -- npm test < key.pem'],
      reason: 'descriptor',
      cause,
    })
  }
}

function withoutSecrets(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !SECRET_VARIABLES.includes(name)))
}

// The code of a command that failed is its own.
function report(
  { code, error, witness }: Ended,
  missing: string | undefined,
  strict: boolean,
  context: CliContext,
): number {
  if (error !== undefined) {
    writeError(context, error)
    return code
  }
  if (missing !== undefined) context.err(noticeLine(missing, context))
  const hasFailed = (missing !== undefined && strict) || witness?.strictError !== undefined
  return hasFailed && code === EXIT.ok ? EXIT.failed : code
}

interface Excusing {
  readonly ended: Ended
  /** The runs, if the results of all reporters have arrived. */
  readonly arrived: readonly EndedRun[] | undefined
  readonly words: readonly string[]
  readonly waivers: RunWaivers
  readonly notice: (text: string) => void
}

// The command as it counts: waivers may excuse its failure.
async function excused({ ended, arrived, words, waivers, notice }: Excusing): Promise<Ended> {
  for (const problem of waivers.problems) notice(problem)
  const { code, signal } = ended
  if (code === EXIT.ok) return ended
  const { excuse } = await import('../gate-commands.js')
  const end = signal === undefined ? { exitCode: code } : { signal }
  const result = excuse({ end, runner: onlyRunner(words), runs: arrived }, waivers)
  if ('reason' in result) {
    notice(`the waivers do not apply: ${result.reason}`)
    return ended
  }
  for (const { test, waiver } of result.waived) {
    notice(`waived: ${test} until ${waiver.expires}: ${waiver.reason} (${waiver.owner})`)
  }
  const then = ended.witness?.strictError === undefined ? ', so jux run ends with 0' : ''
  notice(`each failed test has a waiver${then}; the exit code of the command was ${code}`)
  return { ...ended, code: EXIT.ok }
}

// Loaded for those who use it: the command must start at once.
async function loadWaivers(...args: Parameters<typeof import('../gate-commands.js').loadRunWaivers>) {
  return (await import('../gate-commands.js')).loadRunWaivers(...args)
}

function waiverMisuse({ junit, waivers, approver }: ListFlags): string | undefined {
  if (waivers === undefined) return approver === undefined ? undefined : '--approver needs --waivers'
  if (approver === undefined) return '--waivers needs --approver, the public key of who may sign them'
  return junit === undefined ? undefined : '--waivers cannot be used with --junit'
}

function noticeLine(text: string, { system, errIsTerminal }: CliContext): string {
  const paint = createPaint(showsColor(system.env, errIsTerminal))
  return `${paint.strong('  jux')}  ${printable(text)}\n`
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
