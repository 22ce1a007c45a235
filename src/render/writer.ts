/**
 * Writes canonical XML into a sink and computes digests of it.
 *
 * Canonical by construction: attributes in code point order between double quotes, a start and an end tag for every
 * element, canonical escapes, LF only (docs/junit.md, "Canonical by construction"). All bytes go through one buffer of
 * fixed size, so memory does not grow with the report.
 *
 * @module
 */
import { ByteWriter } from '../xml/byte-writer.js'
import { createDigester, type DigestName, type ReportSink } from '../xml/digest.js'

const DECLARATION = Buffer.from('<?xml version="1.0" encoding="UTF-8"?>\n')
const QUOTE = Buffer.from('"')
const TAG_END = Buffer.from('>')
const LINE_FEED = Buffer.from('\n')

/** A kind of element: its markup, encoded once, and its attributes in canonical order. */
export interface ElementForm<Name extends string = never> {
  readonly opening: Uint8Array
  readonly attributes: readonly { readonly name: Name; readonly opening: Uint8Array }[]
  readonly endTag: Uint8Array
}

/**
 * Values of an element's attributes: text, numbers, or encoded text (`createValueEncoder`). Undefined ones are left
 * out.
 */
export type Values<Name extends string> = Readonly<Partial<Record<Name, string | number | Uint8Array | undefined>>>

/** The result of writing a document. */
export interface Written {
  readonly digests: ReadonlyMap<DigestName, Uint8Array>
  /** Size of the whole document, with its declaration and its last end tag. */
  readonly sizeBytes: number
}

/**
 * The form of an element.
 *
 * @param name ASCII, as are the names of its attributes
 * @param attributes in any order
 */
export function elementForm<Name extends string = never>(
  name: string,
  attributes: readonly Name[] = [],
): ElementForm<Name> {
  return {
    opening: Buffer.from(`<${name}`),
    // Of ASCII the order of UTF-16 code units is that of code points.
    attributes: attributes.toSorted().map((attribute) => ({
      name: attribute,
      opening: Buffer.from(` ${attribute}="`),
    })),
    endTag: Buffer.from(`</${name}>\n`),
  }
}

/** A stream of canonical XML. */
export class XmlWriter {
  readonly #sink: ReportSink
  readonly #digester
  readonly #bytes: ByteWriter

  constructor(sink: ReportSink, digests: readonly DigestName[]) {
    const digester = createDigester(digests)
    this.#sink = sink
    this.#digester = digester
    this.#bytes = new ByteWriter({
      write: (bytes) => {
        digester.write(bytes)
        sink.write(bytes)
      },
    })
  }

  /** The declaration, before anything else. It is part of the document, not of its canonical form. */
  declaration(): void {
    this.#sink.write(DECLARATION)
  }

  /** A start tag whose content follows on the same line. */
  start<Name extends string>({ opening, attributes }: ElementForm<Name>, values?: Values<Name>): void {
    const bytes = this.#bytes
    bytes.bytes(opening)
    for (const attribute of attributes) {
      const value = values?.[attribute.name]
      if (value === undefined) continue
      bytes.bytes(attribute.opening)
      if (typeof value === 'string') bytes.value(value)
      else if (typeof value === 'number') bytes.value(String(value))
      // Bytes are written as they are, so that anything else in their place would break the document.
      else if (ArrayBuffer.isView(value)) bytes.bytes(value)
      else throw new TypeError(`${attribute.name} is not text`)
      bytes.bytes(QUOTE)
    }
    bytes.bytes(TAG_END)
  }

  /** A start tag whose content is elements, each on a line of its own. */
  open<Name extends string>(form: ElementForm<Name>, values?: Values<Name>): void {
    this.start(form, values)
    this.#bytes.bytes(LINE_FEED)
  }

  /** An end tag and the end of its line. */
  close({ endTag }: Pick<ElementForm, 'endTag'>): void {
    this.#bytes.bytes(endTag)
  }

  /** An element without child elements. */
  element<Name extends string>(form: ElementForm<Name>, values?: Values<Name>, text = ''): void {
    this.start(form, values)
    this.#bytes.text(text)
    this.close(form)
  }

  /** Character content. */
  text(text: string): void {
    this.#bytes.text(text)
  }

  /** Canonical XML, as another writer wrote it. */
  raw(bytes: Uint8Array): void {
    this.#bytes.bytes(bytes)
  }

  /** Passes everything written so far to the sink. */
  flush(): void {
    this.#bytes.flush()
  }

  /** Ends the document. The root's end tag is digested and counted, but the caller writes it. */
  finish(endTag: string): Written {
    this.#bytes.flush()
    const bytes = Buffer.from(endTag)
    this.#digester.write(bytes)
    return { digests: this.#digester.digests(), sizeBytes: DECLARATION.length + this.#bytes.sizeBytes + bytes.length }
  }
}
