/**
 * How canonical XML writes each character (Canonical XML 1.1 §2.3, the same in 1.0 and in Exclusive XML Canonicalization), so
 * that what is written needs no canonicalisation.
 *
 * @module
 */

import { startsWith } from './bytes.js'
import type { Reference } from './characters.js'

const ASCII = 128

/** UTF-8 of each ASCII character as it stands in canonical character data; other characters stand for themselves. */
export const TEXT_FORMS: readonly Buffer[] = forms({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '\r': '&#xD;' })

/** The same for attribute values. */
export const VALUE_FORMS: readonly Buffer[] = forms({
  '&': '&amp;',
  '<': '&lt;',
  '"': '&quot;',
  '\t': '&#x9;',
  '\n': '&#xA;',
  '\r': '&#xD;',
})

/** Content of an element, of text that XML can carry (`legalText`). A raw CR would come back as LF (XML 1.0 §2.11). */
export function escapeText(text: string): string {
  return text.replace(/[&<>\r]/g, (character) => String(TEXT_FORMS[character.charCodeAt(0)]))
}

/** The same between double quotes. Raw white space would come back as blanks (XML 1.0 §3.3.3). */
export function escapeValue(value: string): string {
  return value.replace(/[&<"\t\n\r]/g, (character) => String(VALUE_FORMS[character.charCodeAt(0)]))
}

/** Whether the reference at `at`, read as `reference`, is the canonical way to write its character in text. */
export function isCanonicalTextReference(bytes: Uint8Array, at: number, reference: Reference): boolean {
  return isCanonical(bytes, at, reference, TEXT_FORMS)
}

/** The same for an attribute value. */
export function isCanonicalValueReference(bytes: Uint8Array, at: number, reference: Reference): boolean {
  return isCanonical(bytes, at, reference, VALUE_FORMS)
}

function isCanonical(bytes: Uint8Array, at: number, { code, length }: Reference, table: readonly Buffer[]): boolean {
  const form = table[code]
  return form !== undefined && form.length === length && startsWith(bytes, at, form)
}

function forms(escapes: Readonly<Record<string, string>>): readonly Buffer[] {
  return Array.from({ length: ASCII }, (_, code) => {
    const character = String.fromCharCode(code)
    return Buffer.from(escapes[character] ?? character)
  })
}
