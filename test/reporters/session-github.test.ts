import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../support/folders.js'
import { newKeyPair, privatePem, writeSecret } from '../support/keys.js'
import { RUN, sessionScene } from '../support/session-scene.js'

describe('a session in a job of GitHub', () => {
  it('appends a summary with the signer and the way to check, and the file’s other text stays', async () => {
    const file = join(temporaryFolder(), 'summary.md')
    writeFileSync(file, 'from another step\n')
    const key = writeSecret(temporaryFolder(), 'my key.pem', privatePem(newKeyPair('P-256')))
    const { session, said } = await sessionScene({ keyPath: key }, { GITHUB_STEP_SUMMARY: file })

    await session.finish(() => RUN)

    const text = readFileSync(file, 'utf8')
    expect(said()).toMatch(/signed {2}ECDSA P-256, key [0-9a-f]{16}\n/)
    expect(text).toMatch(/^from another step\n/)
    expect(text).toMatch(/npx jux-reporter verify [0-9a-f]{64}\.xml --public-key &#39;[^']*my key\.pub\.pem&#39;/)
  })

  it('says when the summary of the step is full, or cannot be written, and keeps its report', async () => {
    const full = join(temporaryFolder(), 'full.md')
    writeFileSync(full, 'x'.repeat(1024 * 1024))

    for (const [file, words] of [
      [full, 'no job summary: the one of this step is full'],
      [temporaryFolder(), 'cannot be written (EISDIR)'],
    ] as const) {
      const { session, reports, said } = await sessionScene({}, { GITHUB_STEP_SUMMARY: file })
      await session.finish(() => RUN)
      expect(said()).toContain(words)
      expect(reports()).toHaveLength(1)
    }
  })

  it('writes none when none is wanted', async () => {
    const file = join(temporaryFolder(), 'summary.md')
    const { session } = await sessionScene({ jobSummary: false }, { GITHUB_STEP_SUMMARY: file })

    await session.finish(() => RUN)

    expect(existsSync(file)).toBe(false)
  })

  it('has errors and the page of the run in it', async () => {
    const file = join(temporaryFolder(), 'summary.md')
    const { session } = await sessionScene(
      { storageMode: 'api', apiUrl: 'http://127.0.0.1:1', apiMaxRetries: 0 },
      { GITHUB_STEP_SUMMARY: file },
    )

    await session.finish(() => RUN)

    expect(readFileSync(file, 'utf8')).toContain('the report was not kept')
  })
})
