/**
 * The connection to a server: the proxy, TLS, and one HTTP request with its response, within a time limit.
 *
 * The agent is our own: a test suite that stubs `fetch` or replaces undici's global dispatcher does not affect it.
 *
 * @module
 */

import { BlockList, isIP } from 'node:net'
import type { Readable } from 'node:stream'
import tls from 'node:tls'
import type { Dispatcher } from 'undici'
import type { PartialSettings } from '../config/table.js'
import { errnoOf, JuxError, shellWord } from '../errors.js'
import { readInputFileSync } from '../input-file.js'
import { removalOf } from '../setting-source.js'
import type { Environment, System } from '../system.js'
import { packageVersion } from '../version.js'
import { type Advisee, nameFor, ownSource } from './advice.js'
import { type Body, streamOf } from './body.js'
import { isLoopback } from './endpoints.js'
import { TimeoutError } from './errors.js'
import type { RequestContent } from './request.js'

/** Files for TLS, PEM. */
export interface TlsSettings extends PartialSettings<'caFile' | 'clientCertFile' | 'clientKeyFile'> {}

/** A request: a POST, or a GET when it has no content. */
export interface Request {
  readonly url: URL
  readonly content?: RequestContent | undefined
  /** For connecting, sending, and receiving together. */
  readonly timeoutMs: number
  /** Where the body of the response is cut. Default: `MAX_BODY_BYTES`. */
  readonly maxBodyBytes?: number | undefined
}

/** A response, its body cut at the limit of the request. */
export interface Response {
  readonly status: number
  /** The first value of a header. */
  header(name: string): string | undefined
  readonly body: string
  readonly bytes: Uint8Array
}

/** A proxy, with its credentials apart so that no URL that is printed contains them. */
export interface Proxy {
  /** `http://host:port` or `https://host:port`. */
  readonly uri: string
  /** Value of `Proxy-Authorization`. */
  readonly token?: string | undefined
  /** The variable that names it. */
  readonly variable: string
}

/** What a connection depends on, besides its settings. */
export interface ConnectionContext {
  readonly limits: {
    readonly connections: number
    /** The longest time of one request. */
    readonly timeoutMs: number
  }
  readonly system: System
  readonly advisee: Advisee
}

interface TlsOptions {
  readonly rejectUnauthorized: true
  readonly ca?: string[]
  readonly cert?: Buffer
  readonly key?: Buffer
}

/** More than any response of a Jux server needs. A hostile server cannot fill the memory. */
const MAX_BODY_BYTES = 256 * 1024
const CONNECT_TIMEOUT_MS = 10_000
const MAX_REDIRECTS = 5
const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' }

/** Connections to one server; the first request opens them. */
export class Connection {
  readonly #url: URL
  readonly #limits: ConnectionContext['limits']
  readonly #system: System
  readonly #tls: TlsOptions
  readonly #proxy: Proxy | undefined
  readonly #userAgent: string
  #agent: Promise<Dispatcher> | undefined

  /** @throws {JuxError} for files and proxies that cannot be used */
  constructor(url: URL, settings: TlsSettings, { limits, system, advisee }: ConnectionContext) {
    this.#url = url
    this.#limits = limits
    this.#system = system
    this.#tls = tlsOptions(settings, system.env, advisee)
    this.#proxy = proxyFor(url, system.env)
    this.#userAgent = `jux-reporter/${packageVersion()} node/${system.nodeVersion}`
  }

  /** Variable that names the proxy, if there is one. */
  get proxyVariable(): string | undefined {
    return this.#proxy?.variable
  }

