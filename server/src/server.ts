/**
 * Starts and stops a server.
 *
 * @module
 */
import { createAdaptorServer } from '@hono/node-server'
import { JuxError, messageOf, type System } from 'jux-reporter'
import { isLoopbackHost, parseTrustedProxies } from './access/client-address.js'
import { hasUsableKey } from './access/keys.js'
import { createApp } from './app.js'
import type { ServerContext } from './context.js'
import { openDatabase } from './database/engine.js'
import { migrate } from './database/migrations.js'
import { MemoryBudget } from './ingest/body.js'
import { openReportBytes } from './ingest/bytes.js'
import type { Log } from './log.js'
import { startRetention } from './retention.js'
import type { Settings } from './settings.js'

/** A server that takes requests. */
export interface RunningServer {
  /** Without a slash at its end. */
  readonly url: string
  /** Finishes what was begun, then ends. */
  close(): Promise<void>
}

/** Bytes that all bodies together may hold: a few of the largest. */
const BODIES_AT_ONCE = 4
const MAX_HEADER_BYTES = 16 * 1024
/** A client that is slower with its headers is hung up on. */
const HEADERS_TIMEOUT_MS = 15_000
/** ... and with all of its request. */
const REQUEST_TIMEOUT_MS = 120_000
const KEEP_ALIVE_TIMEOUT_MS = 5_000
/** How long requests that have begun may take once the server is to end. */
const SHUTDOWN_TIMEOUT_MS = 30_000

/**
 * Starts a server.
 *
 * @throws {JuxError} when the database or the address cannot be used, or strangers could come in
 */
export async function startServer(settings: Settings, system: System, log: Log): Promise<RunningServer> {
  const isTrustedProxy = parseTrustedProxies(settings.trustedProxies)
  const opened = await openDatabase(settings)
  const { database, engine } = opened
  try {
    await migrate(database, engine)
    if (!isLoopbackHost(settings.host) && !(await hasUsableKey(database, system.now().getTime()))) {
      throw openToStrangers(settings.host)
    }
    const server: ServerContext = {
      settings,
      database,
      bytes: openReportBytes(opened, settings.dataDir),
      budget: new MemoryBudget(BODIES_AT_ONCE * settings.maxBytes),
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
          suggestions: [`jux-server --port ${port + 1}`, 'is a jux-server running already?'],
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

// Connections that are idle end at once; those with a request under way end with its answer.
function closeHttp(http: HttpServer): Promise<void> {
  return new Promise((resolve) => {
    const hangUp = 'closeAllConnections' in http ? () => http.closeAllConnections() : () => {}
    const timer = setTimeout(hangUp, SHUTDOWN_TIMEOUT_MS)
    http.close(() => {
      clearTimeout(timer)
      resolve()
    })
    if ('closeIdleConnections' in http) http.closeIdleConnections()
  })
}

function openToStrangers(host: string): JuxError {
  return new JuxError('CONFIG_MISSING_REQUIRED', {
    message: `${host} can be reached from other machines, and there is no API key that would keep strangers out`,
    suggestions: ['jux-server keys create --name NAME', 'jux-server --host 127.0.0.1'],
    reason: 'no-keys',
  })
}
