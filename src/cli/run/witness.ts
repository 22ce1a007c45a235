/**
 * Listens to the reporters of a command, and makes their reports when the command has ended.
 *
 * @module
 */
import { randomBytes, timingSafeEqual } from 'node:crypto'
import { chownSync, existsSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { changedFiles, readGit } from '../../enrich/git.js'
import { messageOf } from '../../errors.js'
import { readInputFileSync } from '../../input-file.js'
import type { Property } from '../../model.js'
import { oneLine } from '../../terminal.js'
import { packageVersion } from '../../version.js'
import {
  encodeLine,
  exitFile,
  formatAddress,
  type Hello,
  LineReader,
  lateFailureFile,
  MAX_LINE_BYTES,
  PROTOCOL,
  type WitnessMessage,
} from '../../witness/protocol.js'
import type { CommandEnd } from '../../witness/reconcile.js'
import { parseMessage } from '../../witness/schema.js'
import { type EndedRun, WitnessedRun, type WitnessInput } from './witnessed-run.js'

/** Most reporters of one command. */
const MAX_RUNS = 10_000
/** How long a process may go on after its command has ended. */
const REST_MS = 2_000
/** Longest path of a socket: the smallest limit of all systems (`sun_path`), less the zero at its end. */
const MAX_SOCKET_PATH_BYTES = 103

/** The account that the command runs under. */
export interface Account {
  readonly uid: number
  readonly gid: number
}

/** What became of the reporters of a command. */
export interface WitnessResult {
  /** Number of reporters that have handed over results. */
  readonly runs: number
  /** Their runs, in the order in which they began. */
  readonly ended: readonly EndedRun[]
  /** An error under `strict`. */
  readonly strictError?: Error | undefined
}

/** The runs of one command. */
export class Witness {
  /** Value of the variable for the command. */
  readonly variable: string
  readonly #folder: string
  readonly #token: string
  readonly #input: WitnessInput
  readonly #server: Server
  readonly #runs = new Map<number, WitnessedRun>()
  readonly #links = new Set<Promise<void>>()
  readonly #sockets = new Set<Socket>()
  #count = 0
  #strictError: Error | undefined

  private constructor(folder: string, path: string, server: Server, input: WitnessInput) {
    this.#folder = folder
    this.#server = server
    this.#input = input
    this.#token = randomBytes(16).toString('hex')
    this.variable = formatAddress({ path, token: this.#token })
    server.on('connection', (socket) => this.#accept(socket))
  }

  /**
   * Starts to listen.
   *
   * @param folder private
   * @param account of the command, if it is another one
   * @throws the system error
   */
  static async listen(folder: string, input: WitnessInput, account?: Account): Promise<Witness> {
    const path =
      input.system.platform === 'win32'
        ? `\\\\.\\pipe\\jux-${randomBytes(16).toString('hex')}`
        : join(folder, 'witness')
    if (Buffer.byteLength(path) > MAX_SOCKET_PATH_BYTES) {
      throw new Error(`the path ${path} is too long for a socket; set TMPDIR=/tmp`)
    }
    const server = createServer()
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(path, resolve)
    })
    if (account !== undefined) {
      chownSync(path, account.uid, account.gid)
      chownSync(folder, account.uid, account.gid)
    }
    return new Witness(folder, path, server, input)
  }

  /** Makes the reports of all runs. Never rejects. Call it when the command has ended. */
  async finish(end: CommandEnd): Promise<WitnessResult> {
    await this.#rest()
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
    // A run that has just begun counts too.
    await Promise.all(this.#links)
    for (const [id, run] of this.#runs) {
      if (!run.hasEnded) this.#readExitFile(id, run)
      if (existsSync(lateFailureFile(this.#folder, id))) run.markLateFailure()
    }
    const facts = this.#runs.size === 0 ? [] : await this.#changes()
    const runs = [...this.#runs.values()]
    for (const run of runs) {
      const hasRedRun = runs.some((other) => other !== run && other.isRed)
      this.#strictError = (await run.finish({ end, hasRedRun, facts })) ?? this.#strictError
    }
    const ended = runs.flatMap((run) => run.ended ?? [])
    return { runs: this.#count, ended, strictError: this.#strictError }
  }

  // A process that the command leaves behind may be the runner itself, or one that never ends.
  async #rest(): Promise<void> {
    const { after } = this.#input.system
    let cancel = () => {}
    const late = new Promise<void>((resolve) => {
      cancel = after(REST_MS, resolve)
    })
    await Promise.race([late, this.#settled()])
    cancel()
  }

  async #settled(): Promise<void> {
    // What has arrived is read first, because it may begin another run.
    await new Promise<void>((resolve) => setImmediate(resolve))
    while (this.#links.size > 0) await Promise.all(this.#links)
  }

  async #changes(): Promise<readonly Property[]> {
    const { git, system, spoolRoot } = this.#input
    if (git.root === undefined) return []
    const [now, files] = await Promise.all([
      readGit(system.cwd, system),
      changedFiles(git.root, spoolRoot ?? '', system),
    ])
    const changed = [
      ...(git.commit === now.commit ? [] : ['git:commit']),
      ...(git.branch === now.branch ? [] : ['git:branch']),
      ...(this.#input.changedFiles === files ? [] : ['git:status']),
    ]
    return changed.length === 0 ? [] : [{ name: 'jux:changed_during_run', value: changed.join(' ') }]
  }

  #readExitFile(id: number, run: WitnessedRun): void {
    const path = exitFile(this.#folder, id)
    if (!existsSync(path)) return
    try {
      const message = parseMessage(readInputFileSync(path, MAX_LINE_BYTES).toString('utf8'))
      if (message.type === 'run') run.addEnd(message)
    } catch (error) {
      this.#input.notice(`the end of a run cannot be read: ${messageOf(error)}`)
    }
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket)
    const link = this.#converse(socket).finally(() => {
      this.#links.delete(link)
      this.#sockets.delete(socket)
      socket.destroy()
    })
    this.#links.add(link)
  }

  // Messages are handled one after the other. Never rejects.
  async #converse(socket: Socket): Promise<void> {
    const reader = new LineReader()
    let run: WitnessedRun | undefined
    try {
      for await (const bytes of socket) {
        for (const line of reader.read(bytes)) {
          const message = parseMessage(line)
          if (message.type === 'hello') {
            if (run !== undefined) throw new Error('it says hello twice')
            run = await this.#begin(message, socket)
            if (run === undefined) return
          } else if (run === undefined) throw new Error('it has not said hello')
          else if (message.type === 'start') run.addStart(message.file)
          else if (message.type === 'module') run.addModule(message)
          else {
            run.addEnd(message)
            // Nobody knows when watch mode ends.
            if (run.isWatching) await run.finish({ end: undefined, hasRedRun: false, facts: [] })
            say(socket, { type: 'received' })
          }
        }
      }
    } catch (error) {
      // A process that dies resets the connection: what it sent counts.
      if (run?.hasEnded || isReset(error)) return
      this.#input.notice(`a process of the command sent what is no result: ${oneLine(messageOf(error)).slice(0, 200)}`)
    }
  }

  async #begin(hello: Hello, socket: Socket): Promise<WitnessedRun | undefined> {
    const refusal = this.#refusal(hello)
    if (refusal !== undefined) {
      socket.end(encodeLine({ type: 'refused', message: refusal }))
      return undefined
    }
    const id = this.#count
    this.#count += 1
    const run = new WitnessedRun(hello, id, this.#input)
    const settings = await run.start()
    this.#runs.set(id, run)
    const { watch = false, verbose = false, hideSecrets = true } = settings ?? {}
    const enabled = settings !== undefined
    say(socket, { type: 'welcome', id, folder: this.#folder, watch, verbose, hideSecrets, enabled })
    return run
  }

  #refusal({ token, protocol, version }: Hello): string | undefined {
    const [given, own] = [Buffer.from(token), Buffer.from(this.#token)]
    if (given.length !== own.length || !timingSafeEqual(given, own)) return 'it does not belong to this command'
    if (this.#count >= MAX_RUNS) return `more than ${MAX_RUNS} reporters have started`
    if (protocol !== PROTOCOL) {
      return `jux run has version ${packageVersion()}, and the reporter ${version}; install the same version of jux-reporter for both`
    }
    return undefined
  }
}

function say(socket: Socket, message: WitnessMessage): void {
  socket.write(encodeLine(message))
}

function isReset(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    (error.code === 'ECONNRESET' || error.code === 'ERR_STREAM_PREMATURE_CLOSE' || error.code === 'EPIPE')
  )
}
