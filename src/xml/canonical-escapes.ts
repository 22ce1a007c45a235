/**
 * How canonical XML writes the characters that it does not write as themselves (Canonical XML 1.1 §2.3), as bytes.
 *
 * @module
 */
import type { Reference } from './characters.js'
import { startsWith } from './names.js'

/** By code point, in character data. */
export const TEXT_ESCAPES: ReadonlyMap<number, Buffer> = escapes({
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '\r': '&#xD;',
})

/** By code point, in attribute values. */
export const VALUE_ESCAPES: ReadonlyMap<number, Buffer> = escapes({
  '&': '&amp;',
  '<': '&lt;',
  '"': '&quot;',
  '\t': '&#x9;',
  '\n': '&#xA;',
  '\r': '&#xD;',
})

/** A string as a canonical attribute value. */
export function escapeValue(value: string): string {
  return value.replace(/[&<"\t\n\r]/g, (character) => String(VALUE_ESCAPES.get(character.charCodeAt(0))))
}

/** Whether the reference at `at`, read as `reference`, is the canonical way to write its character in text. */
export function isCanonicalTextReference(bytes: Uint8Array, at: number, reference: Reference): boolean {
  return isCanonical(bytes, at, reference, TEXT_ESCAPES)
}

/** The same for an attribute value. */
export function isCanonicalValueReference(bytes: Uint8Array, at: number, reference: Reference): boolean {
  return isCanonical(bytes, at, reference, VALUE_ESCAPES)
}

function isCanonical(
  bytes: Uint8Array,
  at: number,
  { code, length }: Reference,
  table: ReadonlyMap<number, Uint8Array>,
): boolean {
  const expected = table.get(code)
  return expected !== undefined && expected.length === length && startsWith(bytes, at, expected)
}

function escapes(table: Readonly<Record<string, string>>): ReadonlyMap<number, Buffer> {
  return new Map(Object.entries(table).map(([character, form]) => [character.charCodeAt(0), Buffer.from(form)]))
}
