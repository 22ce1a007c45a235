/**
 * Attacks with the algorithms that a Signature names.
 *
 * @module
 */
import { URIS } from '../../support/signatures.js'
import { type Attack, family, type Material } from './corpus.js'

export function algorithmAttacks({ sign, ec, p521 }: Material): Attack[] {
  const methods = [
    'hmac-sha256',
    'hmac-sha1',
    'rsa-sha1',
    'rsa-md5',
    'rsa-sha224',
    'ecdsa-sha1',
    'dsa-sha1',
    'rsa-ripemd160',
  ]
  const digests = ['sha224', 'md5', 'whirlpool']
  const ecKey = ec.privateKey
  const none = { keyInfo: '' }
  return family('algorithms', [
    ...methods.map((name) => [name, 'signature-method', sign({ signatureMethod: `${URIS.more}${name}` })] as const),
    [
      'rsa-sha1 of XMLDSig 1.0',
      'signature-method',
      sign({ signatureMethod: `${URIS.dsig}rsa-sha1`, signWith: 'sha1' }),
    ],
    ['dsa-sha1 of XMLDSig 1.0', 'signature-method', sign({ signatureMethod: `${URIS.dsig}dsa-sha1` })],
    [
      'hmac-sha1 of XMLDSig 1.0',
      'signature-method',
      sign({ signatureMethod: `${URIS.dsig}hmac-sha1`, signWith: 'hmac' }),
    ],
    [
      'HMAC with the public key as its secret',
      'signature-method',
      sign({ signatureMethod: `${URIS.more}hmac-sha256`, signWith: 'hmac', ...none }),
    ],
    [
      'RSA-PSS',
      'signature-method',
      sign({ signatureMethod: 'http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1' }),
    ],
    ['Ed25519', 'signature-method', sign({ signatureMethod: 'http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519' })],
    ['no algorithm', 'signature-method', sign({ signatureMethod: '' })],
    ['an algorithm named none', 'signature-method', sign({ signatureMethod: 'none' })],
    ['an algorithm with a blank', 'signature-method', sign({ signatureMethod: ` ${URIS.more}rsa-sha256` })],
    [
      'an algorithm with the name of a JavaScript property',
      'signature-method',
      sign({ signatureMethod: 'constructor' }),
    ],
    ['ecdsa for an RSA key', 'key-type', sign({ signatureMethod: `${URIS.more}ecdsa-sha256` })],
    [
      'rsa for an EC key',
      'key-type',
      sign({ key: ecKey, signatureMethod: `${URIS.more}rsa-sha256`, ...none }),
      { trust: { publicKeys: [ec.publicKey] } },
    ],
    [
      'another digest than the signature names',
      'signature-mismatch',
      sign({ signatureMethod: `${URIS.more}rsa-sha512` }),
    ],
    ['SHA-1 digest', 'digest-method', sign({ digestMethod: `${URIS.dsig}sha1`, digestWith: 'sha1' })],
    ...digests.map(
      (name) => [`${name} digest`, 'digest-method', sign({ digestMethod: `${URIS.more}${name}` })] as const,
    ),
    [
      'SHA-3 digest',
      'digest-method',
      sign({ digestMethod: 'http://www.w3.org/2007/05/xmldsig-more#sha3-256', digestWith: 'sha3-256' }),
    ],
    ['an empty digest algorithm', 'digest-method', sign({ digestMethod: '' })],
    ['a digest algorithm with the name of a JavaScript property', 'digest-method', sign({ digestMethod: '__proto__' })],
    [
      'canonicalization with comments',
      'canonicalization-method',
      sign({ canonicalizationMethod: `${URIS.exclusive}WithComments` }),
    ],
    ['an empty canonicalization algorithm', 'canonicalization-method', sign({ canonicalizationMethod: '' })],
    [
      'the enveloped transform as canonicalization',
      'canonicalization-method',
      sign({ canonicalizationMethod: URIS.enveloped }),
    ],
    ['minimal canonicalization', 'canonicalization-method', sign({ canonicalizationMethod: `${URIS.dsig}minimal` })],
    ['DER instead of r and s', 'signature-length', sign({ key: ecKey, signWith: 'der', ...none })],
    [
      'r and s with a leading zero',
      'signature-length',
      sign({ key: ecKey, ...none, signatureValue: (text) => widened(text, 33) }),
    ],
    [
      'r and s of another curve',
      'signature-length',
      sign({ key: p521.privateKey, ...none }),
      { trust: { publicKeys: [ec.publicKey] } },
    ],
    [
      'an RSA signature with a leading zero',
      'signature-length',
      sign({ signatureValue: (text) => Buffer.concat([Buffer.of(0), Buffer.from(text, 'base64')]).toString('base64') }),
    ],
    [
      'r and s that are zero',
      'signature-mismatch',
      sign({ key: ecKey, ...none, signatureValue: () => Buffer.alloc(64).toString('base64') }),
    ],
  ])
}

function widened(text: string, size: number): string {
  const bytes = Buffer.from(text, 'base64')
  const pad = (part: Buffer) => Buffer.concat([Buffer.alloc(size - part.length), part])
  return Buffer.concat([pad(bytes.subarray(0, bytes.length / 2)), pad(bytes.subarray(bytes.length / 2))]).toString(
    'base64',
  )
}
