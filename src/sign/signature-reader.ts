/**
 * Reads a Signature and refuses everything outside a closed profile: one structure, known algorithms, one Reference to the
 * whole report (XMLDSig 1.1 §4). `key-info.ts` reads KeyInfo.
 *
 * No digest and no signature is computed here.
 *
 * @module
 */
import type { ReportSignature, SignatureNode } from '../report/signature.js'
import type { DigestName } from '../xml/digest.js'
import {
  CANONICALIZATION_URIS,
  type CanonicalizationName,
  DIGEST_URIS,
  ENVELOPED_SIGNATURE,
  SIGNATURE_METHODS,
  type SignatureMethod,
} from './algorithms.js'
import {
  checkAttributes,
  checkChildren,
  checkEmpty,
  checkText,
  childAt,
  decodeBase64,
  isDsig,
  leafText,
} from './signature-node.js'
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

const MAX_PREFIXES = 64

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
  const digest = readDigestMethod(algorithmOf(childAt(reference, 1)))
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

/**
 * Returns the digest with this URI.
 *
 * @throws {JuxError} `XML_SIGNATURE_INVALID` (`digest-method`) when it is not accepted
 */
export function readDigestMethod(uri: string | undefined): DigestName {
  const digest = (['sha256', 'sha384', 'sha512'] as const).find((name) => DIGEST_URIS[name] === uri)
  if (digest === undefined) throw verificationError('digest-method', quoted(uri))
  return digest
}

function algorithmOf(node: SignatureNode): string {
  checkAttributes(node, ['Algorithm'])
  checkEmpty(node)
  return node.attributes.get('Algorithm') ?? ''
}
