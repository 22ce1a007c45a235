import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer, type ServerOptions } from 'node:https'
import { onTestFinished } from 'vitest'

/** A request as it arrived, with its whole body. */
export interface Received {
  method: string
  path: string
  headers: IncomingHttpHeaders
  body: Buffer
}

/** Responds to a request. */
export type Responder = (response: ServerResponse, received: Received, request: IncomingMessage) => void

/** A real server on its own port, which records its requests and closes with the test. */
export interface TestServer {
  url: string
  port: number
  /** Reports only; requests for the version are in `probes`. */
  received: Received[]
  probes: Received[]
}

/**
 * A server that uses these for one report after the other, and the last one for all further reports; `/api/version` is
 * 404.
 */
export function startServer(...responders: Responder[]): Promise<TestServer> {
  return start({ responders })
}

/** A server with a responder for the version too, with TLS, or on another host. */
export async function start(options: {
  responders: Responder[]
  version?: Responder
  tls?: ServerOptions
  host?: string
  port?: number
}): Promise<TestServer> {
  const { responders, version = json(404, { error: 'not found' }), tls, host = '127.0.0.1', port: wanted = 0 } = options
  const received: Received[] = []
  const probes: Received[] = []
  const listener = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = []
    try {
      for await (const chunk of request) chunks.push(chunk)
    } catch {
      return
    }
    const { method = '', url = '', headers } = request
    const entry = { method, path: url, headers, body: Buffer.concat(chunks) }
    const probe = method === 'GET'
    const index = probe ? probes.push(entry) : received.push(entry)
    const responder = probe ? version : responders[Math.min(index, responders.length) - 1]
    responder?.(response, entry, request)
  }
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener)
  await new Promise<void>((resolve, reject) => server.on('error', reject).listen(wanted, host, resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return { url: `${tls === undefined ? 'http' : 'https'}://${host}:${port}`, port, received, probes }
}

/** Responds with JSON. */
export function json(status: number, body: unknown, headers: Record<string, string> = {}): Responder {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(JSON.stringify(body))
  }
}

/** Responds with any text. */
export function text(status: number, body: string, headers: Record<string, string> = {}): Responder {
  return (response) => {
    response.writeHead(status, headers)
    response.end(body)
  }
}

/** The response of a server that accepted a report. */
export const created = json(201, { test_run_id: 'run-1', message: 'stored' })
