/**
 * Good reports, written in every way that means the same.
 *
 * @module
 */
import { X509Certificate } from 'node:crypto'
import type { Trust } from '../../../src/sign/verify.js'
import { makeCertificate } from '../../support/certificates.js'
import { newKeyPair } from '../../support/keys.js'
import { BODY, ecKeyValue, keyValue, URIS, x509Data } from '../../support/signatures.js'
import { after, before, type Material, replaced, taken } from './corpus.js'

/** A variant that must be accepted. */
export interface Harmless {
  readonly name: string
  readonly report: string | Uint8Array
  readonly trust?: Trust
}

export async function harmlessVariants(material: Material): Promise<Harmless[]> {
  const { good, sign, rsa, ec, p521, certificate } = material
  const swap = (mark: string | RegExp, text: string) => replaced(good, mark, text)
  const wrapped = (text: string) => text.replace(/(.{64})/g, '$1\n')
  const one = (algorithm: string, content = '') => `<ds:Transform Algorithm="${algorithm}">${content}</ds:Transform>`
  const inclusive = (uri: string, root: string) =>
    sign({ root, canonicalizationMethod: uri, transforms: one(URIS.enveloped) + one(uri), form: { exclusive: false } })
  const unindented = (xml: string) => xml.replace(/></g, '>\n  <')
  const ecOnly = { key: ec.privateKey, keyInfo: keyValue(ec.publicKey) }
  const variants: [name: string, report: string | Uint8Array, trust?: Trust][] = [
    ['as it is', good],
    ['attributes in another order', swap('failures="1" tests="3"', 'tests="3" failures="1"')],
    ['single quotes', swap('tests="3"', "tests='3'")],
    ['CRLF for line ends', good.replaceAll('\n', '\r\n')],
    ['a byte order mark', `\uFEFF${good}`],
    ['no declaration', good.replace(/^<\?.*\?>\n/, '')],
    [
      'a declaration in single quotes, standalone',
      swap(/^<\?.*\?>/, "<?xml version='1.0' encoding='utf-8' standalone='no' ?>"),
    ],
    ['no final line end', good.trimEnd()],
    ['many final line ends', `${good}\r\n\n\t `],
    ['empty-element tags', good.replaceAll('></skipped>', '/>').replaceAll('></ds:Transform>', ' />')],
    [
      'white space inside tags',
      good.replaceAll('<testcase ', '<testcase\n\t').replaceAll('</testcase>', '</testcase >'),
    ],
    ['references for characters', swap('abc', '&#97;&#x62;c')],
    ['entities that need not be', swap('line 1', 'line 1').replace('name="fails"', 'name="f&#97;ils"')],
    ['CDATA for text', swap('line 2 &lt;x&gt;', '<![CDATA[line 2 <x>]]>')],
    ['a raw greater-than', swap('&lt;x&gt;', '&lt;x>')],
    ['a quote as a character in text', swap('out é', 'out &#233;')],
    [
      'wrapped signature value',
      good.replace(/(<ds:SignatureValue>)([^<]*)/, (_, tag, text) => `${tag}\n${wrapped(text)}\n`),
    ],
    [
      'signature value with CR references, as Java writes',
      good.replace(/(<ds:SignatureValue>)([^<]*)/, (_, tag, text) => tag + wrapped(text).replaceAll('\n', '&#13;\n')),
    ],
    [
      'wrapped certificate, as Python writes',
      good.replace(/(<ds:X509Certificate>)([^<]*)/, (_, tag, text) => `${tag}${wrapped(text)}\n`),
    ],
    ['wrapped digest, signed so', sign({ digestValue: (text) => `\n${text.slice(0, 20)}\n${text.slice(20)}\n` })],
    [
      'white space between the parts of the Signature',
      unindented(taken(good).signature) === ''
        ? ''
        : good.replace('</ds:SignedInfo><ds:SignatureValue>', '</ds:SignedInfo>\n  <ds:SignatureValue>'),
    ],
    ['an indented SignedInfo, signed so', sign({ signedInfo: unindented })],
    ['an Id on the Signature', swap('<ds:Signature ', '<ds:Signature Id="s" ')],
    ['a namespace that repeats', after(good, '<ds:KeyInfo', ` xmlns:ds="${URIS.dsig}"`)],
    ['KeyInfo removed', swap(/<ds:KeyInfo>.*<\/ds:KeyInfo>/s, '')],
    ['a KeyName added', before(good, '<ds:X509Data>', '<ds:KeyName>me</ds:KeyName>')],
    ['key and certificate, of one key', sign({ keyInfo: keyValue(rsa.publicKey) + x509Data(certificate) })],
    [
      'remarks on the certificate',
      before(
        good,
        '<ds:X509Certificate>',
        '<ds:X509IssuerSerial><ds:X509IssuerName>CN=signer</ds:X509IssuerName><ds:X509SerialNumber>1</ds:X509SerialNumber></ds:X509IssuerSerial><ds:X509SubjectName>CN=signer</ds:X509SubjectName>',
      ),
    ],
    ['Signature first', sign({ at: 0 })],
    ['another prefix', sign({ prefix: 'dsig', keyInfo: '' })],
    [
      'a default namespace',
      sign({
        prefix: '',
        keyInfo: '',
        transforms: one(URIS.enveloped).replaceAll('ds:', '') + one(URIS.exclusive).replaceAll('ds:', ''),
      }),
    ],
    ['the root’s Id', sign({ root: '<testsuites Id="a">', uri: ' URI="#a"' })],
    ['the root’s ID', sign({ root: '<testsuites ID="a">', uri: ' URI="#a"' })],
    [
      'enveloped alone',
      sign({ transforms: one(URIS.enveloped), form: { exclusive: false }, canonicalizationMethod: URIS.c14n10 }),
    ],
    ['Canonical XML 1.0', inclusive(URIS.c14n10, '<testsuites>')],
    ['Canonical XML 1.1', inclusive(URIS.c14n11, '<testsuites>')],
    [
      'Canonical XML 1.1 in namespaces',
      inclusive(URIS.c14n11, '<t:testsuites xmlns:t="urn:t" xmlns="urn:d" xml:lang="en">'),
    ],
    [
      'Canonical XML 1.0 in namespaces',
      inclusive(URIS.c14n10, '<t:testsuites xmlns:t="urn:t" xmlns="urn:d" xml:lang="en">'),
    ],
    ['exclusive in namespaces', sign({ root: '<t:testsuites xmlns:t="urn:t" xmlns="urn:d" xml:lang="en">' })],
    [
      'a PrefixList',
      sign({
        root: '<r xmlns:p="urn:p">',
        form: { exclusive: true, inclusivePrefixes: new Set(['p']) },
        canonicalizationMethod: URIS.exclusive,
        transforms: one(URIS.enveloped) + one(URIS.exclusive, prefixList('p')),
        signedInfo: (xml) => xml.replace(/(<ds:CanonicalizationMethod[^>]*>)/, `$1${prefixList('p')}`),
      }),
    ],
    [
      'the prefix declared on the root',
      sign({ root: `<testsuites xmlns:ds="${URIS.dsig}">` }).replace(/(<ds:Signature) xmlns:ds="[^"]*"/, '$1'),
    ],
    [
      'the prefix declared on the root, inclusive',
      inclusive(URIS.c14n11, `<testsuites xmlns:ds="${URIS.dsig}">`).replace(/(<ds:Signature) xmlns:ds="[^"]*"/, '$1'),
    ],
    ['ECDSA P-256', sign(ecOnly)],
    [
      'ECDSA P-521 with SHA-512',
      sign({
        key: p521.privateKey,
        keyInfo: keyValue(p521.publicKey),
        signWith: 'sha512',
        signatureMethod: `${URIS.more}ecdsa-sha512`,
        digestMethod: 'http://www.w3.org/2001/04/xmlenc#sha512',
        digestWith: 'sha512',
      }),
    ],
    [
      'RSA with SHA-384',
      sign({
        signWith: 'sha384',
        signatureMethod: `${URIS.more}rsa-sha384`,
        digestMethod: `${URIS.more}sha384`,
        digestWith: 'sha384',
      }),
    ],
    ['an embedded key', sign(ecOnly), 'embedded'],
    ['a pinned certificate', good, { certificates: [certificate] }],
    ['a report without content', sign({ body: '' })],
    ['a report in CDATA and namespaces', sign({ body: `${BODY}<x xmlns="urn:x"><![CDATA[<&>]]></x>` })],
  ]
  return [
    ...variants.map(([name, report, trust]) => ({ name, report, ...(trust && { trust }) })),
    ...(await certified(material)),
    shortPoint(material),
  ]
}

