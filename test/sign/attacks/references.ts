/**
 * Attacks on the signed content: references, transforms, and the report itself.
 *
 * @module
 */
import { BODY, ROOT, URIS } from '../../support/signatures.js'
import { type Attack, after, before, family, type Material, replaced, taken } from './corpus.js'

export function referenceAttacks(material: Material): Attack[] {
  return [...references(material), ...transforms(material), ...tampering(material)]
}

function references({ sign }: Material): Attack[] {
  const suiteWithId = `${BODY.replace('<testsuite ', '<testsuite Id="s" ')}`
  const withRoot = (attributes: string, uri: string, body = BODY) =>
    sign({ root: `<testsuites${attributes}>`, uri, body })
  return family('references', [
    ['no Reference', 'reference-count', sign({ references: () => '' })],
    ['the Reference twice', 'reference-count', sign({ references: (one) => one + one })],
    [
      'a second Reference to a part',
      'reference-count',
      sign({ references: (one) => one + one.replace('URI=""', 'URI="#s"'), body: suiteWithId }),
    ],
    [
      'two References, the whole one last',
      'reference-count',
      sign({ references: (one) => one.replace('URI=""', 'URI="#s"') + one }),
    ],
    ['no URI', 'reference-uri', sign({ uri: '' })],
    ['URI in lower case', 'signature-attribute', sign({ uri: ' uri=""' })],
    ['a second URI with a prefix', 'signature-attribute', sign({ uri: ' URI="" ds:URI="#s"' })],
    ['a suite by its Id', 'reference-uri', sign({ uri: ' URI="#s"', body: suiteWithId, digestOf: suiteWithId })],
    ['an Id that no element has', 'reference-uri', sign({ uri: ' URI="#s"' })],
    ['an empty fragment', 'reference-uri', sign({ uri: ' URI="#"' })],
    ['a blank', 'reference-uri', sign({ uri: ' URI=" "' })],
    ['a file', 'reference-uri', sign({ uri: ' URI="report.xml"' })],
    ['a file URL', 'reference-uri', sign({ uri: ' URI="file:///etc/passwd"' })],
    ['a web page', 'reference-uri', sign({ uri: ' URI="http://127.0.0.1/report.xml"' })],
    ['xpointer to the root', 'reference-uri', sign({ uri: ' URI="#xpointer(/)"' })],
    ['xpointer to an Id', 'reference-uri', withRoot(' Id="a"', ` URI="#xpointer(id('a'))"`)],
    ['an Id written with an escape', 'reference-uri', withRoot(' Id="a"', ' URI="#%61"')],
    ['an id in lower case', 'reference-uri', withRoot(' id="a"', ' URI="#a"')],
    ['an xml:id', 'reference-uri', withRoot(' xml:id="a"', ' URI="#a"')],
    ['an Id with a prefix', 'reference-uri', withRoot(' xmlns:w="urn:w" w:Id="a"', ' URI="#a"')],
    ['the ID of a root that also has an Id', 'reference-uri', withRoot(' Id="a" ID="b"', ' URI="#b"')],
    ['Id of the root in capitals', 'reference-uri', withRoot(' Id="a"', ' URI="#A"')],
    ['an empty Id', 'duplicate-id', withRoot(' Id=""', ' URI="#"', '<x Id=""></x>')],
    ['an Id twice', 'duplicate-id', withRoot(' Id="a"', ' URI="#a"', '<x Id="a"></x>')],
    ['an Id that is an ID elsewhere', 'duplicate-id', withRoot(' Id="a"', ' URI="#a"', '<x><y ID="a"></y></x>')],
    ['an Id that is an xml:id elsewhere', 'duplicate-id', withRoot(' Id="a"', ' URI="#a"', '<x xml:id="a"></x>')],
    ['an Id that is an id elsewhere', 'duplicate-id', withRoot(' Id="a"', ' URI="#a"', '<x id="&#97;"></x>')],
    [
      'the Signature has the Id too',
      'duplicate-id',
      sign({ root: '<r Id="a">', uri: ' URI="#a"', attributes: { Signature: ' Id="a"' } }),
    ],
  ])
}

