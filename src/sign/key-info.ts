/**
 * Reads KeyInfo (XMLDSig 1.1 §4.5): a closed list of elements without other attributes, of bounded size. It is only a hint
 * and never trusted, but everything in it must agree.
 *
 * @module
 */
import { createPublicKey, type JsonWebKey, type KeyObject, X509Certificate } from 'node:crypto'
import type { SignatureNode } from '../report/signature.js'
import { CURVES, DSIG11_NAMESPACE, keyFingerprint } from './algorithms.js'
import { checkAttributes, checkEmpty, checkText, decodeBase64, isDsig, leafText } from './signature-node.js'
import { readDigestMethod } from './signature-reader.js'
import { quoted, verificationError } from './verification-error.js'
import {
  describesOneOf,
  digestIdentifier,
  issuerIdentifier,
  keyIdentifier,
  subjectIdentifier,
  type X509Identifier,
} from './x509-identifiers.js'

const MAX_CERTIFICATES = 16
const MAX_CERTIFICATE_BYTES = 32 * 1024
/** Most elements in one element: 16 certificates with four identifiers each. */
const MAX_CHILDREN = 80
const MAX_NAME_CHARACTERS = 1024
/** Keys that were read. Most reports of a server have the same few signers, and reading a key takes as long as to verify with it. */
const recentKeys = new Map<string, KeyObject>()
const MAX_RECENT_KEYS = 100

/** Keys and certificates in the KeyInfo of a report. */
export interface KeyHint {
  /** Keys of KeyValue elements. */
  readonly keys: readonly KeyObject[]
  /** Certificates of X509Data, in document order. */
  readonly certificates: readonly X509Certificate[]
  /** Groups of identifiers of certificates that are not in the report. */
  readonly identifiers: readonly (readonly X509Identifier[])[]
}

/**
 * Reads KeyInfo.
 *
 * @throws {JuxError} `XML_SIGNATURE_INVALID`: `key-info` for elements other than KeyName, KeyValue and X509Data, and for keys
 *   that cannot be read; `key-info-mismatch` when the elements name different keys
 */
export function readKeyInfo(keyInfo: SignatureNode | undefined): KeyHint {
  const keys: KeyObject[] = []
  const certificates: X509Certificate[] = []
  const absent: X509Identifier[][] = []
  for (const child of keyInfo === undefined ? [] : elementsOf(keyInfo, ['Id'])) {
    if (isDsig(child, 'X509Data')) {
      const data = readX509Data(child)
      certificates.push(...data.certificates)
      if (data.certificates.length === 0) absent.push(data.identifiers)
    } else if (isDsig(child, 'KeyValue')) keys.push(...readKeyValue(child))
    else if (isDsig(child, 'KeyName')) shortText(child)
    else throw verificationError('key-info', quoted(child.local))
  }
  if (certificates.length > MAX_CERTIFICATES) throw verificationError('key-info', `${certificates.length} certificates`)
  // Identifiers without a certificate beside them name one of the others, if there are others.
  const apartFromAll = certificates.length > 0 && absent.some((one) => !describesOneOf(one, certificates))
  if (apartFromAll) throw verificationError('x509-mismatch')
  const named = new Set(keys.map(keyFingerprint))
  const certified = new Set(certificates.map(({ publicKey }) => keyFingerprint(publicKey)))
  const apart = certified.size > 0 && [...named].some((fingerprint) => !certified.has(fingerprint))
  if (named.size > 1 || apart) throw verificationError('key-info-mismatch')
  return { keys, certificates, identifiers: certificates.length > 0 ? [] : absent }
}

function readX509Data(data: SignatureNode): { certificates: X509Certificate[]; identifiers: X509Identifier[] } {
  const certificates: X509Certificate[] = []
  const identifiers: X509Identifier[] = []
  for (const child of elementsOf(data)) {
    if (isDsig(child, 'X509Certificate')) certificates.push(readCertificate(child))
    else identifiers.push(readIdentifier(child))
  }
  // XMLDSig 1.1 §4.5.4: they describe the certificate of the key, and it is in the same X509Data if it is in the report.
  const wrong = identifiers.find((one) => certificates.length > 0 && !certificates.some((it) => one.describes(it)))
  if (wrong !== undefined) throw verificationError('x509-mismatch', wrong.name)
  return { certificates, identifiers }
}

function readIdentifier(node: SignatureNode): X509Identifier {
  if (isDsig(node, 'X509SubjectName')) return subjectIdentifier(shortText(node))
  if (isDsig(node, 'X509IssuerSerial')) {
    const [issuer, serial, ...more] = elementsOf(node)
    if (!issuer || !serial || more.length > 0) throw verificationError('key-info', quoted(node.local))
    if (!isDsig(issuer, 'X509IssuerName') || !isDsig(serial, 'X509SerialNumber'))
      throw verificationError('key-info', quoted(node.local))
    return issuerIdentifier(shortText(issuer), shortText(serial))
  }
  if (isDsig(node, 'X509SKI')) return keyIdentifier(decodeBase64(shortText(node), 'X509SKI'))
  if (node.uri === DSIG11_NAMESPACE && node.local === 'X509Digest') {
    const digest = readDigestMethod(node.attributes.get('Algorithm'))
    return digestIdentifier(digest, decodeBase64(shortText(node, ['Algorithm']), 'X509Digest'))
  }
  throw verificationError('key-info', quoted(node.local))
}

