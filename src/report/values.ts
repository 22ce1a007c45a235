/**
 * Values of a JUnit file, as their attributes and texts say them.
 *
 * @module
 */
import { decodeValue, type StartTag } from '../xml/scan.js'

/** The value of an attribute by its name as written, decoded. */
export function attributeOf(bytes: Uint8Array, tag: StartTag, name: string): string | undefined {
  for (let index = 0; index < tag.attributeCount; index++) {
    const found = tag.attributes[index]
    if (found?.name.text === name) return decodeValue(bytes, found.valueStart, found.valueEnd)
  }
  return undefined
}

/** Seconds: a finite number that is not negative, else `undefined`. Some writers put commas in. */
export function parseSeconds(text: string | undefined): number | undefined {
  if (text === undefined || text.trim() === '') return undefined
  const value = Number(text.replaceAll(',', ''))
  return Number.isFinite(value) && value >= 0 && value < 1e9 ? value : undefined
}

/** A line number. */
export function parseLine(text: string | undefined): number | undefined {
  return text !== undefined && /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined
}

/** A time in milliseconds since the epoch; one without a zone is taken as UTC. */
export function parseTime(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(text)) return undefined
  const value = Date.parse(/(?:Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`)
  return Number.isNaN(value) || value < 0 ? undefined : value
}

/** The beginning of a text, with a word about what was left out. */
export function cut(text: string, limit: number): string {
  if (text.length <= limit) return text
  // Not between the halves of a character.
  const end = /[\ud800-\udbff]/.test(text[limit - 1] ?? '') ? limit - 1 : limit
  return `${text.slice(0, end)} … (${text.length - end} more characters: see the report itself)`
}
