/**
 * A real server for one test: on a free port, with its own folder. It stops when the test ends.
 *
 * @module
 */
import { realSystem } from 'jux-reporter'
import { onTestFinished } from 'vitest'
import { temporaryFolder } from '../../../test/support/folders.js'
import { openDatabase } from '../../src/database/engine.js'
import { migrate } from '../../src/database/migrations.js'
import type { Database } from '../../src/database/schema.js'
import type { PoolLimits } from '../../src/ingest/pool.js'
import { createLog } from '../../src/log.js'
import { startServer } from '../../src/server.js'
import { loadSettings, type Settings } from '../../src/settings.js'

/** A running server, its log, its database and an HTTP client. */
export interface TestServer {
  readonly url: string
  /** Who needs an API key. */
  readonly access: string
  readonly dataDir: string
  readonly databaseUrl: string | undefined
  /** Lines of its log. */
  readonly log: readonly string[]
  /** A separate connection to the database of the server. */
  readonly database: Database
  /** Moves the clock of the server. */
  advance(ms: number): void
  /** Posts a report. */
  post(path: string, body: string | Uint8Array, headers?: Record<string, string>): Promise<TestResponse>
  get(path: string, headers?: Record<string, string>): Promise<TestResponse>
  close(): Promise<void>
}

/** A response with its body. */
export interface TestResponse {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** `undefined` when the body is not JSON. */
  readonly json: unknown
  /** The value at a path in the JSON, as text; `''` when it does not exist. */
  at(...path: readonly (string | number)[]): string
}

/** Starts a server. `prepare` runs on its database before the start. */
export async function testServer(
  overrides: Partial<Settings> = {},
  prepare: (database: Database) => Promise<unknown> = async () => {},
  limits: Partial<PoolLimits> = {},
): Promise<TestServer> {
  const dataDir = overrides.dataDir ?? temporaryFolder()
  let offsetMs = 0
  const system = { ...realSystem(), env: {}, now: () => new Date(Date.now() + offsetMs) }
  const settings = { ...loadSettings({ port: '0', data: dataDir }, system), ...overrides }
  const { database, engine } = await openDatabase(settings)
  await migrate(database, engine)
  await prepare(database)
  const log: string[] = []
  const server = await startServer(
    settings,
    system,
    createLog((line) => log.push(line), system.now),
    limits,
  )
  let closing: Promise<void> | undefined
  const close = () => {
    closing ??= server.close().then(() => database.destroy())
    return closing
  }
  onTestFinished(close)
  const url = server.url.replace('0.0.0.0', '127.0.0.1')
  const send = async (path: string, init: RequestInit): Promise<TestResponse> => {
    const response = await fetch(`${url}${path}`, { ...init, redirect: 'manual' })
    const text = await response.text()
    const json = parse(text)
    return { status: response.status, headers: response.headers, text, json, at: (...path) => textAt(json, path) }
  }
  return {
    url,
    access: server.access,
    dataDir,
    databaseUrl: settings.databaseUrl,
    log,
    database,
    advance: (ms) => {
      offsetMs += ms
    },
    post: (path, body, headers = {}) => send(path, { method: 'POST', body: Buffer.from(body), headers }),
    get: (path, headers = {}) => send(path, { headers }),
    close,
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function textAt(json: unknown, path: readonly (string | number)[]): string {
  let value = json
  for (const step of path) value = typeof value === 'object' && value !== null ? Reflect.get(value, step) : undefined
  return value === undefined ? '' : String(value)
}
