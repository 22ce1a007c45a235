/**
 * Checks the elements of a Signature: which attributes, children and text they may have, and strict base64.
 *
 * @module
 */
import type { SignatureNode } from '../report/signature.js'
import { DSIG_NAMESPACE } from './algorithms.js'
import { quoted, verificationError } from './verification-error.js'

/** Most characters of white space in one element, beside its values: enough for any indentation. */
const MAX_SPACE = 1024

/**
 * Returns the text of an element without children.
 *
 * @throws {JuxError} `XML_SIGNATURE_INVALID` (`signature-structure`) when it has children
 */
export function leafText(node: SignatureNode): string {
  if (node.children.length > 0) throw verificationError('signature-structure', `an element inside ${node.local}`)
  return node.text
}

/** Refuses text other than white space between the children of an element, and white space that is there to carry bytes. */
export function checkText(node: SignatureNode): void {
  if (/[^ \t\n\r]/.test(node.text)) throw verificationError('signature-text', node.local)
  if (node.text.length > MAX_SPACE) throw verificationError('signature-text', `too much white space in ${node.local}`)
}

/** Whether a node is the element of XML Signature with this name. */
export function isDsig(node: SignatureNode, local: string): boolean {
  return node.uri === DSIG_NAMESPACE && node.local === local
}

/** Refuses an element that lacks an attribute of `required`, or has one that is neither in `required` nor in `optional`. */
export function checkAttributes(
  node: SignatureNode,
  required: readonly string[],
  optional: readonly string[] = [],
  missing: 'signature-attribute' | 'reference-uri' = 'signature-attribute',
): void {
  const extra = [...node.attributes.keys()].find((name) => !required.includes(name) && !optional.includes(name))
  if (extra !== undefined) throw verificationError('signature-attribute', `${quoted(extra)} on ${node.local}`)
  // The Signature itself may declare what the report declares; inside, other declarations would only carry text.
  if (node.declaresOther && !isDsig(node, 'Signature')) {
    throw verificationError('signature-attribute', `a namespace that no element uses, on ${node.local}`)
  }
  const absent = required.find((name) => !node.attributes.has(name))
  if (absent !== undefined) throw verificationError(missing, `no ${absent} on ${node.local}`)
}

/** Refuses an element that has children, or text other than white space. */
export function checkEmpty(node: SignatureNode): void {
  leafText(node)
  checkText(node)
}

/** Refuses an element whose children are not exactly these elements in this order, or that has text other than white space. */
export function checkChildren(
  node: SignatureNode,
  required: readonly string[],
  optional: readonly string[] = [],
): void {
  checkText(node)
  const names = [...required, ...optional]
  const fits = node.children.length >= required.length && node.children.length <= names.length
  const wrong = node.children.find((child, index) => !isDsig(child, names[index] ?? ''))
  if (!fits || wrong !== undefined) throw verificationError('signature-structure', `in ${node.local}`)
}

/** Returns a child that must exist. */
export function childAt(node: SignatureNode, index: number): SignatureNode {
  const child = node.children[index]
  if (child === undefined) throw verificationError('signature-structure', `in ${node.local}`)
  return child
}

/**
 * Decodes base64 strictly, as XML Signature uses it (RFC 2045).
 *
 * @param text digits in groups of four, with padding; blanks, tabs and line breaks are allowed anywhere, about as
 *   many as digits
 * @param what name of the value, for the message
 * @throws {JuxError} `XML_SIGNATURE_INVALID` (`base64`) for any other character, wrong padding, unused bits that are not zero,
 *   and for an empty value
 */
export function decodeBase64(text: string, what: string): Buffer {
  const digits = text.replace(/[ \t\n\r]+/g, '')
  if (text.length - digits.length > digits.length + MAX_SPACE) throw verificationError('base64', what)
  const bytes = Buffer.from(digits, 'base64')
  // Only one text is the right encoding of these bytes; Node also decodes others.
  if (digits === '' || bytes.toString('base64') !== digits) throw verificationError('base64', what)
  return bytes
}
