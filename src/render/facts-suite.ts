/**
 * A suite without tests that has the facts about a run, in canonical form. Readers take the facts from the first suite.
 *
 * @module
 */
import type { Property, TestCounts } from '../model.js'
import { escapeValue } from '../xml/characters.js'
import { legalText } from '../xml/text.js'
import { propertyName } from './values.js'

/** Name of the suite. */
const FACTS_SUITE = '(run)'

/** Not part of the canonical form. */
export const XML_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'

/**
 * Writes the suite, with a line feed before it.
 *
 * @param attributes what it has besides counts, name and time
 * @param rest elements after its properties
 */
export function factsSuite(
  properties: readonly Property[],
  attributes: Readonly<Record<string, string>> = {},
  rest = '',
): string {
  const counts = countAttributes({ tests: 0, failures: 0, errors: 0, skipped: 0 })
  const start = startTag('testsuite', { ...counts, name: FACTS_SUITE, time: '0.000', ...attributes })
  return `\n${start}\n<properties>\n${properties.map(propertyRow).join('')}</properties>\n${rest}</testsuite>`
}

/** Writes one property and a line feed. */
export function propertyRow({ name, value }: Property): string {
  const tag = startTag('property', { name: propertyName(name), value: legalText(value) })
  return `${tag}</property>\n`
}

/** The counts as attributes. */
export function countAttributes({ tests, failures, errors, skipped }: TestCounts): Readonly<Record<string, string>> {
  const counts = { errors, failures, skipped, tests }
  return Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, String(count)]))
}

/** Writes a start tag with its attributes in code point order, which is that of their plain names. */
export function startTag(name: string, attributes: Readonly<Record<string, string>>): string {
  const written = Object.entries(attributes)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([attribute, value]) => ` ${attribute}="${escapeValue(value)}"`)
  return `<${name}${written.join('')}>`
}
