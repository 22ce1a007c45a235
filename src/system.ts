/**
 * The outside world, as one argument.
 *
 * The core takes values; whatever needs a clock, the environment, a folder or another program takes a `System`,
 * built once by a reporter or by the command line.
 *
 * @module
 */
import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdirSync, statSync } from 'node:fs'
import { homedir, hostname, release, userInfo } from 'node:os'
import { dirname, isAbsolute, join, relative } from 'node:path'
import { clearTimeout, setTimeout } from 'node:timers'
import { setTimeout as delay } from 'node:timers/promises'
import envPaths from 'env-paths'

// Taken now, so that a test's fake timers do not reach us later.
const startTimer = setTimeout
const stopTimer = clearTimeout

// env-paths keeps the home it sees when it is imported, which is now.
const HOME_OF_ENV_PATHS = homedir()

/** Environment variables; an absent one is `undefined`. */
export type Environment = Readonly<Record<string, string | undefined>>

/** How to run another program. */
export interface ExecOptions {
  /** Working folder; the system's own when absent. */
  readonly cwd?: string
  /** Kills the program after this long. */
  readonly timeoutMs?: number
  /** Variables set beside the inherited ones. */
  readonly env?: Environment
}

/** Clock, environment, platform, folders, other programs. */
export interface System {
  now(): Date
  /** Milliseconds on a clock that never jumps. */
  monotonicMs(): number
  readonly env: Environment
  readonly platform: NodeJS.Platform
  readonly arch: string
  /** Kernel release, for example `6.1.0-18-amd64`. */
  readonly osRelease: string
  readonly homeDir: string
  /** The platform's folder for data of the Jux tools, as env-paths names it. */
  readonly dataDir: string
  readonly cwd: string
  readonly hostname: string
  /** Login name; `undefined` where the process's uid has none (containers). */
  readonly username: string | undefined
  /** Numeric user id; `undefined` on Windows. */
  readonly uid: number | undefined
  readonly pid: number
  /** Without the leading `v`. */
  readonly nodeVersion: string
  uuid(): string
  /** Runs a program without a shell; resolves to stdout, trimmed at its end; rejects on a non-zero exit or a timeout. */
  exec(command: string, args: readonly string[], options?: ExecOptions): Promise<string>
  sleep(ms: number): Promise<void>
  /** Calls back once after `ms` milliseconds, unless the function that it returns is called before. */
  after(ms: number, action: () => void): () => void
}

/** The world as it is. Captures timers and clock now, so that a test's fake timers do not reach us later. */
export function realSystem(): System {
  const realDate = Date
  const monotonic = performance.now.bind(performance)
  return {
    now: () => new realDate(),
    monotonicMs: () => monotonic(),
    env: process.env,
    platform: process.platform,
    arch: process.arch,
    osRelease: release(),
    homeDir: homedir(),
    dataDir: dataDirOf(homedir()),
    cwd: process.cwd(),
    hostname: hostname(),
    username: loginName(),
    uid: process.getuid?.(),
    pid: process.pid,
    nodeVersion: process.versions.node,
    uuid: () => randomUUID(),
    exec: run,
    sleep: (ms) => delay(ms),
    after: (ms, action) => {
      const timer = startTimer(action, ms)
      return () => stopTimer(timer)
    },
  }
}

// A home that was changed since (HOME in a test) counts; a relative XDG_DATA_HOME does not (XDG base directories, "must be absolute").
function dataDirOf(home: string): string {
  const named = envPaths('jux', { suffix: '' }).data
  if (!isAbsolute(named)) return join(home, '.local', 'share', 'jux')
  const asked = process.platform === 'win32' ? process.env.LOCALAPPDATA : process.env.XDG_DATA_HOME
  if (asked && named.startsWith(asked)) return named
  return join(home, relative(HOME_OF_ENV_PATHS, named))
}

/**
 * Makes a folder and the missing ones above it.
 *
 * Not by mkdir's own `recursive`: Node 20 answers ENOENT for whatever the reason was, and never comes back from a place that
 * says ENOENT itself, as /proc does.
 *
 * @returns the folders that were made, outermost first
 * @throws the system's error, whose `path` is the folder that cannot be made
 */
export function makeFolders(folder: string, mode: number): string[] {
  if (isFolder(folder)) return []
  const parent = dirname(folder)
  const made = parent === folder ? [] : makeFolders(parent, mode)
  try {
    mkdirSync(folder, { mode })
  } catch (error) {
    // Another process was faster.
    if (isFolder(folder)) return made
    throw error
  }
  return [...made, folder]
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    // What it is not, mkdir will say.
    return false
  }
}

// userInfo throws ENOENT when the uid has no passwd entry, as in many containers.
function loginName(): string | undefined {
  try {
    return userInfo().username
  } catch {
    return process.env.USER ?? process.env.LOGNAME ?? process.env.USERNAME
  }
}

const MAX_OUTPUT_BYTES = 16 * 1024 * 1024
/** The longest time that a timer can wait. */
const NO_TIMEOUT_MS = 2 ** 31 - 1

function run(command: string, args: readonly string[], options: ExecOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      command,
      args,
      {
        cwd: options.cwd,
        env: { ...process.env, ...options.env },
        maxBuffer: MAX_OUTPUT_BYTES,
        windowsHide: true,
      },
      (error, stdout) => {
        stopTimer(timer)
        if (error) reject(error)
        else resolve(stdout.trimEnd())
      },
    )
    // A program that leaves children behind keeps its pipes open: waiting for their end would outlast the timeout.
    const timer = startTimer(() => {
      child.kill('SIGKILL')
      child.stdout?.destroy()
      child.stderr?.destroy()
      child.unref()
      reject(new Error(`${command} took longer than ${options.timeoutMs} ms`))
    }, options.timeoutMs ?? NO_TIMEOUT_MS)
  })
}
