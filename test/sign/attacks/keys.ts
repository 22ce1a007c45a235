/**
 * Attacks with keys: who owns them, and of what kind they are.
 *
 * @module
 */
import { generateKeyPairSync } from 'node:crypto'
import { ecKeyValue, keyValue, URIS, x509Data } from '../../support/signatures.js'
import { type Attack, family, type Material, replaced } from './corpus.js'

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
    ['an enormous modulus', 'signature-mismatch', enormous(sign), embedded],
    ['the certificate replaced', 'untrusted-key', replaced(good, x509Data(certificate), x509Data(evilCertificate))],
  ])
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

function enormous(sign: Material['sign']): string {
  const modulus = Buffer.alloc(4_096, 0xff)
  const key = `<ds:Modulus>${modulus.toString('base64')}</ds:Modulus><ds:Exponent>AQAB</ds:Exponent>`
  return sign({
    keyInfo: `<ds:KeyValue><ds:RSAKeyValue>${key}</ds:RSAKeyValue></ds:KeyValue>`,
    signatureValue: () => Buffer.alloc(4_096, 1).toString('base64'),
  })
}
