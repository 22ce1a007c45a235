/**
 * The session of a reporter whose command was started by `jux run`: it hands the results over, and signs, stores and
 * submits nothing.
 *
 * @module
 */
import { writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { clearTimeout, setTimeout } from 'node:timers'
import { errnoOf, messageOf, printable } from '../errors.js'
import { withFewTests } from '../gather/few-tests.js'
import type { ModuleResult, Runner } from '../model.js'
import type { System } from '../system.js'
import { createPaint, showsColor } from '../terminal.js'
import { packageVersion } from '../version.js'
import {
  encodeLine,
  exitFile,
  FUNCTION_SETTINGS,
  type FunctionSetting,
  type HandedModule,
  type Hello,
  LineReader,
  lateFailureFile,
  PROTOCOL,
  type ReporterMessage,
  type RunMessage,
  type StartedFile,
  type WitnessAddress,
  type WitnessMessage,
} from '../witness/protocol.js'
import type { FunctionCalls } from './function-calls.js'
import { hideSecrets, SECRET_VARIABLES, withHiddenSecrets } from './secret-variables.js'
import type { GatherRun, Session, SessionInput } from './session-interface.js'

/** How long an answer may take. */
const ANSWER_TIMEOUT_MS = 30_000

/** Variables of programs that start runners, from which the report names the task, or which want no report. */
const TASK_VARIABLES = /^(?:STRYKER_MUTATOR_WORKER|TURBO_HASH|NX_TASK_\w+|npm_package_name|npm_lifecycle_event)$/

// Captured now: tests may install fake timers later.
const startTimer = setTimeout
const stopTimer = clearTimeout

/**
 * Connects to `jux run`. Never rejects.
 *
 * @returns `undefined` if it cannot be reached: the process then makes the report itself
 */
export async function connectToWitness(
  input: SessionInput,
  runner: Runner,
  address: WitnessAddress,
): Promise<Session | undefined> {
  const plain = plainOptions(input.options)
  // Options that cannot be sent are a mistake, which the session of this process reports.
  if (plain === undefined) return undefined
  const { functions, options } = plain
  const link = new Link(address.path)
  try {
    const calls = functions.length === 0 ? undefined : await functionCalls(input)
    const hello: Hello = {
      type: 'hello',
      protocol: PROTOCOL,
      version: packageVersion(),
      token: address.token,
      runner,
      folder: input.cwd,
      cwd: input.system.cwd,
      nodeVersion: input.system.nodeVersion,
      runtime: input.system.runtime,
      options,
      functions,
      variables: variablesOf(input.system),
      watch: input.isWatching === true,
      secrets: SECRET_VARIABLES.filter((name) => input.system.env[name]),
    }
    link.send(hello)
    const answer = await link.answer()
    if (answer.type === 'welcome') {
      if (answer.hideSecrets) hideSecrets(withHiddenSecrets(input.system))
      return new HandOver(link, answer, input, calls)
    }
    write(input, `no report of this run: ${answer.type === 'refused' ? answer.message : 'jux run did not take it'}`)
    return NO_SESSION
  } catch (error) {
    const reason = errnoOf(error) ?? messageOf(error)
    write(input, `jux run cannot be reached (${reason}), so this process makes the report`)
    return undefined
  }
}

const NO_SESSION: Session = {
  settings: undefined,
  renderEarly: () => undefined,
  finish: () => Promise.resolve(),
  flush: () => {},
  strictError: () => undefined,
}

type Welcome = Extract<WitnessMessage, { type: 'welcome' }>

/** Hands over the runs of one reporter. */
class HandOver implements Session {
  readonly settings: Session['settings']
  readonly #link: Link
  readonly #welcome: Welcome
  readonly #input: SessionInput
  readonly #calls: FunctionCalls | undefined
  /** The files that were sent, by what goes into the run instead. */
  #sent = new Map<ModuleResult, number>()
  /** Files that the system has not taken yet. */
  readonly #pending = new Map<number, ModuleResult>()
  #count = 0
  #finishing: Promise<void> | undefined

  constructor(link: Link, welcome: Welcome, input: SessionInput, calls: FunctionCalls | undefined) {
    this.#link = link
    this.#welcome = welcome
    this.#input = input
    this.#calls = calls
    this.settings = welcome.enabled ? { watch: welcome.watch, verbose: welcome.verbose } : undefined
  }

  fileStarted(file: StartedFile): void {
    if (this.settings !== undefined) this.#link.send({ type: 'start', file })
  }

  renderEarly(module: ModuleResult, rootDir: string): ModuleResult | undefined {
    if (this.settings === undefined) return undefined
    const index = this.#count
    this.#count += 1
    const rest = withFewTests(module)
    this.#sent.set(rest, index)
    this.#pending.set(index, module)
    this.#link.send({ type: 'module', index, rootDir, module }, () => this.#pending.delete(index))
    return rest
  }

  finish(gather: GatherRun): Promise<void> {
    this.#finishing ??= this.#finish(gather).finally(() => {
      this.#finishing = undefined
      this.#sent = new Map()
    })
    return this.#finishing
  }

  flush(gather: GatherRun): void {
    if (this.settings === undefined) return
    try {
      const message = this.#message(gather, this.#pending)
      writeFileSync(exitFile(this.#welcome.folder, this.#welcome.id), JSON.stringify(message), { mode: 0o600 })
    } catch (error) {
      this.#complain(error)
    }
  }

  failedLate(): void {
    if (this.settings === undefined) return
    try {
      writeFileSync(lateFailureFile(this.#welcome.folder, this.#welcome.id), '', { mode: 0o600 })
    } catch (error) {
      this.#complain(error)
    }
  }

  // Only `jux run` knows whether the run fails because of its report.
  strictError(): undefined {
    return undefined
  }

  async #finish(gather: GatherRun): Promise<void> {
    if (this.settings === undefined) return
    try {
      this.#link.send(this.#message(gather, new Map()))
      await this.#link.answer()
    } catch (error) {
      this.#complain(error)
    }
  }

  #message(gather: GatherRun, pending: ReadonlyMap<number, ModuleResult>): RunMessage {
    // The functions are called with the whole run.
    const results = this.#calls?.(gather()) ?? {}
    const { modules, ...run } = gather((module) => this.#sent.has(module))
    const handed = modules.map((module): HandedModule => {
      const sent = this.#sent.get(module)
      if (sent === undefined) return { module }
      const late = pending.get(sent)
      return late === undefined ? { sent } : { module: late }
    })
    return { type: 'run', run, modules: handed, results }
  }

  #complain(error: unknown): void {
    const what = 'jux run did not take the results; if it was killed, the next jux command reports those that it has'
    write(this.#input, `${what} (${errnoOf(error) ?? messageOf(error)})`)
  }
}

/** The connection. It keeps no process alive, except while it waits for an answer. */
class Link {
  readonly #socket: Socket
  readonly #reader = new LineReader()
  readonly #answers: WitnessMessage[] = []
  #waiting: { readonly take: (answer: WitnessMessage) => void; readonly fail: (error: unknown) => void } | undefined
  #error: unknown

  constructor(path: string) {
    this.#socket = connect(path)
    this.#socket.on('data', (bytes) => this.#receive(bytes))
    this.#socket.on('error', (error) => this.#end(error))
    this.#socket.on('close', () => this.#end(new Error('it has ended')))
    this.#socket.unref()
  }

  send(message: ReporterMessage, taken?: () => void): void {
    this.#socket.write(encodeLine(message), (error) => {
      if (!error) taken?.()
    })
  }

  answer(): Promise<WitnessMessage> {
    return new Promise((resolve, reject) => {
      const timer = startTimer(() => reject(new Error('it does not answer')), ANSWER_TIMEOUT_MS)
      const done = () => {
        stopTimer(timer)
        this.#waiting = undefined
        this.#socket.unref()
      }
      const take = (answer: WitnessMessage) => {
        done()
        resolve(answer)
      }
      const fail = (error: unknown) => {
        done()
        reject(error)
      }
      const known = this.#answers.shift()
      if (known !== undefined) take(known)
      else if (this.#error !== undefined) fail(this.#error)
      else {
        this.#socket.ref()
        this.#waiting = { take, fail }
      }
    })
  }

  #receive(bytes: Buffer): void {
    try {
      for (const line of this.#reader.read(bytes)) {
        const answer = readAnswer(line)
        if (this.#waiting === undefined) this.#answers.push(answer)
        else this.#waiting.take(answer)
      }
    } catch (error) {
      this.#end(error)
      this.#socket.destroy()
    }
  }

  #end(error: unknown): void {
    this.#error ??= error
    this.#waiting?.fail(error)
  }
}

