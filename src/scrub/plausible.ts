/**
 * Tells what may be a secret from what is none: everyday words, placeholders, reserved hosts.
 *
 * @module
 */

/** The longest value that is judged. */
export const MAX_VALUE_CHARACTERS = 512

/** Words that people write where a secret would be. */
const PLACEHOLDER_WORDS = new Set(
  `a aaaa abc abcd abcde abcdef abcdefg abcdefgh abcxyz access account acme actual admin administrator alice an anonymous
  any api apikey app application arg auth authorization azerty bad bar basic baz bearer blah bob bogus broken changed
  change changeit changeme client code confidential confirm cookie correct cred credential credentials current custom
  customer data database db deadbeef default demo dev developer device do docker dont dummy email empty encoded encrypted
  enter env example expected expired export fail fake false field fixture foo foobar for format from generate
  generated get git github gitlab go good guest hash header hello here hidden hide home host id if in info
  input insert invalid is it jane jane john js json jwt key keys label letmein live local localhost login long
  lorem ipsum mail master me message missing mock mocked model mongo mongodb my mypass mypassword mysecret mysql
  name new no node none not nothing npm null number oauth obfuscated of old on only openai option optional or oracle os other
  out p param parameter pass passcode passphrase passwd password passwords path payload please postgres postgresql
  private process prod production project prop protected proxy public put pw pwd query quux qux qwerty random raw real
  redacted redis refresh removed replace request required reset response role root safe sample scope secret secrets
  secure server service session set short shared sha sign signature signed some something stage staging state static string
  stub super sysadmin system temp template test tester testing testpass testtoken text that the this ticket tmp to todo
  token tokens true type undefined unknown unset update url use user userid username userpass users uuid
  valid validate value values var variable vault wrong x xx xxx xxxx xyz xyzzy y yes you your yours z zzz zzzz
  asdf asdfgh asdfghjkl dragon iloveyou love monkey plugh qaz qazwsx qwe wsx zaq zxc zxcv zxcvbn`.split(/\s+/),
)

/** Names of hosts that nobody can own (RFC 2606, RFC 6761), and of the machine itself. */
const RESERVED_HOST =
  /(?:^|\.)(?:example\.(?:com|net|org|edu|io|dev|co|co\.uk|de|fr|jp)|localhost|localdomain|test|invalid|local)\.?$/
/** Loopback, unspecified and documentation addresses (RFC 5737, RFC 3849). */
const RESERVED_ADDRESS =
  /^(?:127\.\d{1,3}\.\d{1,3}\.\d{1,3}|0\.0\.0\.0|192\.0\.2\.\d{1,3}|198\.51\.100\.\d{1,3}|203\.0\.113\.\d{1,3}|\[(?:::1?|2001:0?db8:[0-9a-f:]*)\]|host\.docker\.internal)$/
const EXAMPLE_HOST = /(?:^|\.)example\.?$/

/** How careful a judgement is. */
export type HostKind = 'reserved' | 'example' | 'other'

/** Whether a host (without its port) is reserved for examples and tests. */
export function hostKind(host: string): HostKind {
  const name = host.toLowerCase()
  if (RESERVED_HOST.test(name) || RESERVED_ADDRESS.test(name)) return 'reserved'
  return EXAMPLE_HOST.test(name) ? 'example' : 'other'
}

/** A template, a mask, or words that stand for a secret: `${PASSWORD}`, `<token>`, `****`, `changeme123`. */
export function isPlaceholder(value: string): boolean {
  const kinds = new Set(value.toLowerCase()).size
  if (isTemplate(value) || kinds <= 2 || (kinds === 3 && value.length > 5) || isSequence(value)) return true
  const words = wordsOf(value)
  if (words.length > 0 && words.every((word) => PLACEHOLDER_WORDS.has(word))) return true
  const plain = wordsOf(withoutLeet(value))
  return plain.length > 0 && plain.every((word) => PLACEHOLDER_WORDS.has(word))
}

/** Whether all letters of a text are in words, as far as their letters tell: `wonderland`, `correct-horse`. */
export function isWords(value: string): boolean {
  return /[a-z]{3}/i.test(value) && isSpelledAsWords(value) && wordShare(value) === 1
}

// Letters with single separators; a capital only begins a word. Three searches, because one expression for all of it would
// try every way to divide a long word.
function isSpelledAsWords(value: string): boolean {
  return (
    /^[A-Za-z][A-Za-z _.-]*$/.test(value) && !/[ _.-](?![A-Za-z])/.test(value) && !/[A-Z](?![a-z])/.test(value.slice(1))
  )
}

/**
 * Whether a text looks random: letters of no word, with digits between them.
 *
 * @param minCharacters shorter texts do not look random
 */
export function looksRandom(value: string, minCharacters: number): boolean {
  if (value.length < minCharacters || value.length > MAX_VALUE_CHARACTERS * 16) return false
  const start = value.slice(0, MAX_VALUE_CHARACTERS)
  if (isPlaceholder(start)) return false
  const kinds = [/[a-z]/, /[A-Z]/, /\d/].filter((kind) => kind.test(start)).length
  if (kinds < 2)
    return kinds === 1 && !/\d/.test(start) && start.length >= 12 && /^[A-Za-z]+$/.test(start) && wordShare(start) < 0.5
  // Letters and digits in turn are no word, even if some of the letters could be.
  const turns = changes(start.replace(/[-_. ]/g, ''))
  if (turns >= 6 && turns >= start.length / 3) return true
  const digits = start.match(/\d/g)?.length ?? 0
  if (turns >= 4 && digits >= start.length / 4) return true
  return wordShare(start) <= 0.6 && changes(start) >= 3
}

