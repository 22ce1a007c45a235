/**
 * What counts as a secret in one run: known values, and known looks.
 *
 * @module
 */
import type { PartialSettings } from '../config/table.js'
import type { Environment } from '../system.js'
import { createLiteralSearch, type LiteralSearch } from './literal-search.js'
import { MIN_SECRET_CHARS, secretsOf } from './secret-names.js'
import { TOKEN_SHAPES, type TokenShape } from './token-shapes.js'

/** What the user says about secrets, and the secrets of the configuration. */
export interface SecretSettings
  extends PartialSettings<
    | 'scrub'
    | 'scrubNames'
    | 'scrubValues'
    | 'scrubPatterns'
    | 'scrubAllow'
    | 'key'
    | 'keyPassphrase'
    | 'apiKey'
    | 'bearerToken'
  > {}

/** A secret whose text is known. */
export interface KnownSecret {
  readonly value: string
  /** As the placeholder names it: `env:API_KEY`, `config:apiKey`. */
  readonly kind: string
}

/** Everything that is looked for. */
export interface SecretRules {
  /** Longest first, by their first characters. */
  readonly known: ReadonlyMap<string, readonly KnownSecret[]>
  readonly findKnown: LiteralSearch
  readonly shapes: readonly TokenShape[]
  /** Finds what may be the beginning of anything that has a shape. */
  readonly findMark: LiteralSearch
  /** The user's own expressions; each is tried on every text. */
  readonly patterns: readonly RegExp[]
  /** Texts that are left alone. */
  readonly allowed: ReadonlySet<string>
}

/** The user may name shorter secrets than those that are recognised. */
const MIN_NAMED_CHARS = 4

/** Marks of what `secret-finder.ts` looks for beside tokens. */
const OTHER_MARKS = ['PRIVATE KEY', '://', 'uthorization', 'UTHORIZATION', 'earer ', 'EARER ', 'asic ', 'BASIC ']
const HEADER_MARKS = [
  'x-api-key',
  'X-API-Key',
  'X-Api-Key',
  'X-API-KEY',
  'rivate-token',
  'RIVATE-TOKEN',
  'rivate-Token',
]

/** The rules for one run. */
export function secretRules(settings: SecretSettings, env: Environment): SecretRules {
  const allow = settings.scrubAllow ?? []
  const configured = Object.entries({
    apiKey: settings.apiKey,
    bearerToken: settings.bearerToken,
    key: settings.key,
    keyPassphrase: settings.keyPassphrase,
  }).flatMap(([name, value]) => (value === undefined ? [] : [{ kind: `config:${name}`, value }]))
  const named = (settings.scrubValues ?? []).map((value) => ({ kind: 'config:scrubValues', value }))
  const environment = secretsOf(env, { names: settings.scrubNames ?? [], allow }).map(({ name, value }) => ({
    kind: `env:${name}`,
    value,
  }))
  const secrets = [...environment, ...configured]
    .flatMap(spellings)
    .filter(({ value }) => value.length >= MIN_SECRET_CHARS)
    .concat(named.filter(({ value }) => value.length >= MIN_NAMED_CHARS))
    .filter(({ value }) => !allow.includes(value))
  const known = byBeginning(secrets)
  return {
    known,
    findKnown: createLiteralSearch(known.keys()),
    shapes: TOKEN_SHAPES,
    findMark: createLiteralSearch([...TOKEN_SHAPES.flatMap(({ marks }) => marks), ...OTHER_MARKS, ...HEADER_MARKS]),
    patterns: (settings.scrubPatterns ?? []).map((source) => new RegExp(source, 'g')),
    allowed: new Set(allow),
  }
}

// A secret also appears as programs write it: in URLs, in JSON, in base64; a long one line by line.
function spellings({ kind, value }: KnownSecret): KnownSecret[] {
  const trimmed = value.trim()
  const lines = trimmed.includes('\n')
    ? trimmed.split(/\r?\n/).filter((line) => /^[A-Za-z0-9+/=_-]{32,}$/.test(line))
    : []
  const texts = [
    trimmed,
    encoded(trimmed),
    JSON.stringify(trimmed).slice(1, -1),
    Buffer.from(trimmed).toString('base64').replace(/=+$/, ''),
    ...lines,
  ]
  return [...new Set(texts)].map((text) => ({ kind, value: text }))
}

function encoded(value: string): string {
  try {
    return encodeURIComponent(value)
  } catch {
    // A lone surrogate has no encoding.
    return value
  }
}

function byBeginning(secrets: readonly KnownSecret[]): ReadonlyMap<string, readonly KnownSecret[]> {
  const groups = new Map<string, KnownSecret[]>()
  for (const secret of secrets.toSorted((left, right) => right.value.length - left.value.length)) {
    const beginning = secret.value.slice(0, MIN_SECRET_CHARS)
    groups.set(beginning, [...(groups.get(beginning) ?? []), secret])
  }
  return groups
}
