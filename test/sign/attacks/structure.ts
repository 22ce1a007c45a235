/**
 * Attacks on where the Signature is and what it is made of.
 *
 * @module
 */
import { BODY, URIS } from '../../support/signatures.js'
import { type Attack, after, before, family, type Material, replaced, taken } from './corpus.js'

const FORGED = '<testsuite name="forged" tests="9" failures="0"></testsuite>'

export function structureAttacks(material: Material): Attack[] {
  return [...wrapping(material), ...decoys(material), ...shapes(material), ...text(material)]
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
      'the same, the new root having the Id too',
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
    ['a Signature of no namespace only', 'signature-missing', sign({ dsig: 'urn:none' })],
    ['a namespace without its hash sign', 'signature-missing', sign({ dsig: URIS.dsig.slice(0, -1) })],
    ['a namespace by https', 'signature-missing', sign({ dsig: URIS.dsig.replace('http:', 'https:') })],
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
    ['a root of the namespace', 'stray-signature-element', sign({ root: `<ds:report ${declared}>` })],
  ])
}

function shapes({ good, sign }: Material): Attack[] {
  const { signature } = taken(good)
  const part = (local: string) => new RegExp(`<ds:${local}[ >].*?</ds:${local}>`, 's').exec(good)?.[0] ?? ''
  const without = (local: string) => good.replace(part(local), '')
  const moved = (local: string, mark: string) => before(without(local), mark, part(local))
  const extra = (local: string) => before(good, `</ds:${local}>`, '<ds:Extra></ds:Extra>')
  const other = (local: string) =>
    replaced(good, part(local), part(local).replace(`<ds:${local}`, `<ds:${local} xmlns:ds="urn:x"`))
  return family('shape', [
    ...[
      'SignedInfo',
      'SignatureValue',
      'CanonicalizationMethod',
      'SignatureMethod',
      'DigestMethod',
      'DigestValue',
      'Transforms',
    ].map(
      (local) =>
        [
          `no ${local}`,
          local === 'SignedInfo' ? 'signature-structure' : 'signature-structure',
          without(local),
        ] as const,
    ),
    ['no children at all', 'signature-structure', replaced(good, signature, `<ds:Signature xmlns:ds="${URIS.dsig}"/>`)],
    ['SignatureValue before SignedInfo', 'signature-structure', moved('SignatureValue', '<ds:SignedInfo>')],
    ['KeyInfo before SignedInfo', 'signature-structure', moved('KeyInfo', '<ds:SignedInfo>')],
    ['Transforms after DigestValue', 'signature-structure', moved('Transforms', '</ds:Reference>')],
    ['two SignedInfos', 'signature-structure', before(good, '<ds:SignatureValue>', part('SignedInfo'))],
    ['two SignatureValues', 'signature-structure', before(good, '<ds:KeyInfo>', part('SignatureValue'))],
    ['two KeyInfos', 'signature-structure', before(good, '</ds:Signature>', part('KeyInfo'))],
    ['something after Signature’s children', 'signature-structure', extra('Signature')],
    ['something more in SignedInfo', 'signature-structure', extra('SignedInfo')],
    ['something more in Reference', 'signature-structure', extra('Reference')],
    ['a child in CanonicalizationMethod', 'signature-structure', extra('CanonicalizationMethod')],
    [
      'an HMACOutputLength',
      'signature-structure',
      sign({
        signedInfo: (xml) => before(xml, '</ds:SignatureMethod>', '<ds:HMACOutputLength>8</ds:HMACOutputLength>'),
      }),
    ],
    [
      'SignedInfo of another namespace',
      'signature-structure',
      replaced(good, '<ds:SignedInfo>', '<ds:SignedInfo xmlns:ds="urn:x">'),
    ],
    ['DigestValue of another namespace', 'signature-structure', other('DigestValue')],
    ['SignatureValue of another namespace', 'signature-structure', other('SignatureValue')],
    [
      'unprefixed SignatureValue of no namespace',
      'signature-structure',
      replaced(good, part('SignatureValue'), part('SignatureValue').replaceAll('ds:', '')),
    ],
    ['an attribute on Signature', 'signature-attribute', replaced(good, '<ds:Signature ', '<ds:Signature a="" ')],
    ['xml:base on SignedInfo', 'signature-attribute', sign({ attributes: { SignedInfo: ' xml:base="http://x/"' } })],
    ['an Id of a namespace', 'signature-attribute', sign({ attributes: { Signature: ' xml:id="x"' } })],
    ['Encoding on SignatureValue', 'signature-attribute', sign({ attributes: { SignatureValue: ' Encoding="x"' } })],
    [
      'an Id on DigestValue',
      'signature-attribute',
      sign({ signedInfo: (xml) => replaced(xml, '<ds:DigestValue>', '<ds:DigestValue Id="x">') }),
    ],
    [
      'a second Algorithm of a namespace',
      'signature-attribute',
      sign({ signedInfo: (xml) => replaced(xml, '<ds:DigestMethod ', '<ds:DigestMethod ds:Algorithm="x" ') }),
    ],
    [
      'an Algorithm of a namespace only',
      'signature-attribute',
      sign({ signedInfo: (xml) => replaced(xml, '<ds:DigestMethod Algo', '<ds:DigestMethod ds:Algo') }),
    ],
    ['a Type on Reference', 'signature-attribute', sign({ uri: ` URI="" Type="${URIS.dsig}Manifest"` })],
    [
      'no Algorithm',
      'signature-attribute',
      sign({ signedInfo: (xml) => xml.replace(/(<ds:SignatureMethod) Algorithm="[^"]*"/, '$1') }),
    ],
  ])
}

function text({ good, sign }: Material): Attack[] {
  const inside = (mark: string, content: string) => after(good, mark, content)
  return family('text and markup inside', [
    ['text in Signature', 'signature-text', inside('<ds:SignedInfo>', 'x')],
    ['text in KeyInfo', 'signature-text', inside('<ds:KeyInfo>', 'x')],
    ['text in X509Data', 'signature-text', inside('<ds:X509Data>', 'x')],
    ['text in a Transform', 'signature-text', inside(`"${URIS.enveloped}">`, 'x')],
    [
      'a no-break space in Reference',
      'signature-text',
      sign({ signedInfo: (xml) => after(xml, '<ds:Reference URI="">', '\u00a0') }),
    ],
    ['text between Signature and SignedInfo', 'signature-text', before(good, '<ds:SignedInfo>', '&#x78;')],
    ['DigestValue in CDATA', 'signature-text', good.replace(/(<ds:DigestValue>)(.*?)(<)/, '$1<![CDATA[$2]]>$3')],
    ['an empty CDATA in SignatureValue', 'signature-text', inside('<ds:SignatureValue>', '<![CDATA[]]>')],
    ['a comment in DigestValue', 'comment', good.replace(/(<ds:DigestValue>....)/, '$1<!-- -->')],
    ['a comment in SignatureValue', 'comment', inside('<ds:SignatureValue>', '<!--x-->')],
    ['a comment in SignedInfo', 'comment', inside('<ds:SignedInfo>', '<!--x-->')],
    ['a comment in KeyInfo', 'comment', inside('<ds:KeyInfo>', '<!--x-->')],
    ['a comment in a name', 'comment', inside('<system-out>', '<!--x-->')],
    ['a comment between suites', 'comment', inside('</testsuite>', '<!--x-->')],
    ['a comment before the root', 'comment', before(good, '<testsuites', '<!--x-->\n')],
    ['a comment after the root', 'comment', `${good}<!--x-->`],
    ['a comment that hides a suite', 'comment', inside('</testsuite>', `<!--${FORGED}-->`)],
    ['an instruction in DigestValue', 'processing-instruction', good.replace(/(<ds:DigestValue>....)/, '$1<?x?>')],
    ['an instruction in SignatureValue', 'processing-instruction', inside('<ds:SignatureValue>', '<?x y?>')],
    ['an instruction in SignedInfo', 'processing-instruction', inside('<ds:SignedInfo>', '<?x?>')],
    ['an instruction in text', 'processing-instruction', inside('<system-out>', '<?x?>')],
    [
      'an instruction that swallows text',
      'processing-instruction',
      replaced(good, '<system-out>out', '<system-out><?out?>'),
    ],
    ['a signed instruction', 'processing-instruction', sign({ body: '<a><?x y?></a>' })],
    ['a style sheet', 'processing-instruction', before(good, '<testsuites', '<?xml-stylesheet href="x.xsl"?>')],
    ['an instruction after the root', 'processing-instruction', `${good}<?x?>`],
  ])
}
