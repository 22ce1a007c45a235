/**
 * Attacks with keys: who owns them, and of what kind they are.
 *
 * @module
 */
import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, type X509Certificate } from 'node:crypto'
import { ecKeyValue, keyValue, URIS, x509Data } from '../../support/signatures.js'
import { type Attack, family, type Material, type Row, replaced } from './corpus.js'

export function keyAttacks({ sign, rsa, ec, evil, weak, certificate, evilCertificate, good }: Material): Attack[] {
  const byEvil = { key: evil.privateKey }
  const pin = { trust: { certificates: [certificate] } }
  const k1 = generateKeyPairSync('ec', { namedCurve: 'secp256k1' })
  const ed = generateKeyPairSync('ed25519')
  const embedded = { trust: 'embedded' as const }
  const keyInfo = (xml: string) => sign({ keyInfo: xml })
  const ecInfo = (point: Uint8Array, oid = '1.2.840.10045.3.1.7') =>
    sign({ key: ec.privateKey, keyInfo: ecKeyValue(oid, point) })
  return family('keys', [
    [
      'signed by another, with its certificate',
      'untrusted-key',
      sign({ ...byEvil, keyInfo: x509Data(evilCertificate) }),
    ],
    ['signed by another, with its key', 'untrusted-key', sign({ ...byEvil, keyInfo: keyValue(evil.publicKey) })],
    [
      'signed by another, certificate pinned',
      'untrusted-key',
      sign({ ...byEvil, keyInfo: x509Data(evilCertificate) }),
      pin,
    ],
    [
      'signed by another, with the signer’s certificate',
      'signature-mismatch',
      sign({ ...byEvil, keyInfo: x509Data(certificate) }),
    ],
    [
      'signed by another, both certificates',
      'signature-mismatch',
      sign({ ...byEvil, keyInfo: x509Data(evilCertificate, certificate) }),
    ],
    ['signed by another, no KeyInfo', 'signature-mismatch', sign({ ...byEvil, keyInfo: '' })],
    [
      'signed by another, a KeyName',
      'signature-mismatch',
      sign({ ...byEvil, keyInfo: '<ds:KeyName>signer</ds:KeyName>' }),
    ],
    ['KeyInfo of another', 'untrusted-key', keyInfo(x509Data(evilCertificate))],
    ['no key trusted', 'untrusted-key', good, { trust: {} }],
    ['another key trusted', 'untrusted-key', good, { trust: { publicKeys: [evil.publicKey] } }],
    ['no KeyInfo, embedded key', 'key-info-missing', sign({ keyInfo: '' }), embedded],
    ['a KeyName, embedded key', 'key-info-missing', keyInfo('<ds:KeyName>signer</ds:KeyName>'), embedded],
    ['signed by another, embedded key of the signer', 'signature-mismatch', sign(byEvil), embedded],
    [
      'a key and a certificate of another key',
      'key-info-mismatch',
      keyInfo(keyValue(evil.publicKey) + x509Data(certificate)),
    ],
    [
      'the key of an intermediate authority, signed by the leaf',
      'untrusted-key',
      keyInfo(keyValue(evil.publicKey) + x509Data(certificate, evilCertificate)),
    ],
    ['two keys', 'key-info-mismatch', keyInfo(keyValue(rsa.publicKey) + keyValue(evil.publicKey))],
    [
      'two KeyValues with different keys, embedded key',
      'key-info-mismatch',
      keyInfo(keyValue(evil.publicKey) + keyValue(ec.publicKey)),
      embedded,
    ],
    [
      'RSA of 1024 bits, pinned',
      'weak-key',
      sign({ key: weak.privateKey, keyInfo: '' }),
      { trust: { publicKeys: [weak.publicKey] } },
    ],
    [
      'RSA of 1024 bits, embedded',
      'weak-key',
      sign({ key: weak.privateKey, keyInfo: keyValue(weak.publicKey) }),
      embedded,
    ],
    [
      'a curve that is not accepted, pinned',
      'weak-key',
      sign({ key: k1.privateKey, keyInfo: '' }),
      { trust: { publicKeys: [k1.publicKey] } },
    ],
    [
      'a curve that is not accepted, embedded',
      'key-info',
      sign({ key: k1.privateKey, keyInfo: keyValue(k1.publicKey) }),
      embedded,
    ],
    ...[3, 257].flatMap((exponent): Row[] => {
      const odd = generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: exponent })
      const trust = { trust: { publicKeys: [odd.publicKey] } }
      return [
        [`RSA with the exponent ${exponent}, pinned`, 'weak-key', sign({ key: odd.privateKey, keyInfo: '' }), trust],
        [
          `RSA with the exponent ${exponent}, embedded`,
          'weak-key',
          sign({ key: odd.privateKey, keyInfo: keyValue(odd.publicKey) }),
          embedded,
        ],
      ]
    }),
    ...[65_538, 1].map((exponent): Row => {
      const even = strangeExponent(rsa.publicKey, exponent)
      return [
        `RSA with the exponent ${exponent}, pinned`,
        'weak-key',
        sign({ keyInfo: '' }),
        { trust: { publicKeys: [even] } },
      ]
    }),
    ['Ed25519, pinned', 'weak-key', sign({ keyInfo: '' }), { trust: { publicKeys: [ed.publicKey] } }],
    ['a RetrievalMethod', 'key-info', keyInfo('<ds:RetrievalMethod URI="http://127.0.0.1/key"></ds:RetrievalMethod>')],
    ['a DSAKeyValue', 'key-info', keyInfo('<ds:KeyValue><ds:DSAKeyValue></ds:DSAKeyValue></ds:KeyValue>')],
    ['PGPData', 'key-info', keyInfo('<ds:PGPData></ds:PGPData>')],
    [
      'a DEREncodedKeyValue',
      'key-info',
      keyInfo(`<d:DEREncodedKeyValue xmlns:d="${URIS.dsig11}">AA==</d:DEREncodedKeyValue>`),
    ],
    ['an empty KeyValue', 'key-info', keyInfo('<ds:KeyValue></ds:KeyValue>')],
    [
      'two keys in a KeyValue',
      'key-info',
      keyInfo(keyValue(rsa.publicKey).replace(/<ds:RSAKeyValue>.*<\/ds:RSAKeyValue>/, '$&$&')),
    ],
    [
      'a modulus without an exponent',
      'key-info',
      keyInfo('<ds:KeyValue><ds:RSAKeyValue><ds:Modulus>AA==</ds:Modulus></ds:RSAKeyValue></ds:KeyValue>'),
    ],
    ['a point that is not on its curve', 'key-info', ecInfo(Buffer.concat([Buffer.of(4), Buffer.alloc(64, 1)]))],
    ['a point of another curve', 'key-info', ecInfo(Buffer.concat([Buffer.of(4), Buffer.alloc(96, 1)]))],
    ['a compressed point', 'key-info', ecInfo(Buffer.concat([Buffer.of(2), Buffer.alloc(32, 1)]))],
    ['the point at infinity', 'key-info', ecInfo(Buffer.of(0))],
    ['an unknown curve', 'key-info', ecInfo(Buffer.concat([Buffer.of(4), Buffer.alloc(64, 1)]), '1.2.3')],
    [
      'a malformed certificate',
      'key-info',
      keyInfo('<ds:X509Data><ds:X509Certificate>AAAA</ds:X509Certificate></ds:X509Data>'),
    ],
    [
      'a certificate that other bytes follow',
      'key-info',
      keyInfo(
        `<ds:X509Data><ds:X509Certificate>${Buffer.concat([certificate.raw, Buffer.of(1)]).toString('base64')}</ds:X509Certificate></ds:X509Data>`,
      ),
    ],
    ['too many certificates', 'key-info', keyInfo(x509Data(...Array(17).fill(certificate)))],
    [
      'a modulus of zero',
      'untrusted-key',
      keyInfo(
        '<ds:KeyValue><ds:RSAKeyValue><ds:Modulus>AA==</ds:Modulus><ds:Exponent>AA==</ds:Exponent></ds:RSAKeyValue></ds:KeyValue>',
      ),
    ],
    [
      'a curve in the namespace of RSA keys',
      'key-info',
      replaced(
        ecInfo(Buffer.concat([Buffer.of(4), Buffer.alloc(64, 1)])),
        '<dsig11:NamedCurve URI="urn:oid:1.2.840.10045.3.1.7"></dsig11:NamedCurve>',
        '<ds:NamedCurve URI="urn:oid:1.2.840.10045.3.1.7"></ds:NamedCurve>',
      ),
    ],
    ['a revocation list', 'key-info', keyInfo('<ds:X509Data><ds:X509CRL>AAAA</ds:X509CRL></ds:X509Data>')],
    ['a certificate with an unknown type of key', 'key-info', keyInfo(x509DataOf(unreadableKey(certificate.raw)))],
    ['an enormous modulus', 'weak-key', enormous(sign), embedded],
    ...contradictions({ certificate, evilCertificate, keyInfo }),
    ...strangeKeyInfo(keyInfo, certificate),
    ['the certificate replaced', 'untrusted-key', replaced(good, x509Data(certificate), x509Data(evilCertificate))],
  ])
}

