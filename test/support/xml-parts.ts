/**
 * The parts of a document as xmldom reads them, to compare two documents independently of our scanner.
 *
 * @module
 */
import { DOMParser } from '@xmldom/xmldom'

const ELEMENT = 1
const TEXT = 3
const CDATA = 4

/** How often each part of a document occurs: elements, attributes with their elements, and the text of each element. */
export type Parts = ReadonlyMap<string, number>

/** The parts of a document. White space alone is no text. */
export function partsOf(xml: string): Parts {
  const parts = new Map<string, number>()
  const add = (...part: readonly (string | null)[]) => {
    const key = JSON.stringify(part)
    parts.set(key, (parts.get(key) ?? 0) + 1)
  }
  const visit = (element: Element) => {
    const name = `{${element.namespaceURI ?? ''}}${element.localName}`
    add('element', name)
    for (const { name: attribute, value } of Array.from(element.attributes)) add('attribute', name, attribute, value)
    let text = ''
    for (const child of Array.from(element.childNodes)) {
      if (child.nodeType === TEXT || child.nodeType === CDATA) text += child.nodeValue ?? ''
      else if (child.nodeType === ELEMENT && isElement(child)) visit(child)
    }
    if (text.trim() !== '') add('text', name, text.trim())
  }
  const root = new DOMParser().parseFromString(xml, 'text/xml').documentElement
  if (root !== null) visit(root)
  return parts
}

/** What a document has more often than another. */
export function moreIn(one: Parts, other: Parts): readonly string[] {
  return [...one].flatMap(([part, count]) => Array<string>(Math.max(0, count - (other.get(part) ?? 0))).fill(part))
}

function isElement(node: Node): node is Element {
  return 'attributes' in node
}
