/**
 * Good reports, written in different ways that are all equivalent.
 *
 * @module
 */
import { X509Certificate } from 'node:crypto'
import type { Trust } from '../../../src/sign/verify.js'
import { makeCertificate } from '../../support/certificates.js'
import { newKeyPair } from '../../support/keys.js'
import { BODY, ecKeyValue, keyValue, URIS, x509Data } from '../../support/signatures.js'
import { after, before, type Material, replaced } from './corpus.js'

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
  const indented = (xml: string) => xml.replace(/></g, '>\n  <')
  const ecOnly = { key: ec.privateKey, keyInfo: keyValue(ec.publicKey) }
  const variants: [name: string, report: string | Uint8Array, trust?: Trust][] = [
    ['the report unchanged', good],
    ['attributes in another order', swap('failures="1" tests="3"', 'tests="3" failures="1"')],
    ['single quotes', swap('tests="3"', "tests='3'")],
    ['CRLF line ends', good.replaceAll('\n', '\r\n')],
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
    ['character references in a value', swap('abc', '&#97;&#x62;c')],
    ['a character reference in a name', swap('name="fails"', 'name="f&#97;ils"')],
    ['a CDATA section instead of text', swap('line 2 &lt;x&gt;', '<![CDATA[line 2 <x>]]>')],
    ['a raw greater-than', swap('&lt;x&gt;', '&lt;x>')],
    ['a character reference in text', swap('out é', 'out &#233;')],
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
    [
      'a digest that was wrapped before signing',
      sign({ digestValue: (text) => `\n${text.slice(0, 20)}\n${text.slice(20)}\n` }),
    ],
    [
      'white space between the parts of the Signature',
      swap('</ds:SignedInfo><ds:SignatureValue>', '</ds:SignedInfo>\n  <ds:SignatureValue>'),
    ],
    ['a SignedInfo that was indented before signing', sign({ signedInfo: indented })],
    ['an Id on the Signature', swap('<ds:Signature ', '<ds:Signature Id="s" ')],
    ['a namespace declaration that repeats', after(good, '<ds:KeyInfo', ` xmlns:ds="${URIS.dsig}"`)],
    ['KeyInfo removed', swap(/<ds:KeyInfo>.*<\/ds:KeyInfo>/s, '')],
    ['a KeyName added', before(good, '<ds:X509Data>', '<ds:KeyName>me</ds:KeyName>')],
    ['a key and a certificate of the same key', sign({ keyInfo: keyValue(rsa.publicKey) + x509Data(certificate) })],
    [
      'issuer and subject beside the certificate',
      before(
        good,
        '<ds:X509Certificate>',
        '<ds:X509IssuerSerial><ds:X509IssuerName>CN=signer</ds:X509IssuerName><ds:X509SerialNumber>1</ds:X509SerialNumber></ds:X509IssuerSerial><ds:X509SubjectName>CN=signer</ds:X509SubjectName>',
      ),
    ],
    ['the Signature as the first child of the root', sign({ at: 0 })],
    ['another prefix for the Signature', sign({ prefix: 'dsig', keyInfo: '' })],
    [
      'a default namespace for the Signature',
      sign({
        prefix: '',
        keyInfo: '',
        transforms: one(URIS.enveloped).replaceAll('ds:', '') + one(URIS.exclusive).replaceAll('ds:', ''),
      }),
    ],
    ['a Reference to the Id of the root', sign({ root: '<testsuites Id="a">', uri: ' URI="#a"' })],
    ['a Reference to the ID of the root', sign({ root: '<testsuites ID="a">', uri: ' URI="#a"' })],
    [
      'only the enveloped transform',
      sign({ transforms: one(URIS.enveloped), form: { exclusive: false }, canonicalizationMethod: URIS.c14n10 }),
    ],
    ['Canonical XML 1.0', inclusive(URIS.c14n10, '<testsuites>')],
    ['Canonical XML 1.1', inclusive(URIS.c14n11, '<testsuites>')],
    [
      'Canonical XML 1.1 with namespaces',
      inclusive(URIS.c14n11, '<t:testsuites xmlns:t="urn:t" xmlns="urn:d" xml:lang="en">'),
    ],
    [
      'Canonical XML 1.0 with namespaces',
      inclusive(URIS.c14n10, '<t:testsuites xmlns:t="urn:t" xmlns="urn:d" xml:lang="en">'),
    ],
    [
      'exclusive canonicalization with namespaces',
      sign({ root: '<t:testsuites xmlns:t="urn:t" xmlns="urn:d" xml:lang="en">' }),
    ],
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
      'the prefix of the Signature declared on the root',
      sign({ root: `<testsuites xmlns:ds="${URIS.dsig}">` }).replace(/(<ds:Signature) xmlns:ds="[^"]*"/, '$1'),
    ],
    [
      'the prefix of the Signature declared on the root, with inclusive canonicalization',
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
    ['a report with CDATA and namespaces', sign({ body: `${BODY}<x xmlns="urn:x"><![CDATA[<&>]]></x>` })],
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
    { name: 'a certificate chain in another order', report: sign({ keyInfo: x509Data(between, leaf) }), trust },
    {
      name: 'a certificate chain with the certificate of the authority',
      report: sign({ keyInfo: x509Data(leaf, between, authority) }),
      trust,
    },
    { name: 'a certificate without extensions', report: sign({ keyInfo: x509Data(plain) }), trust },
    {
      name: 'a certificate that is itself a trusted authority',
      report: sign({ keyInfo: x509Data(plain) }),
      trust: { authorities: [new X509Certificate(plain.raw)] },
    },
  ]
}

// Some programs drop the leading zeros of a coordinate. One key in 128 has a leading zero byte.
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
