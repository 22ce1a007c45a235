/**
 * Starts and stops a server.
 *
 * @module
 */
import { createAdaptorServer } from '@hono/node-server'
import { JuxError, type System } from 'jux-reporter'
import { messageOf } from 'jux-reporter/internal'
import { hasAnyKey, hasValidKey } from './access/keys.js'
import { isLoopbackHost, parseTrustedProxies } from './access/request-origin.js'
import { createApp } from './app.js'
import { changesOf } from './compare/compare.js'
import type { ServerContext } from './context.js'
import { openCounters, openDatabase } from './database/engine.js'
import { migrate } from './database/migrations.js'
import { WriteTurns } from './database/turns.js'
import { MemoryBudget } from './ingest/body.js'
import { openReportBytes } from './ingest/bytes.js'
import { createIngest } from './ingest/ingest.js'
import type { PoolLimits } from './ingest/pool.js'
import type { Log } from './log.js'
import { Notifier } from './notify/notifier.js'
import { loadReceiptSigner } from './receipt-key.js'
import { startRetention } from './retention.js'
import type { Settings } from './settings.js'

/** A running server. */
export interface RunningServer {
  /** Without a trailing slash. */
  readonly url: string
  /** Who needs an API key, for people. */
  readonly access: string
  /** Finishes the current requests, then stops the server. */
  close(): Promise<void>
}

/** All bodies in memory together may have this many times the maximum size of one body. */
const MAX_BODIES_IN_MEMORY = 4
const MAX_HEADER_BYTES = 16 * 1024
/** How long a client may take to send the headers. */
const HEADERS_TIMEOUT_MS = 15_000
/** How long a client may take to send the whole request. */
const REQUEST_TIMEOUT_MS = 120_000
const KEEP_ALIVE_TIMEOUT_MS = 5_000
/** How long current requests may take after the server was told to stop. */
const SHUTDOWN_TIMEOUT_MS = 30_000

/**
 * Starts a server.
 *
 * @throws {JuxError} when the database or the address cannot be used, or other machines can connect and there is no API key
 */
export async function startServer(
  settings: Settings,
  system: System,
  log: Log,
  limits: Partial<PoolLimits> = {},
): Promise<RunningServer> {
  const isTrustedProxy = parseTrustedProxies(settings.trustedProxies)
  const { receiptKey, publicUrl } = settings
  const signer = receiptKey === undefined ? undefined : await loadReceiptSigner(receiptKey, system)
  let ownUrl = ''
  const opened = await openDatabase(settings)
  const { database, engine } = opened
  let counters = database
  try {
    await migrate(database, engine)
    if (!isLoopbackHost(settings.host) && !(await hasValidKey(database, system.now().getTime()))) {
      throw missingKeys(settings.host)
    }
    counters = await openCounters(opened, settings)
    const turns = new WriteTurns(engine)
    const bytes = openReportBytes(opened, settings.dataDir)
    const ingest = createIngest(opened, bytes, settings, turns, limits)
    const server: ServerContext = {
      engine,
      settings,
      database,
      counters,
      bytes,
      ingest,
      inTurn: turns.run,
      budget: new MemoryBudget(MAX_BODIES_IN_MEMORY * settings.maxBytes),
      isTrustedProxy,
      log,
      receipts: signer && { signer, serverName: () => publicUrl ?? ownUrl },
      now: system.now,
    }
    const http = createAdaptorServer({
      fetch: createApp(server).fetch,
      serverOptions: {
        maxHeaderSize: MAX_HEADER_BYTES,
        headersTimeout: HEADERS_TIMEOUT_MS,
        requestTimeout: REQUEST_TIMEOUT_MS,
        keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
        connectionsCheckingInterval: 1_000,
      },
    })
    const url = await listen(http, settings)
    ownUrl = url
    const retention = startRetention(server)
    const notifier = new Notifier({
      ...server,
      env: system.env,
      changesOf,
      publicUrl: () => (publicUrl ?? ownUrl).replace(/\/+$/, ''),
    })
    notifier.start()
    const access = accessOf(settings, await hasAnyKey(database))
    log.info('started', { url, engine, signatures: settings.policy, access, receiptKey: signer?.fingerprint })
    return {
      url,
      access,
      close: async () => {
        await retention.stop()
        await notifier.stop()
        await closeHttp(http)
        await ingest.close()
        await counters.destroy()
        await database.destroy()
        log.info('stopped')
      },
    }
  } catch (error) {
    await counters.destroy()
    await database.destroy()
    throw error
  }
}

function accessOf({ trustLocal }: Settings, hasKey: boolean): string {
  if (hasKey && !trustLocal) return 'every request needs a key'
  if (!hasKey && !trustLocal) {
    return (
      'requests from this machine need no key until one is created; before a proxy forwards requests to this server, ' +
      'create one: jux-server keys create --name NAME'
    )
  }
  return (
    'requests from this machine need no key (--trust-local); a proxy on this machine that adds no header would let ' +
    'everybody read and submit'
  )
}

type HttpServer = ReturnType<typeof createAdaptorServer>

function listen(http: HttpServer, { host, port }: Settings): Promise<string> {
  return new Promise((resolve, reject) => {
    http.once('error', (cause) => {
      reject(
        new JuxError('OPERATION_FAILED', {
          message: `cannot listen on ${host}:${port}: ${messageOf(cause)}`,
          suggestions: [`jux-server --port ${port + 1}`, 'check whether a jux-server is already running'],
          cause,
        }),
      )
    })
    http.listen(port, host, () => {
      const address = http.address()
      const actual = typeof address === 'object' && address !== null ? address.port : port
      resolve(`http://${host.includes(':') ? `[${host}]` : host}:${actual}`)
    })
  })
}

// Closes idle connections at once, and the others after their response.
function closeHttp(http: HttpServer): Promise<void> {
  return new Promise((resolve) => {
    const closeAll = 'closeAllConnections' in http ? () => http.closeAllConnections() : () => {}
    const timer = setTimeout(closeAll, SHUTDOWN_TIMEOUT_MS)
    http.close(() => {
      clearTimeout(timer)
      resolve()
    })
    if ('closeIdleConnections' in http) http.closeIdleConnections()
  })
}

function missingKeys(host: string): JuxError {
  return new JuxError('CONFIG_MISSING_REQUIRED', {
    message: `other machines can connect to ${host}, but there is no API key`,
    suggestions: ['jux-server keys create --name NAME', 'jux-server --host 127.0.0.1'],
    reason: 'no-keys',
  })
}
