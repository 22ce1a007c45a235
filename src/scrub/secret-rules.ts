/**
 * What counts as a secret in one run: values of the environment and of the configuration, custom expressions, and texts
 * of a known shape.
 *
 * A variable holds a secret if its name says so and its value is not a common one (a path, a word, a public value).
 *
 * @module
 */
import type { PartialSettings } from '../config/table.js'
import type { Environment } from '../system.js'
import { createLiteralSearch, type LiteralSearch } from './literal-search.js'
import { isWords, looksRandom } from './plausible.js'

/** What is configured about secrets, and the secrets of the configuration. */
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
  /** The kind in the placeholder: `env:API_KEY`, `config:apiKey`. */
  readonly kind: string
}

/** A known secret and how many of its characters are before a line end. */
export interface BrokenSecret extends KnownSecret {
  readonly before: number
}

/** The secrets to look for in addition to those of a known shape. */
export interface SecretRules {
  /** Grouped by their first characters, the longest first; shorter beginnings are of custom secrets. */
  readonly known: ReadonlyMap<string, readonly KnownSecret[]>
  /** Lengths of the beginnings, the longest first. */
  readonly beginnings: readonly number[]
  /** Secrets by two neighbors among their first characters: a line may end between them. */
  readonly pairs: ReadonlyMap<string, readonly BrokenSecret[]>
  /** Length of the longest of them. */
  readonly longest: number
  readonly findKnown: LiteralSearch
  /** Custom expressions; each is tried on every text. */
  readonly patterns: readonly RegExp[]
  /** Texts that are left as they are. */
  readonly allowed: ReadonlySet<string>
}

/** Shorter values occur too often by chance. */
const MIN_SECRET_CHARACTERS = 8
/** Least length of a custom secret. */
const MIN_CUSTOM_CHARACTERS = 4

/** Parts of a name that make its value a secret. */
const SECRET_PARTS = new Set(
  'auth authorization bearer apikey authtoken cookie cookies cred credential credentials creds dsn hmac jwt key keys otp pass passphrase passwd password passwords pat pw pwd salt sas secret secrets token tokens totp webhook'.split(
    ' ',
  ),
)

/** Parts of words that make the value of a name a secret: `GITHUBTOKEN`, `dbpassword`. */
const SECRET_SUBSTRING = /token|secret|passw|passphrase|credential|apikey|privatekey|accesskey|connectionstring/

/** Last parts of names whose values describe a secret but are none: `TOKEN_TYPE`. */
const HARMLESS_ENDS = new Set(
  'algorithm askpass audience count dir directory enabled expires expiry file header host id issuer length location method mode name path port prefix provider region scope scopes size sock ttl type user username version'.split(
    ' ',
  ),
)

/** Working folders; their names look like those of passwords. */
const HARMLESS_NAMES = new Set(['PWD', 'OLDPWD', 'INIT_CWD'])

/** Variables whose values are public. A value that equals one of them is no secret. */
const PUBLIC_NAMES = [
  'USER',
  'LOGNAME',
  'USERNAME',
  'HOSTNAME',
  'HOST',
  'HOME',
  'USERPROFILE',
  'SHELL',
  'LANG',
  'TERM',
  'PWD',
  'GITHUB_ACTOR',
  'GITLAB_USER_LOGIN',
]

/** Words that are long enough for a secret but common. */
const COMMON_WORDS = new Set(
  'anonymous automatic database development disabled enabled environment external internal interactive keychain localhost optional password passwords postgres postgresql production provider required sessions standard undefined username'.split(
    ' ',
  ),
)

/**
 * A value that begins with one of these folders is a path. Other values with a slash at the beginning may be secrets.
 */
const TOP_FOLDERS =
  /^\/(Applications|Library|Users|Volumes|app|bin|builds|cache|data|dev|etc|github|home|lib|media|mnt|nix|opt|private|proc|root|run|sbin|snap|srv|sys|tmp|usr|var|work|workspace|workspaces)(\/|$)/

/** The rules for one run. */
export function secretRules(settings: SecretSettings, env: Environment): SecretRules {
  const allow = settings.scrubAllow ?? []
  const configured = Object.entries({
    apiKey: settings.apiKey,
    bearerToken: settings.bearerToken,
    key: settings.key,
    keyPassphrase: settings.keyPassphrase,
  }).flatMap(([name, value]) => (value === undefined ? [] : [{ kind: `config:${name}`, value }]))
  const custom = (settings.scrubValues ?? []).map((value) => ({ kind: 'config:scrubValues', value }))
  const secrets = [...environmentSecrets(env, settings.scrubNames ?? [], allow), ...configured]
    .flatMap(spellings)
    .filter(({ value }) => value.length >= MIN_SECRET_CHARACTERS)
    .concat(custom.filter(({ value }) => value.length >= MIN_CUSTOM_CHARACTERS))
    .filter(({ value }) => !allow.includes(value))
  const known = byBeginning(secrets)
  return {
    known,
    beginnings: [...new Set([...known.keys()].map((beginning) => beginning.length))].sort(
      (left, right) => right - left,
    ),
    pairs: byPair(secrets),
    longest: Math.max(0, ...secrets.map(({ value }) => value.length)),
    findKnown: createLiteralSearch(known.keys()),
    patterns: (settings.scrubPatterns ?? []).map((source) => new RegExp(source, 'g')),
    allowed: new Set(allow),
  }
}

