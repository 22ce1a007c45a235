/**
 * Parses distinguished names such as `CN=Prod,O=Org,C=US`, and encodes them for certificates.
 *
 * The text form is that of RFC 4514 §3 with its escapes (`\,` and `\2C`) and the quotes of RFC 2253. The order is not reversed.
 *
 * @module
 */
import { JuxError } from '../errors.js'
import { DER, derOid, derSequence, derSetOf, derValue } from './der.js'

/** The string types of ASN.1 that names use. */
type StringType = 'utf8String' | 'printableString' | 'ia5String'

/** One attribute of a name. */
export interface NameAttribute {
  /** Dotted object identifier. */
  readonly oid: string
  readonly type: StringType
  readonly value: string
}

/** Attributes that are joined by `+`; usually one. */
export type RelativeDistinguishedName = readonly NameAttribute[]

/** Attribute names with identifier and string type (RFC 4514 §3, RFC 4519 §2, RFC 5280 appendix A). */
const ATTRIBUTES: Readonly<Record<string, readonly [oid: string, type: StringType]>> = {
  CN: ['2.5.4.3', 'utf8String'],
  O: ['2.5.4.10', 'utf8String'],
  OU: ['2.5.4.11', 'utf8String'],
  L: ['2.5.4.7', 'utf8String'],
  ST: ['2.5.4.8', 'utf8String'],
  STREET: ['2.5.4.9', 'utf8String'],
  C: ['2.5.4.6', 'printableString'],
  SN: ['2.5.4.4', 'utf8String'],
  SERIALNUMBER: ['2.5.4.5', 'printableString'],
  UID: ['0.9.2342.19200300.100.1.1', 'utf8String'],
  DC: ['0.9.2342.19200300.100.1.25', 'ia5String'],
  E: ['1.2.840.113549.1.9.1', 'ia5String'],
  EMAILADDRESS: ['1.2.840.113549.1.9.1', 'ia5String'],
}

const COUNTRY = '2.5.4.6'

/** `NAME=value` or `1.2.3=value`, where numbers have no leading zeros (RFC 4512 §1.4). */
const ATTRIBUTE = /^[ \t\r\n]*([A-Za-z]+|(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*))+)[ \t\r\n]*=(.*)$/s

/** Characters that each string type can hold: no control characters, no halves of surrogate pairs. */
const LEGAL: Readonly<Record<StringType, RegExp>> = {
  utf8String: /^[^\p{Cc}\p{Cs}]+$/u,
  printableString: /^[A-Za-z0-9 '()+,./:=?-]+$/,
  ia5String: /^[\x20-\x7e]+$/,
}

/**
 * Parses a distinguished name.
 *
 * @returns its relative distinguished names in the given order, at least one
 * @throws {JuxError} `INVALID_ARGUMENT` when the text is not a distinguished name
 */
export function parseDistinguishedName(text: string): RelativeDistinguishedName[] {
  const names: NameAttribute[][] = []
  let joined = false
  for (const { part, separator } of splitName(text)) {
    const attribute = parseAttribute(part, text)
    const last = names.at(-1)
    if (joined && last !== undefined) last.push(attribute)
    else names.push([attribute])
    joined = separator === '+'
  }
  return names
}

/** Encodes a name in DER (RFC 5280 §4.1.2.4). */
export function encodeName(names: readonly RelativeDistinguishedName[]): Buffer {
  return derSequence(...names.map((attributes) => derSetOf(attributes.map(encodeAttribute))))
}

function encodeAttribute({ oid, type, value }: NameAttribute): Buffer {
  return derSequence(requireOid(oid, oid), derValue(DER[type], Buffer.from(value)))
}

/** Splits a name at separators that are neither escaped nor quoted. */
export function splitName(text: string): { part: string; separator: string }[] {
  const parts = []
  let part = ''
  let quoted = false
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at)
    if (character === '\\') {
      part += character + text.charAt(++at)
      continue
    }
    if (character === '"') quoted = !quoted
    if (!quoted && (character === ',' || character === '+' || character === ';')) {
      parts.push({ part, separator: character })
      part = ''
    } else part += character
  }
  if (quoted) throw invalidName(text, 'a quote is not closed')
  return [...parts, { part, separator: '' }]
}

function parseAttribute(part: string, whole: string): NameAttribute {
  const [, name = '', raw = ''] = ATTRIBUTE.exec(part) ?? []
  if (name === '') throw invalidName(whole, `"${part.trim()}" is not of the form NAME=value`)
  const [oid, type] = identify(name, whole)
  const value = unescapeValue(raw, whole)
  if (value === '') throw invalidName(whole, `${name} has no value`)
  if (!LEGAL[type].test(value)) throw invalidName(whole, `${name} has a character that is not allowed there`)
  if (oid === COUNTRY && value.length !== 2) throw invalidName(whole, `${name} must be a country code of two letters`)
  return { oid, type, value }
}

function identify(name: string, whole: string): readonly [oid: string, type: StringType] {
  if (/^\d/.test(name)) {
    requireOid(name, whole)
    return Object.values(ATTRIBUTES).find(([oid]) => oid === name) ?? [name, 'utf8String']
  }
  const known = ATTRIBUTES[name.toUpperCase()]
  if (known === undefined) throw invalidName(whole, `"${name}" is not one of ${Object.keys(ATTRIBUTES).join(', ')}`)
  return known
}

function requireOid(dotted: string, whole: string): Buffer {
  const oid = derOid(dotted)
  if (oid === undefined) throw invalidName(whole, `${dotted} is not an object identifier`)
  return oid
}

/** Resolves the escapes and quotes of a value. */
export function unescapeValue(raw: string, whole: string): string {
  // A blank at the end belongs to the value if it is escaped, that is, if it follows an odd number of backslashes.
  const trimmed = raw.replace(/^[ \t\r\n]+/, '').replace(/(?<=(?:^|[^\\])(?:\\\\)*)[ \t\r\n]+$/, '')
  if (trimmed.startsWith('#')) throw invalidName(whole, 'values in hexadecimal are not supported')
  const inner = /^"(.*)"$/s.exec(trimmed)?.[1] ?? trimmed
  // Consecutive escaped bytes are decoded together, because one character may need several.
  return inner.replace(/((?:\\[0-9A-Fa-f]{2})+)|\\(.)|\\$/gs, (_, bytes?: string, character?: string) => {
    if (bytes !== undefined) return Buffer.from(bytes.replaceAll('\\', ''), 'hex').toString('utf8')
    if (character === undefined) throw invalidName(whole, 'it ends in a backslash')
    return character
  })
}

function invalidName(text: string, why: string): JuxError {
  return new JuxError('INVALID_ARGUMENT', {
    message: `"${text}" is not a distinguished name: ${why}`,
    reason: 'distinguished-name',
    suggestions: ['--subject "CN=Release tests,O=Example,C=CH"'],
  })
}
