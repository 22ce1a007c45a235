/**
 * Attacks by way of the key: whose it is, what it is, and what certificates say.
 *
 * @module
 */
import { generateKeyPairSync } from 'node:crypto'
import { makeCertificate } from '../../support/certificates.js'
import { newKeyPair } from '../../support/keys.js'
import { ecKeyValue, keyValue, URIS, x509Data } from '../../support/signatures.js'
import { type Attack, family, type Material, type Row, replaced } from './corpus.js'

export async function keyAttacks(material: Material): Promise<Attack[]> {
  return [...confusion(material), ...(await chains(material))]
}

function confusion({ sign, rsa, ec, evil, weak, certificate, evilCertificate, good }: Material): Attack[] {
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
    ['nobody trusted', 'untrusted-key', good, { trust: {} }],
    ['another trusted', 'untrusted-key', good, { trust: { publicKeys: [evil.publicKey] } }],
    ['no KeyInfo, embedded key', 'key-info-missing', sign({ keyInfo: '' }), embedded],
    ['a KeyName, embedded key', 'key-info-missing', keyInfo('<ds:KeyName>signer</ds:KeyName>'), embedded],
    ['signed by another, embedded key of the signer', 'signature-mismatch', sign(byEvil), embedded],
    ['key and certificate apart', 'key-info-mismatch', keyInfo(keyValue(evil.publicKey) + x509Data(certificate))],
    ['two keys', 'key-info-mismatch', keyInfo(keyValue(rsa.publicKey) + keyValue(evil.publicKey))],
    [
      'a key that two KeyValues say otherwise',
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
    ['a curve of no name', 'key-info', ecInfo(Buffer.concat([Buffer.of(4), Buffer.alloc(64, 1)]), '1.2.3')],
    [
      'a certificate that is none',
      'key-info',
      keyInfo('<ds:X509Data><ds:X509Certificate>AAAA</ds:X509Certificate></ds:X509Data>'),
    ],
    [
      'a certificate with something behind it',
      'key-info',
      keyInfo(
        `<ds:X509Data><ds:X509Certificate>${Buffer.concat([certificate.raw, Buffer.of(1)]).toString('base64')}</ds:X509Certificate></ds:X509Data>`,
      ),
    ],
    ['more certificates than any chain has', 'key-info', keyInfo(x509Data(...Array(17).fill(certificate)))],
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
    ['a certificate whose key nobody can read', 'key-info', keyInfo(x509DataOf(unreadableKey(certificate.raw)))],
    ['an enormous modulus', 'signature-mismatch', enormous(sign), embedded],
    [
      'the key of a certificate swapped',
      'untrusted-key',
      replaced(good, x509Data(certificate), x509Data(evilCertificate)),
    ],
  ])
}

function x509DataOf(der: Buffer): string {
  return `<ds:X509Data><ds:X509Certificate>${der.toString('base64')}</ds:X509Certificate></ds:X509Data>`
}

// The object identifier of the key's type, made one that nobody has.
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

async function chains({ sign, rsa, certificate, evil }: Material): Promise<Attack[]> {
  const [rootKeys, middleKeys] = [newKeyPair('P-256'), newKeyPair('P-256')]
  const root = { subject: 'CN=root', keys: rootKeys }
  const middle = { subject: 'CN=middle', keys: middleKeys }
  const leaf = { subject: 'CN=leaf', keys: rsa }
  const issuing = { ca: true, usage: 'keyCertSign' } as const
  const signing = { ca: false, usage: 'digitalSignature' } as const
  const make = makeCertificate
  const trusted = await make({ ...root, ...issuing })
  const short = await make({ ...root, ...issuing, pathLength: 0 })
  const other = await make({ ...root, keys: evil, ...issuing })
  const between = await make({ ...middle, issuer: root, ...issuing })
  const good = await make({ ...leaf, issuer: root, ...signing })
  const below = await make({ ...leaf, issuer: middle, ...signing })
  const knot = { subject: 'CN=knot', keys: newKeyPair('P-521') }
  const ring = [await make({ ...leaf, issuer: knot, ...signing })]
  for (let i = 0; i < 15; i++) ring.push(await make({ ...knot, ...issuing, to: `20${30 + i}-01-01T00:00:00Z` }))
  const past = { from: '2020-01-01T00:00:00Z', to: '2021-01-01T00:00:00Z' }
  const future = { from: '2039-01-01T00:00:00Z' }
  const by = (authority: typeof trusted) => ({ trust: { authorities: [authority] } })
  const row = (name: string, expected: Row[1], chain: (typeof trusted)[], authority = trusted): Row => [
    name,
    expected,
    sign({ keyInfo: x509Data(...chain) }),
    by(authority),
  ]
  return family('certificates', [
    [
      'pinned, expired',
      'certificate-expired',
      sign({}),
      { trust: { certificates: [certificate] }, options: { at: new Date('2041-01-01') } },
    ],
    [
      'pinned, not valid yet',
      'certificate-not-yet-valid',
      sign({}),
      { trust: { certificates: [certificate] }, options: { at: new Date('2019-01-01') } },
    ],
    row('of another authority of that name', 'certificate-chain', [good], other),
    row('self-signed', 'certificate-chain', [certificate]),
    row('the one between missing', 'certificate-chain', [below]),
    row('the one between is by another', 'certificate-chain', [
      below,
      await make({ ...middle, issuer: { ...root, keys: evil }, ...issuing }),
    ]),
    row('the one between is no authority', 'certificate-chain', [
      below,
      await make({ ...middle, issuer: root, ...signing }),
    ]),
    row('the one between says nothing', 'certificate-usage', [below, await make({ ...middle, issuer: root })]),
    row('the one between may not issue', 'certificate-chain', [
      below,
      await make({ ...middle, issuer: root, ca: true, usage: 'digitalSignature' }),
    ]),
    row('the one between has expired', 'certificate-expired', [
      below,
      await make({ ...middle, issuer: root, ...issuing, ...past }),
    ]),
    row('more between than the root allows', 'certificate-usage', [below, between], short),
    row('the root may not issue', 'certificate-chain', [good], await make({ ...root, ...signing })),
    row('the root has expired', 'certificate-expired', [good], await make({ ...root, ...issuing, ...past })),
    row('expired', 'certificate-expired', [await make({ ...leaf, issuer: root, ...signing, ...past })]),
    row('not valid yet', 'certificate-not-yet-valid', [await make({ ...leaf, issuer: root, ...signing, ...future })]),
    row('not for signatures', 'certificate-usage', [
      await make({ ...leaf, issuer: root, ca: false, usage: 'keyEncipherment' }),
    ]),
    row('an authority that signs reports', 'certificate-usage', [await make({ ...leaf, issuer: root, ...issuing })]),
    row('a critical extension that nobody knows', 'certificate-usage', [
      await make({ ...leaf, issuer: root, ...signing, strange: true }),
    ]),
    row(
      'issued with SHA-1',
      'certificate-usage',
      [await make({ ...leaf, issuer: { ...root, keys: evil }, ...signing, hash: 'SHA-1' })],
      other,
    ),
    [
      'issued to another key',
      'signature-mismatch',
      sign({ keyInfo: x509Data(await make({ ...leaf, keys: evil, issuer: root, ...signing })) }),
      by(trusted),
    ],
    ['no certificate in the report', 'untrusted-key', sign({ keyInfo: keyValue(rsa.publicKey) }), by(trusted)],
  ])
}
