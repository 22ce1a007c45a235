/**
 * Attacks on the parser: malformed XML, XML that parsers read differently, and unusual encodings.
 *
 * @module
 */
import { BODY, URIS } from '../../support/signatures.js'
import { type Attack, after, before, family, type Material, type Row, replaced } from './corpus.js'

export function syntaxAttacks(material: Material): Attack[] {
  return [...documents(material), ...namespaces(material), ...base64(material)]
}

function documents({ good, sign }: Material): Attack[] {
  const doctype = (subset: string) => before(good, '<testsuites', `<!DOCTYPE testsuites ${subset}>\n`)
  const inText = (text: string) => after(good, '<system-out>', text)
  const inValue = (text: string) => after(good, 'name="passes', text)
  const swap = (mark: string | RegExp, text: string) => replaced(good, mark, text)
  const bytes = (mark: string, ...raw: number[]) => {
    const [head = '', ...tail] = good.split(mark)
    return Buffer.concat([Buffer.from(head + mark), Buffer.from(raw), Buffer.from(tail.join(mark))])
  }
  return family('not well-formed', [
    ['an empty file', 'empty', ''],
    ['white space', 'no-root', ' \n'],
    ['a declaration that does not end', 'unclosed', '\uFEFF<?xml version="1.0"'],
    ['a declaration alone', 'no-root', '<?xml version="1.0"?>'],
    ['more bytes than allowed', 'too-large', good, { options: { limits: { maxBytes: Buffer.byteLength(good) - 1 } } }],
    ['cut in the middle', 'unclosed', good.slice(0, good.length / 2)],
    ['cut before the last tag', 'unclosed', good.slice(0, good.lastIndexOf('</'))],
    ['a second root', 'content-outside-root', `${good}<testsuites></testsuites>`],
    ['text after the root', 'content-outside-root', `${good}x`],
    ['a zero byte after the root', 'content-outside-root', `${good}\0`],
    ['text before the root', 'content-outside-root', `x${good.replace(/^<\?.*\?>\n/, '')}`],
    ['the declaration not first', 'xml-declaration', `\n${good}`],
    ['version 1.1', 'xml-declaration', swap('version="1.0"', 'version="1.1"')],
    ['a declaration with another attribute', 'xml-declaration', swap('"1.0"', '"1.0" x="y"')],
    ['Latin-1 in the declaration', 'encoding', swap('UTF-8', 'ISO-8859-1')],
    ['UTF-7 in the declaration', 'encoding', swap('UTF-8', 'UTF-7')],
    ['UTF-16', 'encoding', Buffer.from(`\uFEFF${good}`, 'utf16le')],
    ['Latin-1 bytes', 'encoding', Buffer.from(good.replace('\u{1F600}', ''), 'latin1')],
    ['an overlong blank', 'encoding', bytes('<system-out>', 0xc0, 0xa0)],
    ['an overlong angle bracket', 'encoding', bytes('<system-out>', 0xe0, 0x80, 0xbc)],
    ['a surrogate', 'encoding', bytes('<system-out>', 0xed, 0xa0, 0x80)],
    ['bytes for a code point beyond Unicode', 'encoding', bytes('<system-out>', 0xf4, 0x90, 0x80, 0x80)],
    ['an incomplete character', 'encoding', bytes('<system-out>', 0xc3)],
    ['a DOCTYPE', 'doctype', doctype('')],
    ['a DOCTYPE with a system identifier', 'doctype', doctype('SYSTEM "http://127.0.0.1/x.dtd"')],
    ['an entity', 'doctype', doctype('[<!ENTITY e "x">]').replace('abc', '&e;')],
    ['an external entity', 'doctype', doctype('[<!ENTITY e SYSTEM "file:///etc/passwd">]').replace('abc', '&e;')],
    ['a parameter entity', 'doctype', doctype('[<!ENTITY % e SYSTEM "http://127.0.0.1/"> %e;]')],
    ['a default attribute', 'doctype', doctype('[<!ATTLIST testsuites Id ID "a">]')],
    ['a DOCTYPE inside', 'doctype', inText('<!DOCTYPE x>')],
    ['an undeclared entity', 'entity', inText('&e;')],
    ['an entity of HTML', 'entity', inText('&nbsp;')],
    ['an entity in capitals', 'entity', inText('&LT;')],
    ['an entity in a value', 'entity', inValue('&e;')],
    ['a lone ampersand', 'reference', inText('& ')],
    ['a reference to zero', 'reference', inText('&#0;')],
    ['a reference to a control', 'reference', inValue('&#x1;')],
    ['a reference to a surrogate', 'reference', inText('&#xD83D;&#xDE00;')],
    ['a reference to U+FFFF', 'reference', inText('&#65535;')],
    ['a reference beyond Unicode', 'reference', inText('&#x110000;')],
    ['a reference that overflows', 'reference', inText('&#4294967393;')],
    ['a reference with a sign', 'reference', inText('&#+65;')],
    ['a reference with a capital X', 'reference', inText('&#X41;')],
    ['a control character', 'illegal-character', inText('\u0008')],
    ['an escape character in a value', 'illegal-character', inValue('\u001b')],
    ['U+FFFE', 'illegal-character', inText('\ufffe')],
    ['the end of a CDATA section', 'cdata-end', inText(']]>')],
    ['a CDATA section without end', 'unclosed', inText('<![CDATA[')],
    ['a comment with two hyphens', 'markup', inText('<!-- -- -->')],
    ['a declaration inside', 'xml-declaration', inText('<?xml version="1.0"?>')],
    ['a conditional section', 'markup', inText('<![INCLUDE[x]]>')],
    ['an angle bracket in a value', 'attribute', inValue('<')],
    ['a value without quotes', 'attribute', swap('tests="3"', 'tests=3')],
    ['an attribute without value', 'attribute', swap('tests="3"', 'tests')],
    ['no blank between attributes', 'attribute', swap('" tests', '"tests')],
    ['an attribute twice', 'duplicate-attribute', swap(' tests', ' tests="9" tests')],
    ['a tag closed by another', 'tag-mismatch', swap('</testcase>', '</testsuite>')],
    ['a tag closed in capitals', 'tag-mismatch', swap('</testcase>', '</TESTCASE>')],
    ['tags that cross', 'tag-mismatch', inText('<a><b></a></b>')],
    ['an end tag too many', 'content-outside-root', `${good}</testsuites>`],
    ['a name with a blank before it', 'name', swap('<testcase', '< testcase')],
    ['a name that begins with a digit', 'name', inText('<1></1>')],
    ['a name with U+2028', 'name', inText('<a\u2028b></a\u2028b>')],
    ['a name with two colons', 'name', inText('<a:b:c></a:b:c>')],
    [
      'a signed report that is not closed',
      'unclosed',
      sign({ body: `${BODY}<x>`, at: 0 }).replace('</testsuites>', ''),
    ],
  ])
}

