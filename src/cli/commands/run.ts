/**
 * `jux run … -- COMMAND`: runs a test runner with settings from the command line.
 *
 * Runners pass no flags to their reporters. So the flags become `JUX_` variables of the child process, which take
 * precedence over options and files.
 *
 * @module
 */
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { flagProblems } from '../../config/load.js'
import { aboutSetting, isSettingName, plainAbout, SETTING_NAMES, type SettingName } from '../../config/table.js'
import { errnoOf, JuxError } from '../../errors.js'
import { flagName, variableName } from '../../setting-source.js'
import type { Environment, System } from '../../system.js'
import { type CliContext, createCommand, type Finish } from '../command.js'
import { EXIT } from '../exit-codes.js'
import type { Manual } from '../manual.js'
import { writeError } from '../output.js'

type Flags = Readonly<Record<string, unknown>>

/** See `CommandModule`. */
export const manual: Manual = {
  examples: [
    { does: 'store the report, and send it', line: 'jux run --storage-mode both --project shop -- vitest run' },
    { does: 'see what would be sent', line: 'jux run --submit --dry-run -- jest' },
  ],
  exits: {
    ok: 'the command exited with 0',
    notExecutable: 'the command exists but cannot be run',
    notFound: 'there is no such command',
  },
  exitNote: "any other code is the command's own; 128 and the signal's number if a signal ended it",
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
  for (const setting of SETTING_NAMES) addFlag(command, setting)
  return command.action(async (words: readonly string[], flags: Flags) => {
    const [problem] = flagProblems(flags, context.system)
    if (problem !== undefined) command.error(`error: ${problem.message}`, { exitCode: EXIT.usage })
    finish(await runChild(words, childEnvironment(flags, context.system), context))
  })
}

// All users of a machine can read secrets on a command line. Structured values cannot be written there.
function addFlag(command: Command, setting: SettingName): void {
  const { secret, structured, flag, words, path } = aboutSetting(setting)
  if (secret || structured) return
  const name = flagName(setting)
  if (flag) command.option(name, plainAbout(setting)).option(name.replace('--', '--no-'), `the opposite of ${name}`)
  else {
    const option = new Option(`${name} <${path ? 'path' : 'value'}>`, plainAbout(setting))
    // For help and completions only: the setting may accept other spellings too.
    if (words.length > 0) option.argChoices = [...words]
    command.addOption(option)
  }
}

function childEnvironment(flags: Flags, system: System): Environment {
  const env: Record<string, string | undefined> = { ...system.env }
  for (const [name, value] of Object.entries(flags)) {
    if (value === undefined || !isSettingName(name)) continue
    // Another spelling of the same setting must not contradict the flag.
    const { aliases, oppositeVariable } = aboutSetting(name)
    for (const alias of aliases) env[variableName(alias)] = undefined
    if (oppositeVariable !== undefined) env[oppositeVariable] = undefined
    env[variableName(name)] = String(value)
  }
  env.PATH = [...binFolders(system.cwd), system.env.PATH ?? ''].join(delimiter)
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

function runChild(words: readonly string[], env: Environment, context: CliContext): Promise<number> {
  const [program = '', ...args] = words
  return new Promise((settle) => {
    const child = spawn(program, args, { cwd: context.system.cwd, env: { ...env }, stdio: 'inherit' })
    const stop = passSignals((signal) => child.kill(signal))
    child.once('error', (cause) => {
      stop()
      const found = errnoOf(cause) !== 'ENOENT'
      writeError(context, cannotRun(program, found, cause))
      settle(found ? EXIT.notExecutable : EXIT.notFound)
    })
    child.once('close', (code, signal) => {
      stop()
      settle(code ?? 128 + (signal === null ? 0 : constants.signals[signal]))
    })
  })
}

// On a terminal the child gets Ctrl-C from the terminal. A second signal from us would force it to stop.
function passSignals(pass: (signal: NodeJS.Signals) => void): () => void {
  const signals: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP']
  const listener = (signal: NodeJS.Signals) => {
    const fromTerminal = process.stdin.isTTY === true && (signal === 'SIGINT' || signal === 'SIGQUIT')
    if (!fromTerminal) pass(signal)
  }
  for (const signal of signals) process.on(signal, listener)
  return () => {
    for (const signal of signals) process.off(signal, listener)
  }
}

function cannotRun(program: string, found: boolean, cause: unknown): JuxError {
  return new JuxError(found ? 'OPERATION_FAILED' : 'FILE_NOT_FOUND', {
    message: found
      ? `${program} cannot be run (${errnoOf(cause) ?? 'unknown error'})`
      : `there is no program ${program}`,
    reason: 'command',
    suggestions: [
      'npx jux run --submit -- vitest run  # the command comes after two dashes',
      'npx jux run -- node node_modules/vitest/vitest.mjs run  # on Windows, where a script must be named',
    ],
    cause,
  })
}
