import { generateKeyPairSync } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadTrust, type TrustSettings } from '../../src/sign/trust.js'
import { readConstraints, selfSignedCertificate } from '../../src/sign/x509.js'
import { makeCertificate } from '../support/certificates.js'
import { temporaryFolder } from '../support/folders.js'
import { type KeyPair, newKeyPair, privatePem, publicPem } from '../support/keys.js'
import { fixedSystem } from '../support/system.js'
import { isRoot } from '../support/tools.js'

const PAIR = newKeyPair('P-256')
const OTHER = newKeyPair('rsa')

/** Made by `jux keygen` when @peculiar/x509 wrote its certificates; valid until 2125. */
const CERTIFICATE_OF_0_1_0 = `-----BEGIN CERTIFICATE-----
MIIBjTCCATOgAwIBAgIQew81NaNtSiif8cC2A8HybzAKBggqhkjOPQQDAjAnMRUw
EwYDVQQDDAxOaWdodGx5LCBvbGQxDjAMBgNVBAoMBUzDtndlMCAXDTI2MDEwMTAw
MDAwMFoYDzIxMjUxMjA4MDAwMDAwWjAnMRUwEwYDVQQDDAxOaWdodGx5LCBvbGQx
DjAMBgNVBAoMBUzDtndlMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEHC7GhzzM
E2Xpcdjx79YWIbXWa57MyXxq/VN2cwNVA6wyK9wL5HwCqcEEeYRQ/oruct8DN+3k
4GIP11rt+zYa96M/MD0wDAYDVR0TAQH/BAIwADAOBgNVHQ8BAf8EBAMCB4AwHQYD
VR0OBBYEFCslwvRw5uoS5KlbzG76P1vILfiHMAoGCCqGSM49BAMCA0gAMEUCIQDi
hpaMt7UtEPat+PYmeNorT5MzmGhJS2zmWRc0QW1+7wIgfiuiK3zoymk0+uxh7SPM
Zw91IdR0Dxbr/wiRLGbqqnk=
-----END CERTIFICATE-----
`

function certificateOf(pair: KeyPair, subject: string): string {
  return selfSignedCertificate(pair, { subject, validFrom: new Date('2026-01-01T00:00:00Z'), daysValid: 10 })
}

function load(settings: TrustSettings, cwd: string) {
  return loadTrust(settings, fixedSystem({ cwd }))
}

