import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { TestRun } from '../../src/model.js'
import { type ScrubSettings, scrub, textScrubber } from '../../src/scrub/scrub.js'
import { aModule, anError, aRun, aTest } from '../support/runs.js'

/** A token put together at run time, so that no scanner of sources takes it for a leaked one. */
const fake = (...parts: string[]) => parts.join('')
const BODY = 'A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8'
const JWT = fake('eyJ', 'hbGciOiJIUzI1NiJ9', '.eyJ', 'zdWIiOiIxMjM0NTY3ODkwIn0', '.', 'dozjgNryP4J3jVmNHl0w5N_XgL0n3I9')
const PEM = fake(
  '-----BEGIN ',
  'PRIVATE KEY-----\n',
  'MIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n'.repeat(3),
  '-----END ',
  'PRIVATE KEY-----',
)

function said(text: string): TestRun {
  return aRun({ modules: [aModule({ tests: [aTest({ output: [{ stream: 'stdout', text }] })] })] })
}

function scrubbed(text: string, env: Record<string, string> = {}, settings: ScrubSettings = {}): string {
  return scrub(said(text), settings, env).modules[0]?.tests[0]?.output[0]?.text ?? ''
}

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

describe('scrub: where secrets hide', () => {
  const env = { API_TOKEN: 'split-secret-0123456789' }

  it('finds one that is split over chunks of one stream, with the other stream between', () => {
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

  it('finds one that is interleaved with terminal sequences, and keeps those around it', () => {
    const painted = `\u001b[31mred\u001b[0m split-\u001b[1msecret\u001b[22m-0123456789 \u001b[32mgreen\u001b[0m`

    expect(scrubbed(painted, env)).toBe('\u001b[31mred\u001b[0m [secret:env:API_TOKEN] \u001b[32mgreen\u001b[0m')
  })

  it('finds what is left of one that a runner cut', () => {
    expect(scrubbed("expected 'split-secret-01…' to be", env)).toBe("expected '[secret:env:API_TOKEN]…' to be")
    expect(scrubbed(`expected '${fake('ghp', '_', BODY.slice(0, 20))}…'`)).toBe("expected '[secret:github-token]…'")
  })

  it('leaves no half of one at a limit of its own', () => {
    const run = said(`${'x'.repeat(95)}split-secret-0123456789${'y'.repeat(500)}`)

    const text = JSON.stringify(scrub(run, { limits: { testOutputCharacters: 220 } }, env))

    expect(text).not.toContain('split-sec')
    expect(text).not.toContain('56789')
  })

  it('looks into every text of the model', () => {
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

  it('says how many of which kind it replaced', () => {
    const run = scrub(said(`${JWT} split-secret-0123456789 split-secret-0123456789`), {}, env)

    expect(run.properties).toContainEqual({ name: 'jux:scrubbed', value: 'env=2 jwt=1' })
  })

  it('takes secrets out of what is printed', () => {
    expect(textScrubber({}, env)('error  it was split-secret-0123456789\n')).toBe(
      'error  it was [secret:env:API_TOKEN]\n',
    )
  })
})

describe('scrub: what is none', () => {
  const everyday = {
    SSH_KEY_PATH: '/home/dev/.ssh/id_ed25519',
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
    ...Object.values(everyday),
    'authorization: required; Basic authentication; Bearer tokens are refused',
    'at file:///srv/app/node_modules/.pnpm/@scope+pkg@1.2.3/node_modules/pkg/index.js:12:34',
    'http://localhost:5173/@vite/client, webpack://app:12/./src/x@1, git@github.com:o/r.git, https://github.com/o/r@v1',
    'mailto:somebody@example.com ssh://git@github.com/o/r sk-fading-circle npm_config_user_agent eyJust a word',
    '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----',
  ]

  it('leaves a clean run the same object, whatever it talks about', () => {
    const run = aRun({
      modules: [aModule({ tests: texts.map((text) => aTest({ title: text, output: [{ stream: 'stdout', text }] })) })],
    })

    expect(scrub(run, {}, everyday)).toBe(run)
  })

  it('leaves the other files of a run with a secret the same objects', () => {
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

  it('finds a known secret wherever it stands, in whatever pieces it comes', () => {
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
