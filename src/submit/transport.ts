/**
 * One HTTP request and its answer, within a time that is kept.
 *
 * The agent is our own: a test suite that stubs `fetch` or replaces undici's global dispatcher does not reach it.
 *
 * @module
 */
import type { Dispatcher } from 'undici'
import type { System } from '../system.js'
import { packageVersion } from '../version.js'
import type { Message } from './protocols.js'
import { proxyFor } from './proxy.js'
import { TimeUpError } from './submit-failure.js'
import { type TlsSettings, tlsOptions } from './tls.js'

/** An answer, its body cut at `MAX_ANSWER_BYTES`. */
export interface Reply {
  readonly status: number
  /** The first value of a header. */
  header(name: string): string | undefined
  readonly body: string
}

/** A request; a GET has no message. */
export interface Request {
  readonly url: URL
  readonly message?: Message
  /** For connecting, sending, and receiving together. */
  readonly timeoutMs: number
}

/** Connections to one server. */
export interface Transport {
  /** Variable that names the proxy, if there is one. */
  readonly proxyVariable: string | undefined
  /**
   * Sends a request; follows 307 and 308 within the same origin, nothing else.
   *
   * @throws {TimeUpError} after `timeoutMs`; anything that undici throws
   */
  send(request: Request): Promise<Reply>
  /** Ends every connection at once. */
  close(): Promise<void>
}

/** More than any server of ours says, and little enough for a hostile one. */
const MAX_ANSWER_BYTES = 256 * 1024
const CONNECT_TIMEOUT_MS = 10_000
const MAX_REDIRECTS = 5

/**
 * Opens nothing yet: connections are made by the first request.
 *
 * @param limits.timeoutMs of one request at most
 * @throws {JuxError} for files and proxies that cannot be used
 */
export function createTransport(
  url: URL,
  settings: TlsSettings,
  limits: { connections: number; timeoutMs: number },
  system: System,
): Transport {
  const tls = tlsOptions(settings, system.env)
  const proxy = proxyFor(url, system.env)
  const agentHeader = `jux-reporter/${packageVersion()} node/${system.nodeVersion}`
  let dispatcher: Promise<Dispatcher> | undefined

  return { proxyVariable: proxy?.variable, send, close }

  async function send({ url: target, message, timeoutMs }: Request): Promise<Reply> {
    const abort = new AbortController()
    const stop = system.after(timeoutMs, () => abort.abort(new TimeUpError(timeoutMs)))
    try {
      dispatcher ??= open()
      return await follow(await dispatcher, target, message, abort.signal)
    } catch (error) {
      throw abort.signal.aborted ? abort.signal.reason : error
    } finally {
      stop()
    }
  }

  async function follow(agent: Dispatcher, first: URL, message: Message | undefined, signal: AbortSignal) {
    for (let target = first, hops = 0; ; hops++) {
      const reply = await once(agent, target, message, signal)
      const next = hops < MAX_REDIRECTS ? redirectWithin(target, reply) : undefined
      if (next === undefined) return reply
      target = next
    }
  }

  async function once(
    agent: Dispatcher,
    target: URL,
    message: Message | undefined,
    signal: AbortSignal,
  ): Promise<Reply> {
    const { statusCode, headers, body } = await agent.request({
      origin: target.origin,
      path: target.pathname + target.search,
      method: message === undefined ? 'GET' : 'POST',
      headers: {
        accept: 'application/json',
        // An answer that is not compressed cannot be a bomb.
        'accept-encoding': 'identity',
        'user-agent': agentHeader,
        ...message?.headers,
      },
      body: message?.body ?? null,
      signal,
    })
    return {
      status: statusCode,
      header: (name) => [headers[name] ?? []].flat()[0],
      body: await readCapped(body),
    }
  }

  async function open(): Promise<Dispatcher> {
    const { Agent, ProxyAgent } = await import('undici')
    const timeoutMs = Math.ceil(limits.timeoutMs)
    const connect = { ...tls, timeout: Math.min(CONNECT_TIMEOUT_MS, timeoutMs) }
    const options = {
      connections: limits.connections,
      pipelining: 1,
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      allowH2: false,
    }
    if (proxy === undefined) return new Agent({ ...options, connect })
    return new ProxyAgent({
      ...options,
      ...(proxy.token === undefined ? {} : { token: proxy.token }),
      uri: proxy.uri,
      // A request for plain http goes to the proxy as a whole: many refuse to open a tunnel to port 80.
      proxyTunnel: url.protocol === 'https:',
      requestTls: connect,
      proxyTls: connect,
    })
  }

  async function close(): Promise<void> {
    await (await dispatcher)?.destroy()
  }
}

function redirectWithin(from: URL, reply: Reply): URL | undefined {
  if (reply.status !== 307 && reply.status !== 308) return undefined
  const location = reply.header('location')
  if (location === undefined || !URL.canParse(location, from.href)) return undefined
  const next = new URL(location, from)
  return next.origin === from.origin ? next : undefined
}

async function readCapped(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  let sizeBytes = 0
  for await (const chunk of body) {
    chunks.push(chunk.subarray(0, MAX_ANSWER_BYTES - sizeBytes))
    sizeBytes += chunk.length
    // Leaving the loop ends the connection.
    if (sizeBytes >= MAX_ANSWER_BYTES) break
  }
  return Buffer.concat(chunks).toString('utf8')
}
