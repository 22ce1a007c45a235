/**
 * The settings of a server: flag, else environment variable, else default.
 *
 * @module
 */
import { join, resolve } from 'node:path'
import { JuxError, type System } from 'jux-reporter'
import { MAX_REPORT_BYTES, storeRoot } from 'jux-reporter/internal'
import { z } from 'zod'
import { POLICIES } from './ingest/signature.js'
import type { SourceTemplates } from './pages/source-link.js'

/** All settings. */
export interface Settings {
  readonly host: string
  /** 0 for any free port. */
  readonly port: number
  readonly dataDir: string
  readonly databaseUrl: string | undefined
  readonly policy: (typeof POLICIES)[number]
  readonly trustedProxies: readonly string[]
  /** Whether programs on this machine need no API key although there are keys. */
  readonly trustLocal: boolean
  /** Maximum size of one report, uncompressed; at most `MAX_REPORT_BYTES`. */
  readonly maxBytes: number
  /** Submissions per minute and key; 0 for no limit. */
  readonly rateLimit: number
  /** How long runs are kept; forever when absent. */
  readonly keepMs: number | undefined
  /** Path of the private key that signs receipts; no receipts when absent. */
  readonly receiptKey: string | undefined
  /** Address of the server for its clients, in receipts, messages and badges; the one that it listens on when absent. */
  readonly publicUrl: string | undefined
  /** Addresses of source lines, by host of the repository (`pages/source-link.ts`). */
  readonly sourceUrls: SourceTemplates
  /** Path of the key that encrypts the secrets of subscriptions; a file in `dataDir` when absent. */
  readonly secretKeyFile: string | undefined
}

/** Flags of the command line, as text. */
export type Flags = Readonly<Record<string, string | boolean | readonly string[] | undefined>>

const DAY_MS = 86_400_000
const DURATION_UNITS_MS: Readonly<Record<string, number>> = { h: 3_600_000, d: DAY_MS, w: 7 * DAY_MS }
const SIZE_UNITS_BYTES: Readonly<Record<string, number>> = { '': 1, k: 1_024, m: 1_048_576, g: 1_073_741_824 }

/**
 * Far below `MAX_REPORT_BYTES`: bodies that arrive at the same time may use four times as much memory, and the thread that
 * reads one uses twelve times as much. A report of 250,000 test cases fits.
 */
const DEFAULT_MAX_SIZE = '100m'

const MAX_URL_LENGTH = 500

/** Environment variable of each flag, by the name of the flag in camel case. `databaseUrl` has no flag. */
export const VARIABLES: Readonly<Record<string, string>> = {
  host: 'JUX_SERVER_HOST',
  port: 'JUX_SERVER_PORT',
  data: 'JUX_SERVER_DATA',
  databaseUrl: 'DATABASE_URL',
  signatures: 'JUX_SERVER_SIGNATURES',
  trustedProxy: 'JUX_SERVER_TRUSTED_PROXIES',
  trustLocal: 'JUX_SERVER_TRUST_LOCAL',
  maxSize: 'JUX_SERVER_MAX_SIZE',
  rateLimit: 'JUX_SERVER_RATE_LIMIT',
  keep: 'JUX_SERVER_KEEP',
  receiptKey: 'JUX_SERVER_RECEIPT_KEY',
  publicUrl: 'JUX_SERVER_PUBLIC_URL',
  sourceUrl: 'JUX_SERVER_SOURCE_URLS',
  secretKeyFile: 'JUX_SERVER_SECRET_KEY_FILE',
}

/** Settings with several values. In the variable they are separated by commas. */
const LISTS: readonly string[] = ['trustedProxy', 'sourceUrl']
const SOURCE_URL = /^[A-Za-z0-9.-]+=https?:\/\/\S*\{file\}\S*$/