function readAnswer(line: string): WitnessMessage {
  const value: unknown = JSON.parse(line)
  if (isAnswer(value)) return value
  throw new Error('it answers in another language')
}

function isAnswer(value: unknown): value is WitnessMessage {
  if (typeof value !== 'object' || value === null || !('type' in value)) return false
  if (value.type === 'refused') return 'message' in value && typeof value.message === 'string'
  if (value.type !== 'welcome') return value.type === 'received'
  return 'id' in value && typeof value.id === 'number' && 'folder' in value && typeof value.folder === 'string'
}

/** The options that can be sent, and the names of those that are functions. */
function plainOptions(options: unknown): { options: unknown; functions: readonly FunctionSetting[] } | undefined {
  if (typeof options !== 'object' || options === null) return { options, functions: [] }
  const entries = Object.entries(options)
  const settingOf = (name: string) => (name === 'metadata' ? 'properties' : name)
  const functions = FUNCTION_SETTINGS.filter((setting) =>
    entries.some(([name, value]) => settingOf(name) === setting && typeof value === 'function'),
  )
  const plain = entries.filter(([name]) => !functions.some((setting) => setting === settingOf(name)))
  try {
    return { options: JSON.parse(JSON.stringify(Object.fromEntries(plain), asJson)), functions }
  } catch {
    return undefined
  }
}

/** No setting accepts this value. */
const NO_VALUE = [[]]

// A value of a kind that no setting has must stay a mistake, also if it has a form in JSON, as a date has.
function asJson(this: object, name: string): unknown {
  const value: unknown = Reflect.get(this, name)
  if (['function', 'symbol', 'bigint'].includes(typeof value)) return NO_VALUE
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const prototype: unknown = Object.getPrototypeOf(value)
  // An object of another realm, such as a configuration that Jest loads, has another prototype of the same shape.
  const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null
  return isPlain ? value : NO_VALUE
}

async function functionCalls(input: SessionInput): Promise<FunctionCalls> {
  const { prepareCalls } = await import('./function-calls.js')
  return prepareCalls(input)
}

function variablesOf({ env }: System): Readonly<Record<string, string>> {
  const isTold = (name: string) => /^JUX_/.test(name) && !SECRET_VARIABLES.includes(name)
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      value !== undefined && (isTold(name) || TASK_VARIABLES.test(name)) ? [[name, value] as const] : [],
    ),
  )
}

function write({ system, errIsTerminal, write: print }: SessionInput, text: string): void {
  const paint = createPaint(showsColor(system.env, errIsTerminal))
  print(`\n${paint.strong('  jux')}  ${printable(text)}\n`)
}
