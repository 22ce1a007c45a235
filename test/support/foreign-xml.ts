/**
 * Random XML documents in every form that XML allows, well-formed or almost.
 *
 * @module
 */
import fc from 'fast-check'

const PREFIXES = ['', 'a', 'b', 'B', 'ds', 'é', 'z-1']
const NAMESPACES = [
  'urn:a',
  "urn:it's",
  'urn:c:%C3%A9',
  'urn:&#100;',
  'http://example.org/?a=1',
  'http://example.org:8080/a#b',
  'URN:a',
]
/** Namespaces that make a document unfit to be signed. */
const ODD_NAMESPACES = [
  '',
  'relative',
  'http://www.w3.org/2000/09/xmldsig#',
  'http://www.w3.org/XML/1998/namespace',
  'urn:b&amp;c',
  'urn:&quot;q&quot;',
  'urn:t&#9;a&#10;b&#13;c',
  'urn:a  b',
  'urn:&lt;>',
  'urn:&#x1F600;é',
]
const NAMES = ['testsuite', 'testcase', 'failure', 'properties', 'x', 'É']
const ATTRIBUTES = ['name', 'a', 'B', 'Id', 'id', 'ID', 'time', 'é', 'class-name']
const VALUES = [
  '',
  'x',
  'a&amp;b',
  '&lt;&gt;>',
  '&#13;&#10;&#9;',
  ' \t\n\r\n',
  '&quot;',
  '&apos;',
  'é\u{1F600}',
  '&#x41;',
  ']]&gt;',
]
const TEXTS = [
  'text',
  ' ',
  '\n',
  '\r\n',
  '\r',
  '&#13;',
  '&#xD;',
  '&amp;',
  '&lt;',
  '&gt;',
  'a > b',
  '&quot;"',
  "'",
  '&#65;',
  'é\u2028',
  ']]',
]

const gap = fc.constantFrom(' ', ' ', ' ', '  ', '\n', '\r\n\t')
const quote = fc.constantFrom('"', '"', "'")
const rarely = <Value>(usual: fc.Arbitrary<Value>, rare: fc.Arbitrary<Value>): fc.Arbitrary<Value> =>
  fc.oneof({ weight: 40, arbitrary: usual }, { weight: 1, arbitrary: rare })

interface Pair {
  readonly name: string
  readonly value: string
}

const declaration: fc.Arbitrary<Pair> = fc
  .record({
    prefix: fc.constantFrom(...PREFIXES),
    value: rarely(fc.constantFrom(...NAMESPACES), fc.constantFrom(...ODD_NAMESPACES)),
  })
  .map(({ prefix, value }) => ({ name: prefix === '' ? 'xmlns' : `xmlns:${prefix}`, value }))

const attribute: fc.Arbitrary<Pair> = fc.record({
  name: rarely(
    fc.oneof(
      fc.constantFrom(...ATTRIBUTES),
      fc.constantFrom(...PREFIXES.slice(1), 'xml').chain((prefix) => fc.constantFrom(`${prefix}:lang`, `${prefix}:a`)),
    ),
    fc.constantFrom('xml:id', 'xml:space', 'xml:lang', 'xmlnsx'),
  ),
  value: fc.array(fc.constantFrom(...VALUES), { maxLength: 3 }).map((values) => values.join('')),
})

/** What an element is made of, before the prefixes that are in scope are known. */
interface Parts {
  readonly prefix: string
  readonly name: string
  readonly declarations: readonly Pair[]
  readonly attributes: readonly Pair[]
  readonly gap: string
  readonly quote: string
  readonly isEmptyTag: boolean
  readonly children: readonly (Parts | string)[]
}

const leaf = fc.oneof(
  { weight: 30, arbitrary: fc.array(fc.constantFrom(...TEXTS), { maxLength: 3 }).map((texts) => texts.join('')) },
  { weight: 5, arbitrary: fc.constantFrom('<![CDATA[a < b & c]]>', '<![CDATA[\r\n]]]]><![CDATA[>]]>', '<![CDATA[]]>') },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '<!-- comment -->',
      '<?instruction data?>',
      '<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo/></ds:Signature>',
      '<Signature/>',
      '&unknown;',
    ),
  },
)

const { element } = fc.letrec<{ element: Parts }>((tie) => ({
  element: fc.record({
    prefix: fc.constantFrom('', '', '', ...PREFIXES),
    name: fc.constantFrom(...NAMES),
    declarations: fc.oneof(
      { weight: 3, arbitrary: fc.constant([]) },
      fc.uniqueArray(declaration, { maxLength: 3, selector: ({ name }) => name }),
    ),
    attributes: fc.uniqueArray(attribute, { maxLength: 4, selector: ({ name }) => name }),
    gap,
    quote,
    isEmptyTag: fc.boolean(),
    children: fc.array(fc.oneof({ depthSize: 'small' }, leaf, tie('element')), { maxLength: 4 }),
  }),
}))

/** Documents; most of them are well-formed. */
export const foreignXml: fc.Arbitrary<string> = fc
  .record({
    head: fc.constantFrom(
      '',
      '',
      '\ufeff',
      '<?xml version="1.0"?>\n',
      "<?xml version='1.0' encoding='utf-8' standalone='yes'?>\r\n",
    ),
    root: element,
    declarations: fc.uniqueArray(declaration, { maxLength: 4, selector: ({ name }) => name }),
    tail: rarely(fc.constantFrom('', '\n', '\r\n'), fc.constantFrom('<!-- end -->', 'text')),
  })
  .map(
    ({ head, root, declarations, tail }) =>
      head + written({ ...root, name: 'testsuites', declarations }, new Set(['xml'])) + tail,
  )

// Prefixes that nothing declares are left out, because almost every document would have one.
function written(parts: Parts, outer: ReadonlySet<string>): string {
  const inScope = new Set(outer)
  for (const { name } of parts.declarations) inScope.add(name.slice('xmlns:'.length))
  const isBound = (name: string) => !name.includes(':') || inScope.has(name.slice(0, name.indexOf(':')))
  const attributes = [...parts.attributes.filter(({ name }) => isBound(name)), ...parts.declarations]
  const name = parts.prefix !== '' && inScope.has(parts.prefix) ? `${parts.prefix}:${parts.name}` : parts.name
  const tag = `<${name}${attributes.map((one) => parts.gap + assignment(one, parts.quote)).join('')}`
  const content = parts.children.map((child) => (typeof child === 'string' ? child : written(child, inScope))).join('')
  if (content === '' && parts.isEmptyTag) return `${tag}/>`
  return `${tag}>${content}</${name}${parts.gap === ' ' ? '' : parts.gap}>`
}

function assignment({ name, value }: Pair, quote: string): string {
  return `${name}=${quote}${value.replaceAll(quote, quote === '"' ? '&quot;' : '&apos;')}${quote}`
}