function readCertificate(node: SignatureNode): X509Certificate {
  checkAttributes(node, [])
  const der = decodeBase64(leafText(node), 'X509Certificate')
  if (der.length > MAX_CERTIFICATE_BYTES) throw verificationError('key-info', `a certificate of ${der.length} bytes`)
  try {
    const certificate = new X509Certificate(der)
    // Refused if other bytes follow the certificate. Reading its key may throw.
    if (certificate.raw.length === der.length && certificate.publicKey.type === 'public') return certificate
  } catch {
    // Refused below.
  }
  throw verificationError('key-info', 'a certificate that cannot be read')
}

function readKeyValue(value: SignatureNode): KeyObject[] {
  const [key, ...more] = elementsOf(value)
  if (key === undefined || more.length > 0) throw verificationError('key-info', 'KeyValue')
  if (isDsig(key, 'RSAKeyValue')) return [readRsaKey(key)]
  if (key.uri === DSIG11_NAMESPACE && key.local === 'ECKeyValue') return readEcKey(key)
  throw verificationError('key-info', quoted(key.local))
}

function readRsaKey(node: SignatureNode): KeyObject {
  const [modulus, exponent, ...more] = elementsOf(node)
  if (!modulus || !exponent || more.length > 0 || !isDsig(modulus, 'Modulus') || !isDsig(exponent, 'Exponent')) {
    throw verificationError('key-info', 'RSAKeyValue')
  }
  const key = keyOf({ kty: 'RSA', n: unsigned(valueText(modulus)), e: unsigned(valueText(exponent)) })
  if (key === undefined) throw verificationError('key-info', 'RSAKeyValue')
  return key
}

// CryptoBinary (XMLDSig 1.1 §4.1) has no leading zeros. They are dropped, because some programs encode a signed integer.
function unsigned(text: string): string {
  const bytes = decodeBase64(text, 'RSAKeyValue')
  const first = bytes.findIndex((byte) => byte !== 0)
  return bytes.subarray(Math.max(0, first)).toString('base64url')
}

function readEcKey(node: SignatureNode): KeyObject[] {
  const [named, point, ...more] = elementsOf(node)
  const shaped = named?.local === 'NamedCurve' && point?.local === 'PublicKey' && more.length === 0
  if (!named || !point || !shaped || named.uri !== DSIG11_NAMESPACE || point.uri !== DSIG11_NAMESPACE) {
    throw verificationError('key-info', 'ECKeyValue')
  }
  checkAttributes(named, ['URI'])
  checkEmpty(named)
  const uri = named.attributes.get('URI')
  const curve = CURVES.find(({ oid }) => uri === `urn:oid:${oid}`)
  const bytes = decodeBase64(valueText(point), 'PublicKey')
  const size = curve?.coordinateBytes ?? 0
  const missing = 1 + 2 * size - bytes.length
  // Uncompressed points only. Some programs drop leading zeros of x or y, so up to two bytes may be missing.
  if (curve === undefined || bytes[0] !== 4 || missing < 0 || missing > 2)
    throw verificationError('key-info', 'ECKeyValue')
  for (let fromX = 0; fromX <= missing; fromX++) {
    const x = leftPadded(bytes.subarray(1, 1 + size - fromX), size)
    const y = leftPadded(bytes.subarray(1 + size - fromX), size)
    const key = keyOf({ kty: 'EC', crv: curve.name, x: x.toString('base64url'), y: y.toString('base64url') })
    if (key !== undefined) return [key]
  }
  throw verificationError('key-info', 'a point that is not on its curve')
}

function leftPadded(bytes: Uint8Array, size: number): Buffer {
  return Buffer.concat([Buffer.alloc(size - bytes.length), bytes])
}

function keyOf(jwk: JsonWebKey): KeyObject | undefined {
  const text = JSON.stringify(jwk)
  const known = recentKeys.get(text)
  if (known !== undefined) return known
  let key: KeyObject
  try {
    key = createPublicKey({ key: jwk, format: 'jwk' })
  } catch {
    return undefined
  }
  if (recentKeys.size >= MAX_RECENT_KEYS) recentKeys.clear()
  recentKeys.set(text, key)
  return key
}

function elementsOf(node: SignatureNode, optional: readonly string[] = []): readonly SignatureNode[] {
  checkAttributes(node, [], optional)
  checkText(node)
  if (node.children.length > MAX_CHILDREN) throw verificationError('key-info', `too many elements in ${node.local}`)
  return node.children
}

/** The text of an element without attributes and children. */
function valueText(node: SignatureNode): string {
  checkAttributes(node, [])
  return leafText(node)
}

/** The text of a name, a number or an identifier, which is short. */
function shortText(node: SignatureNode, required: readonly string[] = []): string {
  checkAttributes(node, required)
  const text = leafText(node)
  if (text.length > MAX_NAME_CHARACTERS) throw verificationError('key-info', `a long ${node.local}`)
  return text
}
