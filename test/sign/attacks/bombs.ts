/**
 * Reports that are made to exhaust time or memory.
 *
 * @module
 */
import { URIS } from '../../support/signatures.js'
import { type Attack, after, before, family, type Material } from './corpus.js'

const MIB = 1024 * 1024

/** Makes the reports. They are large, so make them only when needed. */
export function bombs({ good, sign, rsa }: Material): Attack[] {
  const inside = (text: string) => after(good, '<system-out>', text)
  const inSignature = (mark: string, text: string) => after(good, mark, text)
  const reference = /<ds:Reference.*<\/ds:Reference>/s.exec(good)?.[0] ?? ''
  const certificate = /<ds:X509Certificate>.*<\/ds:X509Certificate>/s.exec(good)?.[0] ?? ''
  const long = `urn:${'u'.repeat(1_000)}`
  const embedded = { trust: { publicKeys: [rsa.publicKey] } }
  return family('bombs', [
    ['a large file of nothing', 'no-root', Buffer.alloc(60 * MIB, ' ')],
    ['depth', 'too-deep', inside('<a>'.repeat(1_000_000))],
    ['depth inside the Signature', 'too-deep', inSignature('<ds:KeyInfo>', '<a>'.repeat(500_000))],
    ['attributes', 'too-many-attributes', inside(`<a ${many(1_000_000, (i) => `a${i}=""`)}/>`)],
    ['a long name', 'name-too-long', inside(`<${'a'.repeat(20 * MIB)}/>`)],
    ['many names', 'too-many-names', inside(many(1_000_000, (i) => `<a${i}/>`))],
    ['a long namespace', 'namespace-too-long', inside(`<a xmlns="urn:${'a'.repeat(20 * MIB)}"/>`)],
    ['many elements', 'digest-mismatch', inside('<a/>'.repeat(5_000_000))],
    [
      'many attributes in the wrong order',
      'digest-mismatch',
      inside(`<e ${many(200, (i) => `a${999 - i}=""`)}/>`.repeat(8_000)),
    ],
    ['many namespaces', 'digest-mismatch', inside(`<e ${many(200, (i) => `xmlns:a${i}="urn:${i}"`)}/>`.repeat(3_000))],
    ['many references to characters', 'digest-mismatch', inside('&#9;'.repeat(5_000_000))],
    ['many carriage returns', 'digest-mismatch', inside('\r'.repeat(20_000_000))],
    ['many quotes in values', 'canonical-too-large', inside(`<a b='${'"'.repeat(10_000_000)}'/>`)],
    ['many CDATA sections', 'digest-mismatch', inside('<![CDATA[x]]>'.repeat(1_500_000))],
    ['many comments', 'comment', inside('<!---->'.repeat(3_000_000))],
    ['many openings of comments', 'markup', inside('<!--'.repeat(5_000_000))],
    ['many brackets', 'digest-mismatch', inside(']'.repeat(20_000_000))],
    ['an endless reference', 'reference', inside(`&#${'0'.repeat(40_000_000)}65;`)],
    ['many ampersands', 'reference', inside('&'.repeat(20_000_000))],
    [
      'a reference to a namespace at every element',
      'canonical-too-large',
      sign({ body: `<r xmlns:p="${long}">${'<p:a/>'.repeat(100_000)}</r>`, digestOf: 'x' }),
    ],
    [
      'entities in entities',
      'doctype',
      before(good, '<testsuites', `<!DOCTYPE r [<!ENTITY a "${'x'.repeat(MIB)}"><!ENTITY b "&a;&a;&a;">]>`),
    ],
    [
      'a large digest',
      'signature-too-large',
      good.replace('<ds:DigestValue>', `<ds:DigestValue>${' '.repeat(20 * MIB)}`),
    ],
    ['a large signature value', 'signature-too-large', inSignature('<ds:SignatureValue>', 'A'.repeat(20 * MIB))],
    ['many References', 'signature-too-large', inSignature('</ds:SignatureMethod>', reference.repeat(50_000))],
    [
      'many Transforms',
      'signature-too-large',
      inSignature('<ds:Transforms>', `<ds:Transform Algorithm="${URIS.exclusive}"/>`.repeat(200_000)),
    ],
    ['many certificates', 'key-info', inSignature('<ds:X509Data>', certificate.repeat(100)), embedded],
    [
      'many certificates, large',
      'signature-too-large',
      inSignature('<ds:X509Data>', certificate.repeat(20_000)),
      embedded,
    ],
    ['many Signatures', 'several-signatures', inside(`<ds:Signature xmlns:ds="${URIS.dsig}"/>`.repeat(200_000))],
    [
      'many Ids',
      'duplicate-id',
      sign({ root: '<r Id="a">', uri: ' URI="#a"', body: '<x Id="a"/>'.repeat(300_000), digestOf: 'x' }),
    ],
  ])
}

function many(count: number, each: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => each(index)).join(' ')
}
