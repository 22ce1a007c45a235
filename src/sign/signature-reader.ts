/**
 * Reads a Signature and refuses everything outside a closed profile: one structure, known algorithms, one Reference to the
 * whole report (XMLDSig 1.1 §4). Also reads KeyInfo (§4.5), which is only a hint and never trusted.
 *
 * No digest and no signature is computed here.
 *
 * @module
 */
import { createPublicKey, type JsonWebKey, type KeyObject, X509Certificate } from 'node:crypto'
import type { ReportSignature, SignatureNode } from '../report/signature.js'
import type { DigestName } from '../xml/digest.js'
import {
  CANONICALIZATION_URIS,
  type CanonicalizationName,
  CURVES,
  DIGEST_URIS,
  DSIG_NAMESPACE,
  DSIG11_NAMESPACE,
  ENVELOPED_SIGNATURE,
  keyFingerprint,
  SIGNATURE_METHODS,
  type SignatureMethod,
} from './algorithms.js'
import { quoted, verificationError } from './verification-error.js'

/** A canonicalization as a Signature names it. */
export interface NamedCanonicalization {
  readonly name: CanonicalizationName
  /** PrefixList of an exclusive one; `''` is `#default`. */
  readonly inclusivePrefixes: ReadonlySet<string>
}

/** The content of a Signature that conforms to the profile. */
export interface ReadSignature {
  /** How SignedInfo is canonicalized. */
  readonly canonicalization: NamedCanonicalization
  readonly method: SignatureMethod
  /** How the report is canonicalized. */
  readonly transform: NamedCanonicalization
  readonly digest: DigestName
  readonly digestValue: Uint8Array
  readonly signatureValue: Uint8Array
  readonly signedInfo: SignatureNode
  readonly keyInfo: SignatureNode | undefined
}

/** Keys and certificates in the KeyInfo of a report. */
export interface KeyHint {
  /** Keys of KeyValue elements. */
  readonly keys: readonly KeyObject[]
  /** Certificates of X509Data, in document order. */
  readonly certificates: readonly X509Certificate[]
}

const MAX_PREFIXES = 64

const MAX_CERTIFICATES = 16

/** Children of X509Data that only identify a certificate, with the names of their own children. They are not evaluated. */
const X509_IDENTIFIERS: ReadonlyMap<string, readonly string[]> = new Map([
  ['X509SKI', []],
  ['X509SubjectName', []],
  ['X509IssuerSerial', ['X509IssuerName', 'X509SerialNumber']],
])

/**
 * Reads the Signature of a report.
 *
 * @throws {JuxError} `XML_SIGNATURE_MISSING` or `XML_SIGNATURE_INVALID`
 */
export function readSignature(report: ReportSignature): ReadSignature {
  // The most important objection is the first.
  for (const { reason, detail } of report.objections) throw verificationError(reason, detail)
  const { element: signature, rootId, isRootIdRepeated } = report
  if (signature === undefined) throw verificationError('signature-missing')
  checkAttributes(signature, [], ['Id'])
  checkChildren(signature, ['SignedInfo', 'SignatureValue'], ['KeyInfo'])
  const [signedInfo, value] = [childAt(signature, 0), childAt(signature, 1)]
  checkAttributes(signedInfo, [], ['Id'])
  checkAttributes(value, [], ['Id'])
  const references = signedInfo.children.filter(({ local }) => local === 'Reference')
  if (references.length !== 1) throw verificationError('reference-count', `${references.length} References`)
  checkChildren(signedInfo, ['CanonicalizationMethod', 'SignatureMethod', 'Reference'])
  return {
    canonicalization: readCanonicalization(childAt(signedInfo, 0), 'canonicalization-method'),
    method: readSignatureMethod(childAt(signedInfo, 1)),
    ...readReference(childAt(signedInfo, 2), rootId, isRootIdRepeated),
    signatureValue: decodeBase64(leafText(value), 'SignatureValue'),
    signedInfo,
    keyInfo: signature.children[2],
  }
}

