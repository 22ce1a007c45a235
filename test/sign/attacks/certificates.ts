/**
 * Attacks with certificates: issuer, usage and validity.
 *
 * @module
 */
import { generateKeyPairSync } from 'node:crypto'
import { makeCertificate } from '../../support/certificates.js'
import { newKeyPair } from '../../support/keys.js'
import { keyValue, x509Data } from '../../support/signatures.js'
import { type Attack, family, type Material, type Row } from './corpus.js'

export async function certificateAttacks({ sign, rsa, certificate, evil, weak }: Material): Promise<Attack[]> {
  const [rootKeys, middleKeys] = [newKeyPair('P-256'), newKeyPair('P-256')]
  const three = generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 })
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
    row('another authority of the same name', 'certificate-chain', [good], other),
    row('self-signed', 'certificate-chain', [certificate]),
    row('intermediate authority is missing', 'certificate-chain', [below]),
    row('intermediate authority is issued by another key', 'certificate-chain', [
      below,
      await make({ ...middle, issuer: { ...root, keys: evil }, ...issuing }),
    ]),
    row('intermediate certificate is not a CA', 'certificate-chain', [
      below,
      await make({ ...middle, issuer: root, ...signing }),
    ]),
    row('intermediate certificate has no extensions', 'certificate-usage', [
      below,
      await make({ ...middle, issuer: root }),
    ]),
    row('intermediate authority may not issue', 'certificate-chain', [
      below,
      await make({ ...middle, issuer: root, ca: true, usage: 'digitalSignature' }),
    ]),
    row('intermediate authority has expired', 'certificate-expired', [
      below,
      await make({ ...middle, issuer: root, ...issuing, ...past }),
    ]),
    row('more intermediate authorities than the root allows', 'certificate-usage', [below, between], short),
    row('intermediate authority has an RSA key of 1024 bits', 'weak-key', [
      await make({ ...leaf, issuer: { subject: 'CN=middle', keys: weak }, ...signing }),
      await make({ subject: 'CN=middle', keys: weak, issuer: root, ...issuing }),
    ]),
    row('intermediate authority has the public exponent 3', 'weak-key', [
      await make({ ...leaf, issuer: { subject: 'CN=middle', keys: three }, ...signing }),
      await make({ subject: 'CN=middle', keys: three, issuer: root, ...issuing }),
    ]),
    row(
      'the root has an RSA key of 1024 bits',
      'weak-key',
      [await make({ ...leaf, issuer: { ...root, keys: weak }, ...signing })],
      await make({ ...root, keys: weak, ...issuing }),
    ),
    row('an extension that appears twice', 'certificate-usage', [
      await make({ ...leaf, issuer: root, ...signing, repeated: true }),
    ]),
    row(
      'a negative path length',
      'certificate-chain',
      [good],
      await make({ ...root, ...issuing, pathLengthContent: [0xff] }),
    ),
    row('the root may not issue', 'certificate-chain', [good], await make({ ...root, ...signing })),
    row('the root has expired', 'certificate-expired', [good], await make({ ...root, ...issuing, ...past })),
    row('expired', 'certificate-expired', [await make({ ...leaf, issuer: root, ...signing, ...past })]),
    row('not valid yet', 'certificate-not-yet-valid', [await make({ ...leaf, issuer: root, ...signing, ...future })]),
    row('not for signatures', 'certificate-usage', [
      await make({ ...leaf, issuer: root, ca: false, usage: 'keyEncipherment' }),
    ]),
    row('an authority that signs reports', 'certificate-usage', [await make({ ...leaf, issuer: root, ...issuing })]),
    row('an unknown critical extension', 'certificate-usage', [
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
