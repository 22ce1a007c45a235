import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runJux } from '../support/cli.js'
import { temporaryFolder } from '../support/folders.js'

const NOW = '2026-06-15T12:00:00.000Z'
const FLAGS = [
  '--test',
  'a.test.ts > pays',
  '--reason',
  'bank is down',
  '--owner',
  'payments',
  '--expires',
  '2026-12-31',
]

async function scene() {
  const cwd = temporaryFolder()
  const jux = (...argv: string[]) => runJux(argv, { system: { cwd, now: NOW } })
  await jux('keygen', '--type', 'ecdsa', '--output', 'lead.pem')
  await jux('keygen', '--type', 'ecdsa', '--output', 'other.pem')
  return { cwd, jux, add: (...flags: string[]) => jux('waiver', 'add', ...FLAGS, '--key', 'lead.pem', ...flags) }
}

describe('jux waiver add', () => {
  it('writes a signed waiver to a folder, and says for which test and until when', async () => {
    const { cwd, add } = await scene()

    const { code, out, err } = await add()

    const [file = ''] = readdirSync(join(cwd, 'waivers'))
    expect(code).toBe(0)
    expect(out).toBe(`wrote waivers/${file}: a.test.ts > pays until 2026-12-31\n`)
    expect(err).toMatch(/^signed with ECDSA P-256 \(sha256:[0-9a-f]{16}…\)\n$/)
    const envelope = JSON.parse(readFileSync(join(cwd, 'waivers', file), 'utf8'))
    expect(envelope.payloadType).toBe('application/vnd.jux.waiver+json')
    expect(JSON.parse(Buffer.from(envelope.payload, 'base64').toString())).toEqual({
      version: 1,
      test: 'a.test.ts > pays',
      reason: 'bank is down',
      owner: 'payments',
      expires: '2026-12-31',
      created: NOW,
    })
  })

  it.each([
    [['--expires', 'tomorrow'], 'the waiver is not complete: expires: '],
    [['--expires', '2026-06-14'], 'the last day 2026-06-14 is over'],
    [['--reason', ''], 'the waiver is not complete: reason: '],
    [['--test', 'a.test.ts > (load)'], 'is no test but an error of the run'],
    [['--key', 'none.pem'], 'none.pem'],
  ])('refuses %j, and writes nothing', async (flags, message) => {
    const { cwd, add } = await scene()

    const { code, err } = await add(...flags)

    expect(code).toBe(1)
    expect(err).toContain(message)
    expect(readdirSync(cwd).filter((name) => name === 'waivers')).toEqual([])
  })
})

describe('jux waiver list', () => {
  it('shows what the waivers say, and which have expired, without verifying them', async () => {
    const { cwd, jux, add } = await scene()
    await add()

    const { code, out } = await jux('waiver', 'list')
    const later = await runJux(['waiver', 'list', '--json'], { system: { cwd, now: '2027-01-01T00:00:00.000Z' } })

    expect(code).toBe(0)
    expect(out).toMatch(
      /^listed +a\.test\.ts > pays until 2026-12-31: bank is down \(payments\) +[0-9a-f]{12}\.waiver\.json\n$/,
    )
    expect(JSON.parse(later.out)).toMatchObject([{ expired: true, owner: 'payments' }])
    expect(later.out).not.toContain('"valid"')
  })

  it('names a file that is no waiver, and exits with 1', async () => {
    const { cwd, jux, add } = await scene()
    await add()
    writeFileSync(join(cwd, 'waivers/x.waiver.json'), '{}')

    const { code, out } = await jux('waiver', 'list')

    expect(code).toBe(1)
    expect(out).toContain('refused  x.waiver.json  not a DSSE envelope')
  })

  it('says why the signed text of a file is no waiver', async () => {
    const { cwd, jux, add } = await scene()
    await add()
    const [file = ''] = readdirSync(join(cwd, 'waivers'))
    const path = join(cwd, 'waivers', file)
    const envelope = JSON.parse(readFileSync(path, 'utf8'))

    for (const [text, problem] of [
      ['not JSON', 'JSON: '],
      ['{"version":1}', 'test: '],
      ['{"version":2}', 'version: '],
    ] as const) {
      writeFileSync(path, JSON.stringify({ ...envelope, payload: Buffer.from(text).toString('base64') }))
      expect((await jux('waiver', 'list')).out).toContain(`the signed text is not a waiver: ${problem}`)
    }
  })

  it('says what to do in a folder without waivers', async () => {
    const { jux } = await scene()

    const { code, err } = await jux('waiver', 'list', '.')

    expect(code).toBe(1)
    expect(err).toContain('no .waiver.json file in the folder .')
  })
})

describe('jux waiver verify', () => {
  it('shows the approver of each waiver, and refuses those of others and changed ones', async () => {
    const { cwd, jux, add } = await scene()
    await add()
    const good = await jux('waiver', 'verify', '--public-key', 'lead.pub.pem')
    await add('--key', 'other.pem')
    const [file = ''] = readdirSync(join(cwd, 'waivers'))
    const text = readFileSync(join(cwd, 'waivers', file), 'utf8')
    writeFileSync(join(cwd, 'waivers/changed.waiver.json'), text.replace(/"sig": "./, '"sig": "A'))

    const { code, out } = await jux('waiver', 'verify', '--public-key', 'lead.pub.pem', '--json')

    expect(good).toMatchObject({ code: 0, out: expect.stringMatching(/approved by sha256:[0-9a-f]{16}…/) })
    expect(code).toBe(1)
    const rows: readonly { valid: boolean; approver?: string; code?: string }[] = JSON.parse(out)
    expect(rows.filter(({ valid }) => valid)).toHaveLength(1)
    expect(rows.filter(({ valid }) => !valid).map((row) => row.code)).toEqual([
      'ATTESTATION_SIGNATURE_INVALID',
      'ATTESTATION_SIGNATURE_INVALID',
    ])
  })

  it('is a usage error without an approver', async () => {
    const { jux } = await scene()

    expect(await jux('waiver', 'verify')).toMatchObject({ code: 64, err: expect.stringContaining('no approver') })
  })
})
