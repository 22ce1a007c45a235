/**
 * The enveloped-signature transform (XML Signature 1.1 §6.6.4) as a filter between a scan and a visitor: what is inside a
 * `ds:Signature` among the root's children is not part of the report.
 *
 * @module
 */
import type { StartTag, XmlVisitor } from './events.js'
import type { Name } from './names.js'

export const DSIG_NAMESPACE = 'http://www.w3.org/2000/09/xmldsig#'

/** Passes on everything but signatures, which go to a visitor of their own. */
export class EnvelopedFilter implements XmlVisitor {
  private readonly report: XmlVisitor
  private readonly signature: XmlVisitor | undefined
  /** Elements that are open. */
  protected depth = 0
  /** Whether the event at hand is inside a signature. */
  protected inside = false

  /**
   * @param report gets the document without its signatures; comments and processing instructions are passed if it has methods for them
   * @param signature gets the signatures, if anybody wants them
   */
  constructor(report: XmlVisitor, signature?: XmlVisitor) {
    this.report = report
    this.signature = signature
  }

  startTag(tag: StartTag): void {
    if (this.depth === 1 && tag.name.local === 'Signature' && tag.uri === DSIG_NAMESPACE) this.inside = true
    this.depth++
    this.target()?.startTag(tag)
  }

  endTag(name: Name, start: number, end: number, canonical: boolean): void {
    this.target()?.endTag(name, start, end, canonical)
    this.depth--
    if (this.depth === 1) this.inside = false
  }

  text(start: number, end: number, canonical: boolean): void {
    this.target()?.text(start, end, canonical)
  }

  cdata(start: number, end: number): void {
    this.target()?.cdata(start, end)
  }

  comment(start: number, end: number): void {
    this.target()?.comment?.(start, end)
  }

  instruction(start: number, end: number): void {
    this.target()?.instruction?.(start, end)
  }

  private target(): XmlVisitor | undefined {
    return this.inside ? this.signature : this.report
  }
}
