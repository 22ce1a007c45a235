/**
 * Secrets that a name before them makes secret: `"password": "…"`, `api_key=…`, `--token …`, `<secret>…</secret>`,
 * connection strings, the headers of requests, cookies, `curl -u`.
 *
 * What stands there must look like a secret: words, placeholders and code do not.
 *
 * @module
 */
import type { FoundSecret } from './found-secret.js'
import { isCode, isPlaceholder, looksAssigned, looksPassword, looksRandom } from './plausible.js'

/** Parts of names before a secret; letters in capitals or not. */
export const NAME_MARKS = [
  ...[
    'passw',
    'passp',
    'passc',
    'pass=',
    'pass:',
    'pass"',
    "pass'",
    'pass>',
    'pass ',
    'pass_',
    'pass-',
    'pass\\',
    'pwd=',
    'pwd:',
    'pwd"',
    "pwd'",
    'pwd ',
    'pwd>',
    'pwd\\',
    'pwd_',
    'pwd.',
    'secret',
    'token',
    'auth',
    'credential',
    'cookie',
    'jsessionid',
    'phpsessid',
    'session',
    'sig=',
  ],
  ...['signature=', 'api_key', 'apikey', 'api-key', 'api key', 'access_key', 'accesskey', 'access-key', 'accountkey'],
  ...['account_key', 'private_key', 'privatekey', 'private-key', 'encryption_key', 'encryptionkey', 'signing_key'],
  ...[
    'signingkey',
    'master_key',
    'masterkey',
    'license_key',
    'licensekey',
    'service_key',
    'storage_key',
    'service_role',
  ],
  ...[
    'app_key',
    'appkey',
    'application_key',
    'admin_key',
    'deploy_key',
    'deploykey',
    'hmac',
    'webhook',
    'instrumentationkey',
  ],
  ...[
    '_pw=',
    '_pw:',
    'pw="',
    "pw='",
    '-pw ',
    'bearer',
    'pin=',
    'pw":',
    "pw':",
    'sid=',
    'sid:',
    'sid"',
    '?key=',
    '&key=',
    'subscription-key',
    'subscription_key',
    'consumer_key',
    'consumerkey',
    'admin_key',
    'otp=',
    '_key_base',
  ],
  ...[';pw=', '?pw=', '&pw=', ' pw=', '"pw=', ' pw:', 'psk=', 'psk:', 'psk"', '?code=', '&code=', 'signing-key'],
  ...['encryption-key', 'master-key', 'jwt:key', 'jwt_key', 'jwtkey', 'jwt.key'],
]

const MAX_NAME_CHARACTERS = 64
const MAX_VALUE = 512
/** How many values may begin inside another one and are judged. */
const MAX_NESTED = 4

/** What may stand between a name and its value. */
const VALUE_SIGNS = '(=:"\'`\\>)],-!\t\n\r'

/** Last parts of a name that describe a secret but hold none. */
const HARMLESS_END =
  /(?:^|[_.-])(?:algorithm|askpass|audience|class|classname|count|dir|directory|enabled|error|errors|expiration|expire|expires|expiry|field|file|format|hash|header|headers|hint|host|hosts|id|index|input|issuer|kind|label|length|limit|list|location|method|min|max|minlength|maxlength|mode|name|names|path|pattern|placeholder|policy|port|prefix|provider|public|region|regex|required|reset|scope|scopes|size|status|strength|tests?|ttl|type|types|uri|url|urls|usage|used|user|username|valid|validation|validator|version)$/
const HARMLESS_NAME =
  /public|tokeniz|tokenis|author(?!iz)|authen|passed|passes|passing|passive|compass|bypass|passenger|passport$|secretary|secretlint|cookieparser|pagination|continuation|next_?page|page_?token|csrf_?header|session_?storage|tokens$|^passthrough|integrity|checksum|digest$/

