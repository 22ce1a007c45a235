import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type CanonicalForm, canonicalizeElement, canonicalizeReport, contentHash } from '../../src/xml/canonical.js'
import { sharedFolder } from '../support/folders.js'
import { hasTool } from '../support/tools.js'

function canonical(source: string, form: CanonicalForm = { exclusive: false }): string {
  const chunks: Buffer[] = []
  canonicalizeReport(Buffer.from(source), { write: (bytes) => chunks.push(Buffer.from(bytes)) }, form)
  return Buffer.concat(chunks).toString()
}

function canonicalElement(source: string, form: CanonicalForm): string {
  const chunks: Buffer[] = []
  canonicalizeElement(Buffer.from(source), { write: (bytes) => chunks.push(Buffer.from(bytes)) }, form)
  return Buffer.concat(chunks).toString()
}

const DSIG = 'http://www.w3.org/2000/09/xmldsig#'

describe('canonicalizeReport', () => {
  it.each([
    ['an XML declaration and white space outside the root', '\uFEFF<?xml version="1.0"?>\r\n<a></a >\r\n', '<a></a>'],
    ['empty elements', '<a><b/><c  /><d></d\n></a>', '<a><b></b><c></c><d></d></a>'],
    ['attribute order and quotes', '<a  b=\'"\'\n a = "\'" ></a>', '<a a="\'" b="&quot;"></a>'],
    ['white space in attributes', '<a a="1\t2\r\n3&#9;&#10;&#13;&#32;"></a>', '<a a="1 2 3&#x9;&#xA;&#xD; "></a>'],
    ['references', '<a a="&gt;&#62;&lt;&apos;">&quot;&#38;&gt;></a>', '<a a=">>&lt;\'">"&amp;&gt;&gt;</a>'],
    ['line ends', '<a>1\r\n2\r3&#xd;</a>', '<a>1\n2\n3&#xD;</a>'],
    ['CDATA', '<a><![CDATA[<&>\r\n]]]]><![CDATA[>]]></a>', '<a>&lt;&amp;&gt;\n]]&gt;</a>'],
    ['comments, which it removes', '<!--x--><a>1<!--y-->2</a><!--z-->', '<a>12</a>'],
    ['processing instructions, only inside the root', '<?a?><r><?b  c\r\n?><?d?></r><?e?>', '<r><?b c\n?><?d?></r>'],
    ['characters beyond ASCII', '<é ü="&#x1F600;">\u2028\u0085</é>', '<é ü="\u{1F600}">\u2028\u0085</é>'],
    [
      'attribute order by code point, not by UTF-16 unit',
      '<a \u{10000}="1" \uFDF0="2"/>',
      '<a \uFDF0="2" \u{10000}="1"></a>',
    ],
    [
      'attribute order by code point, in a namespace',
      '<a xmlns:x="urn:x" x:\u{10000}="1" x:\uFDF0="2"/>',
      '<a xmlns:x="urn:x" x:\uFDF0="2" x:\u{10000}="1"></a>',
    ],
  ])('normalizes %s', (_, source, expected) => {
    expect(canonical(source)).toBe(expected)
    expect(canonical(expected)).toBe(expected)
  })

  it('drops namespace declarations that repeat an outer one, and writes all others', () => {
    const source =
      '<a xmlns="urn:d" xmlns:z="urn:z" xmlns:b="urn:b"><c xmlns="urn:d" xmlns:z="urn:y"><d xmlns=""/></c></a>'

    expect(canonical(source)).toBe(
      '<a xmlns="urn:d" xmlns:b="urn:b" xmlns:z="urn:z"><c xmlns:z="urn:y"><d xmlns=""></d></c></a>',
    )
  })

  it('sorts attributes by namespace, then by name', () => {
    expect(canonical('<a xmlns:y="urn:1" xmlns:x="urn:2" x:a="1" y:b="2" c="3" xml:lang="en"/>')).toBe(
      '<a xmlns:x="urn:2" xmlns:y="urn:1" c="3" xml:lang="en" y:b="2" x:a="1"></a>',
    )
  })

  it('declares a namespace in the exclusive form only on the element that uses it', () => {
    const source = '<a xmlns:p="urn:p" xmlns:q="urn:q" xmlns:u="urn:u"><p:b q:x="1"><p:c/></p:b><p:d/></a>'

    expect(canonical(source, { exclusive: true })).toBe(
      '<a><p:b xmlns:p="urn:p" xmlns:q="urn:q" q:x="1"><p:c></p:c></p:b><p:d xmlns:p="urn:p"></p:d></a>',
    )
    expect(canonical(source, { exclusive: true, inclusivePrefixes: new Set(['u', 'p']) })).toBe(
      '<a xmlns:p="urn:p" xmlns:u="urn:u"><p:b xmlns:q="urn:q" q:x="1"><p:c></p:c></p:b><p:d></p:d></a>',
    )
  })

  it('refuses a document whose exclusive form would be much larger, because declarations repeat', () => {
    const source = `<a xmlns:p="urn:${'x'.repeat(900)}">${'<p:b/>'.repeat(1_000)}</a>`

    expect(() => canonical(source, { exclusive: true })).toThrow(/much larger than the document/)
  })
})

