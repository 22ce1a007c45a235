// biome-ignore-all assist/source/organizeImports: home.js prepares the import of env-paths in platform-folders.js.
/**
 * Clock, environment, platform and other programs, as one argument.
 *
 * Pure functions take values. A function that needs the clock, the environment, a folder or another program takes a
 * `System`, which a reporter or the command line creates once.
 *
 * @module
 */
import { randomUUID } from 'node:crypto'
import { createRequire } from 'node:module'
import { hostname, release, userInfo } from 'node:os'
import { isAbsolute, join, relative } from 'node:path'
import { clearTimeout, setTimeout } from 'node:timers'
import { setTimeout as delay } from 'node:timers/promises'
import { forgetHomeOfEnvPaths, HOME_OF_ENV_PATHS, homeFolder } from './home.js'
import { envPaths } from './platform-folders.js'
import { programCall } from './program.js'

// Captured now: tests may install fake timers later.
const startTimer = setTimeout
const stopTimer = clearTimeout

forgetHomeOfEnvPaths()

/** Environment variables. */
export type Environment = Readonly<Record<string, string | undefined>>

/** Options of `System.exec`. */
export interface ExecOptions {
  /** Working folder; default: that of this process. */
  readonly cwd?: string | undefined
  /** The program is killed after this time. */
  readonly timeoutMs?: number | undefined
  /** Variables in addition to the inherited ones. */
  readonly env?: Environment | undefined
}

/** The machine and the process, as the program sees them. */
export interface System {
  now(): Date
  /** Milliseconds on a clock that never jumps. */
  monotonicMs(): number
  readonly env: Environment
  readonly platform: NodeJS.Platform
  readonly arch: string
  /** Kernel release, for example `6.1.0-18-amd64`. */
  readonly osRelease: string
  /** Absolute; `undefined` where the user has none (containers). */
  readonly homeDir: string | undefined
  /** The platform's data folder of the Jux tools, from env-paths; `undefined` if it would be in a missing home folder. */
  readonly dataDir: string | undefined
  readonly cwd: string
  readonly hostname: string
  /** Login name; `undefined` where the uid of the process has none (containers). */
  readonly username: string | undefined
  /** Numeric user id; `undefined` on Windows. */
  readonly uid: number | undefined
  readonly pid: number
  /** Without the leading `v`. */
  readonly nodeVersion: string
  /** `bun 1.3.0`, `deno 2.5.0`; absent in Node, whose version the others only imitate. */
  readonly runtime?: string | undefined
  uuid(): string
  /**
   * Runs a program without a shell. Resolves to stdout, trimmed at its end; rejects on a non-zero exit code or a
   * timeout.
   */
  exec(command: string, args: readonly string[], options?: ExecOptions): Promise<string>
  sleep(ms: number): Promise<void>
  /** Calls `action` once after `ms` milliseconds. The returned function cancels the call. */
  after(ms: number, action: () => void): () => void
}

/** Creates the `System` of this process. Captures timers and clock now: tests may install fake ones later. */
export function realSystem(): System {
  const realDate = Date
  const monotonic = performance.now.bind(performance)
  const homeDir = homeFolder()
  return {
    now: () => new realDate(),
    monotonicMs: () => monotonic(),
    env: process.env,
    platform: process.platform,
    arch: process.arch,
    // Asked when needed: Deno has a permission for each, and few commands need them.
    get osRelease() {
      return release()
    },
    homeDir,
    dataDir: dataDirOf(homeDir),
    cwd: process.cwd(),
    get hostname() {
      return hostname()
    },
    get username() {
      return loginName()
    },
    get uid() {
      return process.getuid?.()
    },
    pid: process.pid,
    nodeVersion: process.versions.node,
    runtime: otherRuntime(process.versions),
    uuid: () => randomUUID(),
    exec: runProgram,
    sleep: (ms) => delay(ms),
    after: (ms, action) => {
      const timer = startTimer(action, ms)
      return () => stopTimer(timer)
    },
  }
}

// A home that was changed since the import (HOME in a test) is used. A relative folder in a variable is not (XDG base
// directories: "must be absolute").
function dataDirOf(home: string | undefined): string | undefined {
  const isWindows = process.platform === 'win32'
  const named = envPaths('jux', { suffix: '' }).data
  const fromEnv = isWindows ? process.env.LOCALAPPDATA : process.env.XDG_DATA_HOME
  if (isAbsolute(named) && fromEnv && named.startsWith(fromEnv)) return named
  if (home === undefined) return undefined
  if (isAbsolute(named)) return join(home, relative(HOME_OF_ENV_PATHS, named))
  return isWindows ? join(home, 'AppData', 'Local', 'jux', 'Data') : join(home, '.local', 'share', 'jux')
}

// userInfo throws ENOENT when the uid has no passwd entry, as in many containers. Bun does not look there at all: without
// the variable USER it calls every user "unknown".
function loginName(): string | undefined {
  try {
    if (process.versions.bun === undefined) return userInfo().username
  } catch {
    // The variables may have the name.
  }
  return process.env.USER ?? process.env.LOGNAME ?? process.env.USERNAME
}

function otherRuntime(versions: Readonly<Record<string, string | undefined>>): string | undefined {
  const name = ['bun', 'deno'].find((candidate) => versions[candidate] !== undefined)
  return name === undefined ? undefined : `${name} ${versions[name]}`
}

const MAX_OUTPUT_BYTES = 16 * 1024 * 1024
/** The longest time a timer can wait. */
const NO_TIMEOUT_MS = 2 ** 31 - 1

function runProgram(command: string, args: readonly string[], options: ExecOptions = {}): Promise<string> {
  // Only now: loading it takes several milliseconds of each command, and few run other programs.
  const { execFile }: typeof import('node:child_process') = createRequire(import.meta.url)('node:child_process')
  return new Promise((resolve, reject) => {
    const env = { ...process.env, ...options.env }
    const call = programCall(command, args, { platform: process.platform, env, cwd: options.cwd ?? process.cwd() })
    const child = execFile(
      call.file,
      call.args,
      {
        cwd: options.cwd,
        env,
        maxBuffer: MAX_OUTPUT_BYTES,
        windowsHide: true,
        windowsVerbatimArguments: call.windowsVerbatimArguments === true,
      },
      (error, stdout) => {
        stopTimer(timer)
        if (error) reject(error)
        else resolve(stdout.trimEnd())
      },
    )
    // Child processes of the program may keep its pipes open, so waiting for the close of the pipes could exceed the
    // timeout.
    const timer = startTimer(() => {
      child.kill('SIGKILL')
      child.stdout?.destroy()
      child.stderr?.destroy()
      child.unref()
      reject(new Error(`${command} took longer than ${options.timeoutMs} ms`))
    }, options.timeoutMs ?? NO_TIMEOUT_MS)
  })
}
