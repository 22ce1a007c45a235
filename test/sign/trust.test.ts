import { generateKeyPairSync } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { selfSignedCertificate } from '../../src/sign/keygen.js'
import { loadTrust, type TrustSettings } from '../../src/sign/trust.js'
import { makeCertificate } from '../support/certificates.js'
import { temporaryFolder } from '../support/folders.js'
import { type KeyPair, newKeyPair, privatePem, publicPem } from '../support/keys.js'
import { fixedSystem } from '../support/system.js'
import { isRoot } from '../support/tools.js'

const PAIR = newKeyPair('P-256')
const OTHER = newKeyPair('rsa')

function certificateOf(pair: KeyPair, subject: string): Promise<string> {
  return selfSignedCertificate(pair, { subject, validFrom: new Date('2026-01-01T00:00:00Z'), daysValid: 10 })
}

function load(settings: TrustSettings, cwd: string) {
  return loadTrust(settings, fixedSystem({ cwd }))
}

describe('loadTrust', () => {
  it('believes every certificate and public key of the files it is given', async () => {
    const cwd = temporaryFolder()
    const both = (await certificateOf(PAIR, 'CN=One')) + (await certificateOf(OTHER, 'CN=Two'))
    writeFileSync(join(cwd, 'both.crt'), both)
    writeFileSync(join(cwd, 'key.pub.pem'), publicPem(PAIR))

    const { publicKeys, certificates } = await load({ certs: ['both.crt'], publicKeys: ['key.pub.pem'] }, cwd)

    expect(certificates.map(({ subject }) => subject)).toEqual(['CN=One', 'CN=Two'])
    expect(publicKeys.map((key) => key.equals(PAIR.publicKey))).toEqual([true])
  })

  it('takes certificates and public keys from a folder, by name, and passes by private keys and other files', async () => {
    const cwd = temporaryFolder()
    mkdirSync(join(cwd, 'team'))
    writeFileSync(join(cwd, 'team/b.crt'), await certificateOf(OTHER, 'CN=B'))
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
    writeFileSync(join(cwd, 'leaf.crt'), await certificateOf(PAIR, 'CN=Leaf'))
    const ed = generateKeyPairSync('ed25519').publicKey
    writeFileSync(join(cwd, 'ed.pem'), ed.export({ type: 'spki', format: 'pem' }))

    await expect(load(settings, cwd)).rejects.toMatchObject({ code })
  })

  it('says what a file holds in place of a public key, and where that belongs', async () => {
    const cwd = temporaryFolder()
    writeFileSync(join(cwd, 'signer.crt'), await certificateOf(PAIR, 'CN=Signer'))
    writeFileSync(join(cwd, 'noise.pem'), 'noise')
    writeFileSync(join(cwd, 'broken.pem'), '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n')

    await expect(load({ publicKeys: ['signer.crt'] }, cwd)).rejects.toMatchObject({
      reason: 'no-public-key',
      message: expect.stringContaining('it holds a certificate'),
      suggestions: ['give it as --cert'],
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

  it('takes an authority from a file of several, when all of them are authorities', async () => {
    const cwd = temporaryFolder()
    const root = await makeCertificate({ subject: 'CN=Root', keys: PAIR, ca: true })
    writeFileSync(
      join(cwd, 'ca.crt'),
      `${root}${await makeCertificate({ subject: 'CN=Other', keys: OTHER, ca: true })}`,
    )

    const { authorities } = await load({ ca: ['ca.crt'] }, cwd)

    expect(authorities.map(({ subject }) => subject)).toEqual(['CN=Root', 'CN=Other'])
  })

  it.skipIf(isRoot('a folder that may not be read'))('says that a folder may not be read', async () => {
    const cwd = temporaryFolder()
    mkdirSync(join(cwd, 'closed'), { mode: 0o000 })

    await expect(load({ directories: ['closed'] }, cwd)).rejects.toMatchObject({ code: 'FILE_PERMISSION_DENIED' })
  })
})
