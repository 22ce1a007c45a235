/**
 * Which proxy a request goes through, by the environment's rules.
 *
 * @module
 */
import { BlockList, isIP } from 'node:net'
import { JuxError } from '../errors.js'
import type { Environment } from '../system.js'
import { isLoopback } from './base-url.js'

/** A proxy, with its credentials apart so that they are in no address that gets printed. */
export interface Proxy {
  /** `http://host:port` or `https://host:port`. */
  readonly uri: string
  /** Value of `Proxy-Authorization`. */
  readonly token?: string
  /** The variable that names it. */
  readonly variable: string
}

const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' }

/**
 * The proxy for a server, from `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` (lower case first, as curl has it).
 *
 * This machine itself is never asked for through a proxy: it would be another machine, and it would see the credentials.
 *
 * @throws {JuxError} `CONFIG_INVALID_VALUE` when the variable names no http or https proxy
 */
export function proxyFor(url: URL, env: Environment): Proxy | undefined {
  const [variable, value] = firstSet(env, url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY')
  if (value === undefined || isLoopback(url) || isExempt(url, firstSet(env, 'NO_PROXY')[1] ?? '')) return undefined
  const proxy = parseProxy(value)
  if (proxy === undefined) {
    throw new JuxError('CONFIG_INVALID_VALUE', {
      message: `${variable} names no http:// or https:// proxy`,
      suggestions: [`set ${variable} to an address such as http://proxy.example.com:3128`, `NO_PROXY=${url.hostname}`],
      reason: 'proxy',
    })
  }
  const token = basicToken(proxy)
  return { uri: proxy.origin, variable, ...(token === undefined ? {} : { token }) }
}

function firstSet(env: Environment, name: string): readonly [string, string | undefined] {
  const lower = name.toLowerCase()
  return env[lower] ? [lower, env[lower]] : [name, env[name] || undefined]
}

// "proxy.example.com:3128" is as good as with a scheme, here as in curl.
function parseProxy(value: string): URL | undefined {
  try {
    const url = new URL(/^[a-z][a-z\d+.-]*:\/\//i.test(value.trim()) ? value.trim() : `http://${value.trim()}`)
    return url.protocol in DEFAULT_PORTS ? url : undefined
  } catch {
    return undefined
  }
}

function basicToken({ username, password }: URL): string | undefined {
  if (username === '' && password === '') return undefined
  return `Basic ${Buffer.from(`${decode(username)}:${decode(password)}`).toString('base64')}`
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    // A lone % that nobody encoded.
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
  if (entry.includes('/')) return inSubnet(entry, host)
  const [, bracketed, plain, entryPort] =
    /^(?:\[([^\]]+)\]|([^:]+|[^[\]]*:[^[\]]*:[^[\]]*?))(?::(\d+))?$/.exec(entry) ?? []
  if (entryPort !== undefined && entryPort !== port) return false
  const name = (bracketed ?? plain ?? '').replace(/^\*?\./, '')
  return name !== '' && (host === name || (isIP(host) === 0 && host.endsWith(`.${name}`)))
}

function inSubnet(entry: string, host: string): boolean {
  const [network = '', bits = ''] = entry.split('/')
  const family = isIP(network)
  const prefix = Number(bits)
  if (family === 0 || isIP(host) !== family || !/^\d+$/.test(bits) || prefix > (family === 4 ? 32 : 128)) return false
  const list = new BlockList()
  list.addSubnet(network, prefix, family === 4 ? 'ipv4' : 'ipv6')
  return list.check(host, family === 4 ? 'ipv4' : 'ipv6')
}