function namespaces({ good, sign }: Material): Attack[] {
  const onRoot = (attribute: string) => replaced(good, '<testsuites ', `<testsuites ${attribute} `)
  const rows: Row[] = [
    ['an unbound prefix of an element', 'unbound-prefix', after(good, '<system-out>', '<p:x></p:x>')],
    ['an unbound prefix of an attribute', 'unbound-prefix', onRoot('p:x="1"')],
    ['a prefix out of scope', 'unbound-prefix', before(good, '</testsuites>', '<ds:x></ds:x>')],
    [
      'a prefix that is undeclared',
      'namespace',
      after(good, '<system-out>', '<p:x xmlns:p="urn:p"><y xmlns:p=""/></p:x>'),
    ],
    ['xml bound to something else', 'namespace', onRoot('xmlns:xml="urn:x"')],
    ['xmlns bound', 'namespace', onRoot('xmlns:xmlns="urn:x"')],
    ['a prefix for the namespace of xmlns', 'namespace', onRoot('xmlns:p="http://www.w3.org/2000/xmlns/"')],
    ['a prefix for the namespace of xml', 'namespace', onRoot('xmlns:p="http://www.w3.org/XML/1998/namespace"')],
    ['a relative namespace', 'relative-namespace', onRoot('xmlns:p="x"')],
    ['an attribute named xmlnsx', 'reserved-attribute', onRoot('xmlnsx="urn:x"')],
    ['an attribute named xmlns-x', 'reserved-attribute', sign({ root: '<testsuites xmlns-ds="urn:x">' })],
    ['an attribute named xmlns.', 'reserved-attribute', onRoot('xmlns.="urn:x"')],
    ['an attribute named XMLNS', 'reserved-attribute', onRoot('XMLNS="urn:x"')],
    ['an attribute named p:xmlns', 'reserved-attribute', onRoot('xmlns:p="urn:p" p:xmlns="urn:x"')],
    ['an element named xmlns:x', 'name', after(good, '<system-out>', '<xmlns:x></xmlns:x>')],
    [
      'an attribute twice with two prefixes of one namespace',
      'duplicate-attribute',
      onRoot('xmlns:p="urn:p" xmlns:q="urn:p" p:a="1" q:a="2"'),
    ],
    ['a namespace declared twice', 'duplicate-attribute', onRoot('xmlns:p="urn:p" xmlns:p="urn:q"')],
    [
      'the prefix of the Signature bound to another namespace inside',
      'signature-structure',
      replaced(good, '<ds:SignedInfo>', `<ds:SignedInfo xmlns:ds="${URIS.dsig11}">`),
    ],
    [
      'a default namespace that changes the children of the Signature',
      'signature-structure',
      sign({
        prefix: '',
        keyInfo: '',
        transforms: '',
        signedInfo: (xml) => xml.replace('<Reference', '<Reference xmlns="urn:x"'),
      }),
    ],
  ]
  return family('namespaces', rows)
}

