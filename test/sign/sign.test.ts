import { execFileSync } from 'node:child_process'
import { createHash, sign as signBytes, verify } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CANONICALIZATION_URIS, DIGEST_URIS } from '../../src/sign/algorithms.js'
import { loadSigner, type SignerSettings } from '../../src/sign/keys.js'
import { signatureElement } from '../../src/sign/sign.js'
import type { DigestName } from '../../src/xml/digest.js'
import { temporaryFolder } from '../support/folders.js'
import { KEY_KINDS, newKeyPair, privatePem, publicPem } from '../support/keys.js'
import { fixedSystem } from '../support/system.js'
import { hasTool } from '../support/tools.js'

const PAIRS = Object.fromEntries(KEY_KINDS.map((kind) => [kind, newKeyPair(kind)] as const))
const START = '<testsuites name="a &amp; b"><testsuite name="s" tests="1"><testcase name="é 𝄞"></testcase></testsuite>'
const END = '</testsuites>'
const DIGESTS: readonly DigestName[] = ['sha256', 'sha384', 'sha512']

async function sign(kind: (typeof KEY_KINDS)[number], settings: SignerSettings = {}) {
  const pair = PAIRS[kind] ?? newKeyPair(kind)
  const signer = await loadSigner({ key: privatePem(pair), ...settings }, fixedSystem())
  const digests = new Map(DIGESTS.map((name) => [name, createHash(name).update(START).update(END).digest()] as const))
  const element = signatureElement(digests, signer)
  return { pair, signer, element, document: `<?xml version="1.0" encoding="UTF-8"?>\n${START}${element}${END}\n` }
}

function part(element: string, name: string): string {
  return new RegExp(`<ds:${name}[^>]*>(.*)</ds:${name}>`, 's').exec(element)?.[1] ?? ''
}

