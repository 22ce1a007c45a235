import { describe, expect, it } from 'vitest'
import { scrub } from '../../src/scrub/scrub.js'
import { honestTexts } from '../support/honest-list.js'
import { aModule, aRun, aTest } from '../support/runs.js'
import { secretCases } from '../support/secret-list.js'
import { said, scrubbed } from '../support/secret-texts.js'

/** Whether a part of 6 characters of a secret is left. */
function isLeft(scrubbedText: string, secret: string): boolean {
  const text = scrubbedText.replaceAll(/\[secret:[\w:-]+\]/g, '')
  for (let at = 0; at + 6 <= secret.length; at++) if (text.includes(secret.slice(at, at + 6))) return true
  return false
}

describe('scrub, lists of made-up texts', () => {
  it('replaces every secret of a known shape that no variable holds', () => {
    const cases = secretCases()
    const left = cases.filter(({ text, secret }) => isLeft(scrubbed(text), secret))

    console.log(`${cases.length - left.length} of ${cases.length} secrets replaced`)
    expect(cases.length).toBeGreaterThanOrEqual(150)
    expect(left.map(({ text }) => text)).toEqual([])
  })

  it('changes no honest text', () => {
    const texts = honestTexts()
    const changed = texts.filter((text) => scrubbed(text) !== text)

    console.log(`${changed.length} of ${texts.length} honest texts changed`)
    expect(texts.length).toBeGreaterThanOrEqual(150)
    expect(changed.map((text) => `${text} -> ${scrubbed(text)}`)).toEqual([])
  })

  it('returns a run whose titles, messages and output are honest texts as the same object', () => {
    const run = aRun({ modules: [aModule({ tests: honestTexts().map((title) => aTest({ title })) })] })

    expect(scrub(run, {}, {})).toBe(run)
    expect(scrub(said(honestTexts().join('\n')), {}, {}).properties).toEqual([])
  })
})

describe('scrub, a known value in other forms', () => {
  const value = 'kZ9&<"\'/+ö x;Qw7=Lm'
  const env = { SERVICE_TOKEN: value }
  const bytes = Buffer.from(value)
  const each = (make: (character: string) => string) => [...value].map(make).join('')
  const percent = encodeURIComponent(value).replaceAll("'", '%27')
  const lower = percent.replaceAll(/%../g, (found) => found.toLowerCase())
  const hexOf = (character: string) => (character.codePointAt(0) ?? 0).toString(16)
  const wrapped = (text: string, columns: number) => text.replaceAll(new RegExp(`.{${columns}}`, 'g'), '$&\n')
  const forms: Record<string, string> = {
    plain: value,
    'percent-encoded': percent,
    'percent-encoded with small letters': lower,
    'percent-encoded twice': encodeURIComponent(percent),
    'percent-encoded twice with small letters': encodeURIComponent(lower).toLowerCase().includes('%25')
      ? encodeURIComponent(lower)
      : '',
    'percent-encoded, every byte': [...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''),
    'form-encoded': new URLSearchParams({ v: value }).toString().slice(2),
    base64: bytes.toString('base64'),
    'base64 after one byte': Buffer.concat([Buffer.from('a'), bytes, Buffer.from('zz')]).toString('base64'),
    'base64 after two bytes': Buffer.concat([Buffer.from('ab'), bytes, Buffer.from('z')]).toString('base64'),
    base64url: bytes.toString('base64url'),
    'base64 with line ends': wrapped(bytes.toString('base64'), 7),
    hex: bytes.toString('hex'),
    'hex with capitals': bytes.toString('hex').toUpperCase(),
    'named references': value.replace('&', '&amp;').replace('<', '&lt;').replace('"', '&quot;').replace("'", '&apos;'),
    'decimal references': each((character) => `&#${character.codePointAt(0)};`),
    'hexadecimal references': each((character) => `&#x${hexOf(character).toUpperCase()};`),
    JSON: JSON.stringify(value),
    'JSON in JSON': JSON.stringify(JSON.stringify(value)),
    '\\u escapes': each((character) => `\\u${hexOf(character).padStart(4, '0')}`),
    '\\x escapes': each((character) => `\\x${hexOf(character).padStart(2, '0')}`),
    'backslashes of a shell': value.replaceAll(/[^A-Za-z0-9ö]/g, '\\$&'),
    'a line end in it': `${value.slice(0, 3)}\n${value.slice(3)}`,
    'a line end and white space in it': `${value.slice(0, 12)}\r\n    ${value.slice(12)}`,
    'glued to words': `before${value}after`,
    'colors in it': `${value.slice(0, 5)}\u001b[31m${value.slice(5)}`,
  }

  it.each(Object.entries(forms))('is replaced: %s', (_, form) => {
    const rest = scrubbed(`x ${form} y`, env).replaceAll('[secret:env:SERVICE_TOKEN]', '')

    expect(rest.length).toBeLessThanOrEqual(16)
    expect(rest).not.toMatch(/kZ9|Qw7|Lm$/)
  })

  it('is replaced line by line if it has several lines that say something', () => {
    const lines = ['first-l1ne-of-it', 'sec0nd-line-of-it', 'th1rd-line-of-it']
    const multi = { SERVICE_TOKEN: lines.join('\n') }

    expect(lines.map((line) => scrubbed(`x ${line} y`, multi))).toEqual(
      lines.map(() => 'x [secret:env:SERVICE_TOKEN] y'),
    )
  })
})