function prefixList(prefixes: string): string {
  return `<ec:InclusiveNamespaces xmlns:ec="${URIS.exclusive}" PrefixList="${prefixes}"></ec:InclusiveNamespaces>`
}

async function certified({ sign, rsa }: Material): Promise<Harmless[]> {
  const root = { subject: 'CN=root', keys: newKeyPair('P-256') }
  const middle = { subject: 'CN=middle', keys: newKeyPair('P-384') }
  const issuing = { ca: true, usage: 'keyCertSign' } as const
  const authority = await makeCertificate({ ...root, ...issuing })
  const between = await makeCertificate({ ...middle, issuer: root, ...issuing, pathLength: 0 })
  const leaf = await makeCertificate({ subject: 'CN=leaf', keys: rsa, issuer: middle, usage: 'digitalSignature' })
  const plain = await makeCertificate({ subject: 'CN=plain', keys: rsa, issuer: root })
  const trust = { authorities: [authority] }
  return [
    { name: 'a certificate that leads to an authority', report: sign({ keyInfo: x509Data(leaf, between) }), trust },
    { name: 'the same in another order', report: sign({ keyInfo: x509Data(between, leaf) }), trust },
    { name: 'with the authority’s own', report: sign({ keyInfo: x509Data(leaf, between, authority) }), trust },
    { name: 'a certificate without extensions', report: sign({ keyInfo: x509Data(plain) }), trust },
    {
      name: 'a self-signed one that is trusted',
      report: sign({ keyInfo: x509Data(plain) }),
      trust: { authorities: [new X509Certificate(plain.raw)] },
    },
  ]
}

// Some writers drop the zeros in front of a coordinate: one key in 128 has some.
function shortPoint({ sign }: Material): Harmless {
  for (;;) {
    const keys = newKeyPair('P-256')
    const { x = '', y = '' } = keys.publicKey.export({ format: 'jwk' })
    const [ax, ay] = [Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]
    if (ax[0] !== 0 && ay[0] !== 0) continue
    const trim = (bytes: Buffer) => (bytes[0] === 0 ? bytes.subarray(1) : bytes)
    const point = Buffer.concat([Buffer.of(4), trim(ax), trim(ay)])
    const report = sign({ key: keys.privateKey, keyInfo: ecKeyValue('1.2.840.10045.3.1.7', point) })
    return { name: 'an EC point without its leading zeros', report, trust: { publicKeys: [keys.publicKey] } }
  }
}