function transforms({ sign }: Material): Attack[] {
  const one = (algorithm: string, content = '') => `<ds:Transform Algorithm="${algorithm}">${content}</ds:Transform>`
  const { enveloped, exclusive } = URIS
  const xpath = '<ds:XPath>not(ancestor-or-self::testsuite)</ds:XPath>'
  const list = (prefixes: string, name = 'InclusiveNamespaces', uri: string = exclusive) =>
    `<ec:${name} xmlns:ec="${uri}" PrefixList="${prefixes}"></ec:${name}>`
  return family('transforms', [
    ['no transform', 'transforms', sign({ transforms: '' })],
    ['only canonicalization', 'transforms', sign({ transforms: one(exclusive) })],
    ['the two transforms in the wrong order', 'transforms', sign({ transforms: one(exclusive) + one(enveloped) })],
    ['enveloped twice', 'transforms', sign({ transforms: one(enveloped) + one(enveloped) })],
    ['canonicalization twice', 'transforms', sign({ transforms: one(enveloped) + one(exclusive) + one(exclusive) })],
    [
      'an XPath filter between the two',
      'transforms',
      sign({
        transforms: one(enveloped) + one('http://www.w3.org/TR/1999/REC-xpath-19991116', xpath) + one(exclusive),
      }),
    ],
    [
      'an XPath filter instead of the enveloped transform',
      'transforms',
      sign({ transforms: one('http://www.w3.org/TR/1999/REC-xpath-19991116', xpath) + one(exclusive) }),
    ],
    [
      'an XPath filter instead of canonicalization',
      'transforms',
      sign({ transforms: one(enveloped) + one('http://www.w3.org/TR/1999/REC-xpath-19991116') }),
    ],
    [
      'an XPath 2 filter',
      'transforms',
      sign({ transforms: one(enveloped) + one('http://www.w3.org/2002/06/xmldsig-filter2') }),
    ],
    ['XSLT', 'transforms', sign({ transforms: one(enveloped) + one('http://www.w3.org/TR/1999/REC-xslt-19991116') })],
    ['base64', 'transforms', sign({ transforms: one(enveloped) + one(`${URIS.dsig}base64`) })],
    ['decryption', 'transforms', sign({ transforms: one(enveloped) + one('http://www.w3.org/2002/07/decrypt#XML') })],
    ['with comments, 1.0', 'transforms', sign({ transforms: one(enveloped) + one(`${URIS.c14n10}#WithComments`) })],
    ['with comments, 1.1', 'transforms', sign({ transforms: one(enveloped) + one(`${URIS.c14n11}#WithComments`) })],
    ['with comments, exclusive', 'transforms', sign({ transforms: one(enveloped) + one(`${exclusive}WithComments`) })],
    ['Canonical XML 2.0', 'transforms', sign({ transforms: one(enveloped) + one('http://www.w3.org/2010/xml-c14n2') })],
    ['an algorithm with a blank', 'transforms', sign({ transforms: one(`${enveloped} `) + one(exclusive) })],
    ['an algorithm in capitals', 'transforms', sign({ transforms: one(enveloped) + one(exclusive.toUpperCase()) })],
    [
      'another element instead of the first Transform',
      'transforms',
      sign({ transforms: one(enveloped).replaceAll('Transform', 'Transformer') }),
    ],
    [
      'another element instead of the second Transform',
      'transforms',
      sign({ transforms: one(enveloped) + one(exclusive).replaceAll('Transform', 'X') }),
    ],
    [
      'XPath inside the enveloped transform',
      'signature-structure',
      sign({ transforms: one(enveloped, xpath) + one(exclusive) }),
    ],
    [
      'a PrefixList for inclusive canonicalization',
      'signature-structure',
      sign({ transforms: one(enveloped) + one(URIS.c14n11, list('a')) }),
    ],
    [
      'a PrefixList of another namespace',
      'signature-structure',
      sign({ transforms: one(enveloped) + one(exclusive, list('a', 'InclusiveNamespaces', 'urn:x')) }),
    ],
    [
      'two PrefixLists',
      'signature-structure',
      sign({ transforms: one(enveloped) + one(exclusive, list('a') + list('b')) }),
    ],
    [
      'a PrefixList with something other than prefixes',
      'prefix-list',
      sign({ transforms: one(enveloped) + one(exclusive, list('a:b')) }),
    ],
    [
      'a PrefixList with a thousand prefixes',
      'prefix-list',
      sign({ transforms: one(enveloped) + one(exclusive, list('p '.repeat(1_000))) }),
    ],
  ])
}

