import { describe, expect, it } from 'vitest'
import { scrub, textScrubber } from '../../src/scrub/scrub.js'
import { aModule, anError, aRun, aTest } from '../support/runs.js'
import { BODY, fake, JWT, said, scrubbed } from '../support/secret-texts.js'

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
