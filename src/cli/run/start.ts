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
import { leaveMark, RUN_VARIABLE, type RunMark, readMarks } from '../../run-mark.js'
import type { Environment } from '../../system.js'
import { EXIT } from '../exit-codes.js'

const PRELOAD = new URL('./preload.js', import.meta.url)

/** How a command ended. */
export interface Ended {
  readonly code: number
  /** The signal that ended it. */
  readonly signal?: NodeJS.Signals | undefined
  /** Why it could not be started. */
  readonly error?: JuxError | undefined
  /** What its processes said; `undefined` if they had no place to say it. */
  readonly marks?: ReadonlySet<RunMark> | undefined
}

/**
 * Runs a command to its end, with the standard streams and signals of this process.
 *
 * @param addsReporter whether its processes load the module that adds our reporter to a runner
 */
export async function runCommandLine(
  words: readonly string[],
  { cwd, env, addsReporter }: { readonly cwd: string; readonly env: Environment; readonly addsReporter: boolean },
): Promise<Ended> {
  const folder = createFolder()
  if (folder === undefined) return runChild(words, cwd, env)
  try {
    const withFolder = { ...env, [RUN_VARIABLE]: folder }
    const ended = await runChild(words, cwd, addsReporter ? withPreload(withFolder) : withFolder)
    const marks = readMarks(folder)
    // Another `jux run` may have started this one.
    const outer = env[RUN_VARIABLE]
    if (outer !== undefined) for (const mark of marks) leaveMark(outer, mark)
    return { ...ended, marks }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function createFolder(): string | undefined {
  try {
    return mkdtempSync(join(tmpdir(), 'jux-command-'))
  } catch {
    return undefined
  }
}

function withPreload(env: Environment): Environment {
  const flag = `--import=${PRELOAD.href}`
  const given = env.NODE_OPTIONS ?? ''
  // A process whose preloaded module is missing does not start at all.
  if (given.includes(flag) || !existsSync(fileURLToPath(PRELOAD))) return env
  return { ...env, NODE_OPTIONS: `${flag} ${given}`.trim() }
}

function runChild(words: readonly string[], cwd: string, env: Environment): Promise<Ended> {
  const [program = '', ...args] = words
  let call: ProgramCall
  try {
    call = programCall(program, args, { platform: process.platform, env, cwd })
  } catch (cause) {
    return Promise.resolve({ code: EXIT.notExecutable, error: cannotRun(program, cause) })
  }
  return new Promise((settle) => {
    const child = startProgram(call, cwd, env)
    const stop = passSignals((signal) => child.kill(signal))
    child.once('error', (cause) => {
      stop()
      const found = errnoOf(cause) !== 'ENOENT'
      settle({ code: found ? EXIT.notExecutable : EXIT.notFound, error: cannotRun(program, cause) })
    })
    child.once('close', (code, signal) => {
      stop()
      const number = signal === null ? 0 : constants.signals[signal]
      settle({ code: code ?? 128 + number, signal: signal ?? undefined })
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

function cannotRun(program: string, cause: unknown): JuxError {
  const found = errnoOf(cause) !== 'ENOENT'
  const isUnsafe = cause instanceof UnsafeArgumentError
  return new JuxError(found ? 'OPERATION_FAILED' : 'FILE_NOT_FOUND', {
    message: found
      ? `${program} cannot be run (${isUnsafe ? cause.message : (errnoOf(cause) ?? 'unknown error')})`
      : `there is no program ${program}`,
    reason: 'command',
    suggestions: ['npx jux run --submit -- vitest run  # the command comes after two dashes'],
    cause,
  })
}
