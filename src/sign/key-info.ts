/**
 * What KeyInfo says about the key (XMLDSig 1.1 §4.5): a hint, to be read with care and never to be trusted.
 *
 * @module
 */
import { createPublicKey, type JsonWebKey, type KeyObject, X509Certificate } from 'node:crypto'
import { CURVES, DSIG11_NAMESPACE, keyFingerprint } from './algorithms.js'
import { decodeBase64 } from './base64.js'
import { checkText, isDsig, leafText } from './signature-reader.js'
import type { SignatureNode } from './signature-tree.js'
import { quoted, verificationError } from './verification-error.js'

/** Keys that a report names. */
export interface KeyHint {
  /** Of KeyValue. */
  readonly keys: readonly KeyObject[]
  /** Of X509Data, in its order. */
  readonly certificates: readonly X509Certificate[]
}

const MAX_CERTIFICATES = 16

/** Children of X509Data beside the certificate, with their own children: they add nothing to it. */
const X509_REMARKS: ReadonlyMap<string, readonly string[]> = new Map([
  ['X509SKI', []],
  ['X509SubjectName', []],
  ['X509IssuerSerial', ['X509IssuerName', 'X509SerialNumber']],
])

/**
 * Reads KeyInfo.
 *
 * @throws {JuxError} `XML_SIGNATURE_INVALID`: `key-info` for anything but KeyName, KeyValue and X509Data, and for keys that
 *   cannot be read; `key-info-mismatch` when they are not all about one key
 */
export function readKeyInfo(keyInfo: SignatureNode | undefined): KeyHint {
  const keys: KeyObject[] = []
  const certificates: X509Certificate[] = []
  for (const child of keyInfo === undefined ? [] : elementsOf(keyInfo)) {
    if (isDsig(child, 'X509Data')) certificates.push(...readX509Data(child))
    else if (isDsig(child, 'KeyValue')) keys.push(...readKeyValue(child))
    else if (isDsig(child, 'KeyName')) leafText(child)
    else throw verificationError('key-info', quoted(child.local))
  }
  if (certificates.length > MAX_CERTIFICATES) throw verificationError('key-info', `${certificates.length} certificates`)
  const named = new Set(keys.map(keyFingerprint))
  const certified = new Set(certificates.map(({ publicKey }) => keyFingerprint(publicKey)))
  const apart = certified.size > 0 && [...named].some((fingerprint) => !certified.has(fingerprint))
  if (named.size > 1 || apart) throw verificationError('key-info-mismatch')
  return { keys, certificates }
}

function readX509Data(data: SignatureNode): X509Certificate[] {
  const certificates: X509Certificate[] = []
  for (const child of elementsOf(data)) {
    if (isDsig(child, 'X509Certificate')) certificates.push(readCertificate(leafText(child)))
    else checkRemark(child)
  }
  return certificates
}

function checkRemark(node: SignatureNode): void {
  const expected = X509_REMARKS.get(node.local)
  const fits = expected?.length === node.children.length && isDsig(node, node.local)
  const known = node.children.every((child, index) => isDsig(child, expected?.[index] ?? ''))
  if (!fits || !known) throw verificationError('key-info', quoted(node.local))
  node.children.forEach(leafText)
}

function readCertificate(text: string): X509Certificate {
  const der = decodeBase64(text, 'X509Certificate')
  try {
    const certificate = new X509Certificate(der)
    // A certificate that is followed by something else is no certificate, nor is one whose key cannot be read.
    if (certificate.raw.length === der.length && certificate.publicKey.type === 'public') return certificate
  } catch {
    // Refused below, like the others.
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
  const key = keyOf({ kty: 'RSA', n: unsigned(leafText(modulus)), e: unsigned(leafText(exponent)) })
  if (key === undefined) throw verificationError('key-info', 'RSAKeyValue')
  return key
}

// CryptoBinary (XMLDSig 1.1 §4.1) has no leading zeros; those of writers who take it from a signed integer are dropped.
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
  leafText(named)
  const uri = named.attributes.get('URI')
  const curve = CURVES.find(({ oid }) => uri === `urn:oid:${oid}`)
  const bytes = decodeBase64(leafText(point), 'PublicKey')
  const size = curve?.coordinateBytes ?? 0
  const lacking = 1 + 2 * size - bytes.length
  // Uncompressed points only; some writers drop leading zeros of x or y, so a few bytes may lack.
  if (curve === undefined || bytes[0] !== 4 || lacking < 0 || lacking > 2)
    throw verificationError('key-info', 'ECKeyValue')
  for (let fromX = 0; fromX <= lacking; fromX++) {
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

function keyOf(key: JsonWebKey): KeyObject | undefined {
  try {
    return createPublicKey({ key, format: 'jwk' })
  } catch {
    return undefined
  }
}

function elementsOf(node: SignatureNode): readonly SignatureNode[] {
  checkText(node)
  return node.children
}
