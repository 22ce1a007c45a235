/**
 * Attacks on the structure of the Signature.
 *
 * @module
 */
import { URIS } from '../../support/signatures.js'
import { type Attack, after, before, family, type Material, replaced, taken } from './corpus.js'
import { FORGED } from './wrapping.js'

export function structureAttacks(material: Material): Attack[] {
  return [...shapes(material), ...text(material)]
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
    ].map((local) => [`no ${local}`, 'signature-structure', without(local)] as const),
    ['no children at all', 'signature-structure', replaced(good, signature, `<ds:Signature xmlns:ds="${URIS.dsig}"/>`)],
    ['SignatureValue before SignedInfo', 'signature-structure', moved('SignatureValue', '<ds:SignedInfo>')],
    ['KeyInfo before SignedInfo', 'signature-structure', moved('KeyInfo', '<ds:SignedInfo>')],
    ['Transforms after DigestValue', 'signature-structure', moved('Transforms', '</ds:Reference>')],
    ['two SignedInfos', 'signature-structure', before(good, '<ds:SignatureValue>', part('SignedInfo'))],
    ['two SignatureValues', 'signature-structure', before(good, '<ds:KeyInfo>', part('SignatureValue'))],
    ['two KeyInfos', 'signature-structure', before(good, '</ds:Signature>', part('KeyInfo'))],
    ['another element at the end of Signature', 'signature-structure', extra('Signature')],
    ['another element at the end of SignedInfo', 'signature-structure', extra('SignedInfo')],
    ['another element at the end of Reference', 'signature-structure', extra('Reference')],
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
      'SignatureValue without a namespace',
      'signature-structure',
      replaced(good, part('SignatureValue'), part('SignatureValue').replaceAll('ds:', '')),
    ],
    ['an attribute on Signature', 'signature-attribute', replaced(good, '<ds:Signature ', '<ds:Signature a="" ')],
    ['xml:base on SignedInfo', 'signature-attribute', sign({ attributes: { SignedInfo: ' xml:base="http://x/"' } })],
    ['an xml:id on Signature', 'signature-attribute', sign({ attributes: { Signature: ' xml:id="x"' } })],
    ['Encoding on SignatureValue', 'signature-attribute', sign({ attributes: { SignatureValue: ' Encoding="x"' } })],
    [
      'an Id on DigestValue',
      'signature-attribute',
      sign({ signedInfo: (xml) => replaced(xml, '<ds:DigestValue>', '<ds:DigestValue Id="x">') }),
    ],
    [
      'a second Algorithm with a prefix',
      'signature-attribute',
      sign({ signedInfo: (xml) => replaced(xml, '<ds:DigestMethod ', '<ds:DigestMethod ds:Algorithm="x" ') }),
    ],
    [
      'only an Algorithm with a prefix',
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
  return family('text and markup', [
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
      'an instruction that hides text',
      'processing-instruction',
      replaced(good, '<system-out>out', '<system-out><?out?>'),
    ],
    ['a signed instruction', 'processing-instruction', sign({ body: '<a><?x y?></a>' })],
    ['a style sheet', 'processing-instruction', before(good, '<testsuites', '<?xml-stylesheet href="x.xsl"?>')],
    ['an instruction after the root', 'processing-instruction', `${good}<?x?>`],
  ])
}
