import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadSigner } from '../../src/sign/keys.js'
import { runJux } from '../support/cli.js'
import { temporaryFolder } from '../support/folders.js'
import { fixedSystem } from '../support/system.js'

describe('jux keygen', () => {
  it('writes an RSA key of 3072 bits that only its owner can read, and the public key', async () => {
    const folder = temporaryFolder()

    const { code, out } = await runJux(['keygen', '--output', 'a/b/key.pem'], { system: { cwd: folder } })

    const key = join(folder, 'a/b/key.pem')
    const publicPem = readFileSync(join(folder, 'a/b/key.pub.pem'), 'utf8')
    expect(code).toBe(0)
    expect(out).toContain('RSA 3072')
    expect(createPublicKey(readFileSync(key)).equals(createPublicKey(publicPem))).toBe(true)
    expect(statSync(key).mode & 0o777).toBe(process.platform === 'win32' ? 0o666 : 0o600)
    expect(statSync(join(folder, 'a')).mode & 0o077).toBe(process.platform === 'win32' ? 0o066 : 0)
  })

  it.each([
    [['--bits', '2048'], 'RSA 2048'],
    [['--type', 'ecdsa'], 'ECDSA P-256'],
    [['--type', 'ecdsa', '--curve', 'P-384'], 'ECDSA P-384'],
    [['--type', 'ecdsa', '--curve', 'P-521'], 'ECDSA P-521'],
  ])('writes a key that signs, with %j', async (flags, description) => {
    const cwd = temporaryFolder()

    const { out } = await runJux(['keygen', ...flags, '--output', 'key.pem', '--cert', '--json'], { system: { cwd } })

    const settings = { keyPath: 'key.pem', certPath: 'key.crt' }
    const signer = await loadSigner(settings, fixedSystem({ cwd }))
    expect(JSON.parse(out)).toMatchObject({ algorithm: description, fingerprint: signer.fingerprint })
    expect(signer).toMatchObject({ keyDescription: description, subject: 'CN=jux-reporter' })
  })

  it('writes a certificate with the whole subject, for the given days, that is no CA', async () => {
    const cwd = temporaryFolder()
    const subject = 'CN=Prod\\, Inc,O="a, b"+OU=Löwe 𝄞,C=US,E=a@example.com'

    await runJux(['keygen', '--output', 'k.pem', '--cert', '--subject', subject, '--days-valid', '30'], {
      system: { cwd, now: '2026-01-01T00:00:00.500Z' },
    })

    const certificate = new X509Certificate(readFileSync(join(cwd, 'k.crt')))
    const lines = certificate.subject.split('\n')
    expect(lines).toEqual(['CN=Prod\\, Inc', 'O=a\\, b + OU=Löwe 𝄞', 'C=US', 'emailAddress=a@example.com'])
    expect(new Date(certificate.validFrom).toISOString()).toBe('2026-01-01T00:00:00.000Z')
    expect(new Date(certificate.validTo).toISOString()).toBe('2026-01-31T00:00:00.000Z')
    expect(certificate.ca).toBe(false)
    expect(certificate.checkPrivateKey(createPrivateKey(readFileSync(join(cwd, 'k.pem'))))).toBe(true)
    expect(certificate.verify(certificate.publicKey)).toBe(true)
  })

  it.each(['key.pem', 'key.crt', 'key.pub.pem'])('writes no file when %s exists', async (name) => {
    const cwd = temporaryFolder()
    writeFileSync(join(cwd, name), 'precious')

    const { code, err } = await runJux(['keygen', '--type', 'ecdsa', '--cert', '--output', 'key.pem'], {
      system: { cwd },
    })

    expect(code).toBe(1)
    expect(err).toContain('FILE_ALREADY_EXISTS (103)')
    expect(readdirSync(cwd)).toEqual([name])
    expect(readFileSync(join(cwd, name), 'utf8')).toBe('precious')
  })

  it.skipIf(process.platform === 'win32')('does not write through a dangling link', async () => {
    const cwd = temporaryFolder()
    symlinkSync(join(cwd, 'elsewhere'), join(cwd, 'key.pem'))

    const { code } = await runJux(['keygen', '--type', 'ecdsa', '--output', 'key.pem'], { system: { cwd } })

    expect(code).toBe(1)
    expect(existsSync(join(cwd, 'elsewhere'))).toBe(false)
  })

  it.each([
    'Prod',
    'CN=',
    'XX=1',
    'CN=a,',
    'C=USA',
    'C=ü1',
    'E=ü@example.com',
    'CN="a',
    'CN=a\\',
    'CN=\u001b[31m',
    'CN=#0401',
  ])('refuses the subject %j and writes no file', async (subject) => {
    const cwd = temporaryFolder()

    const flags = ['--type', 'ecdsa', '--cert', '--json', '--output', 'key.pem', '--subject', subject]
    const { code, out } = await runJux(['keygen', ...flags], { system: { cwd } })

    expect(code).toBe(1)
    expect(JSON.parse(out)).toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'distinguished-name' })
    expect(readdirSync(cwd)).toEqual([])
  })

  it.each([
    [[]],
    [['--output', '']],
    [['--output', 'key.crt']],
    [['--output', 'key.pem', '--bits', '1024']],
    [['--output', 'key.pem', '--type', 'ed25519']],
    [['--output', 'key.pem', '--curve', 'P-256']],
    [['--output', 'key.pem', '--subject', 'CN=a']],
    [['--output', 'key.pem', '--cert', '--days-valid', '-1']],
    [['--output', 'key.pem', '--cert', '--days-valid', '1e3']],
    [['--output', 'key.pem', 'surplus']],
    [['--output', 'key.pem', '--unknown']],
  ])('exits with 64 for the command line %j and writes no file', async (flags) => {
    const cwd = temporaryFolder()

    const { code, err } = await runJux(['keygen', ...flags], { system: { cwd } })

    expect(code).toBe(64)
    expect(err).toContain('jux keygen --help')
    expect(readdirSync(cwd)).toEqual([])
  })
})
