import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { scrub, textScrubber } from '../../src/scrub/scrub.js'
import { aModule, anError, aRun, aTest } from '../support/runs.js'
import { BODY, fake, JWT, PEM, said, scrubbed } from '../support/secret-texts.js'

describe('scrub, kinds of secrets', () => {
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
  ])('replaces a %s, known by its shape', (kind, token) => {
    expect(scrubbed(`before ${token} after`)).toBe(`before [secret:${kind}] after`)
  })

  it('replaces a private key whose end is missing', () => {
    expect(scrubbed(`key: ${PEM.slice(0, 90)}`)).toBe('key: [secret:private-key]')
  })

  it.each([
    ['Authorization: Bearer abc12345xyz', 'Authorization: Bearer [secret:authorization]'],
    ['authorization: "Basic dXNlcjpwYXNzd29yZA=="', 'authorization: "Basic [secret:authorization]"'],
    ['{"authorization":"Token 12345678abc"}', '{"authorization":"Token [secret:authorization]"}'],
    ['{\\"Authorization\\":\\"Bearer abc12345xyz\\"}', '{\\"Authorization\\":\\"Bearer [secret:authorization]\\"}'],
    ['-H "X-API-Key: k3y-12345678"', '-H "X-API-Key: [secret:authorization]"'],
  ])('replaces the credential in %j', (text, expected) => {
    expect(scrubbed(text)).toBe(expected)
  })

  it.each([
    ['postgres://app:hunter2@db:5432/x', 'postgres://app:[secret:url-password]@db:5432/x'],
    ['https://user:p@ss@host/path', 'https://user:[secret:url-password]@host/path'],
    ['https://user:pa/ss@host/path', 'https://user:[secret:url-password]@host/path'],
    ['https://x9f8e7d6c5b4a3@host/path', 'https://[secret:url-password]@host/path'],
  ])('replaces the password in %j', (text, expected) => {
    expect(scrubbed(text)).toBe(expected)
  })

  it('replaces values of variables with secret names: plain, percent-encoded, in JSON and in base64', () => {
    const env = { DB_PASSWORD: 'tr0ub4dor & "3"', npm_config__authToken: 'abcdef-123456' }

    const text =
      'tr0ub4dor & "3" tr0ub4dor%20%26%20%223%22 {"p":"tr0ub4dor & \\"3\\""} dHIwdWI0ZG9yICYgIjMi abcdef-123456'

    expect(scrubbed(text, env)).toBe(
      '[secret:env:DB_PASSWORD] [secret:env:DB_PASSWORD] {"p":"[secret:env:DB_PASSWORD]"} [secret:env:DB_PASSWORD] [secret:env:npm_config__authToken]',
    )
  })

  it('replaces the credentials of the configuration', () => {
    const settings = {
      apiKey: 'configured-key-1',
      bearerToken: 'configured-token-2',
      keyPassphrase: 'configured-phrase-3',
    }

    expect(scrubbed('configured-key-1 configured-token-2 configured-phrase-3', {}, settings)).toBe(
      '[secret:config:apiKey] [secret:config:bearerToken] [secret:config:keyPassphrase]',
    )
  })

  it('replaces custom variables, texts and patterns, but not what scrubAllow lists', () => {
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

  it('does not replace a credential of the configuration that scrubAllow lists, whole or cut', () => {
    const settings = { apiKey: 'configured-key-12', scrubAllow: ['configured-key-12'] }

    expect(scrubbed('configured-key-12 configured-key-1…', {}, settings)).toBe('configured-key-12 configured-key-1…')
  })

  it('replaces a short secret that is also the beginning of a longer one', () => {
    expect(scrubbed('abcdefgh', { LONG_TOKEN: 'abcdefgh-and-more-of-it' }, { scrubValues: ['abcd'] })).toBe(
      '[secret:config:scrubValues]efgh',
    )
  })

  it('returns the same run if scrubbing is off', () => {
    const run = said(`token ${JWT}`)

    expect(scrub(run, { scrub: false }, {})).toBe(run)
  })
})