const schema = z.object({
  host: z.string().min(1).default('127.0.0.1'),
  port: z.coerce.number({ error: 'must be a port, such as 4000' }).int().min(0).max(65_535).default(4000),
  data: z.string().optional(),
  databaseUrl: z.string().optional(),
  signatures: z.enum(POLICIES).default('accept'),
  trustedProxy: z.array(z.string()).default([]),
  trustLocal: z
    .union([z.boolean(), z.enum(['true', 'false', '1', '0']).transform((text) => text === 'true' || text === '1')], {
      error: 'must be true or false',
    })
    .default(false),
  maxSize: z.string().default(DEFAULT_MAX_SIZE).transform(parseSize),
  rateLimit: z.coerce.number({ error: 'must be a whole number' }).int().min(0).max(1_000_000).default(100),
  keep: z.string().transform(parseDuration).optional(),
  receiptKey: z.string().min(1).optional(),
  publicUrl: z
    .string()
    .max(MAX_URL_LENGTH)
    .refine(isPlainUrl, 'must be an http or https address without a login, a query and a fragment')
    .optional(),
  sourceUrl: z
    .array(z.string().regex(SOURCE_URL, 'must be HOST=https://…/{path}/{commit}/{file}#{line}'))
    .transform((items) => new Map(items.map(hostAndTemplate)))
    .default(() => new Map()),
  secretKeyFile: z.string().min(1).optional(),
})

/**
 * Merges flags, environment and defaults.
 *
 * @throws {JuxError} `CONFIG_INVALID_VALUE` that names the flag or the variable
 */
export function loadSettings(flags: Flags, system: System): Settings {
  const values: Record<string, unknown> = {}
  for (const [name, variable] of Object.entries(VARIABLES)) {
    // An empty variable counts as not set: CI systems expand a missing secret to ''.
    const fromEnv = system.env[variable] || undefined
    const value = flags[name] ?? (LISTS.includes(name) ? fromEnv?.split(',') : fromEnv)
    if (value !== undefined) values[name] = value
  }
  const parsed = schema.safeParse(values)
  if (!parsed.success) throw invalidValue(parsed.error.issues[0], flags)
  const { data, signatures, trustedProxy, maxSize, keep, databaseUrl, receiptKey, publicUrl, sourceUrl, ...others } =
    parsed.data
  const { secretKeyFile, ...rest } = others
  return {
    ...rest,
    dataDir: data === undefined ? join(storeRoot({}, system), 'server') : resolve(system.cwd, data),
    databaseUrl,
    policy: signatures,
    trustedProxies: trustedProxy,
    maxBytes: maxSize,
    keepMs: keep,
    receiptKey,
    publicUrl,
    sourceUrls: sourceUrl,
    secretKeyFile: secretKeyFile === undefined ? undefined : resolve(system.cwd, secretKeyFile),
  }
}

function hostAndTemplate(item: string): [host: string, template: string] {
  const at = item.indexOf('=')
  return [item.slice(0, at).toLowerCase(), item.slice(at + 1)]
}

function isPlainUrl(text: string): boolean {
  if (!URL.canParse(text) || !/^https?:\/\//.test(text)) return false
  const { username, password, search, hash } = new URL(text)
  return username === '' && password === '' && search === '' && hash === ''
}

/**
 * Parses a duration: `90d`, `12h`, `8w`.
 *
 * @returns milliseconds; 0 or NaN when the text is not valid
 */
export function parseDuration(text: string, context?: z.RefinementCtx): number {
  const [, amount, unit = ''] = /^(\d{1,6})([hdw])$/.exec(text) ?? []
  const durationMs = Number(amount) * (DURATION_UNITS_MS[unit] ?? Number.NaN)
  if (!(durationMs > 0)) context?.addIssue({ code: 'custom', message: 'must be a duration such as 90d, 12h or 8w' })
  return durationMs
}

function parseSize(text: string, context: z.RefinementCtx): number {
  const [, amount, unit = ''] = /^(\d{1,12})([kmg]?)b?$/i.exec(text) ?? []
  const bytes = Number(amount) * (SIZE_UNITS_BYTES[unit.toLowerCase()] ?? Number.NaN)
  if (!(bytes > 0)) context.addIssue({ code: 'custom', message: 'must be a size such as 50m' })
  if (bytes > MAX_REPORT_BYTES)
    context.addIssue({ code: 'custom', message: `must be at most ${MAX_REPORT_BYTES / 1_048_576}m` })
  return bytes
}

function invalidValue(issue: z.core.$ZodIssue | undefined, flags: Flags): JuxError {
  const name = String(issue?.path[0] ?? '')
  const flag =
    name === 'databaseUrl' ? undefined : `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
  const source = flags[name] === undefined || flag === undefined ? VARIABLES[name] : flag
  return new JuxError('CONFIG_INVALID_VALUE', {
    message: `${source}: ${issue?.message ?? 'is not valid'}`,
    suggestions: ['jux-server --help'],
  })
}