/** Whether a password that somebody wrote down is one: longer than a word, and not made of words. */
export function looksPassword(value: string): boolean {
  if (value.length < 6 || isPlaceholder(value) || isWords(value)) return false
  if (looksRandom(value, 6)) return true
  // Words with digits and signs in them, as people choose passwords.
  return value.length >= 8 && /[A-Za-z]/.test(value) && /\d/.test(value) && /[^\w\s.:/-]/.test(value)
}

/**
 * Whether a value says nothing else than a secret, where the name leaves no doubt that one stands there: short texts of
 * one kind of characters, too.
 */
export function looksAssigned(value: string): boolean {
  if (value.length < 8 || value.length > MAX_VALUE_CHARACTERS || !/^[\x21-\x7e]+$/.test(value)) return false
  if (isPlaceholder(value) || isWords(value) || ALGORITHM.test(value) || KEYBOARD.test(value)) return false
  if (!/[A-Za-z]/.test(value)) return false
  const words = wordShare(value)
  if (/\d/.test(value) && words < 0.9) {
    // Digits between letters, or all kinds of characters in turn.
    if (/[A-Za-z]\d+[A-Za-z]+\d|\d[A-Za-z]+\d+[A-Za-z]/.test(value)) return true
    if (/[a-z]/.test(value) && /[A-Z]/.test(value) && changes(value) >= 3) return true
  }
  return /\d/.test(value) ? words < 0.6 : value.length >= 10 && /^[A-Za-z]+$/.test(value) && words < 0.5
}

/** Names of methods that stand after the name of a secret. */
const ALGORITHM =
  /^(?:pbkdf2|sha-?\d|md5|[her]s\d{3}|argon|bcrypt|scrypt|aes|rsa|ecdsa|secp|ed25519|x25519|base64|utf-?\d|oauth\d|client_secret_|v\d+(?:\.\d+)*(?:[a-z]+\d*)?$)/i
/** Keys that are neighbors on a keyboard. */
const KEYBOARD = /^(?:1q2w3e|q1w2e3|zaq1|1qaz|qaz2wsx|a1b2c3|abc123|a1s2d3)/i

/** Whether a value is an expression, a path, a number or a date: `config.password`, `getToken(`, `/run/secrets/db`. */
export function isCode(value: string): boolean {
  if (!CODE.test(value)) return false
  // Base64 may begin with a slash, and a password may have a full stop.
  if (/^\/[A-Za-z0-9+/]{39,}={0,2}$/.test(value))
    return value.split('/').some((part) => isWords(part)) || !looksRandom(value, 40)
  return !/^[A-Za-z][\w.]*$/.test(value) || !looksRandom(value.replaceAll('.', ''), 10)
}

const CODE =
  /^(?:[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)+|[A-Za-z_$][\w$]*\(|\.{0,2}\/[\w.-]|~\/|[A-Za-z]:[\\/]|-?\d[\d.:,T/-]*Z?$|https?:\/\/)/

function isTemplate(value: string): boolean {
  return /^(?:\$|%[A-Za-z_]+%$|<|\{|\[|@@|#\{|__)|\$[{(]|\{\{|%[sdv]\b|\.\.\.|…|^(?:process\.|import\.meta|env[.:[]|os\.)|\*{3}|•|x{5}|X{4}|\?{3}|-{4}|_{4}|\[secret:/.test(
    value,
  )
}

// Most characters follow the one before: `12345678`, `abcdefgh`.
function isSequence(value: string): boolean {
  let steps = 0
  for (let index = 1; index < value.length; index++) {
    const step = value.charCodeAt(index) - value.charCodeAt(index - 1)
    if (step === 1 || step === 0 || step === -1) steps++
  }
  return value.length >= 4 && steps >= (value.length - 1) * 0.7
}

// The words of a text: `myPassword_123` has `my` and `password`.
function wordsOf(value: string): string[] {
  return (value.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+/g) ?? []).map((word) => word.toLowerCase())
}

function withoutLeet(value: string): string {
  const letters: Readonly<Record<string, string>> = { 0: 'o', 1: 'i', 3: 'e', 4: 'a', 5: 's', 7: 't' }
  return value.replace(/(?<=[A-Za-z])[013457](?=[A-Za-z@$])|@(?=(?:ss|\$\$)w)|(?<=[Aa@Ss])\$/g, (found) =>
    found === '@' ? 'a' : found === '$' ? 's' : (letters[found] ?? found),
  )
}

// The share of letters that are in words of three and more letters.
function wordShare(value: string): number {
  let letters = 0
  let inWords = 0
  for (const [word] of value.matchAll(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+/g)) {
    letters += word.length
    const isWord = word.length >= 4 || (word.length === 3 && PLACEHOLDER_WORDS.has(word.toLowerCase()))
    if (isWord && isPronounceable(word)) inWords += word.length
  }
  return letters === 0 ? 0 : inWords / letters
}

function isPronounceable(word: string): boolean {
  const vowels = word.match(/[aeiouy]/gi)?.length ?? 0
  const share = vowels / word.length
  if (PLACEHOLDER_WORDS.has(word.toLowerCase())) return true
  return share >= 0.25 && share <= 0.7 && !/[^aeiouy]{4}|[aeiou]{3}|[jqvwxz]{2}|q(?!u)/i.test(word)
}

// How often the kind of characters changes; a capital before small letters is no change.
function changes(value: string): number {
  let count = 0
  let last = ''
  for (const [run] of value.matchAll(/[A-Z]?[a-z]+|[A-Z]+|\d+|[^A-Za-z\d]+/g)) {
    if (last !== '') count++
    last = run
  }
  return count
}
