import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { scrub } from '../../src/scrub/scrub.js'
import { aModule, aRun, aTest } from '../support/runs.js'
import { JWT, PEM, scrubbed } from '../support/secret-texts.js'

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
