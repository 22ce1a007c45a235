import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { readConstraints } from '../../src/sign/x509.js'
import {
  digestIdentifier,
  issuerIdentifier,
  keyIdentifier,
  subjectIdentifier,
} from '../../src/sign/x509-identifiers.js'
import { makeCertificate } from '../support/certificates.js'
import { newKeyPair } from '../support/keys.js'

const keys = newKeyPair('P-256')
const certificate = makeCertificate({ subject: 'C=CH,O=Example\\, Inc,OU=A+UID=7,CN=Zürich  Nightly', keys })

describe('subjectIdentifier', () => {
  it.each([
    'CN=Zürich Nightly,OU=A+UID=7,O=Example\\, Inc,C=CH',
    'cn=zürich nightly, ou=a + uid=7, o="Example, Inc", c=ch',
    'CN=Z\\C3\\BCrich Nightly,UID=7+OU=A,O=Example\\2C Inc,C=CH',
    '2.5.4.3=Zürich Nightly,OID.2.5.4.11=A+UID=7,O=Example\\, Inc,C=CH',
    'CN=Zürich Nightly,OU=#0c0141+UID=7,O=Example\\, Inc,C=#13024348',
    'C=CH,O=Example\\, Inc,OU=A+UID=7,CN=Zürich Nightly',
  ])('describes the subject of a certificate in the spelling %s', (name) => {
    expect(subjectIdentifier(name).describes(certificate)).toBe(true)
  })

  it.each([
    'CN=Zürich Nightly,OU=A+UID=7,O=Example\\, Inc',
    'CN=Zurich Nightly,OU=A+UID=7,O=Example\\, Inc,C=CH',
    'OU=A+UID=7,CN=Zürich Nightly,O=Example\\, Inc,C=CH',
    'CN=Zürich Nightly,OU=A,UID=7,O=Example\\, Inc,C=CH',
    'CN=Zürich Nightly,OU=A+UID=7,O=Example,O=Inc,C=CH',
    'FOO=x',
    'CN="open',
    'CN=#zz',
    '',
  ])('does not describe it as %j', (name) => {
    expect(subjectIdentifier(name).describes(certificate)).toBe(false)
  })
})

describe('issuerIdentifier', () => {
  const name = 'CN=Zürich Nightly,OU=A+UID=7,O=Example\\, Inc,C=CH'

  it.each([
    [name, '1', true],
    [name, ' +01\n', true],
    [name, '-1', false],
    [name, '2', false],
    [name, '', false],
    ['CN=other', '1', false],
  ])('describes the issuer %j with the serial number %j: %j', (issuer, serial, describes) => {
    expect(issuerIdentifier(issuer, serial).describes(certificate)).toBe(describes)
  })
})

describe('keyIdentifier', () => {
  it('does not describe a certificate without the extension subjectKeyIdentifier', () => {
    expect(keyIdentifier(Buffer.alloc(20)).describes(certificate)).toBe(false)
  })
})

describe('digestIdentifier', () => {
  it('describes the certificate with this digest', () => {
    const digest = createHash('sha384').update(certificate.raw).digest()

    expect(digestIdentifier('sha384', digest).describes(certificate)).toBe(true)
    expect(digestIdentifier('sha256', digest).describes(certificate)).toBe(false)
  })
})

describe('readConstraints', () => {
  const root = { subject: 'CN=root', keys, ca: true, usage: 'keyCertSign' } as const

  it.each([
    [[0x00], 0],
    [[0x7f], 127],
    [[0x00, 0x80], 128],
    [[0x01, 0x00], 256],
  ])('reads a path length of the octets %j as %i', (pathLengthContent, pathLength) => {
    expect(readConstraints(makeCertificate({ ...root, pathLengthContent }))).toMatchObject({ pathLength })
  })

  it('refuses a certificate with an extension that appears twice, or a negative path length', () => {
    expect(readConstraints(makeCertificate({ ...root, repeated: true }))).toBeUndefined()
    expect(readConstraints(makeCertificate({ ...root, pathLengthContent: [0xff] }))).toBeUndefined()
  })
})