describe('loadTrust', () => {
  it('reads every certificate and public key of the given files', async () => {
    const cwd = temporaryFolder()
    const both = certificateOf(PAIR, 'CN=One') + certificateOf(OTHER, 'CN=Two')
    writeFileSync(join(cwd, 'both.crt'), both)
    writeFileSync(join(cwd, 'key.pub.pem'), publicPem(PAIR))

    const { publicKeys, certificates } = await load({ certs: ['both.crt'], publicKeys: ['key.pub.pem'] }, cwd)

    expect(certificates.map(({ subject }) => subject)).toEqual(['CN=One', 'CN=Two'])
    expect(publicKeys.map((key) => key.equals(PAIR.publicKey))).toEqual([true])
  })

  it('reads certificates and public keys from a folder by suffix, and ignores private keys and other files', async () => {
    const cwd = temporaryFolder()
    mkdirSync(join(cwd, 'team'))
    writeFileSync(join(cwd, 'team/b.crt'), certificateOf(OTHER, 'CN=B'))
    writeFileSync(join(cwd, 'team/a.pub.pem'), publicPem(PAIR))
    writeFileSync(join(cwd, 'team/a.pem'), privatePem(PAIR))
    writeFileSync(join(cwd, 'team/README.md'), 'who is who')

    const { publicKeys, certificates } = await load({ directories: ['team'] }, cwd)

    expect(certificates.map(({ subject }) => subject)).toEqual(['CN=B'])
    expect(publicKeys.map((key) => key.equals(PAIR.publicKey))).toEqual([true])
  })

  it.each([
    ['a missing certificate', { certs: ['none.crt'] }, 'CERT_NOT_FOUND'],
    ['a missing public key', { publicKeys: ['none.pem'] }, 'KEY_NOT_FOUND'],
    ['a missing folder', { directories: ['none'] }, 'DIRECTORY_NOT_FOUND'],
    ['an empty folder', { directories: ['empty'] }, 'CERT_NOT_FOUND'],
    ['noise as a certificate', { certs: ['noise.crt'] }, 'CERT_INVALID_FORMAT'],
    ['noise in a folder', { directories: ['.'] }, 'KEY_INVALID_FORMAT'],
    ['a private key as a public one', { publicKeys: ['private.pem'] }, 'KEY_INVALID_FORMAT'],
    ['an ed25519 key', { publicKeys: ['ed.pem'] }, 'KEY_INVALID_FORMAT'],
    ['a certificate that is no CA as a CA', { ca: ['leaf.crt'] }, 'CERT_INVALID_FORMAT'],
  ])('refuses %s', async (_, settings, code) => {
    const cwd = temporaryFolder()
    mkdirSync(join(cwd, 'empty'))
    writeFileSync(join(cwd, 'noise.crt'), 'noise')
    writeFileSync(join(cwd, 'private.pem'), privatePem(PAIR))
    writeFileSync(join(cwd, 'leaf.crt'), certificateOf(PAIR, 'CN=Leaf'))
    const ed = generateKeyPairSync('ed25519').publicKey
    writeFileSync(join(cwd, 'ed.pem'), ed.export({ type: 'spki', format: 'pem' }))

    await expect(load(settings, cwd)).rejects.toMatchObject({ code })
  })

  it('names what a file contains instead of a public key, and suggests the option for it', async () => {
    const cwd = temporaryFolder()
    writeFileSync(join(cwd, 'signer.crt'), certificateOf(PAIR, 'CN=Signer'))
    writeFileSync(join(cwd, 'noise.pem'), 'noise')
    writeFileSync(join(cwd, 'broken.pem'), '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n')

    await expect(load({ publicKeys: ['signer.crt'] }, cwd)).rejects.toMatchObject({
      reason: 'no-public-key',
      message: expect.stringContaining('it holds a certificate'),
      suggestions: ['use --cert for a certificate'],
    })
    await expect(load({ publicKeys: ['noise.pem'] }, cwd)).rejects.toMatchObject({
      reason: 'no-public-key',
      message: expect.stringContaining('it is not in PEM format'),
    })
    await expect(load({ publicKeys: ['broken.pem'] }, cwd)).rejects.toMatchObject({ reason: 'unreadable-key' })
    await expect(load({ certs: ['broken.pem'] }, cwd)).rejects.toMatchObject({
      message: expect.stringContaining('it holds a public key'),
    })
  })

  it('reads every authority of a file with several', async () => {
    const cwd = temporaryFolder()
    const root = makeCertificate({ subject: 'CN=Root', keys: PAIR, ca: true })
    writeFileSync(join(cwd, 'ca.crt'), `${root}${makeCertificate({ subject: 'CN=Other', keys: OTHER, ca: true })}`)

    const { authorities } = await load({ ca: ['ca.crt'] }, cwd)

    expect(authorities.map(({ subject }) => subject)).toEqual(['CN=Root', 'CN=Other'])
  })

  it.each([
    ['an RSA key of 1024 bits', { modulusLength: 1024 }],
    ['an RSA key with the public exponent 257', { modulusLength: 2048, publicExponent: 257 }],
  ])('throws KEY_INVALID_FORMAT for a signer, a public key or an authority with %s', async (description, options) => {
    const cwd = temporaryFolder()
    const keys = generateKeyPairSync('rsa', options)
    writeFileSync(join(cwd, 'weak.crt'), String(makeCertificate({ subject: 'CN=Weak', keys, ca: true })))
    writeFileSync(join(cwd, 'weak.pub.pem'), publicPem(keys))
    const given = [
      { ca: ['weak.crt'] },
      { certs: ['weak.crt'] },
      { publicKeys: ['weak.pub.pem'] },
      { directories: ['.'] },
    ]

    for (const settings of given) {
      const error: unknown = await load(settings, cwd).catch((thrown: unknown) => thrown)

      expect(error).toMatchObject({ code: 'KEY_INVALID_FORMAT', reason: 'unsupported-key' })
      expect(String(error)).toContain(description)
    }
  })

  it('reads a certificate that version 0.1.0 made, with the constraints of a signer', async () => {
    const cwd = temporaryFolder()
    writeFileSync(join(cwd, 'old.crt'), CERTIFICATE_OF_0_1_0)

    const { certificates } = await load({ certs: ['old.crt'] }, cwd)

    expect(certificates.map(({ subject }) => subject)).toEqual(['CN=Nightly\\, old\nO=Löwe'])
    expect(certificates.map(readConstraints)).toEqual([
      { maySign: true, mayIssue: false, pathLength: Number.POSITIVE_INFINITY },
    ])
  })

  it.skipIf(isRoot('a folder that may not be read'))(
    'throws FILE_PERMISSION_DENIED for a folder that may not be read',
    async () => {
      const cwd = temporaryFolder()
      mkdirSync(join(cwd, 'closed'), { mode: 0o000 })

      await expect(load({ directories: ['closed'] }, cwd)).rejects.toMatchObject({ code: 'FILE_PERMISSION_DENIED' })
    },
  )
})