function tampering({ good, sign }: Material): Attack[] {
  const { signature } = taken(good)
  const other = taken(sign({ body: '<x></x>' })).signature
  const swap = (mark: string | RegExp, text: string) => replaced(good, mark, text)
  return family('tampering', [
    ['one failure less in the attribute', 'digest-mismatch', swap('failures="1"', 'failures="0"')],
    ['a failure removed', 'digest-mismatch', swap(/<failure.*?<\/failure>/s, '')],
    ['a test case removed', 'digest-mismatch', swap(/<testcase.*?<\/testcase>/s, '')],
    ['a suite added', 'digest-mismatch', after(good, '</testsuite>', '<testsuite></testsuite>')],
    ['an empty root with the Signature', 'digest-mismatch', `${ROOT}${signature}</testsuites>`],
    ['an attribute added', 'digest-mismatch', swap('<testsuites ', '<testsuites a="" ')],
    ['an attribute removed', 'digest-mismatch', swap(' time="0.1"', '')],
    [
      'white space added',
      'digest-mismatch',
      after(good, '<testsuite ', '').replace('</testcase><testcase', '</testcase>\n<testcase'),
    ],
    ['white space before the Signature', 'digest-mismatch', before(good, '<ds:Signature ', '\n')],
    ['text before the root’s end', 'digest-mismatch', before(good, '</testsuites>', 'x')],
    ['a line end written as U+2028', 'digest-mismatch', swap('line 1\n', 'line 1\u2028')],
    ['a line end written as U+0085', 'digest-mismatch', swap('line 1\n', 'line 1\u0085')],
    ['a line end written as a reference to CR', 'digest-mismatch', swap('line 1\n', 'line 1&#13;')],
    ['another normal form of é', 'digest-mismatch', swap('é', 'e\u0301')],
    ['the root renamed', 'digest-mismatch', good.replaceAll('testsuites', 'testsuite')],
    ['a namespace on the root, used', 'digest-mismatch', swap('<testsuites ', '<testsuites xmlns="urn:x" ')],
    ['a byte order mark inside', 'digest-mismatch', after(good, '<system-out>', '\uFEFF')],
    ['the Signature of another report', 'digest-mismatch', swap(signature, other)],
    ['a digest of another report', 'digest-mismatch', sign({ digestOf: 'x' })],
    [
      'the digest corrected after a change of the report',
      'signature-mismatch',
      swap(
        signature,
        replaced(signature, /<ds:DigestValue>[^<]*/, /<ds:DigestValue>[^<]*/.exec(good)?.[0] ?? '').replace(
          'Reference URI',
          'Reference Id="x" URI',
        ),
      ),
    ],
    [
      'the signature value of another report',
      'signature-mismatch',
      swap(/<ds:SignatureValue>[^<]*/, /<ds:SignatureValue>[^<]*/.exec(other)?.[0] ?? ''),
    ],
    ['an Id added to SignedInfo', 'signature-mismatch', swap('<ds:SignedInfo>', '<ds:SignedInfo Id="x">')],
    ['white space added to SignedInfo', 'signature-mismatch', swap('<ds:SignedInfo>', '<ds:SignedInfo>\n')],
    [
      'the prefix changed after signing',
      'signature-mismatch',
      good.replaceAll('ds:', 'x:').replace('xmlns:ds', 'xmlns:x'),
    ],
  ])
}
