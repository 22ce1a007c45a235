import { describe, expect, it } from 'vitest'
import { scanXml, type XmlLimits } from '../../src/xml/scan.js'
import { reasonOf, scan } from '../support/scanning.js'

const latin1 = (text: string) => Buffer.from(text, 'latin1')

describe('scanXml', () => {
  it('reports elements, attributes and text in order', () => {
    expect(scan('<a x="1" y=\'2\'><b/>t &lt;&#65;&#x42;</a >\n')).toEqual([
      ['start', 'a', '', 'x=1', 'y=2'],
      ['start', 'b', ''],
      ['end', 'b'],
      ['text', 't <AB'],
      ['end', 'a'],
    ])
  })

  it('resolves namespaces, and undeclares a default namespace', () => {
    const events = scan('<a xmlns="urn:a" xmlns:p="urn:p"><p:b p:x="1"/><c xmlns=""/></a>')

    expect(events.filter(([kind]) => kind === 'start').map(([, name, uri]) => [name, uri])).toEqual([
      ['a', 'urn:a'],
      ['p:b', 'urn:p'],
      ['c', ''],
    ])
  })

  it('normalizes line ends in text and white space in attributes, but no characters written as references', () => {
    expect(scan('<a x="1\r\n2\t3&#10;4">1\r\n2\r3&#13;</a>')).toEqual([
      ['start', 'a', '', 'x=1 2 3\n4'],
      ['text', '1\n2\n3\r'],
      ['end', 'a'],
    ])
  })

  it('accepts a byte order mark, an XML declaration and white space around the root', () => {
    expect(scan('\uFEFF<?xml version="1.0" encoding=\'utf-8\' standalone="yes"?>\r\n<a/>\r\n')).toHaveLength(2)
  })

  it('passes comments, processing instructions and CDATA sections to a visitor with methods for them', () => {
    expect(scan('<!--1--><?p q?><a><![CDATA[<x>]]]]><!--2--><?r?></a><!---->', { tolerant: true })).toEqual([
      ['comment', '1'],
      ['instruction', 'p q'],
      ['start', 'a', ''],
      ['cdata', '<x>]]'],
      ['comment', '2'],
      ['instruction', 'r'],
      ['end', 'a'],
      ['comment', ''],
    ])
  })

  it('names line, column and byte of an error', () => {
    expect(() => scan('<a>\n  <b>\n</a>')).toThrow(
      'an end tag does not match its start tag (line 3, column 1, byte 10)',
    )
  })

  it.each<[reason: string, source: string | Uint8Array]>([
    ['empty', ''],
    ['no-root', ' \n'],
    ['no-root', '<?xml version="1.0"?>'],
    ['encoding', latin1('<a>\xc0\x80</a>')],
    ['encoding', latin1('<a>\xed\xa0\x80</a>')],
    ['encoding', latin1('<a>\xf4\x90\x80\x80</a>')],
    ['encoding', latin1('<a>\xff</a>')],
    ['encoding', Buffer.from('\uFEFF<a/>', 'utf16le')],
    ['encoding', '<?xml version="1.0" encoding="iso-8859-1"?><a/>'],
    ['xml-declaration', '<?xml version="1.1"?><a/>'],
    ['xml-declaration', '<?xml encoding="utf-8" version="1.0"?><a/>'],
    ['processing-instruction', ' <?xml version="1.0"?><a/>'],
    ['doctype', '<!DOCTYPE a><a/>'],
    ['doctype', '<a><!DOCTYPE a></a>'],
    ['comment', '<a><!-- --></a>'],
    ['comment', '<!-- --><a/>'],
    ['comment', '<a/><!-- -->'],
    ['processing-instruction', '<a><?x y?></a>'],
    ['processing-instruction', '<a/><?x?>'],
    ['content-outside-root', '<a/><b/>'],
    ['content-outside-root', 'x<a/>'],
    ['content-outside-root', '<a/>&#32;'],
    ['content-outside-root', '<a/>\u00a0'],
    ['content-outside-root', '<a/>\0'],
    ['content-outside-root', '<![CDATA[x]]><a/>'],
    ['unclosed', '<a>'],
    ['unclosed', '<a'],
    ['unclosed', '<a x="1'],
    ['unclosed', '<a></a'],
    ['unclosed', '<a><![CDATA[x]]</a>'],
    ['tag-mismatch', '<a></b>'],
    ['tag-mismatch', '<a></ab>'],
    ['tag-mismatch', '<ab></a>'],
    ['tag-mismatch', '<a></ a>'],
    ['tag-mismatch', '<a></a x="1">'],
    ['name', '<1/>'],
    ['name', '< a/>'],
    ['name', '<a:b:c/>'],
    ['name', '<:a/>'],
    ['name', '<a:/>'],
    ['name', '<a\u2028/>'],
    ['name', '<a -x="1"/>'],
    ['name', '<xmlns/>'],
    ['name', '<xmlns:a/>'],
    ['attribute', '<a x/>'],
    ['attribute', '<a x=1/>'],
    ['attribute', '<a x="1"y="2"/>'],
    ['attribute', '<a x="<"/>'],
    ['name', '<a / >'],
    ['duplicate-attribute', '<a x="1" x="1"/>'],
    ['duplicate-attribute', '<a xmlns:p="urn:p" xmlns:q="urn:p" p:x="1" q:x="1"/>'],
    ['duplicate-attribute', '<a xmlns:p="urn:p" xmlns:p="urn:p"/>'],
    ['reserved-attribute', '<a xmlnsp="urn:p"/>'],
    ['reserved-attribute', '<a XMLNS="urn:p"/>'],
    ['reserved-attribute', '<a xmlns:p="urn:p" p:xmlns="x"/>'],
    ['namespace', '<a xmlns:p=""/>'],
    ['namespace', '<a xmlns:xml="urn:x"/>'],
    ['namespace', '<a xmlns:xmlns="urn:x"/>'],
    ['namespace', '<a xmlns="http://www.w3.org/2000/xmlns/"/>'],
    ['namespace', '<a xmlns:p="http://www.w3.org/XML/1998/namespace"/>'],
    ['relative-namespace', '<a xmlns="x"/>'],
    ['unbound-prefix', '<p:a/>'],
    ['unbound-prefix', '<a p:x="1"/>'],
    ['unbound-prefix', '<a><b xmlns:p="urn:p"/><p:c/></a>'],
    ['entity', '<a>&nbsp;</a>'],
    ['entity', '<a x="&e;"/>'],
    ['entity', '<a>&AMP;</a>'],
    ['reference', '<a>&amp</a>'],
    ['reference', '<a>&#0;</a>'],
    ['reference', '<a>&#xD800;</a>'],
    ['reference', '<a>&#x110000;</a>'],
    ['reference', '<a>&#xFFFE;</a>'],
    ['reference', '<a>&#X41;</a>'],
    ['reference', '<a>&#;</a>'],
    ['reference', '<a>&#x;</a>'],
    ['reference', '<a>&#4 1;</a>'],
    ['reference', `<a>&#${'0'.repeat(80)}65;</a>`],
    ['illegal-character', '<a>\u0001</a>'],
    ['illegal-character', '<a x="\u001f"/>'],
    ['illegal-character', '<a>\uffff</a>'],
    ['illegal-character', '<a x="\ufffe"/>'],
    ['illegal-character', '<a><![CDATA[\u0000]]></a>'],
    ['cdata-end', '<a>]]></a>'],
    ['markup', '<a><!x></a>'],
  ])('refuses with the reason %s: %j', (reason, source) => {
    expect(reasonOf(source)).toBe(reason)
  })

  it.each<[reason: string, source: string, limits: Partial<XmlLimits>]>([
    ['too-large', '<a/>', { maxBytes: 3 }],
    ['too-deep', '<a><b/></a>', { maxDepth: 1 }],
    ['too-many-attributes', '<a x="" y=""/>', { maxAttributes: 1 }],
    ['name-too-long', '<abc/>', { maxNameBytes: 2 }],
    ['too-many-names', '<a><b/><c/></a>', { maxNames: 2 }],
    ['namespace-too-long', '<a xmlns="urn:x"/>', { maxNamespaceBytes: 4 }],
  ])('refuses with the reason %s a document that exceeds the limit', (reason, source, limits) => {
    expect([reasonOf(source, limits), reasonOf(source)]).toEqual([reason, 'accepted'])
  })

  it.each([
    '<é:ü xmlns:é="urn:x" ß="1">\u{1f600}\ufeff\u0085\u2028</é:ü>',
    '<a xml:lang="en" xmlns:xml="http://www.w3.org/XML/1998/namespace"/>',
    '<a>]]&gt; ]] ></a>',
    '<a\n\tx = "a>b\'"\r\n y\t=\t\'"\'  ></a\n>',
  ])('accepts %j', (source) => {
    expect(reasonOf(source)).toBe('accepted')
  })

  it('takes linear time for a long text', () => {
    const time = (size: number) => {
      const source = Buffer.from(`<a>${'] &#10; > '.repeat(size)}</a>`)
      const started = process.cpuUsage()
      scanXml(source, { startTag() {}, endTag() {}, text() {}, cdata() {} })
      return process.cpuUsage(started).user
    }
    time(100_000)

    expect(time(400_000) / Math.max(1_000, time(100_000))).toBeLessThan(16)
  })
})