describe('scrub, spellings of shapes', () => {
  it.each([
    ['a password in a URL in a variable', 'kZ9vQw7Lm', { DATABASE: 'postgres://app:kZ9vQw7Lm@db.acme.io/x' }],
    [
      'an encoded password in a URL in a variable',
      'kZ9!vQw7Lm',
      { DATABASE: 'postgres://app:kZ9%21vQw7Lm@db.acme.io/x' },
    ],
    ['a JSON Web Key with other quotes', `{ kty: 'OKP', d: '${'kZ9vQw7Lm'.repeat(5)}' }`, {}],
    ['a JSON Web Key without an end', `{"kty":"OKP","d":"${'kZ9vQw7Lm'.repeat(5)}"`, {}],
    ['octal escapes and escapes of Python', '\\160\\141ssword=\\U0000006bZ9vQw7Lm4tR', {}],
    ['a value in a table', 'password\tkZ9vQw7Lm4tR', {}],
    ['a value in a sentence', 'the token is kZ9vQw7Lm4tRx2Bd', {}],
    ['a value in a call', 'setPassword("kZ9vQw7Lm4tR")', {}],
  ])('replaces %s', (_, text, env) => {
    expect(scrubbed(text, env)).not.toContain('vQw7Lm')
    expect(scrubbed(text, env)).toContain('[secret:')
  })

  it('leaves escapes that mean nothing and keys without a private part', () => {
    const texts = [
      '%ff%fe &bogus; &#0; \\u{110000} %c3x',
      '{"kty":"OKP","x":"abc"}',
      '"kty"',
      'kty: none',
      'Private-Lines: none',
    ]

    expect(texts.map((text) => scrubbed(text))).toEqual(texts)
  })
})

describe('scrub, names', () => {
  const titlesOf = (titles: readonly string[]) =>
    scrub(
      aRun({ modules: [aModule({ tests: titles.map((title) => aTest({ title })) })] }),
      {},
      {},
    ).modules[0]?.tests.map(({ title }) => title)

  it('keeps two titles different that differ in their secrets only', () => {
    const titles = ['https://ci:kZ9vQw7Lm@acme.io', 'https://ci:pX3tRr8Nd@acme.io', 'https://ci:kZ9vQw7Lm@acme.io']

    expect(titlesOf(titles)).toEqual([
      'https://ci:[secret:url-password]@acme.io',
      'https://ci:[secret:url-password:2]@acme.io',
      'https://ci:[secret:url-password]@acme.io',
    ])
  })

  it('keeps a replaced title different from one that is written like it', () => {
    expect(titlesOf(['https://ci:[secret:url-password]@acme.io', 'https://ci:kZ9vQw7Lm@acme.io'])).toEqual([
      'https://ci:[secret:url-password]@acme.io',
      'https://ci:[secret:url-password:2]@acme.io',
    ])
  })

  it('keeps titles with example URLs', () => {
    const titles = [
      'http://userid:password@example.com',
      'http://userid:secret12@example.com',
      'ftp://user:pass@host',
      'http://a:b@c',
    ]

    expect(titlesOf(titles)).toEqual(titles)
  })
})

describe('scrub, time', () => {
  const parts = [
    ...['-----BEGIN PRIVATE KEY-----', '://a:b', '://u:p@', 'password=', 'password="', '\\"password\\":\\"', 'npm_'],
    ...['pypi-', '.eyJ', 'eyJhbGciOi', 'curl -u ', '"kty":', '%25', '&amp;', '\\\\', 's\n', '--token ', '<password>'],
  ]

  it.each(parts)('grows no faster than a text of %j repeated', (part) => {
    const timeOf = (characters: number) => {
      const text = part.repeat(characters / part.length)
      const started = performance.now()
      scrubbed(text, { API_TOKEN: 'split-secret-0123456789' })
      return performance.now() - started
    }
    timeOf(20_000)
    const short = timeOf(50_000)

    // Quadratic time would be a hundred times as long for a text ten times as long.
    expect(timeOf(500_000)).toBeLessThan(Math.max(500, 40 * short))
  })

  // An expression that can divide a long word in many ways tries all of them.
  it.each(['password=', '"password":"', 'api_key = ', 'xoxb-', 'https://u:', '<password>', 'login("bob", "'])(
    'of a long word with one other character at its end, after %s, is that of a short one',
    (mark) => {
      const words = ['a', 'aB', 'Ab', 'a-', 'a_b', 'a b'].map((word) => word.repeat(60))
      const started = performance.now()
      for (const word of words) for (const end of ['1', '!', '"', '@h.io']) scrubbed(mark + word + end)

      expect(performance.now() - started).toBeLessThan(2_000)
    },
  )
})