function readReference(reference: SignatureNode, rootId: string | undefined, repeated: boolean) {
  checkAttributes(reference, ['URI'], ['Id'], 'reference-uri')
  const uri = reference.attributes.get('URI')
  if (uri !== '' && (rootId === undefined || uri !== `#${rootId}`))
    throw verificationError('reference-uri', quoted(uri))
  if (uri !== '' && repeated) throw verificationError('duplicate-id', quoted(rootId))
  checkChildren(reference, ['Transforms', 'DigestMethod', 'DigestValue'])
  const [transforms, value] = [childAt(reference, 0), childAt(reference, 2)]
  checkAttributes(value, [])
  const digest = readDigestMethod(childAt(reference, 1))
  const digestValue = decodeBase64(leafText(value), 'DigestValue')
  if (digestValue.length !== DIGEST_BYTES[digest])
    throw verificationError('digest-length', `${digestValue.length} bytes`)
  return { transform: readTransforms(transforms), digest, digestValue }
}

const DIGEST_BYTES: Readonly<Record<DigestName, number>> = { sha256: 32, sha384: 48, sha512: 64 }

function readTransforms(transforms: SignatureNode): NamedCanonicalization {
  checkAttributes(transforms, [])
  checkText(transforms)
  const [enveloped, canonicalization, ...more] = transforms.children
  if (enveloped === undefined || more.length > 0 || !isDsig(enveloped, 'Transform'))
    throw verificationError('transforms')
  checkAttributes(enveloped, ['Algorithm'])
  const first = enveloped.attributes.get('Algorithm')
  if (first !== ENVELOPED_SIGNATURE) throw verificationError('transforms', quoted(first))
  checkEmpty(enveloped)
  // Without a second transform, Canonical XML 1.0 applies (XMLDSig 1.1 §4.4.3.2).
  if (canonicalization === undefined) return { name: 'c14n10', inclusivePrefixes: new Set() }
  if (!isDsig(canonicalization, 'Transform')) throw verificationError('transforms')
  return readCanonicalization(canonicalization, 'transforms')
}

function readCanonicalization(
  node: SignatureNode,
  reason: 'canonicalization-method' | 'transforms',
): NamedCanonicalization {
  checkAttributes(node, ['Algorithm'])
  checkText(node)
  const uri = node.attributes.get('Algorithm')
  const name = CANONICALIZATIONS.get(uri ?? '')
  if (name === undefined) throw verificationError(reason, quoted(uri))
  return { name, inclusivePrefixes: readPrefixList(node, name) }
}

const CANONICALIZATIONS: ReadonlyMap<string, CanonicalizationName> = new Map(
  (['exclusive', 'c14n10', 'c14n11'] as const).map((name) => [CANONICALIZATION_URIS[name], name]),
)

// Exclusive XML Canonicalization 1.0 §2.3
function readPrefixList(node: SignatureNode, name: CanonicalizationName): ReadonlySet<string> {
  const [list, ...more] = node.children
  if (list === undefined) return new Set()
  const known = list.uri === CANONICALIZATION_URIS.exclusive && list.local === 'InclusiveNamespaces'
  if (name !== 'exclusive' || !known || more.length > 0)
    throw verificationError('signature-structure', quoted(list.local))
  checkAttributes(list, ['PrefixList'])
  checkEmpty(list)
  const prefixes = (list.attributes.get('PrefixList') ?? '').split(/[ \t\n\r]+/).filter((prefix) => prefix !== '')
  const malformed = prefixes.some((prefix) => prefix !== '#default' && !/^[\p{L}_][\p{L}\p{M}\p{N}_.-]*$/u.test(prefix))
  if (malformed || prefixes.length > MAX_PREFIXES) throw verificationError('prefix-list')
  return new Set(prefixes.map((prefix) => (prefix === '#default' ? '' : prefix)))
}

function readSignatureMethod(node: SignatureNode): SignatureMethod {
  const uri = algorithmOf(node)
  const method = SIGNATURE_METHODS.find((candidate) => candidate.uri === uri)
  if (method === undefined) throw verificationError('signature-method', quoted(uri))
  return method
}

function readDigestMethod(node: SignatureNode): DigestName {
  const uri = algorithmOf(node)
  const digest = (['sha256', 'sha384', 'sha512'] as const).find((name) => DIGEST_URIS[name] === uri)
  if (digest === undefined) throw verificationError('digest-method', quoted(uri))
  return digest
}

