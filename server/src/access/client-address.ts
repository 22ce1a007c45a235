/**
 * Where a request comes from, and whether that is this machine.
 *
 * A header can make a client look further away, never nearer: only the peer of the connection can be local, and not when the request
 * says that somebody passed it on.
 *
 * @module
 */
import { BlockList, isIP } from 'node:net'
import { JuxError } from 'jux-reporter'

/** Where a request comes from. */
export interface ClientAddress {
  /** For the log. */
  readonly address: string
  /** A program on this machine, which needs no key. */
  readonly local: boolean
}

/** Headers by which a proxy says that it is one. */
const FORWARDING_HEADERS = [
  'forwarded',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-real-ip',
  'x-client-ip',
  'cf-connecting-ip',
  'true-client-ip',
] as const

/** Proxies whose word about a client's address is believed. */
export type TrustedProxies = (address: string) => boolean

/**
 * Reads a list of addresses and networks.
 *
 * @param list `10.0.0.5`, `10.0.0.0/8`, `::1` …
 * @throws {JuxError} `CONFIG_INVALID_VALUE`
 */
export function parseTrustedProxies(list: readonly string[]): TrustedProxies {
  const known = new BlockList()
  for (const entry of list) {
    const [address = '', prefix, rest] = entry.trim().split('/')
    const family = familyOf(address)
    const bits = prefix === undefined ? undefined : Number(prefix)
    const most = family === 'ipv4' ? 32 : 128
    const valid = bits === undefined || (/^\d+$/.test(prefix ?? '') && bits <= most)
    if (family === undefined || rest !== undefined || !valid) {
      throw new JuxError('CONFIG_INVALID_VALUE', {
        message: `"${entry.slice(0, 80)}" is not the address of a proxy`,
        suggestions: ['--trusted-proxy 10.0.0.5', '--trusted-proxy 10.0.0.0/8'],
      })
    }
    if (bits === undefined) known.addAddress(address, family)
    else known.addSubnet(address, bits, family)
  }
  return (address) => {
    const family = familyOf(address)
    return family !== undefined && known.check(address, family)
  }
}

/**
 * Tells where a request comes from.
 *
 * @param peer address at the other end of the connection
 */
export function clientAddress(peer: string, headers: Headers, isTrusted: TrustedProxies): ClientAddress {
  const address = plainAddress(peer)
  if (isTrusted(address)) return { address: forwardedFor(headers, isTrusted) ?? address, local: false }
  const passedOn = FORWARDING_HEADERS.some((name) => headers.has(name))
  return { address, local: isLoopbackAddress(address) && !passedOn && namesThisMachine(headers.get('host')) }
}

/** 127.0.0.0/8 and ::1. */
export function isLoopbackAddress(address: string): boolean {
  return address === '::1' || (isIP(address) === 4 && address.startsWith('127.'))
}

/** Whether a host to bind to can be reached from this machine only. */
export function isLoopbackHost(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[(.*)\]$/, '$1')
  return name === 'localhost' || isLoopbackAddress(plainAddress(name))
}

// A page of some site must not reach us under a name of its own that it pointed at 127.0.0.1 (DNS rebinding).
function namesThisMachine(host: string | null): boolean {
  return host !== null && isLoopbackHost(host.replace(/:\d+$/, ''))
}

// The last address that a trusted proxy saw; what stands further left was written by whoever was there.
function forwardedFor(headers: Headers, isTrusted: TrustedProxies): string | undefined {
  const hops = (headers.get('x-forwarded-for') ?? '').split(',').map((hop) => plainAddress(hop.trim()))
  for (const hop of hops.reverse()) {
    if (isIP(hop) === 0) return undefined
    if (!isTrusted(hop)) return hop
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
