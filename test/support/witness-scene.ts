/**
 * Both sides of `jux run` in this process: what listens, and the reporters that connect to it over a real socket.
 *
 * @module
 */
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { Witness } from '../../src/cli/run/witness.js'
import type { WitnessInput } from '../../src/cli/run/witnessed-run.js'
import { connectToWitness } from '../../src/reporters/hand-over.js'
import type { Session } from '../../src/reporters/session-interface.js'
import { packageVersion } from '../../src/version.js'
import { type Hello, LineReader, PROTOCOL, parseAddress, type WitnessAddress } from '../../src/witness/protocol.js'
import { temporaryFolder } from './folders.js'
import { fixedSystem } from './system.js'

/** The runner of all runs here. */
export const RUNNER = { name: 'vitest', version: '4.1.12' }

/** A process that speaks for itself. */
export interface RawProcess {
  readonly socket: Socket
  /** Sends one line. */
  say(message: unknown): void
  /** The next answer; rejects if the connection ends. */
  answer(): Promise<unknown>
}

/** Starts to listen in a new folder, which also contains the project and its store. */
export async function witnessScene(parts: Partial<WitnessInput> & { env?: Record<string, string> } = {}) {
  const root = temporaryFolder()
  const store = join(root, 'store')
  const folder = join(root, 'private')
  mkdirSync(folder, { mode: 0o700 })
  const [printed, notices, said]: [string[], string[], string[]] = [[], [], []]
  const system = fixedSystem({
    cwd: root,
    homeDir: root,
    // A process that stays connected is not waited for as long as a real one.
    after: (ms, action) => {
      const timer = setTimeout(action, Math.min(ms, 100))
      return () => clearTimeout(timer)
    },
  })
  const input: WitnessInput = {
    system,
    isOtherUser: false,
    git: { parents: [], hints: [] },
    changedFiles: undefined,
    spoolRoot: store,
    write: (text) => printed.push(text),
    errIsTerminal: false,
    notice: (text) => notices.push(text),
    ...parts,
    env: { JUX_STORAGE_PATH: store, ...parts.env },
  }
  const witness = await Witness.listen(folder, input)
  const found = parseAddress(witness.variable)
  if (found === undefined) throw new Error('the witness has no address')
  const address: WitnessAddress = found
  const reportsIn = join(store, 'reports')
  const spool = join(store, 'jux-reporter', 'witness')

  return {
    witness,
    input,
    address,
    folder,
    store,
    /** Lines for people of `jux run`. */
    notices,
    printed: () => printed.join(''),
    /** What the reporters printed. */
    said: () => said.join(''),
    reports: () =>
      (existsSync(reportsIn) ? readdirSync(reportsIn) : []).map((name) => readFileSync(join(reportsIn, name), 'utf8')),
    /** The files with results of runs that have not ended. */
    spooled: () => (existsSync(spool) ? readdirSync(spool) : []).map((name) => join(spool, name)),
    /** Connects a reporter. */
    connect: (
      options: unknown = {},
      { isWatching, at = address }: { isWatching?: boolean; at?: WitnessAddress } = {},
    ): Promise<Session | undefined> =>
      connectToWitness(
        {
          options: typeof options === 'object' ? { storagePath: store, ...options } : options,
          cwd: root,
          system,
          write: (text) => said.push(text),
          errIsTerminal: false,
          isWatching,
        },
        RUNNER,
        at,
      ),
    /** Connects a process that sends what it likes. */
    raw: (): RawProcess => rawProcess(address),
    /** A hello that is accepted. */
    hello: (parts: Partial<Hello> = {}): Hello => ({
      type: 'hello',
      protocol: PROTOCOL,
      version: packageVersion(),
      token: address.token,
      runner: RUNNER,
      folder: root,
      cwd: root,
      nodeVersion: '20.19.0',
      options: { storagePath: store },
      functions: [],
      variables: {},
      secrets: [],
      watch: false,
      ...parts,
    }),
  }
}

/** Connects a reporter that must be accepted. */
export function accepted(session: Session | undefined): Session {
  if (session === undefined) throw new Error('the reporter was not accepted')
  return session
}

/** The value of a property of a report. */
export function property(text: string | undefined, name: string): string | undefined {
  return new RegExp(`<property name="${name}" value="([^"]*)">`).exec(text ?? '')?.[1]
}

/** The names of the test cases of a report. */
export function casesOf(text: string | undefined): readonly (string | undefined)[] {
  return [...(text ?? '').matchAll(/<testcase [^>]*?\bname="([^"]*)"/g)].map(([, name]) => name)
}

function rawProcess({ path }: WitnessAddress): RawProcess {
  const socket = connect(path)
  onTestFinished(() => {
    socket.destroy()
  })
  const reader = new LineReader()
  const answers: unknown[] = []
  let wake = () => {}
  let isClosed = false
  socket.on('data', (bytes: Buffer) => {
    for (const line of reader.read(bytes)) answers.push(JSON.parse(line))
    wake()
  })
  socket.on('error', () => wake())
  socket.on('close', () => {
    isClosed = true
    wake()
  })
  return {
    socket,
    say: (message) => socket.write(typeof message === 'string' ? message : `${JSON.stringify(message)}\n`),
    answer: async () => {
      while (answers.length === 0) {
        if (isClosed) throw new Error('the connection has ended')
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      return answers.shift()
    },
  }
}
