/**
 * Secrets that are known by their shape: tokens, private keys, credentials in headers and in URLs.
 *
 * Every expression takes linear time: a token does not begin inside a word, and a match that fails is short.
 *
 * @module
 */
import { createLiteralSearch } from './literal-search.js'

/** The place of a secret in a text. */
export interface FoundSecret {
  readonly start: number
  /** Index after the last character. */
  readonly end: number
  /** The kind in the placeholder. */
  readonly kind: string
}

/** Longest body of a private key. */
const MAX_PEM_CHARACTERS = 20_000

/** One kind of token. */
interface TokenShape {
  /** The kind in the placeholder. */
  readonly kind: string
  /** Every such token contains one of these literals. */
  readonly marks: readonly string[]
  /** Finds tokens. Has the flags `g` and `d` if a group `secret` is the part to replace. */
  readonly pattern: RegExp
}

const WORD = '[A-Za-z0-9_-]'

const TOKEN_SHAPES: readonly TokenShape[] = [
  token('github-token', ['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'], 'gh[pousr]_', '[A-Za-z0-9]', 30),
  token('github-token', ['github_pat_'], 'github_pat_', '[A-Za-z0-9_]', 22),
  token(
    'gitlab-token',
    ['glpat-', 'gldt-', 'glrt-', 'glptt-', 'glft-', 'glcbt-', 'glimt-', 'glagent-', 'glsoat-', 'gloas-', 'glffct-'],
    'gl(?:pat|dt|rt|ptt|ft|cbt|imt|agent|soat|oas|ffct)-',
    '[A-Za-z0-9_.-]',
    16,
  ),
  token('npm-token', ['npm_'], 'npm_', '[A-Za-z0-9]', 30),
  token('pypi-token', ['pypi-'], 'pypi-', WORD, 40),
  token('aws-key', ['AKIA', 'ASIA', 'ABIA', 'ACCA'], 'A(?:KIA|SIA|BIA|CCA)', '[A-Z0-9]', 16),
  {
    kind: 'aws-key',
    marks: ['aws_secret', 'AWS_SECRET', 'secretAccessKey', 'SecretAccessKey'],
    pattern:
      /(?:aws_secret_access_key|secretAccessKey)\\?["']?\s{0,4}[:=]\s{0,4}\\?["']?(?<secret>[A-Za-z0-9/+=]{40,})/dgi,
  },
  token(
    'slack-token',
    ['xoxa-', 'xoxb-', 'xoxe-', 'xoxe.', 'xoxo-', 'xoxp-', 'xoxr-', 'xoxs-', 'xapp-'],
    'xox[abeoprs][-.]|xapp-',
    '[A-Za-z0-9.-]',
    10,
  ),
  token(
    'slack-webhook',
    ['hooks.slack.com/'],
    'hooks\\.slack\\.com/(?:services|workflows|triggers)/',
    '[A-Za-z0-9/_-]',
    20,
  ),
  {
    kind: 'jwt',
    marks: ['.eyJ'],
    pattern: /(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{5,}\.eyJ[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*)?/g,
  },
  token('google-key', ['AIza'], 'AIza', WORD, 35),
  token('google-token', ['ya29.', 'GOCSPX-'], 'ya29\\.|GOCSPX-', WORD, 20),
  token(
    'stripe-key',
    ['sk_live_', 'sk_test_', 'rk_live_', 'rk_test_', 'whsec_'],
    '[sr]k_(?:live|test)_|whsec_',
    '[A-Za-z0-9]',
    16,
  ),
  {
    kind: 'sendgrid-key',
    marks: ['SG.'],
    pattern: /(?<![A-Za-z0-9])SG\.[A-Za-z0-9_-]{16,64}\.[A-Za-z0-9_-]{16,64}/g,
  },
  token('huggingface-token', ['hf_'], 'hf_', '[A-Za-z0-9]', 30),
  token('ai-key', ['sk-proj-', 'sk-ant-', 'sk-svcacct-', 'sk-or-v1-'], 'sk-(?:proj|ant|svcacct|or-v1)-', WORD, 20),
  token('docker-token', ['dckr_pat_', 'dckr_oat_'], 'dckr_[po]at_', WORD, 20),
  token('digitalocean-token', ['dop_v1_', 'doo_v1_', 'dor_v1_'], 'do[por]_v1_', '[a-f0-9]', 32),
  token('vault-token', ['hvs.', 'hvb.', 'hvr.'], 'hv[sbr]\\.', WORD, 20),
  token('shopify-token', ['shpat_', 'shpca_', 'shppa_', 'shpss_'], 'shp(?:at|ca|pa|ss)_', '[a-fA-F0-9]', 32),
  token('grafana-token', ['glsa_', 'glc_'], 'glsa_|glc_', '[A-Za-z0-9_+/=]', 20),
  token('sentry-token', ['sntrys_', 'sntryu_'], 'sntry[su]_', '[A-Za-z0-9_+/=]', 20),
  token('square-token', ['sq0atp-', 'sq0csp-'], 'sq0[ac][ts]p-', WORD, 20),
  token('newrelic-key', ['NRAK-'], 'NRAK-', '[A-Z0-9]', 20),
  token('postman-key', ['PMAK-'], 'PMAK-', '[A-Za-z0-9-]', 20),
  token('age-key', ['AGE-SECRET-KEY-1'], 'AGE-SECRET-KEY-1', '[A-Z0-9]', 40),
  token('atlassian-token', ['ATATT3', 'ATCTT3'], 'AT[AC]TT3', '[A-Za-z0-9_=-]', 20),
]

const PEM_MARKS = ['PRIVATE KEY']
const PEM_BEGIN = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g
const PEM_END = /^-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/
/** The body of a block that has no end: as much as still looks like one. */
const PEM_BODY = /(?:[A-Za-z0-9+/=\s,:"'|>-]|\\[nr]){0,20000}/y

const HEADER_MARKS = [
  'uthorization',
  'UTHORIZATION',
  'earer ',
  'EARER ',
  'asic ',
  'BASIC ',
  'x-api-key',
  'X-API-Key',
  'X-Api-Key',
  'X-API-KEY',
  'rivate-token',
  'RIVATE-TOKEN',
  'rivate-Token',
]
/**
 * A header or a property of that name with its value: with or without quotes, in an object, in JSON inside a string.
 */
const HEADER =
  /\b(?:(?:proxy-)?authorization|x-api-key|private-token)\b\\?["'`]?\s{0,4}[:=,]\s{0,4}\[?\s{0,4}\\?["'`]?(?<scheme>(?:Bearer|Basic|Token|ApiKey|Negotiate)\s{1,4})?(?<secret>[A-Za-z0-9._~+/=:%-]{8,})/dgi
/** A credential without the name of its header. */
const SCHEME = /\b(?<scheme>Bearer|Basic)\s{1,4}(?<secret>[A-Za-z0-9._~+/=-]{12,})/dgi

const URL_MARK = '://'
/** What follows `://` if there may be a user: an `@` before the path, or a password with a slash. */
const USER = /[^\s/?#"'`<>\\]{0,512}@|[^\s/?#@:"'`<>\\[]{1,64}:(?!\d{0,5}(?:[/?#\s]|$))/y
/** User and password, in a URL of any scheme. A password may contain `@`. */
const URL_PASSWORD = /:\/\/[^\s/?#@:"'`<>\\[]{0,256}:(?<secret>[^\s/?#"'`<>\\]{1,512})@/dg
/** A password with a slash that is not percent-encoded; a port followed by a path is not a password. */
const URL_RAW_PASSWORD =
  /(?<=https?|ftp|ssh|postgres|postgresql|mysql|mariadb|mongodb|mongodb\+srv|rediss?|amqps?):\/\/[^\s/?#@:"'`<>\\[]{1,64}:(?<secret>(?!\d{1,5}[/?#])[^\s@"'`<>\\]{1,128})@/dg
/** A token instead of the user. */
const URL_TOKEN = /(?<=https?):\/\/(?<secret>[^\s/?#@:"'`<>\\]{8,512})@/dg

/** Finds what may be the beginning of any shape. */
const findMark = createLiteralSearch([
  ...TOKEN_SHAPES.flatMap(({ marks }) => marks),
  ...PEM_MARKS,
  ...HEADER_MARKS,
  URL_MARK,
])

/** Whether a text may contain a secret that is known by its shape. Fast; only `true` can be wrong. */
export function mayHoldShapes(text: string): boolean {
  for (let at = findMark(text, 0); at !== -1; at = findMark(text, at + 1)) {
    // `://` is in every stack trace: it is a mark only where a user may follow.
    if (!text.startsWith(URL_MARK, at) || hasUser(text, at + URL_MARK.length)) return true
  }
  return false
}

/** All secrets of a text that are known by their shape; they may overlap. */
export function findShapes(text: string): readonly FoundSecret[] {
  if (!mayHoldShapes(text)) return []
  const tokens = TOKEN_SHAPES.flatMap(({ kind, marks, pattern }) =>
    marks.some((mark) => text.includes(mark)) ? matchesOf(text, pattern, kind) : [],
  )
  return [...tokens, ...findPrivateKeys(text), ...findHeaders(text), ...findUrlCredentials(text)]
}

/** The matches of an expression; of each its group `secret`, if it has one. */
export function matchesOf(text: string, pattern: RegExp, kind: string): FoundSecret[] {
  const found: FoundSecret[] = []
  for (const match of text.matchAll(pattern)) {
    const [start, end] = match.indices?.groups?.secret ?? [match.index, match.index + match[0].length]
    if (end > start) found.push({ start, end, kind })
  }
  return found
}

// A token: its beginning, the characters of its body, and their least number; fewer before an ellipsis, because the
// token was cut there.
function token(kind: string, marks: readonly string[], start: string, body: string, min: number): TokenShape {
  const source = `(?<![A-Za-z0-9])(?:${start})(?:${body}{${min},}|${body}{8,}(?=…|\\.\\.\\.))`
  return { kind, marks, pattern: new RegExp(source, 'g') }
}

function hasUser(text: string, from: number): boolean {
  USER.lastIndex = from
  return USER.test(text)
}

function findPrivateKeys(text: string): FoundSecret[] {
  const found: FoundSecret[] = []
  let lastEnd = 0
  let nextEnd = 0
  for (const begin of text.matchAll(PEM_BEGIN)) {
    if (begin.index < lastEnd) continue
    const from = begin.index + begin[0].length
    // Searched once, so that a text with many beginnings and no end does not cost a scan for each of them.
    if (nextEnd !== -1 && nextEnd < from) nextEnd = text.indexOf('-----END ', from)
    const close = nextEnd === -1 ? null : PEM_END.exec(text.slice(nextEnd, nextEnd + 80))
    PEM_BODY.lastIndex = from
    const body = PEM_BODY.exec(text)?.[0] ?? ''
    lastEnd =
      close === null || nextEnd - from > MAX_PEM_CHARACTERS ? from + body.trimEnd().length : nextEnd + close[0].length
    found.push({ start: begin.index, end: lastEnd, kind: 'private-key' })
  }
  return found
}

function findHeaders(text: string): FoundSecret[] {
  const found: FoundSecret[] = []
  for (const pattern of [HEADER, SCHEME]) {
    for (const match of text.matchAll(pattern)) {
      const range = match.indices?.groups?.secret
      const { scheme, secret = '' } = match.groups ?? {}
      if (range !== undefined && isCredential(scheme?.trim().toLowerCase(), secret, pattern === HEADER)) {
        found.push({ start: range[0], end: range[1], kind: 'authorization' })
      }
    }
  }
  return found
}

// "authorization: required" and "Basic authentication" are prose.
function isCredential(scheme: string | undefined, credential: string, inHeader: boolean): boolean {
  if (scheme === 'basic') return /^[\w!-~]*:/.test(Buffer.from(credential, 'base64').toString('latin1'))
  if (inHeader && scheme !== undefined) return !/^(undefined|null|token|required|invalid|missing)+$/i.test(credential)
  return /\d/.test(credential)
}

function findUrlCredentials(text: string): FoundSecret[] {
  return [
    ...matchesOf(text, URL_PASSWORD, 'url-password'),
    ...matchesOf(text, URL_RAW_PASSWORD, 'url-password'),
    ...matchesOf(text, URL_TOKEN, 'url-password').filter(
      ({ start, end }) => end - start >= 20 || /\d/.test(text.slice(start, end)),
    ),
  ].filter(({ start, end }) => !/^\[secret:[\w:-]+\]$/.test(text.slice(start, end)))
}