describe('scrub, places of secrets', () => {
  const env = { API_TOKEN: 'split-secret-0123456789' }

  it('replaces a secret that is split over chunks of one stream, with the other stream between them', () => {
    const run = aRun({
      modules: [
        aModule({
          output: [
            { stream: 'stdout', text: 'a split-sec' },
            { stream: 'stderr', text: 'noise' },
            { stream: 'stdout', text: 'ret-0123' },
            { stream: 'stdout', text: '456789 b' },
          ],
        }),
      ],
    })

    expect(scrub(run, {}, env).modules[0]?.output.map(({ text }) => text)).toEqual([
      'a [secret:env:API_TOKEN]',
      'noise',
      '',
      ' b',
    ])
  })

  it('replaces a secret with terminal sequences in it, and keeps the sequences around it', () => {
    const painted = `\u001b[31mred\u001b[0m split-\u001b[1msecret\u001b[22m-0123456789 \u001b[32mgreen\u001b[0m`

    expect(scrubbed(painted, env)).toBe('\u001b[31mred\u001b[0m [secret:env:API_TOKEN] \u001b[32mgreen\u001b[0m')
  })

  it('replaces the rest of a secret that a runner cut', () => {
    expect(scrubbed("expected 'split-secret-01…' to be", env)).toBe("expected '[secret:env:API_TOKEN]…' to be")
    expect(scrubbed(`expected '${fake('ghp', '_', BODY.slice(0, 20))}…'`)).toBe("expected '[secret:github-token]…'")
  })

  it('leaves no part of a secret where a limit cuts the text', () => {
    const run = said(`${'x'.repeat(95)}split-secret-0123456789${'y'.repeat(500)}`)

    const text = JSON.stringify(scrub(run, { limits: { testOutputCharacters: 220 } }, env))

    expect(text).not.toContain('split-sec')
    expect(text).not.toContain('56789')
  })

  it('replaces a secret in every text of the model', () => {
    const secret = env.API_TOKEN
    const error = anError({
      name: secret,
      message: secret,
      stack: secret,
      diff: secret,
      expected: secret,
      actual: secret,
      location: { file: secret, line: 1 },
      cause: anError({ message: secret }),
      errors: [anError({ message: secret })],
    })
    const property = { name: secret, value: secret }
    const output = [{ stream: 'stderr' as const, text: secret }]
    const run = aRun({
      properties: [property],
      errors: [error],
      output,
      modules: [
        aModule({
          id: secret,
          file: secret,
          project: secret,
          errors: [error],
          output,
          suites: [{ title: secret, path: [secret], status: 'failed', rawStatus: 'fail', errors: [error] }],
          properties: [property],
          tests: [
            aTest({
              id: 'test',
              title: secret,
              path: [secret],
              reason: secret,
              attempts: [{ index: 0, status: 'failed', errors: [error], output, exact: true }],
              errors: [error],
              output,
              annotations: [
                { type: secret, message: secret, attachment: { name: secret, path: secret, body: secret } },
              ],
              attachments: [{ name: secret, path: secret, body: secret }],
              tags: [secret],
              meta: [property],
            }),
          ],
        }),
      ],
    })

    expect(JSON.stringify(scrub(run, {}, env))).not.toContain('split-secret')
  })

  it('counts the replaced secrets by kind in the property jux:scrubbed', () => {
    const run = scrub(said(`${JWT} split-secret-0123456789 split-secret-0123456789`), {}, env)

    expect(run.properties).toContainEqual({ name: 'jux:scrubbed', value: 'env=2 jwt=1' })
  })

  it('replaces secrets in text that is printed (textScrubber)', () => {
    expect(textScrubber({}, env)('error  it was split-secret-0123456789\n')).toBe(
      'error  it was [secret:env:API_TOKEN]\n',
    )
  })
})