describe('canonicalizeElement', () => {
  it('adds the namespaces and xml:… attributes that the element inherits', () => {
    const inherited = {
      namespaces: new Map([
        ['', 'urn:d'],
        ['p', 'urn:p'],
      ]),
      xmlAttributes: new Map([['lang', 'a"b']]),
    }

    expect(canonicalElement('<c Id="1"/>', { exclusive: false, inherited })).toBe(
      '<c xmlns="urn:d" xmlns:p="urn:p" Id="1" xml:lang="a&quot;b"></c>',
    )
    expect(canonicalElement('<c xmlns=""/>', { exclusive: false, inherited })).toBe(
      '<c xmlns:p="urn:p" xml:lang="a&quot;b"></c>',
    )
    expect(canonicalElement('<p:c/>', { exclusive: true, inherited })).toBe('<p:c xmlns:p="urn:p"></p:c>')
  })
})

describe('contentHash', () => {
  it('is the same for a report with and without a signature, and for equal canonical forms', () => {
    const plain = '<r a="1" b="2"><x></x>\n</r>'
    const expected = createHash('sha256').update(plain).digest('hex')

    expect(contentHash(Buffer.from(plain))).toBe(expected)
    expect(contentHash(Buffer.from(`<r b='2' a='1'><x/>&#10;<s:Signature xmlns:s="${DSIG}"/></r>\n`))).toBe(expected)
    expect(contentHash(Buffer.from(plain.replace('1', '2')))).not.toBe(expected)
  })
})

const prefix = fc.constantFrom('', 'p', 'q', 'é')
// Without an ampersand: libxml2 writes it unescaped in namespace declarations.
const uri = fc.constantFrom('urn:1', 'urn:2', 'http://x/?a=1;b=2', 'urn:3')
const value = fc
  .array(fc.constantFrom('a', ' ', '\t', '\r\n', '\n', '&lt;', '&#13;', '&#9;', '&quot;', "'", '>', 'ü', '\u{1F600}'))
  .map((parts) => parts.join(''))

interface Doc {
  prefix: string
  declared: (readonly [string, string])[]
  attributes: (readonly [string, string, string])[]
  children: (Doc | string)[]
}

const { doc } = fc.letrec<{ doc: Doc; child: Doc | string }>((tie) => ({
  doc: fc.record({
    prefix,
    declared: fc.uniqueArray(fc.tuple(prefix, uri), { selector: ([name]) => name, maxLength: 3 }),
    attributes: fc.uniqueArray(fc.tuple(prefix, fc.constantFrom('a', 'B', 'ab', 'é'), value), {
      selector: ([, name]) => name,
      maxLength: 4,
    }),
    children: fc.array(tie('child'), { maxLength: 3 }),
  }),
  child: fc.oneof(
    { depthSize: 'small' },
    value,
    value.map((text) => `<![CDATA[${text}]]>`),
    tie('doc'),
  ),
}))

function write(node: Doc | string): string {
  if (typeof node === 'string') return node
  const name = node.prefix === '' ? 'e' : `${node.prefix}:e`
  const declared = node.declared.map(([name, uri]) => ` xmlns${name === '' ? '' : `:${name}`}='${uri}'`)
  const attributes = node.attributes.map(([p, a, v]) => ` ${p === '' ? a : `${p}:${a}`}="${v}"`)
  return `<${name}${declared.join('')}${attributes.join(' ')}>${node.children.map(write).join('')}</${name}>`
}

describe('canonicalizeReport, compared with xmllint', () => {
  const folder = sharedFolder()
  const xmllint = hasTool('xmllint')

  it.skipIf(!xmllint).each([
    ['--c14n', false],
    ['--c14n11', false],
    ['--exc-c14n', true],
  ])('writes the same as xmllint %s for generated documents', (flag, exclusive) => {
    const sources = fc.sample(doc, { numRuns: 40, seed: 7 }).map((node, index) => {
      const bound = `xmlns:p="urn:1" xmlns:q="urn:2" xmlns:é="urn:3"`
      const source = `<root ${bound}>${write(node)}<x xmlns="urn:d">${write(node)}</x></root>`
      writeFileSync(join(folder, `${index}.xml`), source)
      return source
    })

    const ours = sources.map((source) => canonical(source, { exclusive }))
    const theirs = sources.map((_, index) =>
      execFileSync('xmllint', [flag, join(folder, `${index}.xml`)], { encoding: 'utf8' }),
    )

    expect(ours).toEqual(theirs)
    expect(sources.some((source) => source.length > 500)).toBe(true)
  })
})
