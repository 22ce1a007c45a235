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

/** The secrets to look for in addition to those of a known shape. */
export interface SecretRules {
  /** Grouped by their first characters, the longest first. */
  readonly known: ReadonlyMap<string, readonly KnownSecret[]>
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

// Programs write a secret percent-encoded, in JSON or in base64, and a long one line by line.
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
    const beginning = secret.value.slice(0, MIN_SECRET_CHARACTERS)
    groups.set(beginning, [...(groups.get(beginning) ?? []), secret])
  }
  return groups
}