describe('signatureElement', () => {
  it.each(KEY_KINDS)('signs the exclusive canonical form of its SignedInfo with %s', async (kind) => {
    const { element, pair } = await sign(kind)

    const signedInfo = `<ds:SignedInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#">${part(element, 'SignedInfo')}</ds:SignedInfo>`
    const value = Buffer.from(part(element, 'SignatureValue'), 'base64')
    const key = { key: pair.publicKey, dsaEncoding: 'ieee-p1363' as const }
    expect(verify('sha256', Buffer.from(signedInfo), key, value)).toBe(true)
  })

  it.each([
    ['exclusive', '<testsuites>', ''],
    ['exclusive', '<r xmlns="urn:a" xmlns:b="urn:b">', ''],
    ['c14n11', '<testsuites>', ''],
    ['c14n11', '<r xmlns:b="urn:b" xmlns="urn:a">', ' xmlns="urn:a" xmlns:b="urn:b"'],
  ] as const)(
    'writes the same bytes as version 0.1.0 with %s canonicalization for a root %s',
    async (form, root, inherited) => {
      const pair = newKeyPair('rsa')
      const signer = await loadSigner({ key: privatePem(pair), canonicalization: form }, fixedSystem())
      const uri = CANONICALIZATION_URIS[form]
      const dsig = 'http://www.w3.org/2000/09/xmldsig#'
      const info =
        `<ds:CanonicalizationMethod Algorithm="${uri}"></ds:CanonicalizationMethod>` +
        '<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"></ds:SignatureMethod>' +
        `<ds:Reference URI=""><ds:Transforms><ds:Transform Algorithm="${dsig}enveloped-signature"></ds:Transform>` +
        `<ds:Transform Algorithm="${uri}"></ds:Transform></ds:Transforms>` +
        '<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"></ds:DigestMethod>' +
        `<ds:DigestValue>${Buffer.alloc(32, 7).toString('base64')}</ds:DigestValue></ds:Reference></ds:SignedInfo>`
      const signed = signBytes(
        'sha256',
        Buffer.from(`<ds:SignedInfo${inherited} xmlns:ds="${dsig}">${info}`),
        pair.privateKey,
      )
      const { n = '' } = pair.publicKey.export({ format: 'jwk' })

      expect(signatureElement(new Map([['sha256', Buffer.alloc(32, 7)]]), signer, root)).toBe(
        `<ds:Signature xmlns:ds="${dsig}"><ds:SignedInfo>${info}` +
          `<ds:SignatureValue>${signed.toString('base64')}</ds:SignatureValue><ds:KeyInfo><ds:KeyValue><ds:RSAKeyValue>` +
          `<ds:Modulus>${Buffer.from(n, 'base64url').toString('base64')}</ds:Modulus>` +
          '<ds:Exponent>AQAB</ds:Exponent></ds:RSAKeyValue></ds:KeyValue></ds:KeyInfo></ds:Signature>',
      )
    },
  )

  it.each([
    ['P-256', 64],
    ['P-384', 96],
    ['P-521', 132],
  ] as const)('writes the signature value of %s as r and s, padded, in %i bytes', async (kind, bytes) => {
    const { element } = await sign(kind)

    expect(Buffer.from(part(element, 'SignatureValue'), 'base64')).toHaveLength(bytes)
  })

  it('writes one element in canonical form without white space, comments or an Id', async () => {
    const { element } = await sign('P-256')

    expect(element).toMatch(
      /^<ds:Signature xmlns:ds="http:\/\/www\.w3\.org\/2000\/09\/xmldsig#"><ds:SignedInfo>.*<\/ds:Signature>$/,
    )
    expect(element).not.toMatch(/\/>|>\s|\n|<!--| Id=/)
  })

  it.each(DIGESTS)('writes the %s digest that it is given, with its algorithm', async (digest) => {
    const { element } = await sign('P-384', { digest })

    expect(element).toContain(`<ds:DigestMethod Algorithm="${DIGEST_URIS[digest]}">`)
    expect(element).toContain(`xmldsig-more#ecdsa-${digest}"`)
    expect(part(element, 'DigestValue')).toBe(createHash(digest).update(START).update(END).digest('base64'))
  })

  it('throws OPERATION_FAILED without the digest that the signer uses', async () => {
    const signer = await loadSigner({ key: privatePem(newKeyPair('P-256')), digest: 'sha512' }, fixedSystem())

    expect(() => signatureElement(new Map(), signer)).toThrow(expect.objectContaining({ code: 'OPERATION_FAILED' }))
  })

  it('throws OPERATION_FAILED for a root without a name, and for one that is not well-formed', async () => {
    const signer = await loadSigner({ key: privatePem(newKeyPair('P-256')) }, fixedSystem())
    const digests = new Map([['sha256', Buffer.alloc(32)] as const])

    for (const root of ['', '<>', '<r a="1>']) {
      expect(() => signatureElement(digests, signer, root)).toThrow(
        expect.objectContaining({ code: 'OPERATION_FAILED', message: expect.stringMatching(/^cannot sign: /) }),
      )
    }
  })

  it('writes the point of an EC key in full length even if a coordinate begins with zeros', async () => {
    for (let keys = 0; keys < 300; keys++) {
      const signer = await loadSigner({ key: privatePem(newKeyPair('P-256')) }, fixedSystem())
      const element = signatureElement(new Map([['sha256', Buffer.alloc(32)]]), signer)
      const point = /<dsig11:PublicKey>([^<]+)</.exec(element)?.[1] ?? ''
      expect(Buffer.from(point, 'base64')).toHaveLength(65)
    }
  })

  it('signs SignedInfo with the namespaces of the root with inclusive canonicalization', async () => {
    const key = privatePem(newKeyPair('rsa'))
    const signer = await loadSigner({ key, canonicalization: 'c14n11' }, fixedSystem())
    const digests = new Map([['sha256', Buffer.alloc(32)] as const])

    const plain = signatureElement(digests, signer)
    const inNamespace = signatureElement(digests, signer, '<r xmlns="urn:a" xmlns:b="urn:b">')

    expect(part(inNamespace, 'SignedInfo')).toBe(part(plain, 'SignedInfo'))
    expect(part(inNamespace, 'SignatureValue')).not.toBe(part(plain, 'SignatureValue'))
  })

  describe.skipIf(!hasTool('xmlsec1'))('compared with xmlsec1', () => {
    const cases = KEY_KINDS.flatMap((kind) =>
      DIGESTS.flatMap((digest) =>
        (['exclusive', 'c14n11'] as const).map((canonicalization) => ({ kind, digest, canonicalization })),
      ),
    )

    it.each(cases)(
      'makes a signature that xmlsec1 accepts, with $kind, $digest and $canonicalization',
      async ({ kind, ...settings }) => {
        const folder = temporaryFolder()
        const { document, pair, element } = await sign(kind, settings)
        writeFileSync(join(folder, 'report.xml'), document)
        writeFileSync(join(folder, 'public.pem'), publicPem(pair))

        expect(element).toContain(CANONICALIZATION_URIS[settings.canonicalization])
        const args = ['--verify', '--pubkey-pem', 'public.pem', 'report.xml']
        expect(() => execFileSync('xmlsec1', args, { cwd: folder, stdio: 'pipe' })).not.toThrow()
      },
    )
  })
})
