/**
 * What the reporters of a command and `jux run`, which started it, say to each other: lines of JSON over a socket in a
 * private folder.
 *
 * A reporter sends `hello`, each file when it ends (`module`) and the end of its run (`run`). `jux run` answers `welcome`
 * or `refused`, and `received` when it has the whole run. A process that is exiting can wait for no answer: it writes its
 * `run` to a file beside the socket.
 *
 * @module
 */
import { join } from 'node:path'
import type { ModuleResult, Runner, TestRun } from '../model.js'

/** The variable that tells a reporter where `jux run` listens: `<token>@<path of the socket>`. */
export const WITNESS_VARIABLE = 'JUX_WITNESS'

/** Version of this protocol. It changes when an older reporter could no longer be understood. */
export const PROTOCOL = 1

/** Longest line in bytes: a test file with all its output. */
export const MAX_LINE_BYTES = 256 * 1024 * 1024

/** Settings that are functions. They are called in the process of the runner. */
export const FUNCTION_SETTINGS = ['suiteName', 'className', 'testName', 'properties', 'testProperties'] as const

/** Name of such a setting. */
export type FunctionSetting = (typeof FUNCTION_SETTINGS)[number]

/** Where `jux run` listens, and what proves that a process is one of its own. */
export interface WitnessAddress {
  /** A socket, or a named pipe of Windows. */
  readonly path: string
  readonly token: string
}

/** A reporter begins. */
export interface Hello {
  readonly type: 'hello'
  readonly protocol: number
  /** Version of the package. */
  readonly version: string
  readonly token: string
  readonly runner: Runner
  /** Folder of the run, where its configuration is searched. */
  readonly folder: string
  /** Working folder of the process. */
  readonly cwd: string
  readonly nodeVersion: string
  readonly runtime?: string | undefined
  /** Options of the reporter, without functions. */
  readonly options?: unknown
  /** The options that are functions. */
  readonly functions: readonly FunctionSetting[]
  /** Variables that the command may have changed: settings that are no secrets, and those of task runners. */
  readonly variables: Readonly<Record<string, string>>
  /** Names of the variables with secrets. `jux run` has removed its own, so the command has set them. */
  readonly secrets: readonly string[]
  /** The runner is in watch mode. */
  readonly watch: boolean
}

/** A file that has started, as it is known before its results. */
export type StartedFile = Pick<ModuleResult, 'id' | 'file' | 'folder' | 'project'>

/** A file has started. If its end never comes, the report names it. */
export interface StartMessage {
  readonly type: 'start'
  readonly file: StartedFile
}

/** A file has ended. The first has the index 0, the next 1. */
export interface ModuleMessage {
  readonly type: 'module'
  readonly index: number
  readonly rootDir: string
  readonly module: ModuleResult
}

/** A file of the run: one that was sent before, or all its results. */
export type HandedModule = { readonly sent: number } | { readonly module: ModuleResult }

/** What a function returned, or why it failed. */
export type FunctionResult = { readonly value?: unknown } | { readonly error: string }

/** The results of the functions of the options, by function and argument; see `functionKey`. */
export type FunctionResults = Readonly<Partial<Record<FunctionSetting, Readonly<Record<string, FunctionResult>>>>>

/** The run has ended, or its process is exiting. */
export interface RunMessage {
  readonly type: 'run'
  readonly run: Omit<TestRun, 'modules'>
  readonly modules: readonly HandedModule[]
  readonly results: FunctionResults
}

/** What a reporter says. */
export type ReporterMessage = Hello | StartMessage | ModuleMessage | RunMessage

/** What `jux run` answers. */
export type WitnessMessage =
  | {
      readonly type: 'welcome'
      /** Number of the reporter in this command. */
      readonly id: number
      /** For the file of a process that is exiting. */
      readonly folder: string
      readonly watch: boolean
      readonly verbose: boolean
      /** Whether the tests see no secrets that the command has set. */
      readonly hideSecrets: boolean
      /** False if there is nothing to report. */
      readonly enabled: boolean
    }
  | { readonly type: 'refused'; readonly message: string }
  | { readonly type: 'received' }

/** The value of the variable. */
export function formatAddress({ path, token }: WitnessAddress): string {
  return `${token}@${path}`
}

/** Reads the value of the variable; `undefined` if it is none. */
export function parseAddress(text: string | undefined): WitnessAddress | undefined {
  const [, token, path] = /^([0-9a-f]{32})@(.+)$/s.exec(text ?? '') ?? []
  return token === undefined || path === undefined ? undefined : { token, path }
}

/**
 * The file that a process leaves when it exits.
 *
 * @param folder as in `welcome`
 * @param id as in `welcome`
 */
export function exitFile(folder: string, id: number): string {
  return join(folder, `exit-${id}.json`)
}

/**
 * The file that a process leaves when it fails after the end of its run, which it has handed over.
 *
 * @param folder as in `welcome`
 * @param id as in `welcome`
 */
export function lateFailureFile(folder: string, id: number): string {
  return join(folder, `late-failure-${id}`)
}

/** The argument of a function as a text. */
export function functionKey(argument: unknown): string {
  return JSON.stringify(argument)
}

/** A message as a line. */
export function encodeLine(message: ReporterMessage | WitnessMessage): string {
  return `${JSON.stringify(message)}\n`
}

/** Divides what arrives into lines. */
export class LineReader {
  #parts: Buffer[] = []
  #sizeBytes = 0

  /**
   * Takes the next bytes.
   *
   * @returns the lines that are complete
   * @throws {RangeError} for a line above the limit
   */
  read(bytes: Buffer): readonly string[] {
    const lines: string[] = []
    let start = 0
    for (let end = bytes.indexOf(0x0a); end !== -1; end = bytes.indexOf(0x0a, start)) {
      lines.push(Buffer.concat([...this.#parts, bytes.subarray(start, end)]).toString('utf8'))
      this.#parts = []
      this.#sizeBytes = 0
      start = end + 1
    }
    if (start < bytes.length) {
      this.#parts.push(bytes.subarray(start))
      this.#sizeBytes += bytes.length - start
      if (this.#sizeBytes > MAX_LINE_BYTES) throw new RangeError(`a line has more than ${MAX_LINE_BYTES} bytes`)
    }
    return lines
  }
}
