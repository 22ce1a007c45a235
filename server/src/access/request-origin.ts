/**
 * Where a request comes from: which address, whether it is this machine, and whether a page of another site sent it.
 *
 * A header can make a client look remote, never local: only the peer of the connection can be local, and only when nothing says
 * that the request was forwarded.
 *
 * @module
 */
import { BlockList, isIP } from 'node:net'
import { JuxError } from 'jux-reporter'
import { HttpError } from '../http-error.js'

/** Where a request comes from. */
export interface ClientAddress {
  /** For the log. */
  readonly address: string
  /** Whether the client is a program on this machine. */
  readonly isLocal: boolean
}

/** Headers that proxies, load balancers, content delivery networks and tunnels add. Programs do not send them. */
export const FORWARDING_HEADERS: ReadonlySet<string> = new Set([
  'cdn-loop',
  'client-ip',
  'forwarded',
  'forwarded-for',
  'front-end-https',
  'incap-client-ip',
  'max-forwards',
  'proxy-client-ip',
  'remote-addr',
  'true-client-ip',
  'via',
  'wl-proxy-client-ip',
  'x-bluecoat-via',
  'x-client-ip',
  'x-cloud-trace-context',
  'x-cluster-client-ip',
  'x-coming-from',
  'x-forward-for',
  'x-forwarded',
  'x-host',
  'x-http-host-override',
  'x-ip',
  'x-nginx-proxy',
  'x-proxyuser-ip',
  'x-remote-addr',
  'x-remote-ip',
  'x-rewrite-url',
  'x-scheme',
  'x-sucuri-clientip',
  'x-url-scheme',
  'x-user-ip',
  'x-varnish',
])

/** Beginnings of the names of such headers. */
export const FORWARDING_PREFIXES: readonly string[] = [
  'akamai-',
  'cf-',
  'cloudfront-',
  'fastly-',
  'fly-',
  'ngrok-',
  'tailscale-',
  'x-akamai-',
  'x-amz-cf-',
  'x-amzn-',
  'x-appengine-',
  'x-arr-',
  'x-auth-request-',
  'x-azure-',
  'x-envoy-',
  'x-fd-',
  'x-forwarded-',
  'x-gateway-',
  'x-ms-forwarded-',
  'x-ms-tunnel-',
  'x-nf-',
  'x-original-',
  'x-originating-',
  'x-pomerium-',
  'x-proxy-',
  'x-railway-',
  'x-real-',
  'x-render-',
  'x-traefik-',
  'x-tunnel-',
  'x-vercel-',
]

/** Tells whether an address is a proxy whose `X-Forwarded-For` is trusted. */
export type IsTrustedProxy = (address: string) => boolean

/**
 * Reads a list of addresses and networks.
 *
 * @param list `10.0.0.5`, `10.0.0.0/8`, `::1` …
 * @throws {JuxError} `CONFIG_INVALID_VALUE`
 */
export function parseTrustedProxies(list: readonly string[]): IsTrustedProxy {
  const proxies = new BlockList()
  for (const entry of list) {
    const [address = '', prefix, rest] = entry.trim().split('/')
    const family = familyOf(address)
    const bits = prefix === undefined ? undefined : Number(prefix)
    const maxBits = family === 'ipv4' ? 32 : 128
    const isValid = bits === undefined || (/^\d+$/.test(prefix ?? '') && bits <= maxBits)
    if (family === undefined || rest !== undefined || !isValid) {
      throw new JuxError('CONFIG_INVALID_VALUE', {
        message: `"${entry.slice(0, 80)}" is not an IP address or a network`,
        suggestions: ['--trusted-proxy 10.0.0.5', '--trusted-proxy 10.0.0.0/8'],
      })
    }
    if (bits === undefined) proxies.addAddress(address, family)
    else proxies.addSubnet(address, bits, family)
  }
  return (address) => {
    const family = familyOf(address)
    return family !== undefined && proxies.check(address, family)
  }
}

/**
 * Tells where a request comes from.
 *
 * @param peer address at the other end of the connection
 * @param httpVersion of the request; clients of today use 1.1, and several proxies use 1.0 unless they are told otherwise
 */
export function clientAddress(
  peer: string,
  headers: Headers,
  isTrustedProxy: IsTrustedProxy,
  httpVersion = '1.1',
): ClientAddress {
  const address = plainAddress(peer)
  if (isTrustedProxy(address)) return { address: forwardedFor(headers, isTrustedProxy) ?? address, isLocal: false }
  const isForwarded = forwardingHeader(headers) !== undefined || httpVersion === '1.0'
  return { address, isLocal: isLoopbackAddress(address) && !isForwarded && namesThisMachine(headers.get('host')) }
}

/** Returns the name of a header that only a proxy adds. */
export function forwardingHeader(headers: Headers): string | undefined {
  return [...headers.keys()].find(
    (name) => FORWARDING_HEADERS.has(name) || FORWARDING_PREFIXES.some((prefix) => name.startsWith(prefix)),
  )
}

/** 127.0.0.0/8 and ::1. */
export function isLoopbackAddress(address: string): boolean {
  return address === '::1' || (isIP(address) === 4 && address.startsWith('127.'))
}

/** Whether a server that listens on this host can be reached from this machine only. */
export function isLoopbackHost(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[(.*)\]$/, '$1')
  return name === 'localhost' || isLoopbackAddress(plainAddress(name))
}

/**
 * Refuses a request that a page of another site makes a browser send. Programs send neither `Sec-Fetch-Site` nor `Origin`.
 *
 * @throws {HttpError} 403
 */
export function requireSameSite({ method, headers }: Request): void {
  if (method === 'GET' || method === 'HEAD') return
  const site = headers.get('sec-fetch-site')
  const origin = headers.get('origin')
  const isSameSite = site === null || site === 'same-origin' || site === 'none'
  if (isSameSite && (origin === null || hostOf(origin) === headers.get('host')?.toLowerCase())) return
  throw new HttpError(403, 'a page of another site sent this request', { details: { reason: 'cross-site' } })
}

// A site must not reach this server by pointing its own name at 127.0.0.1 (DNS rebinding).
function namesThisMachine(host: string | null): boolean {
  return host !== null && isLoopbackHost(host.replace(/:\d+$/, ''))
}

// The last address that a trusted proxy saw. The client itself can write anything to the left of it.
function forwardedFor(headers: Headers, isTrustedProxy: IsTrustedProxy): string | undefined {
  const hops = (headers.get('x-forwarded-for') ?? '').split(',').map((hop) => plainAddress(hop.trim()))
  for (const hop of hops.reverse()) {
    if (isIP(hop) === 0) return undefined
    if (!isTrustedProxy(hop)) return hop
  }
  return undefined
}

// IPv4 addresses arrive at IPv6 sockets as ::ffff:a.b.c.d (RFC 4291 §2.5.5.2).
function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '')
}

function familyOf(address: string): 'ipv4' | 'ipv6' | undefined {
  const version = isIP(address)
  return version === 4 ? 'ipv4' : version === 6 ? 'ipv6' : undefined
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined
}
