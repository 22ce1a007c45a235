/**
 * The ds:Signature element of a report whose digest is known.
 *
 * The report itself is never parsed: xml-crypto builds and signs SignedInfo over a stub that stands for the root, and
 * takes our digest for the stub's. Enveloped, `URI=""`, no Id added (XMLDSig 1.1 §4.4).
 *
 * @module
 */
import type { X509Certificate } from 'node:crypto'
import { JuxError } from '../errors.js'
import type { DigestName } from '../xml/digest.js'
import { CANONICALIZATION_URIS, DIGEST_URIS, DSIG11_NAMESPACE, ENVELOPED_SIGNATURE } from './algorithms.js'
import type { Signer } from './keys.js'

/**
 * Signs.
 *
 * @param digests over the canonical form of the root without any signature; the signer's own digest must be there
 * @param rootStartTag start tag of the root. Inclusive canonicalisation of SignedInfo takes over the namespaces declared
 *   there; a report of ours has none, and exclusive canonicalisation does not look
 * @returns one element in canonical form, without white space, to be put right before the root's end tag
 * @throws {JuxError} `OPERATION_FAILED` when the digest is missing or the signature cannot be made
 */
export function signatureElement(
  digests: ReadonlyMap<DigestName, Uint8Array>,
  signer: Signer,
  rootStartTag = '<testsuites>',
): string {
  const digest = digests.get(signer.digest)
  if (digest === undefined) {
    throw new JuxError('OPERATION_FAILED', { message: `cannot sign: no ${signer.digest} digest of the report` })
  }
  const signed = prepare(signer, Buffer.from(digest).toString('base64'))
  signed.computeSignature(stubDocument(rootStartTag), { prefix: 'ds' })
  return withoutEmptyTags(signed.getSignatureXml())
}

// The library's own tables hold SHA-1, and neither ECDSA nor SHA-384 nor Canonical XML 1.1: this instance gets others.
function prepare(signer: Signer, digestBase64: string) {
  const { SignedXml, C14nCanonicalization } = signer.xmlCrypto
  const canonicalizationUri = CANONICALIZATION_URIS[signer.canonicalization]
  const digestUri = DIGEST_URIS[signer.digest]
  const signed = new SignedXml({
    // Not used: `KeySignature` signs. The library insists on one.
    privateKey: 'held by the signer',
    signatureAlgorithm: signer.method.uri,
    canonicalizationAlgorithm: canonicalizationUri,
    getKeyInfoContent: () => keyInfoContent(signer),
  })
  // 1.0 and 1.1 differ in xml:* attributes of left-out ancestors alone; see `stubDocument`.
  class Canonicalization11 extends C14nCanonicalization {
    override getAlgorithmName(): string {
      return CANONICALIZATION_URIS.c14n11
    }
  }
  class KnownDigest {
    getAlgorithmName = (): string => digestUri
    getHash = (): string => digestBase64
  }
  class KeySignature {
    getAlgorithmName = (): string => signer.method.uri
    getSignature = (signedInfo: unknown): string => signer.sign(Buffer.from(String(signedInfo))).toString('base64')
    verifySignature = (): boolean => false
  }
  signed.CanonicalizationAlgorithms[CANONICALIZATION_URIS.c14n11] = Canonicalization11
  signed.HashAlgorithms = { [digestUri]: KnownDigest }
  signed.SignatureAlgorithms = { [signer.method.uri]: KeySignature }
  signed.addReference({
    xpath: '/*',
    isEmptyUri: true,
    transforms: [ENVELOPED_SIGNATURE, canonicalizationUri],
    digestAlgorithm: digestUri,
  })
  return signed
}

function stubDocument(rootStartTag: string): string {
  const [, name] = /^<([^\s/>]+)/.exec(rootStartTag) ?? []
  if (name === undefined) throw new JuxError('OPERATION_FAILED', { message: 'cannot sign: the root has no name' })
  return `${rootStartTag}</${name}>`
}

/** KeyInfo is a hint (XMLDSig 1.1 §4.5): certificates where there are some, the bare key otherwise; never both. */
function keyInfoContent(signer: Signer): string {
  if (signer.certificates.length > 0) {
    return `<ds:X509Data>${signer.certificates.map(x509Certificate).join('')}</ds:X509Data>`
  }
  const jwk = signer.publicKey.export({ format: 'jwk' })
  if (signer.kind.family === 'rsa') {
    return (
      `<ds:KeyValue><ds:RSAKeyValue><ds:Modulus>${toBase64(jwk.n)}</ds:Modulus>` +
      `<ds:Exponent>${toBase64(jwk.e)}</ds:Exponent></ds:RSAKeyValue></ds:KeyValue>`
    )
  }
  // JWK coordinates have the curve's full length (RFC 7518 §6.2.1.2), so the point is padded.
  const point = Buffer.concat([Buffer.of(4), fromBase64Url(jwk.x), fromBase64Url(jwk.y)])
  return (
    `<ds:KeyValue><dsig11:ECKeyValue xmlns:dsig11="${DSIG11_NAMESPACE}">` +
    `<dsig11:NamedCurve URI="urn:oid:${signer.kind.curve.oid}"></dsig11:NamedCurve>` +
    `<dsig11:PublicKey>${point.toString('base64')}</dsig11:PublicKey></dsig11:ECKeyValue></ds:KeyValue>`
  )
}

function x509Certificate(certificate: X509Certificate): string {
  return `<ds:X509Certificate>${certificate.raw.toString('base64')}</ds:X509Certificate>`
}

function toBase64(base64Url: string | undefined): string {
  return fromBase64Url(base64Url).toString('base64')
}

function fromBase64Url(text = ''): Buffer {
  return Buffer.from(text, 'base64url')
}

// Nothing in the element but URIs and base64, so that a tag is all that stands between < and >.
function withoutEmptyTags(element: string): string {
  return element.replace(/<([\w:]+)([^<>]*)\/>/g, '<$1$2></$1>')
}
