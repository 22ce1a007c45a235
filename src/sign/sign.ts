/**
 * Creates the ds:Signature element of a report whose digest is known.
 *
 * It does not parse the report: a signature needs only the start tag of the root and the digest of the canonical form. The
 * signature is enveloped, with `URI=""` and without an Id (XMLDSig 1.1 §4.4).
 *
 * @module
 */
import type { X509Certificate } from 'node:crypto'
import { JuxError } from '../errors.js'
import type { DigestName } from '../xml/digest.js'
import {
  CANONICALIZATION_URIS,
  DIGEST_URIS,
  DSIG_NAMESPACE,
  DSIG11_NAMESPACE,
  ENVELOPED_SIGNATURE,
} from './algorithms.js'
import type { Signer } from './keys.js'
import { canonicalSignedInfo } from './signed-info.js'

/**
 * Creates the signature of a report.
 *
 * @param digests digests of the canonical form of the root without any signature, at least the digest that the signer uses
 * @param rootStartTag start tag of the root. Inclusive canonicalization of SignedInfo adds its namespaces; rendered reports
 *   declare none
 * @returns one element in canonical form, without white space; insert it directly before the root's end tag
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
  const [, root] = /^<([^\s/>]+)/.exec(rootStartTag) ?? []
  if (root === undefined) throw new JuxError('OPERATION_FAILED', { message: 'cannot sign: the root has no name' })
  const signedInfo = signedInfoElement(signer, Buffer.from(digest).toString('base64'))
  const unsigned = signature(signedInfo)
  const octets = canonicalSignedInfo(`${rootStartTag}${unsigned}</${root}>`, signer.canonicalization)
  const value = signer.sign(Buffer.from(octets)).toString('base64')
  return signature(signedInfo, element('SignatureValue', '', value), element('KeyInfo', '', keyInfoContent(signer)))
}

function signature(...parts: readonly string[]): string {
  return element('Signature', ` xmlns:ds="${DSIG_NAMESPACE}"`, ...parts)
}

// Written in canonical form: no white space, a start and an end tag for every element.
function signedInfoElement(signer: Signer, digestBase64: string): string {
  const canonicalization = CANONICALIZATION_URIS[signer.canonicalization]
  const transforms = [ENVELOPED_SIGNATURE, canonicalization].map((uri) => algorithm('Transform', uri))
  return element(
    'SignedInfo',
    '',
    algorithm('CanonicalizationMethod', canonicalization),
    algorithm('SignatureMethod', signer.method.uri),
    element(
      'Reference',
      ' URI=""',
      element('Transforms', '', ...transforms),
      algorithm('DigestMethod', DIGEST_URIS[signer.digest]),
      element('DigestValue', '', digestBase64),
    ),
  )
}

/** Writes the content of KeyInfo, a hint (XMLDSig 1.1 §4.5): the certificates if there are any, otherwise the public key. */
function keyInfoContent(signer: Signer): string {
  if (signer.certificates.length > 0) return element('X509Data', '', ...signer.certificates.map(x509Certificate))
  const jwk = signer.publicKey.export({ format: 'jwk' })
  if (signer.kind.family === 'rsa') {
    const modulus = element('Modulus', '', toBase64(jwk.n))
    const exponent = element('Exponent', '', toBase64(jwk.e))
    return element('KeyValue', '', element('RSAKeyValue', '', modulus, exponent))
  }
  // JWK coordinates have the curve's full length (RFC 7518 §6.2.1.2), so the point is padded.
  const point = Buffer.concat([Buffer.of(4), fromBase64Url(jwk.x), fromBase64Url(jwk.y)])
  return element(
    'KeyValue',
    '',
    `<dsig11:ECKeyValue xmlns:dsig11="${DSIG11_NAMESPACE}">` +
      `<dsig11:NamedCurve URI="urn:oid:${signer.kind.curve.oid}"></dsig11:NamedCurve>` +
      `<dsig11:PublicKey>${point.toString('base64')}</dsig11:PublicKey></dsig11:ECKeyValue>`,
  )
}

function x509Certificate(certificate: X509Certificate): string {
  return element('X509Certificate', '', certificate.raw.toString('base64'))
}

function algorithm(name: string, uri: string): string {
  return element(name, ` Algorithm="${uri}"`)
}

// Attributes and contents are URIs, base64 and elements, so nothing needs to be escaped.
function element(name: string, attributes: string, ...content: readonly string[]): string {
  return `<ds:${name}${attributes}>${content.join('')}</ds:${name}>`
}

function toBase64(base64Url: string | undefined): string {
  return fromBase64Url(base64Url).toString('base64')
}

function fromBase64Url(text = ''): Buffer {
  return Buffer.from(text, 'base64url')
}
