import { createPrivateKey, generateKeyPairSync, randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { JuxError } from '../../src/errors.js'
import { loadSigner, type SignerSettings } from '../../src/sign/keys.js'
import { makeCertificate } from '../support/certificates.js'
import { temporaryFolder } from '../support/folders.js'
import { newKeyPair, privatePem, publicPem, writeSecret } from '../support/keys.js'
import { fixedSystem } from '../support/system.js'

const PAIR = newKeyPair('P-256')

async function failure(settings: SignerSettings, parts: Parameters<typeof fixedSystem>[0] = {}): Promise<JuxError> {
  try {
    await loadSigner(settings, fixedSystem(parts))
  } catch (error) {
    if (error instanceof JuxError) return error
    throw error
  }
  throw new Error('the key was accepted')
}

describe('loadSigner', () => {
  it('returns the description of the key and the SHA-256 of its public key', async () => {
    const signer = await loadSigner({ key: privatePem(PAIR) }, fixedSystem())

    expect(signer).toMatchObject({ algorithm: 'ecdsa-sha256', digest: 'sha256', keyDescription: 'ECDSA P-256' })
    expect(signer.fingerprint).toMatch(/^[0-9a-f]{64}$/)
  })

  it.each([
    ['PKCS#8', 'rsa', 'pkcs8'],
    ['PKCS#1', 'rsa', 'pkcs1'],
    ['PKCS#8', 'P-384', 'pkcs8'],
    ['SEC1', 'P-521', 'sec1'],
  ] as const)('reads a key in the form %s of %s', async (_, kind, type) => {
    const { privateKey } = newKeyPair(kind)
    const text = privateKey.export({ type, format: 'pem' }).toString()

    const signer = await loadSigner({ key: text }, fixedSystem())

    expect(signer.kind.family).toBe(kind === 'rsa' ? 'rsa' : 'ecdsa')
  })

  it('reads a key that follows its EC PARAMETERS, as openssl writes it', async () => {
    const parameters = '-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n'
    const text = PAIR.privateKey.export({ type: 'sec1', format: 'pem' }).toString()

    const signer = await loadSigner({ key: parameters + text }, fixedSystem())

    expect(signer.keyDescription).toBe('ECDSA P-256')
  })

  it('expands ~ and takes relative paths from the working folder', async () => {
    const folder = temporaryFolder()
    writeSecret(folder, 'key.pem', privatePem(PAIR))

    const fromHome = await loadSigner({ keyPath: '~/key.pem' }, fixedSystem({ homeDir: folder }))
    const fromHere = await loadSigner({ keyPath: 'key.pem' }, fixedSystem({ cwd: folder }))

    expect(fromHome.fingerprint).toBe(fromHere.fingerprint)
  })

  it('reads files of this machine without the argument system', async () => {
    const keyPath = writeSecret(temporaryFolder(), 'key.pem', privatePem(PAIR))

    expect(await loadSigner({ keyPath })).toMatchObject({ keyDescription: 'ECDSA P-256', certificates: [] })
  })

  it('reads the text of a key whose line breaks are written as \\n', async () => {
    const signer = await loadSigner({ key: privatePem(PAIR).replaceAll('\n', '\\n') }, fixedSystem())

    expect(signer.keyDescription).toBe('ECDSA P-256')
  })

  it('decrypts an encrypted key with its passphrase, and never shows the passphrase', async () => {
    const options = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'right horse' } as const
    const key = PAIR.privateKey.export(options).toString()

    const signer = await loadSigner({ key, keyPassphrase: 'right horse' }, fixedSystem())
    const wrong = await failure({ key, keyPassphrase: 'wrong horse' })
    const none = await failure({ key })

    expect(signer.keyDescription).toBe('ECDSA P-256')
    expect(wrong).toMatchObject({ code: 'KEY_INVALID_FORMAT', reason: 'passphrase-wrong' })
    expect(none).toMatchObject({ code: 'KEY_INVALID_FORMAT', reason: 'passphrase-missing' })
    expect(`${wrong.message}${wrong.suggestions}${wrong.stack}${wrong.cause}`).not.toContain('wrong horse')
  })

  it('suggests jux keygen if the key is missing', async () => {
    const error = await failure({ keyPath: '/nowhere/key.pem' })

    expect(error).toMatchObject({ code: 'KEY_NOT_FOUND', message: 'no private key at /nowhere/key.pem' })
    expect(error.suggestions[0]).toBe('npx jux keygen --output /nowhere/key.pem')
  })

  it.skipIf(process.platform === 'win32')(
    'refuses a key file that others may read, unless allowReadableKey is set',
    async () => {
      const folder = temporaryFolder()
      const keyPath = writeSecret(folder, 'key.pem', privatePem(PAIR))
      chmodSync(keyPath, 0o640)

      const error = await failure({ keyPath })
      const signer = await loadSigner({ keyPath, allowReadableKey: true }, fixedSystem())

      expect(error).toMatchObject({ code: 'KEY_PERMISSION_DENIED', suggestions: [`chmod 600 ${keyPath}`] })
      expect(signer.keyDescription).toBe('ECDSA P-256')
    },
  )

  it.each([
    ['noise', randomBytes(2000).toString('latin1'), 'not-pem'],
    ['nothing', '', 'not-pem'],
    ['a PEM block full of noise', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n', 'unreadable-key'],
    ['a public key', publicPem(PAIR), 'not-private'],
    ['a certificate', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n', 'not-private'],
    ['an OpenSSH key', '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n', 'openssh-key'],
  ])('refuses %s as a private key', async (_, key, reason) => {
    expect(await failure({ key })).toMatchObject({ code: 'KEY_INVALID_FORMAT', reason })
  })

  it.each([
    ['ed25519', generateKeyPairSync('ed25519')],
    ['secp256k1', generateKeyPairSync('ec', { namedCurve: 'secp256k1' })],
    ['1024 bits', generateKeyPairSync('rsa', { modulusLength: 1024 })],
    ['public exponent 3', generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 })],
    ['rsa-pss', generateKeyPairSync('rsa-pss', { modulusLength: 2048 })],
    ['dsa', generateKeyPairSync('dsa', { modulusLength: 1024, divisorLength: 160 })],
  ])('refuses a key of kind %s and names the kind', async (name, { privateKey }) => {
    const error = await failure({ key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() })

    expect(error).toMatchObject({ code: 'KEY_INVALID_FORMAT', reason: 'unsupported-key' })
    expect(error.message).toContain(name)
  })

  it('says that a file holds a public key, even when others may read the file', async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'key.pub.pem'), publicPem(PAIR), { mode: 0o644 })

    expect(await failure({ keyPath: join(folder, 'key.pub.pem') })).toMatchObject({ reason: 'not-private' })
  })

  it('refuses a folder, and a file that is too large for a key', async () => {
    const folder = temporaryFolder()
    mkdirSync(join(folder, 'folder'))
    writeFileSync(join(folder, 'long'), 'x'.repeat(3_000_000), { mode: 0o600 })

    expect(await failure({ keyPath: join(folder, 'folder') })).toMatchObject({ code: 'KEY_INVALID_FORMAT' })
    expect(await failure({ keyPath: join(folder, 'long') })).toMatchObject({ reason: 'too-long' })
  })

  it('refuses a certificate that is missing or malformed', async () => {
    const folder = temporaryFolder()
    const key = privatePem(PAIR)
    writeFileSync(join(folder, 'noise.crt'), 'noise')

    expect(await failure({ key, certPath: join(folder, 'none.crt') })).toMatchObject({ code: 'CERT_NOT_FOUND' })
    expect(await failure({ key, certPath: join(folder, 'noise.crt') })).toMatchObject({ code: 'CERT_INVALID_FORMAT' })
  })

  it.each([
    ['of another key', { keys: newKeyPair('P-256') }, 'CERT_INVALID_FORMAT', 'certificate-key-mismatch'],
    ['that is not valid yet', { from: '2030-01-01T00:00:00Z' }, 'CERT_EXPIRED', 'not-yet-valid'],
    ['that is no longer valid', { to: '2021-01-01T00:00:00Z' }, 'CERT_EXPIRED', 'expired'],
  ])('refuses a certificate %s', async (_, parts, code, reason) => {
    const certPath = join(temporaryFolder(), 'key.crt')
    writeFileSync(certPath, makeCertificate({ subject: 'CN=Signer', keys: PAIR, ...parts }).toString())

    expect(await failure({ key: privatePem(PAIR), certPath })).toMatchObject({ code, reason })
  })

  it('returns the certificate of the key and the intermediate certificates after it', async () => {
    const certPath = join(temporaryFolder(), 'chain.crt')
    const ca = { subject: 'CN=CA', keys: newKeyPair('P-256') }
    const own = makeCertificate({ subject: 'CN=Signer', keys: PAIR, issuer: ca })
    writeFileSync(certPath, `${own}${makeCertificate({ ...ca, ca: true })}`)

    const { certificates } = await loadSigner({ key: privatePem(PAIR), certPath }, fixedSystem())

    expect(certificates.map(({ subject }) => subject)).toEqual(['CN=Signer', 'CN=CA'])
  })

  it('refuses a key whose private and public parts do not match', async () => {
    const [mine, other] = [PAIR, newKeyPair('P-256')].map((pair) => pair.privateKey.export({ format: 'jwk' }))
    const mixed = createPrivateKey({ key: { ...mine, d: other?.d ?? '' }, format: 'jwk' })

    expect(await failure({ key: mixed.export({ type: 'pkcs8', format: 'pem' }).toString() })).toMatchObject({
      code: 'KEY_INVALID_FORMAT',
      reason: 'inconsistent-key',
    })
  })

  it('expands ~ alone to the home folder, and refuses it because it is a folder', async () => {
    const homeDir = temporaryFolder()

    expect(await failure({ keyPath: '~' }, { homeDir })).toMatchObject({
      message: `the private key ${homeDir} cannot be read: it is a folder, not a file`,
    })
  })

  it('refuses a path that has a file as a folder, and a file name that is too long', async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'file'), '')

    expect(await failure({ keyPath: join(folder, 'file', 'key.pem') })).toMatchObject({ code: 'KEY_NOT_FOUND' })
    expect(await failure({ keyPath: join(folder, 'x'.repeat(300)) })).toMatchObject({
      code: 'KEY_INVALID_FORMAT',
      message: expect.stringContaining('(ENAMETOOLONG)'),
    })
  })
})