function base64({ good, sign }: Material): Attack[] {
  const digest = (change: (text: string) => string) => sign({ digestValue: change })
  const value = (change: (text: string) => string) => sign({ signatureValue: change })
  const certificate = (change: (text: string) => string) =>
    good.replace(/(<ds:X509Certificate>)([^<]*)/, (_, tag, text) => tag + change(text))
  return family('base64', [
    ['digest without padding', 'base64', digest((text) => text.replace('=', ''))],
    ['digest with too much padding', 'base64', digest((text) => `${text}=`)],
    [
      'digest with unused bits that are not zero',
      'base64',
      digest((text) => text.replace(/(.)=$/, (_, last) => `${next(last)}=`)),
    ],
    ['digest in the URL alphabet', 'base64', digest((text) => `-_${text.slice(2)}`)],
    ['digest with text after the padding', 'base64', digest((text) => `${text}AAAA`)],
    ['digest with a no-break space', 'base64', digest((text) => `${text.slice(0, 4)}\u00a0${text.slice(4)}`)],
    ['digest with U+2028', 'base64', digest((text) => `${text.slice(0, 4)}\u2028${text.slice(4)}`)],
    ['digest with U+0085', 'base64', digest((text) => `${text.slice(0, 4)}\u0085${text.slice(4)}`)],
    ['digest with a hyphen', 'base64', digest((text) => `${text.slice(0, 4)}-${text.slice(4)}`)],
    ['digest with a full-width letter', 'base64', digest((text) => `\uff21${text.slice(1)}`)],
    ['no digest', 'base64', digest(() => '')],
    ['a digest of only white space', 'base64', digest(() => ' \n')],
    ['digest in hex', 'digest-length', digest((text) => Buffer.from(text, 'base64').toString('hex'))],
    [
      'a shorter digest',
      'digest-length',
      digest((text) => Buffer.from(text, 'base64').subarray(0, 16).toString('base64')),
    ],
    [
      'a longer digest',
      'digest-length',
      digest((text) => Buffer.concat([Buffer.from(text, 'base64'), Buffer.of(0)]).toString('base64')),
    ],
    ['no signature value', 'base64', value(() => '')],
    ['signature value without padding', 'base64', value((text) => text.replace(/=+$/, ''))],
    ['signature value with a full stop', 'base64', value((text) => `${text.slice(0, 8)}.${text.slice(8)}`)],
    ['signature value written twice', 'base64', value((text) => `${text}\n${text}`)],
    ['a signature value that is cut', 'signature-length', value((text) => text.slice(0, 40))],
    ['certificate with a full stop', 'base64', certificate((text) => `${text}.`)],
    [
      'certificate in PEM',
      'base64',
      certificate((text) => `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----`),
    ],
    ['no certificate', 'base64', certificate(() => '')],
  ])
}

// The next letter of the base64 alphabet. It encodes the same bytes if only its unused bits differ.
function next(letter: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
  return alphabet.charAt(alphabet.indexOf(letter) + 1)
}
