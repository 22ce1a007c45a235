/**
 * Which environment variables hold a secret: by their names, and by values that are plainly none.
 *
 * @module
 */
import type { Environment } from '../system.js'

/** Shorter values are too likely to occur by chance. */
export const MIN_SECRET_CHARS = 8

/** Parts of a name that make its value a secret. */
const SECRET_PARTS = new Set(
  'auth authorization bearer apikey authtoken cookie cookies cred credential credentials creds dsn hmac jwt key keys otp pass passphrase passwd password passwords pat pw pwd salt sas secret secrets token tokens totp webhook'.split(
    ' ',
  ),
)

/** The same, glued to other words: `GITHUBTOKEN`, `dbpassword`. */
const SECRET_SUBSTRING = /token|secret|passw|passphrase|credential|apikey|privatekey|accesskey|connectionstring/

/** Last parts of names of things about a secret, not the secret. */
const HARMLESS_ENDS = new Set(
  'algorithm askpass audience count dir directory enabled expires expiry file header host id issuer length location method mode name path port prefix provider region scope scopes size sock ttl type user username version'.split(
    ' ',
  ),
)

/** Working folders, whatever their names say. */
const HARMLESS_NAMES = new Set(['PWD', 'OLDPWD', 'INIT_CWD'])

/** Values of these are in plain sight; a secret that equals one is none. */
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

/** Words that are long enough, and mean nothing. */
const EVERYDAY = new Set(
  'anonymous automatic database development disabled enabled environment external internal interactive keychain localhost optional password passwords postgres postgresql production provider required sessions standard undefined username'.split(
    ' ',
  ),
)

/** Top folders: what begins with one is a path, while a secret may begin with a slash by chance. */
const TOP_FOLDERS =
  /^\/(Applications|Library|Users|Volumes|app|bin|builds|cache|data|dev|etc|github|home|lib|media|mnt|nix|opt|private|proc|root|run|sbin|snap|srv|sys|tmp|usr|var|work|workspace|workspaces)(\/|$)/

/** What the user says about names. */
export interface NameRules {
  /** More names; `*` stands for anything. */
  readonly names: readonly string[]
  /** Names or values that are not secret. */
  readonly allow: readonly string[]
}

/** One secret of the environment. */
export interface NamedSecret {
  readonly name: string
  readonly value: string
}

/** The secrets of the environment, and the passwords inside its URLs. */
export function secretsOf(env: Environment, { names, allow }: NameRules): readonly NamedSecret[] {
  const more = names.map(toPattern)
  const publicValues = new Set([...PUBLIC_NAMES.flatMap((name) => env[name] ?? []), ...allow])
  const found: NamedSecret[] = []
  for (const [name, raw] of Object.entries(env)) {
    const value = raw?.trim() ?? ''
    if (value.length < MIN_SECRET_CHARS || allow.includes(name) || publicValues.has(value)) continue
    const named = more.some((pattern) => pattern.test(name))
    if (named || (isSecretName(name) && !isEveryday(name, value))) found.push({ name, value })
    for (const password of passwordsIn(value)) {
      if (password.length >= MIN_SECRET_CHARS && !publicValues.has(password) && !EVERYDAY.has(password.toLowerCase())) {
        found.push({ name, value: password })
      }
    }
  }
  return found
}

/** Whether a variable of this name holds a secret: `API_KEY`, `npm_config__authToken`; not `KEY_PATH`, `TOKEN_TYPE`. */
export function isSecretName(name: string): boolean {
  if (HARMLESS_NAMES.has(name)) return false
  const parts = name
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((part) => part !== '')
  if (HARMLESS_ENDS.has(parts.at(-1) ?? '')) return false
  return parts.some((part) => SECRET_PARTS.has(part.replace(/\d+$/, ''))) || SECRET_SUBSTRING.test(parts.join(''))
}

function isEveryday(name: string, value: string): boolean {
  if (EVERYDAY.has(value.toLowerCase())) return true
  if (/^(\.{1,2}|~)([\\/]|$)|^[A-Za-z]:[\\/]/.test(value) || TOP_FOLDERS.test(value)) return true
  // An address without user, password and query says where, not what; webhooks are addresses that are secret.
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
