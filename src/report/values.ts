/**
 * Reads the values of attributes and texts in a JUnit file.
 *
 * @module
 */
import { decodeValue, type StartTag } from '../xml/scan.js'

/** Returns the decoded value of an attribute, by its name as written. */
export function readAttribute(bytes: Uint8Array, tag: StartTag, name: string): string | undefined {
  for (let index = 0; index < tag.attributeCount; index++) {
    const found = tag.attributes[index]
    if (found?.name.text === name) return decodeValue(bytes, found.valueStart, found.valueEnd)
  }
  return undefined
}

/** Parses a duration in seconds: a finite number that is not negative. Some programs write thousands separators. */
export function parseSeconds(text: string | undefined): number | undefined {
  if (text === undefined || text.trim() === '') return undefined
  const value = Number(text.replaceAll(',', ''))
  return Number.isFinite(value) && value >= 0 && value < 1e9 ? value : undefined
}

/** Parses a line number. */
export function parseLine(text: string | undefined): number | undefined {
  return text !== undefined && /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined
}

/** Parses a time to milliseconds since the epoch. A time without a zone is read as UTC. */
export function parseTime(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(text)) return undefined
  const value = Date.parse(/(?:Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`)
  return Number.isNaN(value) || value < 0 ? undefined : value
}

/** Cuts a text that is longer than `limit`, and adds the number of characters that are left out. */
export function cut(text: string, limit: number): string {
  if (text.length <= limit) return text
  // Do not split a surrogate pair.
  const end = /[\ud800-\udbff]/.test(text[limit - 1] ?? '') ? limit - 1 : limit
  return `${text.slice(0, end)} … (${text.length - end} more characters: see the report itself)`
}