  /** The command line that takes the server out of the proxy. */
  get proxyExemption(): string {
    return exemption(this.#url, this.#system.env)
  }

  /**
   * Sends a request. Follows 307 and 308 within the same origin, and no other redirect.
   *
   * @throws {TimeoutError} after `timeoutMs`; anything that undici throws
   */
  async send({ url, content, timeoutMs, maxBodyBytes = MAX_BODY_BYTES }: Request): Promise<Response> {
    const abort = new AbortController()
    const stopTimer = this.#system.after(timeoutMs, () => abort.abort(new TimeoutError(timeoutMs)))
    try {
      for (let target = url, redirects = 0; ; redirects++) {
        const response = await this.#sendOnce(target, content, maxBodyBytes, abort.signal)
        const next = redirects < MAX_REDIRECTS ? redirectTarget(target, response) : undefined
        if (next === undefined) return response
        target = next
      }
    } catch (error) {
      throw abort.signal.aborted ? abort.signal.reason : error
    } finally {
      stopTimer()
    }
  }

  /** Closes every connection at once. */
  async close(): Promise<void> {
    await (await this.#agent)?.destroy()
  }

  async #sendOnce(
    target: URL,
    content: RequestContent | undefined,
    maxBodyBytes: number,
    signal: AbortSignal,
  ): Promise<Response> {
    this.#agent ??= this.#createAgent()
    const agent = await this.#agent
    const { statusCode, headers, body } = await agent.request({
      origin: target.origin,
      path: target.pathname + target.search,
      method: content === undefined ? 'GET' : 'POST',
      headers: {
        accept: 'application/json',
        // A response that is not compressed cannot be a decompression bomb.
        'accept-encoding': 'identity',
        'user-agent': this.#userAgent,
        ...content?.headers,
        ...(content === undefined ? {} : { 'content-length': String(content.body.sizeBytes) }),
      },
      body: content === undefined ? null : newStream(content.body),
      signal,
    })
    const bytes = await readCapped(body, maxBodyBytes)
    return {
      status: statusCode,
      header: (name) => [headers[name] ?? []].flat()[0],
      body: bytes.toString('utf8'),
      bytes,
    }
  }

  async #createAgent(): Promise<Dispatcher> {
    const { Agent, ProxyAgent } = await import('undici')
    const timeoutMs = Math.ceil(this.#limits.timeoutMs)
    const connect = { ...this.#tls, timeout: Math.min(CONNECT_TIMEOUT_MS, timeoutMs) }
    const options = {
      connections: this.#limits.connections,
      pipelining: 1,
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      allowH2: false,
    }
    const proxy = this.#proxy
    if (proxy === undefined) return new Agent({ ...options, connect })
    return new ProxyAgent({
      ...options,
      ...(proxy.token === undefined ? {} : { token: proxy.token }),
      uri: proxy.uri,
      // A request for plain http goes to the proxy as a whole: many refuse to open a tunnel to port 80.
      proxyTunnel: this.#url.protocol === 'https:',
      requestTls: connect,
      proxyTls: connect,
    })
  }
}

/**
 * Finds the proxy for a server, from `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` (lower case first, as curl does).
 *
 * No proxy is used for this machine: the proxy would connect to its own localhost, and it would see the credentials.
 *
 * @throws {JuxError} `CONFIG_INVALID_VALUE` when the variable is not the URL of an http or https proxy
 */
export function proxyFor(url: URL, env: Environment): Proxy | undefined {
  const [variable, value] = firstSet(env, url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY')
  if (value === undefined || isLoopback(url) || isExempt(url, firstSet(env, 'NO_PROXY')[1] ?? '')) return undefined
  const proxy = parseProxy(value)
  if (proxy === undefined) {
    throw new JuxError('CONFIG_INVALID_VALUE', {
      message: `${variable} is not the URL of an http:// or https:// proxy`,
      suggestions: [`set ${variable} to a URL such as http://proxy.example.com:3128`, exemption(url, env)],
      reason: 'proxy',
    })
  }
  return { uri: proxy.origin, variable, token: basicToken(proxy) }
}

// The hosts that the variable names already stay in it.
function exemption(url: URL, env: Environment): string {
  const [variable, hosts] = firstSet(env, 'NO_PROXY')
  return `export ${variable}=${shellWord(hosts === undefined ? url.hostname : `${hosts},${url.hostname}`)}`
}

function redirectTarget(from: URL, response: Response): URL | undefined {
  if (response.status !== 307 && response.status !== 308) return undefined
  const location = response.header('location')
  if (location === undefined || !URL.canParse(location, from.href)) return undefined
  const target = new URL(location, from)
  return target.origin === from.origin ? target : undefined
}

// A new stream for each request, from the beginning of the body.
function newStream(body: Body): Readable {
  const stream = streamOf(body)
  // The request rejects with the same error. Without a listener it would also end the process.
  stream.on('error', () => {})
  return stream
}

async function readCapped(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let sizeBytes = 0
  for await (const chunk of body) {
    chunks.push(chunk.subarray(0, maxBytes - sizeBytes))
    sizeBytes += chunk.length
    // Leaving the loop closes the connection.
    if (sizeBytes >= maxBytes) break
  }
  return Buffer.concat(chunks)
}

/**
 * Reads the files for TLS.
 *
 * Certificates are always checked, whatever `NODE_TLS_REJECT_UNAUTHORIZED` says: a private authority belongs in
 * `caFile`.
 *
 * @throws {JuxError} `CERT_NOT_FOUND`, `CERT_INVALID_FORMAT`, `KEY_NOT_FOUND`, `KEY_INVALID_FORMAT`,
 *   `CONFIG_MISSING_REQUIRED`
 */
function tlsOptions(settings: TlsSettings, env: Environment, advisee: Advisee): TlsOptions {
  const { caFile, clientCertFile, clientKeyFile } = settings
  const [certName, keyName] = [nameFor(advisee, 'clientCertFile'), nameFor(advisee, 'clientKeyFile')]
  if (clientKeyFile && !clientCertFile) {
    const source = ownSource('clientKeyFile', advisee.sources)
    throw new JuxError('CONFIG_MISSING_REQUIRED', {
      message: `${keyName} is set, but ${certName} is not`,
      suggestions: [
        `set ${certName} to the certificate of that key`,
        ...(source === undefined ? [] : [removalOf(source)]),
      ],
      reason: 'tls-file',
    })
  }
  const ca = caFile
    ? { ca: [...defaultAuthorities(env), readPem(caFile, nameFor(advisee, 'caFile'), 'CERT').toString('latin1')] }
    : undefined
  const client = clientCertFile
    ? {
        cert: readPem(clientCertFile, certName, 'CERT'),
        // One file may hold both.
        key: clientKeyFile ? readPem(clientKeyFile, keyName, 'KEY') : readPem(clientCertFile, certName, 'KEY'),
      }
    : undefined
  const options: TlsOptions = { rejectUnauthorized: true, ...ca, ...client }
  if (ca !== undefined || client !== undefined) checkUsable(options, advisee)
  return options
}

// `ca` replaces the default authorities, so they are named again. tls.getCACertificates exists since Node 22.15.
function defaultAuthorities(env: Environment): string[] {
  const getCertificates: unknown = Reflect.get(tls, 'getCACertificates')
  const listed: unknown = typeof getCertificates === 'function' ? getCertificates('default') : undefined
  if (Array.isArray(listed)) return listed.filter((certificate) => typeof certificate === 'string')
  const extra = env.NODE_EXTRA_CA_CERTS
  return extra
    ? [...tls.rootCertificates, readPem(extra, 'NODE_EXTRA_CA_CERTS', 'CERT').toString('latin1')]
    : [...tls.rootCertificates]
}

/** A bundle of all public authorities has about 250 KiB. */
const MAX_PEM_BYTES = 8 * 1024 * 1024

function readPem(path: string, setting: string, kind: 'CERT' | 'KEY'): Buffer {
  const what = kind === 'CERT' ? 'certificate' : 'private key'
  try {
    const pem = readInputFileSync(path, MAX_PEM_BYTES)
    if (pem.includes(kind === 'CERT' ? '-----BEGIN CERTIFICATE-----' : 'PRIVATE KEY-----')) return pem
  } catch (cause) {
    throw new JuxError(`${kind}_NOT_FOUND`, {
      message: `cannot read the ${what} ${path} (${setting}): ${errnoOf(cause) ?? 'unknown error'}`,
      suggestions: [`set ${setting} to an existing PEM file`],
      reason: 'tls-file',
      cause,
    })
  }
  throw new JuxError(`${kind}_INVALID_FORMAT`, {
    message: `${path} (${setting}) contains no ${what} in PEM form`,
    suggestions: [`set ${setting} to a PEM file`],
    reason: 'tls-file',
  })
}

function checkUsable(options: TlsOptions, advisee: Advisee): void {
  try {
    tls.createSecureContext(options)
  } catch (cause) {
    const used = [...(options.ca ? ['caFile'] : []), ...(options.cert ? ['clientCertFile', 'clientKeyFile'] : [])]
    throw new JuxError('CERT_INVALID_FORMAT', {
      message: `the files for TLS (${used.map((name) => nameFor(advisee, name)).join(', ')}) cannot be used`,
      suggestions: ['check that the key belongs to the certificate and has no passphrase'],
      reason: 'tls-file',
      cause,
    })
  }
}

function firstSet(env: Environment, name: string): readonly [string, string | undefined] {
  const lower = name.toLowerCase()
  return env[lower] ? [lower, env[lower]] : [name, env[name] || undefined]
}

// The scheme is optional ("proxy.example.com:3128"), as in curl.
function parseProxy(value: string): URL | undefined {
  const text = value.trim()
  const withScheme = /^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `http://${text}`
  if (!URL.canParse(withScheme)) return undefined
  const url = new URL(withScheme)
  return url.protocol in DEFAULT_PORTS ? url : undefined
}

function basicToken({ username, password }: URL): string | undefined {
  if (username === '' && password === '') return undefined
  return `Basic ${Buffer.from(`${decode(username)}:${decode(password)}`).toString('base64')}`
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    // A "%" that is not percent-encoded.
    return part
  }
}

function isExempt(url: URL, noProxy: string): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase()
  const port = url.port || DEFAULT_PORTS[url.protocol]
  return noProxy.split(/[\s,]+/).some((entry) => entry !== '' && exempts(entry.toLowerCase(), host, port))
}

function exempts(entry: string, host: string, port: string | undefined): boolean {
  if (entry === '*') return true
  if (entry.includes('/')) return isInSubnet(entry, host)
  const [, bracketed, plain, entryPort] =
    /^(?:\[([^\]]+)\]|([^:]+|[^[\]]*:[^[\]]*:[^[\]]*?))(?::(\d+))?$/.exec(entry) ?? []
  if (entryPort !== undefined && entryPort !== port) return false
  const name = (bracketed ?? plain ?? '').replace(/^\*?\./, '')
  return name !== '' && (host === name || (isIP(host) === 0 && host.endsWith(`.${name}`)))
}

function isInSubnet(entry: string, host: string): boolean {
  const [network = '', bits = ''] = entry.split('/')
  const family = isIP(network)
  const prefix = Number(bits)
  if (family === 0 || isIP(host) !== family || !/^\d+$/.test(bits) || prefix > (family === 4 ? 32 : 128)) return false
  const list = new BlockList()
  list.addSubnet(network, prefix, family === 4 ? 'ipv4' : 'ipv6')
  return list.check(host, family === 4 ? 'ipv4' : 'ipv6')
}
