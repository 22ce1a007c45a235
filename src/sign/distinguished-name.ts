/**
 * Distinguished names as people write them: `CN=Prod,O=Org,C=US`.
 *
 * The string form of RFC 4514 §3, in the order given, with its escapes (`\,` and `\2C`) and the quotes of RFC 2253.
 *
 * @module
 */
import { JuxError } from '../errors.js'

/** How a value is encoded: the string types of ASN.1. */
export type StringForm = 'utf8String' | 'printableString' | 'ia5String'

/** One attribute of a name. */
export interface NameAttribute {
  /** Dotted object identifier. */
  readonly oid: string
  readonly form: StringForm
  readonly value: string
}

/** Attributes that stand together (joined by `+`); nearly always one. */
export type RelativeName = readonly NameAttribute[]

/** Attribute names with identifier and string type (RFC 4514 §3, RFC 4519 §2, RFC 5280 appendix A). */
const ATTRIBUTES: Readonly<Record<string, readonly [oid: string, form: StringForm]>> = {
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

/** Characters that each string type can hold. */
const LEGAL: Readonly<Record<StringForm, RegExp>> = {
  utf8String: /^\P{Cc}+$/u,
  printableString: /^[A-Za-z0-9 '()+,./:=?-]+$/,
  ia5String: /^[\x20-\x7e]+$/,
}

/**
 * Parses a distinguished name.
 *
 * @returns its parts in the order given, at least one
 * @throws {JuxError} `INVALID_ARGUMENT` when it is not one
 */
export function parseDistinguishedName(text: string): RelativeName[] {
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

// Splits at separators that are neither escaped nor quoted.
function splitName(text: string): { part: string; separator: string }[] {
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
  const [, type = '', raw = ''] = /^\s*([A-Za-z]+|\d+(?:\.\d+)+)\s*=(.*)$/s.exec(part) ?? []
  if (type === '') throw invalidName(whole, `"${part.trim()}" is not of the form NAME=value`)
  const [oid, form] = /^\d/.test(type) ? ([type, 'utf8String'] as const) : (ATTRIBUTES[type.toUpperCase()] ?? [])
  if (oid === undefined || form === undefined) {
    throw invalidName(whole, `"${type}" is none of ${Object.keys(ATTRIBUTES).join(', ')}`)
  }
  const value = unescapeValue(raw, whole)
  if (value === '') throw invalidName(whole, `${type} has no value`)
  if (!LEGAL[form].test(value)) throw invalidName(whole, `${type} holds a character that it must not`)
  if (type.toUpperCase() === 'C' && value.length !== 2) throw invalidName(whole, 'C is a country code of two letters')
  return { oid, form, value }
}

function unescapeValue(raw: string, whole: string): string {
  const trimmed = raw.replace(/^\s+/, '').replace(/(?<!\\)\s+$/, '')
  if (trimmed.startsWith('#')) throw invalidName(whole, 'values in hexadecimal are not supported')
  const inner = /^"(.*)"$/s.exec(trimmed)?.[1] ?? trimmed
  // Escaped bytes come in runs, because one character may need several.
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