describe('scrub, texts without secrets', () => {
  const harmless = {
    SSH_KEY_PATH: '/home/dev/.ssh/id_ed25519',
    SIGNING_KEY_PATH: 'keys/release.pem',
    TOKEN_TYPE: 'bearer-token',
    AUTH_URL: 'https://login.example.com/oauth',
    FEATURE_TOKEN: 'disabled',
    USER: 'developer1',
    DB_PASSWORD: 'developer1',
    PWD: '/home/dev/project',
    SSH_AUTH_SOCK: '/run/user/1000/keyring/ssh',
    API_KEY: 'short',
    CI_REGISTRY_USER: 'gitlab-ci-token',
    GIT_AUTHOR_NAME: 'Somebody Real',
  }
  const texts = [
    ...Object.values(harmless),
    'authorization: required; Basic authentication; Bearer tokens are refused',
    'at file:///srv/app/node_modules/.pnpm/@scope+pkg@1.2.3/node_modules/pkg/index.js:12:34',
    'http://localhost:5173/@vite/client, webpack://app:12/./src/x@1, git@github.com:o/r.git, https://github.com/o/r@v1',
    'mailto:somebody@example.com ssh://git@github.com/o/r sk-fading-circle npm_config_user_agent eyJust a word',
    '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----',
  ]

  it('returns a run without secrets as the same object, whatever its texts are', () => {
    const run = aRun({
      modules: [aModule({ tests: texts.map((text) => aTest({ title: text, output: [{ stream: 'stdout', text }] })) })],
    })

    expect(scrub(run, {}, harmless)).toBe(run)
  })

  it('returns the files without secrets of a run as the same objects', () => {
    const clean = aModule({ file: 'clean.test.ts', tests: [aTest()] })
    const dirty = aModule({ file: 'dirty.test.ts', tests: [aTest({ title: JWT })] })

    const run = scrub(aRun({ modules: [clean, dirty] }), {}, {})

    expect(run.modules[0]).toBe(clean)
    expect(run.modules[1]?.tests[0]?.title).toBe('[secret:jwt]')
  })

  it('changes nothing when it is applied to its own result', () => {
    const words = fc.constantFrom(
      JWT,
      PEM,
      'split-secret-0123456789',
      'https://u:p4ssw0rd@h/',
      'Bearer abc12345xyz98765',
      ' ',
      '\n',
      'é',
      'x',
    )
    const property = fc.property(fc.array(words, { maxLength: 8 }), (parts) => {
      const once = scrubbed(parts.join(' '), { API_TOKEN: 'split-secret-0123456789' })
      expect(scrubbed(once, { API_TOKEN: 'split-secret-0123456789' })).toBe(once)
      expect(once).not.toContain('split-secret-0123456789')
    })

    fc.assert(property, { numRuns: 300 })
  })

  it('replaces a known secret at any place, in any two chunks', () => {
    const secret = fc
      .string({ unit: fc.constantFrom(...'abcXYZ019+/=_-'), minLength: 8, maxLength: 40 })
      .filter((text) => !/^[/.~]/.test(text))
    const property = fc.property(secret, fc.string(), fc.string(), fc.nat(40), (value, before, after, cut) => {
      const whole = `${before} ${value} ${after}`
      const at = before.length + 1 + (cut % value.length)
      const output = [whole.slice(0, at), whole.slice(at)].map((text) => ({ stream: 'stdout' as const, text }))
      const run = scrub(aRun({ modules: [aModule({ output })] }), {}, { SOME_TOKEN: value })
      const text = run.modules[0]?.output.map((piece) => piece.text).join('') ?? ''
      expect(text.replaceAll(/\[secret:[^\]]*\]/g, '')).not.toContain(value)
    })

    fc.assert(property, { numRuns: 300 })
  })
})