// What X509Data says about its certificate, and is not true (XMLDSig 1.1 §4.5.4).
function contradictions({
  certificate,
  evilCertificate,
  keyInfo,
}: Pick<Material, 'certificate' | 'evilCertificate'> & { keyInfo: (xml: string) => string }): Row[] {
  const serial = (issuer: string, number: string) =>
    `<ds:X509IssuerSerial><ds:X509IssuerName>${issuer}</ds:X509IssuerName><ds:X509SerialNumber>${number}</ds:X509SerialNumber></ds:X509IssuerSerial>`
  const digest = (bytes: Uint8Array, uri: string = URIS.sha256) =>
    `<d:X509Digest xmlns:d="${URIS.dsig11}" Algorithm="${uri}">${createHash('sha256').update(bytes).digest('base64')}</d:X509Digest>`
  const beside = (xml: string) => keyInfo(x509Data(certificate).replace('<ds:X509Data>', `<ds:X509Data>${xml}`))
  const alone = (xml: string) => keyInfo(`<ds:X509Data>${xml}</ds:X509Data>`)
  const pinned = { trust: { certificates: [certificate] } }
  const subject = (name: string) => `<ds:X509SubjectName>${name}</ds:X509SubjectName>`
  return [
    ['another subject', 'x509-mismatch', beside(subject('CN=release'))],
    ['a longer subject', 'x509-mismatch', beside(subject('CN=signer,O=Example'))],
    ['a subject that is not a name', 'x509-mismatch', beside(subject('signer'))],
    ['another issuer', 'x509-mismatch', beside(serial('CN=other', '1'))],
    ['another serial number', 'x509-mismatch', beside(serial('CN=signer', '2'))],
    ['a serial number that is not a number', 'x509-mismatch', beside(serial('CN=signer', '0x1'))],
    ['a key identifier that the certificate lacks', 'x509-mismatch', beside('<ds:X509SKI>AAAA</ds:X509SKI>')],
    ['the digest of another certificate', 'x509-mismatch', beside(digest(evilCertificate.raw))],
    ['a digest with SHA-1', 'digest-method', beside(digest(certificate.raw, `${URIS.dsig}sha1`))],
    ['another subject, certificate pinned', 'x509-mismatch', alone(subject('CN=other')), pinned],
    [
      'another subject in an X509Data of its own',
      'x509-mismatch',
      keyInfo(`${x509Data(certificate)}<ds:X509Data>${subject('CN=other')}</ds:X509Data>`),
    ],
    ['an X509IssuerSerial without a number', 'key-info', beside('<ds:X509IssuerSerial></ds:X509IssuerSerial>')],
  ]
}

