/**
 * Compares what X509Data says about a certificate with the certificate (XMLDSig 1.1 §4.5.4): subject, issuer and serial
 * number, key identifier, digest.
 *
 * @module
 */
import { createHash, type X509Certificate } from 'node:crypto'
import type { DigestName } from '../xml/digest.js'
import { DER, type DerValue, derValues, dottedOid, onlyValue, sequenceValues } from './der.js'
import { splitName, unescapeValue } from './distinguished-name.js'
import { certificateFields, EXTENSION_OIDS } from './x509.js'

/** One statement about a certificate. */
export interface X509Identifier {
  /** Its element, such as `X509SubjectName`. */
  readonly name: string
  describes(certificate: X509Certificate): boolean
}

/** Whether every kind of identifier in a group describes one of the certificates at least once. */
export function describesOneOf(group: readonly X509Identifier[], certificates: readonly X509Certificate[]): boolean {
  const fitting = group.filter((one) => certificates.some((certificate) => one.describes(certificate)))
  return group.every(({ name }) => fitting.some((one) => one.name === name))
}

/** X509SubjectName. */
export function subjectIdentifier(subject: string): X509Identifier {
  return { name: 'X509SubjectName', describes: (one) => isSameName(subject, certificateFields(one)?.subject) }
}

/** X509IssuerSerial. */
export function issuerIdentifier(issuer: string, serial: string): X509Identifier {
  const number = serial.trim()
  return {
    name: 'X509IssuerSerial',
    describes: (one) => {
      const fields = certificateFields(one)
      if (fields === undefined || !/^[+-]?\d{1,80}$/.test(number)) return false
      return BigInt(number.replace('+', '')) === fields.serial && isSameName(issuer, fields.issuer)
    },
  }
}

/** X509SKI: the value of the extension subjectKeyIdentifier. */
export function keyIdentifier(identifier: Uint8Array): X509Identifier {
  return {
    name: 'X509SKI',
    describes: (one) => {
      const value = certificateFields(one)?.extensions.get(EXTENSION_OIDS.subjectKeyIdentifier)?.value
      const own = value && onlyValue(derValues(value), DER.octetString)?.content
      return own !== undefined && Buffer.from(own).equals(identifier)
    },
  }
}

/** X509Digest: the digest of the whole certificate. */
export function digestIdentifier(digest: DigestName, value: Uint8Array): X509Identifier {
  return { name: 'X509Digest', describes: ({ raw }) => createHash(digest).update(raw).digest().equals(value) }
}

/** Names of attributes as programs write them, in upper case, besides dotted identifiers. */
const ATTRIBUTE_OIDS: Readonly<Record<string, string>> = {
  CN: '2.5.4.3',
  COMMONNAME: '2.5.4.3',
  SN: '2.5.4.4',
  SURNAME: '2.5.4.4',
  SERIALNUMBER: '2.5.4.5',
  C: '2.5.4.6',
  L: '2.5.4.7',
  ST: '2.5.4.8',
  S: '2.5.4.8',
  STREET: '2.5.4.9',
  O: '2.5.4.10',
  OU: '2.5.4.11',
  TITLE: '2.5.4.12',
  T: '2.5.4.12',
  DESCRIPTION: '2.5.4.13',
  BUSINESSCATEGORY: '2.5.4.15',
  POSTALCODE: '2.5.4.17',
  NAME: '2.5.4.41',
  GN: '2.5.4.42',
  G: '2.5.4.42',
  GIVENNAME: '2.5.4.42',
  INITIALS: '2.5.4.43',
  GENERATIONQUALIFIER: '2.5.4.44',
  DNQUALIFIER: '2.5.4.46',
  PSEUDONYM: '2.5.4.65',
  ORGANIZATIONIDENTIFIER: '2.5.4.97',
  UID: '0.9.2342.19200300.100.1.1',
  DC: '0.9.2342.19200300.100.1.25',
  E: '1.2.840.113549.1.9.1',
  EMAIL: '1.2.840.113549.1.9.1',
  EMAILADDRESS: '1.2.840.113549.1.9.1',
  JURISDICTIONL: '1.3.6.1.4.1.311.60.2.1.1',
  JURISDICTIONST: '1.3.6.1.4.1.311.60.2.1.2',
  JURISDICTIONC: '1.3.6.1.4.1.311.60.2.1.3',
}

/**
 * Whether a name in the text form of RFC 4514 is the name of a certificate (RFC 5280 §7.1): the same attributes, with
 * values that do not differ but in case, in blanks, and in the encoding. RFC 4514 begins with the last; some programs
 * begin with the first.
 */
function isSameName(text: string, der: DerValue | undefined): boolean {
  const own = der && derName(der)
  const written = textName(text)
  if (own === undefined || written === undefined) return false
  return own === written.join('\n') || own === written.reverse().join('\n')
}

// One line for each relative name; its attributes sorted, because their order has no meaning.
function textName(text: string): string[] | undefined {
  const names: string[][] = []
  let joined = false
  try {
    for (const { part, separator } of text.trim() === '' ? [] : splitName(text)) {
      const [, name = '', raw = ''] = /^\s*([A-Za-z]+|(?:OID\.)?\d+(?:\.\d+)+)\s*=(.*)$/s.exec(part) ?? []
      const type = /\d/.test(name) ? name.replace(/^OID\./i, '') : ATTRIBUTE_OIDS[name.toUpperCase()]
      const value = raw.trim().startsWith('#') ? hexValue(raw.trim()) : unescapeValue(raw, text)
      if (type === undefined || value === undefined) return undefined
      const line = attributeLine(type, value)
      if (joined) names.at(-1)?.push(line)
      else names.push([line])
      joined = separator === '+'
    }
  } catch {
    // Not a distinguished name.
    return undefined
  }
  return names.map((attributes) => attributes.sort().join('+'))
}

function hexValue(text: string): string | undefined {
  if (!/^#(?:[0-9a-f]{2})+$/i.test(text)) return undefined
  const [value, ...more] = derValues(Buffer.from(text.slice(1), 'hex')) ?? []
  return value === undefined || more.length > 0 ? undefined : stringOf(value)
}

function derName(name: DerValue): string | undefined {
  const names: string[] = []
  for (const relative of sequenceValues(name) ?? []) {
    const attributes: string[] = []
    for (const attribute of relative.tag === DER.set ? (derValues(relative.content) ?? []) : []) {
      const [type, value] = sequenceValues(attribute) ?? []
      const text = value && stringOf(value)
      if (type?.tag !== DER.objectIdentifier || text === undefined) return undefined
      attributes.push(attributeLine(dottedOid(type.content), text))
    }
    names.push(attributes.sort().join('+'))
  }
  return names.join('\n')
}

function attributeLine(oid: string, value: string): string {
  return JSON.stringify([oid, value.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim()])
}

const BMP_STRING = 0x1e
const TELETEX_STRING = 0x14

function stringOf({ tag, content }: DerValue): string | undefined {
  const bytes = Buffer.from(content)
  if (tag === DER.utf8String || tag === DER.printableString || tag === DER.ia5String) return bytes.toString('utf8')
  if (tag === TELETEX_STRING) return bytes.toString('latin1')
  if (tag === BMP_STRING) return bytes.length % 2 === 0 ? bytes.swap16().toString('utf16le') : undefined
  return undefined
}
