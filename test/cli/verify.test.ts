import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { runJux } from '../support/cli.js'
import { REPORT, signedScene } from '../support/signed-scene.js'

describe('jux verify', () => {
  it.each([
    ['--cert', 'key.crt', 'CN=Ann'],
    ['--public-key', 'key.pub.pem', 'the trusted key'],
    ['--trust', '.', 'the trusted key'],
  ])('names the signer when trust comes from %s', async (flag, value, signer) => {
    const { jux } = await signedScene()

    const { code, out, err } = await jux('verify', flag, value, 'good.xml')

    expect(code).toBe(0)
    expect(out).toMatch(/^valid +good\.xml/)
    expect(out).toContain(signer)
    expect(err).toBe('')
  })

  it('says the same of a file, of -i, and of standard input', async () => {
    const { cwd, jux } = await signedScene()
    const trust = ['--cert', 'key.crt', '--json']

    const [file, flag, stdin] = await Promise.all([
      jux('verify', ...trust, 'good.xml'),
      jux('verify', ...trust, '-i', 'good.xml'),
      runJux(['verify', ...trust], { system: { cwd }, stdin: readFileSync(join(cwd, 'good.xml')) }),
    ])

    expect(JSON.parse(file.out)).toEqual(JSON.parse(flag.out))
    expect({ ...JSON.parse(stdin.out), file: 'good.xml' }).toEqual(JSON.parse(file.out))
    expect([file.code, flag.code, stdin.code]).toEqual([0, 0, 0])
  })

  it('says why a changed report is refused, and exits with 1', async () => {
    const { jux } = await signedScene()

    const text = await jux('verify', '--cert', 'key.crt', 'bad.xml')
    const json = await jux('verify', '--cert', 'key.crt', '--json', 'bad.xml')

    expect(text.code).toBe(1)
    expect(text.out).toMatch(/^invalid +bad\.xml/)
    expect(text.err).toContain('XML_SIGNATURE_INVALID (304) digest-mismatch')
    expect(json.code).toBe(1)
    expect(Object.entries(JSON.parse(json.out)).slice(0, 2)).toEqual([
      ['valid', false],
      ['error', 'the report was changed after it was signed'],
    ])
  })

  it('tells an unsigned report from a forged one', async () => {
    const { jux } = await signedScene()

    const { code, out } = await jux('verify', '--cert', 'key.crt', '--json', 'report.xml')

    expect(code).toBe(1)
    expect(JSON.parse(out)).toMatchObject({ valid: false, code: 'XML_SIGNATURE_MISSING' })
  })

  it('prints a line for each report of files and folders, and a summary', async () => {
    const { cwd, jux } = await signedScene()
    mkdirSync(join(cwd, 'store/deep'), { recursive: true })
    writeFileSync(join(cwd, 'store/deep/a.xml'), readFileSync(join(cwd, 'good.xml')))
    writeFileSync(join(cwd, 'store/b.xml'), REPORT)
    writeFileSync(join(cwd, 'store/notes.txt'), 'no report')

    const { code, out } = await jux('verify', '--cert', 'key.crt', 'good.xml', 'store', 'none.xml')

    const lines = out.trimEnd().split('\n')
    expect(lines.map((line) => line.split(/\s+/).slice(0, 2).join(' '))).toEqual([
      'valid good.xml',
      `invalid ${join('store', 'b.xml')}`,
      `valid ${join('store', 'deep', 'a.xml')}`,
      'invalid none.xml',
      '4 reports:',
    ])
    expect(lines.at(-1)).toBe('4 reports: 2 valid, 2 not')
    expect(code).toBe(1)
  })

  it('gives one JSON object for many reports', async () => {
    const { jux } = await signedScene()

    const { out } = await jux('verify', '--cert', 'key.crt', '--json', 'good.xml', 'bad.xml')

    expect(JSON.parse(out)).toMatchObject({
      valid: false,
      total: 2,
      accepted: 1,
      refused: 1,
      results: [
        { file: 'good.xml', valid: true },
        { file: 'bad.xml', valid: false },
      ],
    })
  })

  it('does not call an empty folder valid', async () => {
    const { cwd, jux } = await signedScene()
    mkdirSync(join(cwd, 'empty'))

    expect(await jux('verify', '--cert', 'key.crt', 'empty')).toMatchObject({ code: 1 })
  })

  it('prints nothing with --quiet', async () => {
    const { jux } = await signedScene()

    expect(await jux('verify', '-q', '--cert', 'key.crt', 'good.xml')).toEqual({ code: 0, out: '', err: '' })
    expect(await jux('verify', '-q', '--cert', 'key.crt', 'bad.xml')).toEqual({ code: 1, out: '', err: '' })
  })

  it('does not take integrity for trust: --embedded exits with 1 unless that is accepted', async () => {
    const { jux } = await signedScene()

    const refused = await jux('verify', '--embedded', 'good.xml')
    const accepted = await jux('verify', '--embedded', '--accept-untrusted', '--json', 'good.xml')
    const changed = await jux('verify', '--embedded', '--accept-untrusted', 'bad.xml')

    expect(refused.code).toBe(1)
    expect(refused.out).toMatch(/^intact/)
    expect(refused.err).toContain('proves nothing about who signed')
    expect(accepted.code).toBe(0)
    expect(JSON.parse(accepted.out)).toMatchObject({ valid: true, trusted: false })
    expect(changed.code).toBe(1)
  })

  it('refuses an expired certificate, unless judged at a time when it was valid', async () => {
    const { cwd } = await signedScene()
    const later = { system: { cwd, now: '2030-01-01T00:00:00Z' } }

    const now = await runJux(['verify', '--cert', 'key.crt', 'good.xml', '--json'], later)
    const then = await runJux(['verify', '--cert', 'key.crt', 'good.xml', '--at', '2026-06-01'], later)

    expect(JSON.parse(now.out)).toMatchObject({ code: 'CERT_EXPIRED', reason: 'certificate-expired' })
    expect(now.code).toBe(1)
    expect(then.code).toBe(0)
  })

  it('takes JUX_CERT_PATH where nothing else is named, and not beside something else', async () => {
    const { cwd, jux } = await signedScene()
    await jux('keygen', '--type', 'ecdsa', '--cert', '--output', 'other.pem')
    const env = { JUX_CERT_PATH: 'key.crt' }

    const byEnvironment = await runJux(['verify', 'good.xml'], { system: { cwd, env } })
    const byFlag = await runJux(['verify', 'good.xml', '--cert', 'other.crt'], { system: { cwd, env } })
    const empty = await runJux(['verify', 'good.xml'], { system: { cwd, env: { JUX_CERT_PATH: '' } } })

    expect([byEnvironment.code, byFlag.code, empty.code]).toEqual([0, 1, 64])
  })

  it('answers a missing certificate with the fields the Python tools have', async () => {
    const { jux } = await signedScene()

    const { code, out } = await jux('verify', '--cert', 'none.crt', '--json', 'good.xml')

    expect(code).toBe(1)
    expect(JSON.parse(out)).toMatchObject({ valid: false, error: expect.any(String), code: 'CERT_NOT_FOUND' })
  })

  it.each([
    [['good.xml']],
    [['--cert', 'key.crt', '']],
    [['--cert', 'key.crt', '-', '-']],
    [['--cert', 'key.crt']],
    [['--cert', 'key.crt', '--embedded', 'good.xml']],
    [['--cert', 'key.crt', '--accept-untrusted', 'good.xml']],
    [['--cert', '', 'good.xml']],
    [['--cert', 'key.crt', '--at', 'yesterday', 'good.xml']],
    [['--cert', 'key.crt', '--at', '2026-01-01T00:00:00', 'good.xml']],
    [['--cert', 'key.crt', '--at', '2026-13-01', 'good.xml']],
    [['--unknown', 'good.xml']],
  ])('answers 64 to the command line %j', async (flags) => {
    const { jux } = await signedScene()

    const { code, out } = await jux('verify', ...flags)

    expect(code).toBe(64)
    expect(out).toBe('')
  })

  it('lets no file name steer the terminal', async () => {
    const { jux } = await signedScene()

    const { out, err } = await jux('verify', '--cert', 'key.crt', '\u001b[2Jevil\n\u202e\u009b.xml', 'good.xml')

    expect(out.split('\n')[0]).toMatch(/^invalid +\\u001b\[2Jevil\\u000a\\u202e\\u009b\.xml/)
    expect(out + err).not.toMatch(/[\u001b\u009b\u202e]/)
  })

  it('works as the built program', async () => {
    const { cwd } = await signedScene()
    const bin = fileURLToPath(new URL('../../dist/cli/bin.js', import.meta.url))

    const out = execFileSync(process.execPath, [bin, 'verify', '--cert', 'key.crt', '--at', '2026-06-01'], {
      cwd,
      env: { PATH: process.env.PATH, HOME: cwd },
      input: readFileSync(join(cwd, 'good.xml')),
      encoding: 'utf8',
    })

    expect(out).toMatch(/^valid +\(standard input\)/)
  })
})
