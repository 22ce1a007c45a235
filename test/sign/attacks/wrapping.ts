/**
 * Attacks with the place of the Signature, and with other elements that look like a Signature.
 *
 * @module
 */
import { BODY, URIS } from '../../support/signatures.js'
import { type Attack, after, before, family, type Material, replaced, taken } from './corpus.js'

/** A suite that was not signed. */
export const FORGED = '<testsuite name="forged" tests="9" failures="0"></testsuite>'

export function wrappingAttacks(material: Material): Attack[] {
  return [...wrapping(material), ...decoys(material)]
}

function wrapping({ good, sign }: Material): Attack[] {
  const { signature, rest } = taken(good)
  const inner = good.replace(/^<\?.*\?>\n/, '').trimEnd()
  const withId = sign({ root: '<testsuites Id="a" tests="3">', uri: ' URI="#a"' })
  const innerWithId = withId.replace(/^<\?.*\?>\n/, '').trimEnd()
  const signatureWithId = taken(withId).signature
  const ofNested = ['testsuite', 'testcase', 'properties', 'property', 'failure', 'skipped', 'system-out']
  const ofSignature = [
    'SignedInfo',
    'SignatureValue',
    'KeyInfo',
    'X509Data',
    'X509Certificate',
    'Reference',
    'Transforms',
  ]
  return family('wrapping', [
    ...ofNested.map(
      (parent) =>
        [`Signature inside ${parent}`, 'signature-position', before(rest, `</${parent}>`, signature)] as const,
    ),
    ['Signature as the root', 'signature-position', signature],
    ['Signature between two suites', 'signature-position', replaced(good, signature, signature + FORGED)],
    ['whole report inside a new root', 'signature-position', `<testsuites>${FORGED}${inner}</testsuites>`],
    ['whole report inside a system-out', 'signature-position', `<r><system-out>${inner}</system-out></r>`],
    ['report with an Id inside a new root', 'signature-position', `<testsuites>${FORGED}${innerWithId}</testsuites>`],
    [
      'report with an Id inside a new root of that Id',
      'signature-position',
      `<testsuites Id="a">${FORGED}${innerWithId}</testsuites>`,
    ],
    [
      'Signature moved to a new root, the signed root with its Id below',
      'reference-uri',
      `<testsuites>${FORGED}${innerWithId.replace(signatureWithId, '')}${signatureWithId}</testsuites>`,
    ],
    [
      'Signature moved to a new root that has the same Id',
      'duplicate-id',
      `<testsuites Id="a">${FORGED}${innerWithId.replace(signatureWithId, '')}${signatureWithId}</testsuites>`,
    ],
    ...ofSignature.map(
      (parent) =>
        [
          `the report inside ${parent}`,
          parent === 'X509Data' || parent === 'KeyInfo'
            ? ('key-info' as const)
            : parent === 'Transforms'
              ? ('transforms' as const)
              : ('signature-structure' as const),
          before(good, `</ds:${parent}>`, BODY),
        ] as const,
    ),
    [
      'the report inside an Object',
      'signature-structure',
      before(good, '</ds:Signature>', `<ds:Object>${BODY}</ds:Object>`),
    ],
    ['the report inside a Transform', 'signature-structure', sign({ transforms: withChild(URIS.exclusive, BODY) })],
    [
      'the report inside a KeyName',
      'signature-structure',
      before(good, '</ds:KeyInfo>', `<ds:KeyName>${BODY}</ds:KeyName>`),
    ],
    [
      'the report inside an X509IssuerSerial',
      'key-info',
      before(good, '</ds:X509Data>', `<ds:X509IssuerSerial>${BODY}</ds:X509IssuerSerial>`),
    ],
    ['the report inside a DigestMethod', 'signature-structure', before(good, '</ds:DigestMethod>', BODY)],
    ['the report inside a DigestValue', 'signature-structure', before(good, '</ds:DigestValue>', BODY)],
    ['the report inside a SignatureMethod', 'signature-structure', before(good, '</ds:SignatureMethod>', BODY)],
  ])
}

function withChild(algorithm: string, child: string): string {
  return `<ds:Transform Algorithm="${URIS.enveloped}"></ds:Transform><ds:Transform Algorithm="${algorithm}">${child}</ds:Transform>`
}

function decoys({ good, sign }: Material): Attack[] {
  const { signature, rest } = taken(good)
  const declared = `xmlns:ds="${URIS.dsig}"`
  return family('decoys', [
    ['two Signatures in a row', 'several-signatures', replaced(good, signature, signature + signature)],
    ['a second Signature at the front', 'several-signatures', after(good, 'tests="3">', signature)],
    ['a second, empty Signature', 'several-signatures', after(good, 'tests="3">', `<Signature xmlns="${URIS.dsig}"/>`)],
    ['a second Signature deep inside', 'several-signatures', before(good, '</testcase>', signature)],
    ['a Signature inside the Signature', 'several-signatures', before(good, '</ds:Signature>', signature)],
    ['a Signature inside KeyInfo', 'several-signatures', before(good, '</ds:KeyInfo>', signature)],
    ['no Signature', 'signature-missing', rest],
    ['only a Signature of another namespace', 'signature-missing', sign({ dsig: 'urn:none' })],
    ['a namespace without its hash sign', 'signature-missing', sign({ dsig: URIS.dsig.slice(0, -1) })],
    ['a namespace with https', 'signature-missing', sign({ dsig: URIS.dsig.replace('http:', 'https:') })],
    ['a namespace in capitals', 'signature-missing', sign({ dsig: URIS.dsig.toUpperCase() })],
    [
      'signature in lower case',
      'signature-missing',
      replaced(good, signature, signature.replaceAll('ds:Signature', 'ds:signature')),
    ],
    [
      'a signed Signature of another namespace',
      'stray-signature-element',
      sign({ body: '<Signature xmlns="urn:x"></Signature>' }),
    ],
    ['a signed Signature of no namespace', 'stray-signature-element', sign({ body: `${BODY}<Signature></Signature>` })],
    [
      'a signed SignedInfo outside',
      'stray-signature-element',
      sign({ body: `<ds:SignedInfo ${declared}></ds:SignedInfo>` }),
    ],
    [
      'a signed Object outside',
      'stray-signature-element',
      sign({ body: `<x><ds:Object ${declared}></ds:Object></x>` }),
    ],
    [
      'a signed ECKeyValue outside',
      'stray-signature-element',
      sign({ body: `<ECKeyValue xmlns="${URIS.dsig11}"></ECKeyValue>` }),
    ],
    ['a root in the namespace of XML Signature', 'stray-signature-element', sign({ root: `<ds:report ${declared}>` })],
  ])
}