function algorithmOf(node: SignatureNode): string {
  checkAttributes(node, ['Algorithm'])
  checkEmpty(node)
  return node.attributes.get('Algorithm') ?? ''
}

/**
 * Returns the text of an element without children.
 *
 * @throws {JuxError} `XML_SIGNATURE_INVALID` (`signature-structure`) when it has children
 */
function leafText(node: SignatureNode): string {
  if (node.children.length > 0) throw verificationError('signature-structure', `an element inside ${node.local}`)
  return node.text
}

/** Refuses text other than white space between the children of an element. */
function checkText(node: SignatureNode): void {
  if (/[^ \t\n\r]/.test(node.text)) throw verificationError('signature-text', node.local)
}

/** Whether a node is the element of XML Signature with this name. */
function isDsig(node: SignatureNode, local: string): boolean {
  return node.uri === DSIG_NAMESPACE && node.local === local
}

/** Refuses an element that lacks an attribute of `required`, or has one that is neither in `required` nor in `optional`. */
function checkAttributes(
  node: SignatureNode,
  required: readonly string[],
  optional: readonly string[] = [],
  missing: 'signature-attribute' | 'reference-uri' = 'signature-attribute',
): void {
  const extra = [...node.attributes.keys()].find((name) => !required.includes(name) && !optional.includes(name))
  if (extra !== undefined) throw verificationError('signature-attribute', `${quoted(extra)} on ${node.local}`)
  const absent = required.find((name) => !node.attributes.has(name))
  if (absent !== undefined) throw verificationError(missing, `no ${absent} on ${node.local}`)
}

/** Refuses an element that has children, or text other than white space. */
function checkEmpty(node: SignatureNode): void {
  leafText(node)
  checkText(node)
}

// Refuses an element whose children are not exactly these elements in this order, or that has text other than white space.
function checkChildren(node: SignatureNode, required: readonly string[], optional: readonly string[] = []): void {
  checkText(node)
  const names = [...required, ...optional]
  const fits = node.children.length >= required.length && node.children.length <= names.length
  const wrong = node.children.find((child, index) => !isDsig(child, names[index] ?? ''))
  if (!fits || wrong !== undefined) throw verificationError('signature-structure', `in ${node.local}`)
}

function childAt(node: SignatureNode, index: number): SignatureNode {
  const child = node.children[index]
  if (child === undefined) throw verificationError('signature-structure', `in ${node.local}`)
  return child
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
    else checkIdentifier(child)
  }
  return certificates
}

function checkIdentifier(node: SignatureNode): void {
  const expected = X509_IDENTIFIERS.get(node.local)
  const fits = expected?.length === node.children.length && isDsig(node, node.local)
  const known = node.children.every((child, index) => isDsig(child, expected?.[index] ?? ''))
  if (!fits || !known) throw verificationError('key-info', quoted(node.local))
  node.children.forEach(leafText)
}

function readCertificate(text: string): X509Certificate {
  const der = decodeBase64(text, 'X509Certificate')
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
  const key = keyOf({ kty: 'RSA', n: unsigned(leafText(modulus)), e: unsigned(leafText(exponent)) })
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
  leafText(named)
  const uri = named.attributes.get('URI')
  const curve = CURVES.find(({ oid }) => uri === `urn:oid:${oid}`)
  const bytes = decodeBase64(leafText(point), 'PublicKey')
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

/**
 * Decodes base64 strictly, as XML Signature uses it (RFC 2045).
 *
 * @param text digits in groups of four, with padding; blanks, tabs and line breaks are allowed anywhere
 * @param what name of the value, for the message
 * @throws {JuxError} `XML_SIGNATURE_INVALID` (`base64`) for any other character, wrong padding, unused bits that are not zero,
 *   and for an empty value
 */
function decodeBase64(text: string, what: string): Buffer {
  const digits = text.replace(/[ \t\n\r]+/g, '')
  const bytes = Buffer.from(digits, 'base64')
  // Only one text is the right encoding of these bytes; Node also decodes others.
  if (digits === '' || bytes.toString('base64') !== digits) throw verificationError('base64', what)
  return bytes
}
