import { describe, expect, it } from 'vitest'
import { scrub } from '../../src/scrub/scrub.js'
import { BODY, fake, JWT, PEM, said, scrubbed } from '../support/secret-texts.js'

describe('scrub: what is a secret', () => {
  it.each([
    ['github-token', fake('ghp', '_', BODY)],
    ['github-token', fake('github', '_pat_', BODY)],
    ['gitlab-token', fake('glpat', '-', 'x1y2z3x1y2z3x1y2z3x1')],
    ['npm-token', fake('npm', '_', BODY)],
    ['aws-key', fake('AKI', 'A', 'IOSFODNN7EXAMPLE')],
    ['slack-token', fake('xox', 'b-', '123456789012-abcdefGHIJ')],
    ['jwt', JWT],
    ['google-key', fake('AIz', 'a', BODY.slice(0, 35))],
    ['stripe-key', fake('sk', '_live_', BODY.slice(0, 24))],
    ['private-key', PEM],
  ])('knows a %s by its looks', (kind, token) => {
    expect(scrubbed(`before ${token} after`)).toBe(`before [secret:${kind}] after`)
  })

  it('knows a private key whose end is missing', () => {
    expect(scrubbed(`key: ${PEM.slice(0, 90)}`)).toBe('key: [secret:private-key]')
  })

  it.each([
    ['Authorization: Bearer abc12345xyz', 'Authorization: Bearer [secret:authorization]'],
    ['authorization: "Basic dXNlcjpwYXNzd29yZA=="', 'authorization: "Basic [secret:authorization]"'],
    ['{"authorization":"Token 12345678abc"}', '{"authorization":"Token [secret:authorization]"}'],
    ['{\\"Authorization\\":\\"Bearer abc12345xyz\\"}', '{\\"Authorization\\":\\"Bearer [secret:authorization]\\"}'],
    ['-H "X-API-Key: k3y-12345678"', '-H "X-API-Key: [secret:authorization]"'],
  ])('takes the credential out of %j', (text, expected) => {
    expect(scrubbed(text)).toBe(expected)
  })

  it.each([
    ['postgres://app:hunter2@db:5432/x', 'postgres://app:[secret:url-password]@db:5432/x'],
    ['https://user:p@ss@host/path', 'https://user:[secret:url-password]@host/path'],
    ['https://user:pa/ss@host/path', 'https://user:[secret:url-password]@host/path'],
    ['https://x9f8e7d6c5b4a3@host/path', 'https://[secret:url-password]@host/path'],
  ])('takes the password out of %j', (text, expected) => {
    expect(scrubbed(text)).toBe(expected)
  })

  it('replaces the values of variables whose names look secret, however they are spelled', () => {
    const env = { DB_PASSWORD: 'tr0ub4dor & "3"', npm_config__authToken: 'abcdef-123456' }

    const text =
      'tr0ub4dor & "3" tr0ub4dor%20%26%20%223%22 {"p":"tr0ub4dor & \\"3\\""} dHIwdWI0ZG9yICYgIjMi abcdef-123456'

    expect(scrubbed(text, env)).toBe(
      '[secret:env:DB_PASSWORD] [secret:env:DB_PASSWORD] {"p":"[secret:env:DB_PASSWORD]"} [secret:env:DB_PASSWORD] [secret:env:npm_config__authToken]',
    )
  })

  it('replaces the tokens and keys of the configuration', () => {
    const settings = {
      apiKey: 'configured-key-1',
      bearerToken: 'configured-token-2',
      keyPassphrase: 'configured-phrase-3',
    }

    expect(scrubbed('configured-key-1 configured-token-2 configured-phrase-3', {}, settings)).toBe(
      '[secret:config:apiKey] [secret:config:bearerToken] [secret:config:keyPassphrase]',
    )
  })

  it('replaces what the user names: variables, texts, patterns; and spares what the user allows', () => {
    const env = { MY_PLAIN_THING: 'plain-thing-value', API_TOKEN: 'allowed-token-value' }
    const settings = {
      scrubNames: ['MY_*'],
      scrubValues: ['abcd'],
      scrubPatterns: ['ID-\\d+'],
      scrubAllow: ['API_TOKEN'],
    }

    expect(scrubbed('plain-thing-value abcd ID-42 allowed-token-value', env, settings)).toBe(
      '[secret:env:MY_PLAIN_THING] [secret:config:scrubValues] [secret:pattern] allowed-token-value',
    )
  })

  it('finds a short secret where a long one only seems to begin', () => {
    expect(scrubbed('abcdefgh', { LONG_TOKEN: 'abcdefgh-and-more-of-it' }, { scrubValues: ['abcd'] })).toBe(
      '[secret:config:scrubValues]efgh',
    )
  })

  it('does nothing when it is turned off', () => {
    const run = said(`token ${JWT}`)

    expect(scrub(run, { scrub: false }, {})).toBe(run)
  })
})
