/**
 * Starts and stops a server.
 *
 * @module
 */
import { createAdaptorServer } from '@hono/node-server'
import { JuxError, type System } from 'jux-reporter'
import { messageOf } from 'jux-reporter/internal'
import { hasValidKey } from './access/keys.js'
import { isLoopbackHost, parseTrustedProxies } from './access/request-origin.js'
import { createApp } from './app.js'
import type { ServerContext } from './context.js'
import { openDatabase } from './database/engine.js'
import { migrate } from './database/migrations.js'
import { MemoryBudget } from './ingest/body.js'
import { openReportBytes } from './ingest/bytes.js'
import type { Log } from './log.js'
import { startRetention } from './retention.js'
import type { Settings } from './settings.js'

/** A running server. */
export interface RunningServer {
  /** Without a trailing slash. */
  readonly url: string
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
export async function startServer(settings: Settings, system: System, log: Log): Promise<RunningServer> {
  const isTrustedProxy = parseTrustedProxies(settings.trustedProxies)
  const opened = await openDatabase(settings)
  const { database, engine } = opened
  try {
    await migrate(database, engine)
    if (!isLoopbackHost(settings.host) && !(await hasValidKey(database, system.now().getTime()))) {
      throw missingKeys(settings.host)
    }
    const server: ServerContext = {
      settings,
      database,
      bytes: openReportBytes(opened, settings.dataDir),
      budget: new MemoryBudget(MAX_BODIES_IN_MEMORY * settings.maxBytes),
      isTrustedProxy,
      log,
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
    const retention = startRetention(server)
    log.info('started', { url, engine, signatures: settings.policy })
    return {
      url,
      close: async () => {
        await retention.stop()
        await closeHttp(http)
        await database.destroy()
        log.info('stopped')
      },
    }
  } catch (error) {
    await database.destroy()
    throw error
  }
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
