/**
 * Scans documents and returns the events.
 *
 * @module
 */
import { decodeText, decodeValue, scanXml, type XmlLimits, type XmlVisitor } from '../../src/xml/scan.js'

/** The events of a scan, in order. */
type Events = [kind: string, ...details: string[]][]

/** Scans a document. */
export function scan(
  source: string | Uint8Array,
  options: { tolerant?: boolean; limits?: Partial<XmlLimits> } = {},
): Events {
  const bytes = typeof source === 'string' ? new TextEncoder().encode(source) : source
  const events: Events = []
  const raw = (start: number, end: number) => Buffer.from(bytes.subarray(start, end)).toString()
  const visitor: XmlVisitor = {
    startTag: (tag) => {
      const attributes = tag.attributes
        .slice(0, tag.attributeCount)
        .map(({ name, valueStart, valueEnd }) => `${name.text}=${decodeValue(bytes, valueStart, valueEnd)}`)
      events.push(['start', tag.name.text, tag.uri, ...attributes])
    },
    endTag: (name) => events.push(['end', name.text]),
    text: (start, end) => events.push(['text', decodeText(bytes, start, end)]),
    cdata: (start, end) => events.push(['cdata', raw(start, end)]),
    ...(options.tolerant === true && {
      comment: (start: number, end: number) => events.push(['comment', raw(start, end)]),
      instruction: (start: number, end: number) => events.push(['instruction', raw(start, end)]),
    }),
  }
  scanXml(bytes, visitor, options.limits === undefined ? {} : { limits: options.limits })
  return events
}

/** Returns why the scanner refuses a document; `accepted` if it does not. */
export function reasonOf(source: string | Uint8Array, limits?: Partial<XmlLimits>): string | undefined {
  try {
    scan(source, limits === undefined ? {} : { limits })
    return 'accepted'
  } catch (error) {
    if (error instanceof Error && 'code' in error && 'reason' in error && error.code === 'XML_PARSE_ERROR') {
      return String(error.reason)
    }
    throw error
  }
}

/** Returns why the scanner refuses a document, and the offset of the error; no reason if it accepts the document. */
export function reasonAndPlace(source: Uint8Array): { reason: string | undefined; byte: number } {
  try {
    scan(source)
    return { reason: undefined, byte: -1 }
  } catch (error) {
    if (!(error instanceof Error && 'reason' in error)) throw error
    return { reason: String(error.reason), byte: Number(/byte (\d+)\)$/.exec(error.message)?.[1]) }
  }
}
