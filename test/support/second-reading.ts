/**
 * Reads a report with another parser.
 *
 * @module
 */
import { DOMParser } from '@xmldom/xmldom'
import { URIS } from './signatures.js'

/** Returns the content of a report as xmldom reads it, without signatures, to compare it with our own parser. */
export function readingOf(bytes: Uint8Array): string {
  const failing = (message: unknown) => {
    throw new Error(`another parser refuses what was accepted: ${String(message)}`)
  }
  const errorHandler = { warning: () => undefined, error: failing, fatalError: failing }
  const source = new TextDecoder().decode(bytes)
  return readingOfNode(new DOMParser({ errorHandler }).parseFromString(source, 'text/xml').documentElement)
}

function readingOfNode(node: Element): string {
  const attributes = Array.from(node.attributes)
    .filter(({ name }) => !/^xmlns(:|$)/.test(name))
    .map(({ localName, namespaceURI, value }) => JSON.stringify([namespaceURI, localName, value]))
  const children = Array.from(node.childNodes, (child) => {
    if (isElement(child)) return child.namespaceURI === URIS.dsig ? '' : readingOfNode(child)
    return JSON.stringify(child.nodeValue).slice(1, -1)
  })
  return `{${node.namespaceURI} ${node.localName} ${attributes.sort().join()} ${children.join('')}}`
}

function isElement(node: Node): node is Element {
  return node.nodeType === node.ELEMENT_NODE
}
