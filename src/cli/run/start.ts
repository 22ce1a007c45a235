/**
 * Starts the command of `jux run`, and collects what its processes say about their reporters.
 *
 * @module
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { errnoOf, JuxError } from '../../errors.js'
import { type ProgramCall, programCall, UnsafeArgumentError } from '../../program.js'
import { leaveMark, preloadFlags, RUN_VARIABLE, type RunMark, readMarks } from '../../run-mark.js'
import type { Environment } from '../../system.js'
import { WITNESS_VARIABLE } from '../../witness/protocol.js'
import { EXIT } from '../exit-codes.js'
import { callAs, type OtherAccount } from './account.js'
import type { Witness, WitnessResult } from './witness.js'

/** Longest path of the folder for temporary files, in which a socket can be: 103 bytes less our own names. */
const MAX_PLACE = 70

const PRELOAD = new URL('./preload.js', import.meta.url)

/** How a command ended. */
export interface Ended {
  /** 128 and the number of the signal if a signal ended it. */
  readonly code: number
  readonly signal?: NodeJS.Signals | undefined
  /** Why it could not be started. */
  readonly error?: JuxError | undefined
  /** What its processes said; `undefined` if they had no place to say it. */
  readonly marks?: ReadonlySet<RunMark> | undefined
  /** What became of the results that they handed over. */
  readonly witness?: WitnessResult | undefined
}

/** How a command is run. */
export interface CommandInput {
  readonly cwd: string
  readonly env: Environment
  /** A command line with flags of the same kind, suggested if there is no such program. */
  readonly example: string
  /** Whether its processes load the module that adds our reporter to a runner. */
  readonly addsReporter: boolean
  /** The account that it runs under, if it is another one. */
  readonly account?: OtherAccount | undefined
  /**
   * Starts to listen to its reporters.
   *
   * @param folder private
   */
  readonly listen?: ((folder: string) => Promise<Witness | undefined>) | undefined
}

/** Runs a command to its end, with the standard streams and signals of this process. */
export async function runCommandLine(words: readonly string[], input: CommandInput): Promise<Ended> {
  const { env, addsReporter, listen } = input
  const folder = createFolder()
  if (folder === undefined) return runChild(words, input)
  // A second Ctrl-C while the reports are made must not cost them.
  const release = passSignals(() => {})
  try {
    const witness = await listen?.(folder)
    const withFolder = {
      ...env,
      [RUN_VARIABLE]: folder,
      ...(witness === undefined ? {} : { [WITNESS_VARIABLE]: witness.variable }),
    }
    const ended = await runChild(words, { ...input, env: addsReporter ? withPreload(withFolder) : withFolder })
    const marks = readMarks(folder)
    const { code, signal } = ended
    const end = { exitCode: signal === undefined ? code : undefined, signal }
    const result = await witness?.finish(end)
    // Another `jux run` may have started this one.
    const outer = env[RUN_VARIABLE]
    if (outer !== undefined) for (const mark of marks) leaveMark(outer, mark)
    return { ...ended, marks, witness: result }
  } finally {
    release()
    rmSync(folder, { recursive: true, force: true })
  }
}

function createFolder(): string | undefined {
  // The path of a socket must be short.
  const places =
    process.platform === 'win32' ? [tmpdir()] : [tmpdir(), '/tmp'].filter(({ length }) => length <= MAX_PLACE)
  for (const place of places) {
    try {
      return mkdtempSync(join(place, 'jux-command-'))
    } catch {
      // The next one.
    }
  }
  return undefined
}

function withPreload(env: Environment): Environment {
  const file = fileURLToPath(PRELOAD)
  // A process whose preloaded module is missing does not start at all.
  if (!existsSync(file)) return env
  const added: Record<string, string> = {}
  for (const [name, flag] of Object.entries(preloadFlags(PRELOAD.href, file))) {
    const given = env[name] ?? ''
    added[name] = given.includes(flag) ? given : `${flag} ${given}`.trim()
  }
  return { ...env, ...added }
}

function runChild(words: readonly string[], { cwd, env, account, example }: CommandInput): Promise<Ended> {
  const [program = '', ...args] = words
  let call: ProgramCall
  try {
    call = programCall(program, args, { platform: process.platform, env, cwd })
    if (account !== undefined) call = callAs(account, call)
  } catch (cause) {
    return Promise.resolve({ code: EXIT.notExecutable, error: cannotRun(program, cause, example) })
  }
  return new Promise((settle) => {
    const child = startProgram(call, cwd, env)
    const stop = passSignals((signal) => child.kill(signal))
    child.once('error', (cause) => {
      stop()
      const found = errnoOf(cause) !== 'ENOENT'
      settle({ code: found ? EXIT.notExecutable : EXIT.notFound, error: cannotRun(program, cause, example) })
    })
    child.once('close', (code, signal) => {
      stop()
      settle(signal === null ? { code: code ?? 0 } : { code: 128 + constants.signals[signal], signal })
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

function startProgram({ file, args, windowsVerbatimArguments = false }: ProgramCall, cwd: string, env: Environment) {
  return spawn(file, [...args], { cwd, env: { ...env }, stdio: 'inherit', windowsVerbatimArguments })
}

function cannotRun(program: string, cause: unknown, example: string): JuxError {
  const found = errnoOf(cause) !== 'ENOENT'
  const isUnsafe = cause instanceof UnsafeArgumentError
  return new JuxError(found ? 'OPERATION_FAILED' : 'FILE_NOT_FOUND', {
    message: found
      ? `${program} cannot be run (${isUnsafe ? cause.message : (errnoOf(cause) ?? 'unknown error')})`
      : `there is no program ${program}`,
    reason: 'command',
    suggestions: [`${example}  # the command comes after two dashes`],
    cause,
  })
}