const AFTER_NAME =
  /\\?["'`]?[\])]{0,2}\s{0,4}(?<sep>=>|:=|={1,3}|:{1,2}|,(?=\s?\\?["'`])|\((?=\s?\\?["'`])|->|!==?)\s{0,8}/y
const XML_TEXT = /(?:\s[^<>\n]{0,80}|["'])?>(?:<!\[CDATA\[)?(?<value>[^<>\n]{4,512})(?:\]\]>)?<\//y
/** What is before the name of an element, or of its key. */
const ELEMENT = /<(?:[\w:]{0,40}|[\w:]{1,40}\s(?:name|key|id)=")$/
/** The value in another attribute or property than the name: `name="password" value="…"`, `"name": "PASSWORD", "value": "…"`. */
const OTHER_VALUE =
  /["']?(?:\s{0,4},|(?:\s{1,4}[\w-]{1,30}="[^"\n]{0,80}"){0,3})\s{1,40}["']?(?:value|content|default)["']?\s{0,2}[=:]\s{0,2}(?:"(?<double>[^"\n]{4,512})"|'(?<single>[^'\n]{4,512})'|(?<bare>[^\s"',;<>{}[\]]{4,512}))/iy
/** What may stand between the sign and the value: a type, the tag of YAML, the beginning of a block or of an object. */
const BEFORE_VALUE =
  /(?:(?:(?:string|str|&(?:'static )?str|char\s?\*|any|varchar)(?:\s\|\s\w{1,20})?\s{0,2}=\s{0,2}|!{1,2}[\w:./-]{1,30}\s{1,4}|[|>][+-]?\d?\r?\n[ \t]{1,40}|\{\s{0,20}\\?["']?(?:value|default|plain|plaintext|raw|data|text|current|secret|password|\$value|_)\\?["']?\s{0,2}[:=]>?\s{0,4})(?:!{1,2}\w{1,20}\s)?)?/iy
const SAID = String.raw`(?:\s(?:for|of)\s[^\s:]{1,80}(?=:))?(?:\s(?:key\s)?(?:is|was|provided|given|used|value|set to|changed to|now))?(?<colon>:)?`
/** A sentence with a secret in it: only what is certainly no word. */
const PROSE = new RegExp(
  SAID + String.raw`\s{1,3}(?<open>["'\x60])?(?<value>[\w+/=~!#*^-]{8,128})(?!\w|[(/-]|\.\w)`,
  'y',
)
const PROSE_START = /^\s(?:[\w:]{1,80}\s){0,3}["'`]?[\w+/=~!#*^-]{8}/
const OPTION = /[ \t]{1,4}(?:(?<quote>["'])(?<quoted>[^"'\n]{1,512})\k<quote>|(?<bare>[^\s"'|&;<>()]{1,512}))/y
const QUOTED =
  /[brfu@$]{0,2}(?:\\{0,3}"(?<double>(?:[^"\\\n]|\\[^"\n]){0,512})\\{0,3}"|\\{0,3}'(?<single>(?:[^'\\\n]|\\[^'\n]){0,512})\\{0,3}'|`(?<back>[^`\n]{0,512})`)/y
const BARE = /[^\s"'`<>;&,()[\]{}|\\]{1,512}/y
const SCHEME = /^(?:Bearer|Basic|Token|ApiKey|Api-Key|Negotiate|Digest|SSWS|Key|Bot|GenieKey|Splunk)\s{1,4}/i
/** Names that nothing else than a secret has. */
const UNMISTAKABLE =
  /(?:^|[_-])(?:api[_-]?(?:key|token|secret)|apikey|client[_-]?secret|auth[_-]?token|access[_-]?(?:key|token)|private[_-]?key|secret[_-]?(?:key|access[_-]?key|token)?|refresh[_-]?token|bearer[_-]?token|(?:encryption|signing|master|account|jwt)[_-]?key|[a-z]{2,20}[_-](?:token|secret)|(?:jwt|app|consumer|webhook|session)[_-]?secret)$/
/** Words before `token: ` that say whose token follows. */
const VENDOR =
  /(?:snyk|heroku|sonar\w*|codecov|npm|sentry|squarespace|hubspot|postmark|postmark|atlas|circleci|messagebird)[ _-]?$/i
const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i

/** Finds the secrets after the names of one text; ask it for rising places. */
export function assignmentFinder(text: string): (at: number) => readonly FoundSecret[] {
  let nameEnd = -1
  let valueEnd = -1
  let nested = 0
  return (mark) => {
    const at = /[?&; "]/.test(text[mark] ?? '') ? mark + 1 : mark
    if (at < nameEnd) return []
    const after = nameEndAt(text, at)
    if (!mayHaveValue(text, at, after)) {
      nameEnd = after
      return []
    }
    if (at >= valueEnd) nested = 0
    else if (++nested > MAX_NESTED) return []
    const name = nameAt(text, at)
    nameEnd = name.end
    const value = valueAfter(text, name)
    if (value === undefined) return []
    valueEnd = Math.max(valueEnd, value.end)
    if (isCookie(name.text)) return cookies(text, value)
    if (!isSecretAfter(name, value)) return []
    // The scheme of a header stays.
    const start = value.start + (SCHEME.exec(value.text)?.[0].length ?? 0)
    return [{ start, end: value.end, kind: kindOf(name.text) }]
  }
}

/** User and password of `curl -u`, `wget`, `http -a`; the password of `mysql -p…`, `sshpass -p …`; `.netrc`. */
export function findCommandSecret(text: string, at: number): FoundSecret | undefined {
  for (const pattern of COMMANDS) {
    pattern.lastIndex = at
    const range = pattern.exec(text)?.indices?.groups?.secret
    if (range === undefined) continue
    const [start, end] = range
    const value = text.slice(start, end)
    if (value.length >= 4 && !isPlaceholder(value) && (looksPassword(value) || value.length >= 12))
      return { start, end, kind: 'password' }
  }
  return undefined
}

/** Beginnings of command lines and files with a password. */
export const COMMAND_MARKS = [
  'curl',
  'wget',
  'mysql',
  'mariadb',
  'sshpass',
  'redis-cli',
  'machine ',
  'jdbc:oracle:',
  'default login ',
  'vault login ',
  'docker login',
  'ldapsearch',
  'smbclient',
  'http -a',
  'https -a',
  'mongosh',
  'mongo ',
  'sqlcmd',
  'openssl',
  'htpasswd',
  'az login',
  'oc login',
  'helm ',
  'IDENTIFIED ',
  'identified ',
  'net use ',
  'NET USE ',
  'echo ',
]
const COMMANDS = [
  /identified\s{1,3}(?:with\s{1,3}\S{1,40}\s{1,3})?by\s{1,3}(?:password\s{1,3})?["'](?<secret>[^"'\n]{4,128})["']/diy,
  /net use\s{1,3}(?:[A-Za-z*]:?\s{1,3})?\\{2,4}[^\s]{1,200}\s{1,3}(?:\/user:\S{1,80}\s{1,3})?(?<secret>[^\s/"'-][^\s"']{3,127})/diy,
  /echo\s{1,3}(?:-n\s)?["']?(?<secret>[^\s"'|]{8,128})["']?\s{0,3}\|[^\n|]{1,100}-stdin/dy,
  /jdbc:oracle:\w{3,5}:[^\s/@]{1,80}\/(?<secret>[^\s@]{4,128})@/dy,
  /default\s{1,4}login\s{1,4}\S{1,200}\s{1,8}password\s{1,4}["']?(?<secret>[^\s"']{4,256})/dy,
  /vault login\s{1,3}(?<secret>[A-Za-z0-9._-]{20,128})/dy,
  /(?:curl|wget|https?)\b[^\n]{0,300}?\s(?:-[a-zA-Z]{0,5}u|--user|-U|--proxy-user|-a)(?:\s{0,3}|=)["']?[^\s:"']{0,80}:(?<secret>[^\s"']{1,256})/dy,
  /(?:mysql|mysqldump|mysqladmin|mariadb|mysqlimport)\b[^\n]{0,200}?\s-p["']?(?<secret>[^\s"']{4,128})/dy,
  /(?:sshpass|mongosh?|docker login|ldapsearch|az login|oc login|helm)\b[^\n]{0,200}?\s-(?:p|w)\s{0,2}["']?(?<secret>[^\s"'-][^\s"']{3,127})/dy,
  /(?:redis-cli)\b[^\n]{0,200}?\s-a\s{1,2}["']?(?<secret>[^\s"']{4,128})/dy,
  /(?:sqlcmd)\b[^\n]{0,200}?\s-P\s{0,2}["']?(?<secret>[^\s"']{4,128})/dy,
  /(?:smbclient)\b[^\n]{0,200}?\s-U\s{0,2}["']?[^\s%"']{1,80}%(?<secret>[^\s"']{4,128})/dy,
  /(?:openssl)\b[^\n]{0,300}?\spass:(?<secret>[^\s"']{4,128})/dy,
  /(?:htpasswd)\s{1,3}-\w{0,4}b\w{0,4}\s{1,3}\S{1,100}\s{1,3}\S{1,80}\s{1,3}["']?(?<secret>[^\s"']{4,128})/dy,
  /machine\s{1,4}\S{1,200}\s{1,8}login\s{1,4}\S{1,200}\s{1,8}password\s{1,4}["']?(?<secret>[^\s"']{4,256})/dy,
]

interface Name {
  readonly start: number
  readonly end: number
  readonly text: string
  /** What stands before it. */
  readonly before: string
}

interface Value {
  readonly start: number
  readonly end: number
  readonly text: string
  readonly isQuoted: boolean
}

// Most names in a text are words of a sentence: nothing after them looks like the beginning of a value.
function mayHaveValue(text: string, at: number, end: number): boolean {
  let next = end
  while (text.charCodeAt(next) === 0x20 && next < end + 4) next++
  if (VALUE_SIGNS.includes(text[next] ?? ' ')) return true
  // An option of a command line, an element of XML with attributes, and the mark `api key`.
  let start = at
  while (start > 0 && at - start < MAX_NAME_CHARACTERS && isNameUnit(text.charCodeAt(start - 1))) start--
  return (
    text[start] === '-' ||
    text[start - 1] === '<' ||
    text[start - 1] === ':' ||
    text[start] === '_' ||
    text.startsWith(' key', end) ||
    PROSE_START.test(text.slice(end, end + 40))
  )
}

function nameEndAt(text: string, at: number): number {
  let end = at
  while (end < text.length && end - at < MAX_NAME_CHARACTERS && isNameUnit(text.charCodeAt(end))) end++
  return end
}

function nameAt(text: string, at: number): Name {
  let start = at
  while (start > 0 && at - start < MAX_NAME_CHARACTERS && isNameUnit(text.charCodeAt(start - 1))) start--
  let end = nameEndAt(text, at)
  // `api key` and the mark `sig=` end elsewhere.
  if (/^api key/i.test(text.slice(at, at + 7)) && end === at + 3) end = at + 7
  return {
    start,
    end: Math.max(end, at + 1),
    text: text.slice(start, end),
    before: text.slice(Math.max(0, start - 16), start),
  }
}

function isNameUnit(unit: number): boolean {
  return (
    (unit >= 0x30 && unit <= 0x39) ||
    (unit >= 0x41 && unit <= 0x5a) ||
    (unit >= 0x61 && unit <= 0x7a) ||
    unit === 0x5f ||
    unit === 0x2d ||
    unit === 0x2e
  )
}

function valueAfter(text: string, name: Name): Value | undefined {
  const isOption = /^(?:--?[a-z]|_auth|_pass)/i.test(name.text) || text[name.end] === '\t'
  const xml = '<:"'.includes(text[name.start - 1] ?? ' ') ? groupAt(XML_TEXT, text, name.end, 'value') : undefined
  if (xml !== undefined && ELEMENT.test(text.slice(Math.max(0, name.start - 60), name.start))) {
    return { ...xml, isQuoted: true }
  }
  const other = groupAt(OTHER_VALUE, text, name.end, 'double', 'single', 'bare')
  if (other !== undefined) return { ...other, isQuoted: true }
  AFTER_NAME.lastIndex = name.end
  const after = AFTER_NAME.exec(text)
  if (after === null) {
    if (!isOption) return saidAfter(text, name)
    const option = groupAt(OPTION, text, name.end, 'quoted', 'bare')
    return option === undefined ? undefined : { ...option, isQuoted: false }
  }
  // A part of a name with colons: `arn:aws:secretsmanager:…:secret:name`.
  if (after[0] === ':' && /\w:$/.test(name.before)) return undefined
  let from = name.end + after[0].length
  if (text[from] === '[') from++
  while (text[from] === ' ' && from < name.end + 24) from++
  BEFORE_VALUE.lastIndex = from
  from += BEFORE_VALUE.exec(text)?.[0].length ?? 0
  // The quotes of a text of several lines.
  if (text.startsWith("'''", from) || text.startsWith('"""', from)) from += 2
  const quoted = groupAt(QUOTED, text, from, 'double', 'single', 'back')
  if (quoted !== undefined) return { ...quoted, isQuoted: true }
  BARE.lastIndex = from
  let bare = BARE.exec(text)?.[0] ?? ''
  if (/^(?:proxy-)?(?:authorization|(?:set-)?cookie)$/i.test(name.text))
    bare = /^[^\n"'`]{1,512}/.exec(text.slice(from, from + MAX_VALUE))?.[0] ?? bare
  // A password may be followed by the end of a sentence.
  bare = bare.replace(/[.:!?]+$/, '')
  return bare === '' ? undefined : { start: from, end: from + bare.length, text: bare, isQuoted: false }
}

// A word after a name without a sign: it is a secret if it cannot be a word, and a password if it looks like one.
function saidAfter(text: string, name: Name): Value | undefined {
  PROSE.lastIndex = name.end
  const match = PROSE.exec(text)
  const { value = '', open, colon } = match?.groups ?? {}
  if (match === null || !/\d/.test(value)) return undefined
  const isMixed = /[a-z]/.test(value) && /[A-Z]/.test(value)
  const isTold = open !== undefined || colon !== undefined || /\s(?:is|was|provided|given|used|to|now)\s/.test(match[0])
  const isPassword = /pass(?:word|wd|phrase)?$|pwd$/i.test(name.text)
  const isKey = /api[ _-]?key$|secret$/i.test(name.text)
  const isSecret = isPassword
    ? looksRandom(value, 8) && (isMixed || isTold)
    : looksRandom(value, 16) && (isMixed || (isTold && isKey))
  const end = name.end + match[0].length
  return isSecret ? { start: end - value.length, end, text: value, isQuoted: true } : undefined
}

function groupAt(pattern: RegExp, text: string, at: number, ...names: string[]): Omit<Value, 'isQuoted'> | undefined {
  pattern.lastIndex = at
  const match = pattern.exec(text)
  if (match === null) return undefined
  for (const name of names) {
    const value = match.groups?.[name]
    if (value === undefined) continue
    // The group is before what closes it.
    const start = at + match[0].lastIndexOf(value)
    return { start, end: start + value.length, text: value }
  }
  return undefined
}

function isCookie(name: string): boolean {
  return /^(?:set-)?cookie$/i.test(name)
}

function kindOf(name: string): string {
  if (/pass|pwd|pw$/i.test(name)) return 'password'
  if (/^(?:proxy-)?authorization$/i.test(name)) return 'authorization'
  if (/aws.?secret|secret.?access.?key/i.test(name)) return 'aws-key'
  if (/sig/i.test(name)) return 'signature'
  return /cookie|session|sess/i.test(name) ? 'cookie' : 'credential'
}

function isSecretAfter(name: Name, value: Value): boolean {
  const parts = name.text
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .replace(/^-+/, '')
    .toLowerCase()
  const last = /[^.]*$/.exec(parts)?.[0] ?? parts
  if (HARMLESS_END.test(parts) || HARMLESS_NAME.test(last.replaceAll('_', '')) || HARMLESS_NAME.test(last)) return false
  const text = value.text.replace(SCHEME, '')
  if (/^\[secret:/.test(text) || isPlaceholder(text) || isCode(text)) return false
  if (/\s/.test(text) && !(/pass/.test(last) && /\d/.test(text))) return false
  if (last === 'code') return /[?&]/.test(name.before) && (looksRandom(text, 16) || /^4\/0A[\w-]{20}/.test(text))
  if (/sig/.test(last)) return text.length >= 32 && looksRandom(text, 32)
  if (
    /session|sid$|hmac|webhook|auth$|token|secret|key|credential|bearer|cookie/.test(last) &&
    !/pass|pwd|pw$/.test(last)
  ) {
    if (UUID.test(text))
      return (
        (/api_?key|secret|access|(?:instrumentation|private)_?key|[a-z]_token$/.test(last) ||
          VENDOR.test(name.before)) &&
        !isPlaceholder(text.replaceAll('-', ''))
      )
    if (UNMISTAKABLE.test(last) && looksAssigned(text)) return true
    return looksRandom(text, /session|hmac|auth/.test(last) ? 16 : 10)
  }
  if (UUID.test(text)) return false
  return (
    looksAssigned(text) ||
    (value.isQuoted || /[=:]/.test(value.text) || !/^[A-Za-z_$][\w$]*$/.test(text)
      ? looksPassword(text)
      : looksRandom(text, 8))
  )
}

// `name=value; name=value`: each value that looks random.
function cookies(text: string, { start, end }: Value): readonly FoundSecret[] {
  const found: FoundSecret[] = []
  for (const match of text
    .slice(start, end)
    .matchAll(/(?:^|;\s{0,2})(?<name>[^\s=;,]{1,80})=(?<value>[^;\s,"']{1,4096})/dg)) {
    const range = match.indices?.groups?.value
    const { name = '', value = '' } = match.groups ?? {}
    if (range === undefined || /^(?:expires|path|domain|max-age|samesite|lang|locale|theme)$/i.test(name)) continue
    const isSession = /sess|sid|token|auth|jwt|csrf|xsrf|secret|login|remember/i.test(name)
    if (looksRandom(value, isSession ? 8 : 12))
      found.push({ start: start + range[0], end: start + range[1], kind: 'cookie' })
  }
  return found
}