// The values of the environment that are secrets, and the passwords in its URLs.
function environmentSecrets(env: Environment, names: readonly string[], allow: readonly string[]): KnownSecret[] {
  const custom = names.map(toPattern)
  const publicValues = new Set([...PUBLIC_NAMES.flatMap((name) => env[name] ?? []), ...allow])
  const found: KnownSecret[] = []
  for (const [name, raw] of Object.entries(env)) {
    const value = raw?.trim() ?? ''
    if (value.length < MIN_SECRET_CHARACTERS || allow.includes(name) || publicValues.has(value)) continue
    const named = custom.some((pattern) => pattern.test(name))
    if (named || (isSecretName(name) && !isCommon(name, value))) found.push({ kind: `env:${name}`, value })
    for (const password of passwordsIn(value)) {
      if (
        password.length >= MIN_SECRET_CHARACTERS &&
        !publicValues.has(password) &&
        !COMMON_WORDS.has(password.toLowerCase())
      ) {
        found.push({ kind: `env:${name}`, value: password })
      }
    }
  }
  return found
}

// Whether a variable of this name holds a secret: `API_KEY`, `npm_config__authToken`; not `KEY_PATH`, `TOKEN_TYPE`.
function isSecretName(name: string): boolean {
  if (HARMLESS_NAMES.has(name)) return false
  const parts = name
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((part) => part !== '')
  if (HARMLESS_ENDS.has(parts.at(-1) ?? '')) return false
  return parts.some((part) => SECRET_PARTS.has(part.replace(/\d+$/, ''))) || SECRET_SUBSTRING.test(parts.join(''))
}

function isCommon(name: string, value: string): boolean {
  if (COMMON_WORDS.has(value.toLowerCase())) return true
  if (/^(\.{1,2}|~)([\\/]|$)|^[A-Za-z]:[\\/]/.test(value) || TOP_FOLDERS.test(value)) return true
  // A URL without user, password and query is no secret, unless it is that of a webhook.
  return /^https?:\/\/[^\s@?#]*$/.test(value) && !/webhook|dsn/i.test(name)
}

function passwordsIn(value: string): string[] {
  const password = URL.canParse(value) ? new URL(value).password : ''
  if (password === '') return []
  try {
    return [password, decodeURIComponent(password)]
  } catch {
    return [password]
  }
}

function toPattern(glob: string): RegExp {
  const escaped = glob.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${escaped.join('.*')}$`, 'i')
}

// Escapes are resolved when a text is searched; what else programs write instead of a secret is here.
function spellings({ kind, value }: KnownSecret): KnownSecret[] {
  const trimmed = value.trim()
  const bytes = Buffer.from(trimmed)
  const hex = bytes.toString('hex')
  const texts = [
    trimmed,
    ...(trimmed.includes('\n') ? secretLines(trimmed) : []),
    // A form has a plus for a space.
    ...(trimmed.includes(' ') ? [trimmed.replaceAll(' ', '+')] : []),
    ...[0, 1, 2].flatMap((offset) => base64At(bytes, offset)),
    ...[hex, hex.toUpperCase()],
  ]
  return [...new Set(texts)].map((text) => ({ kind, value: text }))
}

// Base64 of a secret after so many other bytes: the characters that depend on nothing else, and all of them if the
// secret is at the end.
function base64At(bytes: Buffer, offset: number): string[] {
  const whole = Buffer.concat([Buffer.alloc(offset), bytes])
    .toString('base64')
    .replace(/=+$/, '')
  const from = Math.ceil((offset * 8) / 6)
  const texts = [whole.slice(from), whole.slice(from, Math.floor(((offset + bytes.length) * 8) / 6))]
  return texts.flatMap((text) => [text, text.replaceAll('+', '-').replaceAll('/', '_')])
}

// The lines of a secret that say something alone: no marks of a block, no names of a JSON object.
function secretLines(value: string): string[] {
  return value
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter(
      (line) =>
        line.length >= MIN_SECRET_CHARACTERS &&
        !line.startsWith('-----') &&
        !COMMON_WORDS.has(line.toLowerCase()) &&
        !isWords(line) &&
        (/^[A-Za-z0-9+/=_-]{32,}$/.test(line) || !/^["'{}[\]#]|^[\w.-]+\s*[:=]\s/.test(line) || looksRandom(line, 16)),
    )
}

function byBeginning(secrets: readonly KnownSecret[]): ReadonlyMap<string, readonly KnownSecret[]> {
  const groups = new Map<string, KnownSecret[]>()
  for (const secret of secrets.toSorted((left, right) => right.value.length - left.value.length)) {
    const beginning = secret.value.slice(0, MIN_SECRET_CHARACTERS)
    groups.set(beginning, [...(groups.get(beginning) ?? []), secret])
  }
  return groups
}

// A secret that is broken after its beginning is found by its beginning.
function byPair(secrets: readonly KnownSecret[]): ReadonlyMap<string, readonly BrokenSecret[]> {
  const pairs = new Map<string, BrokenSecret[]>()
  for (const secret of secrets) {
    if (secret.value.length < MIN_SECRET_CHARACTERS) continue
    for (let before = 1; before < MIN_SECRET_CHARACTERS; before++) {
      const pair = secret.value.slice(before - 1, before + 1)
      pairs.set(pair, [...(pairs.get(pair) ?? []), { ...secret, before }])
    }
  }
  return pairs
}
