/**
 * Escaping as Canonical XML writes it (Canonical XML 1.1 §2.3, the same in 1.0 and in Exclusive XML Canonicalization), so that
 * what is written needs no canonicalisation.
 *
 * Both functions expect text that XML can carry (`legalText`).
 *
 * @module
 */

const IN_TEXT: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '\r': '&#xD;' }

const IN_ATTRIBUTE: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '"': '&quot;',
  '\t': '&#x9;',
  '\n': '&#xA;',
  '\r': '&#xD;',
}

/** Content of an element. A raw CR would come back as LF (XML 1.0 §2.11). */
export function escapeText(text: string): string {
  return /[&<>\r]/.test(text) ? text.replace(/[&<>\r]/g, (character) => IN_TEXT[character] ?? character) : text
}

/** Value of an attribute between double quotes. Raw white space would come back as spaces (XML 1.0 §3.3.3). */
export function escapeAttribute(text: string): string {
  return /[&<"\t\n\r]/.test(text)
    ? text.replace(/[&<"\t\n\r]/g, (character) => IN_ATTRIBUTE[character] ?? character)
    : text
}