// Attributes and text that nobody checks could carry anything.
function strangeKeyInfo(keyInfo: (xml: string) => string, certificate: X509Certificate): Row[] {
  const data = x509Data(certificate)
  const marked = (local: string) => keyInfo(data.replace(`<ds:${local}>`, `<ds:${local} title="x">`))
  return [
    ['an attribute on X509Data', 'signature-attribute', marked('X509Data')],
    ['an attribute on X509Certificate', 'signature-attribute', marked('X509Certificate')],
    ['an attribute on KeyName', 'signature-attribute', keyInfo(`<ds:KeyName Id="x">a</ds:KeyName>${data}`)],
    ['a long KeyName', 'key-info', keyInfo(`<ds:KeyName>${'x'.repeat(2_000)}</ds:KeyName>${data}`)],
    ['many KeyNames', 'key-info', keyInfo('<ds:KeyName>a</ds:KeyName>'.repeat(100) + data)],
    [
      'much white space in X509Data',
      'signature-text',
      keyInfo(data.replace('<ds:X509Data>', `$&${' '.repeat(2_000)}`)),
    ],
    [
      'more white space than digits in a certificate',
      'base64',
      keyInfo(data.replace('<ds:X509Certificate>', `$&${'\n\t'.repeat(5_000)}`)),
    ],
    ['a long tag', 'signature-too-large', keyInfo(data.replace('<ds:X509Data>', `<ds:X509Data${' '.repeat(5_000)}>`))],
    [
      'a long end tag',
      'signature-too-large',
      keyInfo(data.replace('</ds:X509Data>', `</ds:X509Data${' '.repeat(5_000)}>`)),
    ],
    [
      'a namespace that no element uses',
      'signature-attribute',
      keyInfo(data.replace('<ds:X509Data>', '<ds:X509Data xmlns:x="urn:anything">')),
    ],
  ]
}

function x509DataOf(der: Buffer): string {
  return `<ds:X509Data><ds:X509Certificate>${der.toString('base64')}</ds:X509Certificate></ds:X509Data>`
}

// Changes the object identifier of the key's type to an unknown one.
function unreadableKey(der: Buffer): Buffer {
  const oid = Buffer.from('2a864886f70d010101', 'hex')
  const changed = Buffer.from(der)
  changed[changed.indexOf(oid) + oid.length - 1] = 0x63
  return changed
}

function strangeExponent(key: KeyObject, exponent: number): KeyObject {
  const e = Buffer.alloc(4)
  e.writeUInt32BE(exponent)
  const { n = '' } = key.export({ format: 'jwk' })
  return createPublicKey({ key: { kty: 'RSA', n, e: e.toString('base64url') }, format: 'jwk' })
}

function enormous(sign: Material['sign']): string {
  const modulus = Buffer.alloc(4_096, 0xff)
  const key = `<ds:Modulus>${modulus.toString('base64')}</ds:Modulus><ds:Exponent>AQAB</ds:Exponent>`
  return sign({
    keyInfo: `<ds:KeyValue><ds:RSAKeyValue>${key}</ds:RSAKeyValue></ds:KeyValue>`,
    signatureValue: () => Buffer.alloc(4_096, 1).toString('base64'),
  })
}
