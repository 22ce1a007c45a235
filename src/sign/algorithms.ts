/**
 * The allow-list of algorithms for signatures, by URI.
 *
 * Signing and verifying refuse every algorithm that is not in these tables. SHA-1, HMAC and DSA are not in them. Identifiers:
 * XMLDSig 1.1 §6, RFC 9231 (the successor of RFC 4051 and 6931).
 *
 * @module
 */
import { createHash, type KeyObject, type X509Certificate } from 'node:crypto'
import type { DigestName } from '../xml/digest.js'
import { DSIG_NAMESPACE, DSIG11_NAMESPACE } from '../xml/names.js'

export { DSIG_NAMESPACE, DSIG11_NAMESPACE }

/** The transform that excludes the signature from the signed content. */
export const ENVELOPED_SIGNATURE = `${DSIG_NAMESPACE}enveloped-signature`

/** Algorithms that XMLDSig did not define itself (RFC 9231 §2). */
const MORE_NAMESPACE = 'http://www.w3.org/2001/04/xmldsig-more#'

/** Canonicalizations without comments. */
export type CanonicalizationName = 'exclusive' | 'c14n10' | 'c14n11'

/** CanonicalizationMethod URIs. */
export const CANONICALIZATION_URIS: Readonly<Record<CanonicalizationName, string>> = {
  exclusive: 'http://www.w3.org/2001/10/xml-exc-c14n#',
  c14n10: 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315',
  c14n11: 'http://www.w3.org/2006/12/xml-c14n11',
}

/** DigestMethod URIs. */
export const DIGEST_URIS: Readonly<Record<DigestName, string>> = {
  sha256: 'http://www.w3.org/2001/04/xmlenc#sha256',
  sha384: `${MORE_NAMESPACE}sha384`,
  sha512: 'http://www.w3.org/2001/04/xmlenc#sha512',
}

/** Kinds of key that sign. */
export type KeyFamily = 'rsa' | 'ecdsa'

/** Key family and digest in one name. */
export type SignatureAlgorithm = `${KeyFamily}-${DigestName}`

/** The parts of a signature algorithm. */
export interface SignatureMethod {
  readonly name: SignatureAlgorithm
  readonly family: KeyFamily
  readonly digest: DigestName
  readonly uri: string
}

/** SignatureMethods: RSASSA-PKCS1-v1_5 and ECDSA with the SHA-2 family. */
export const SIGNATURE_METHODS: readonly SignatureMethod[] = (['rsa', 'ecdsa'] as const).flatMap((family) =>
  (['sha256', 'sha384', 'sha512'] as const).map((digest) => ({
    name: `${family}-${digest}` as const,
    family,
    digest,
    uri: `${MORE_NAMESPACE}${family}-${digest}`,
  })),
)

/** Shortest RSA modulus, in bits, for signing and verifying. */
const MIN_RSA_BITS = 2048

/** Longest RSA modulus, in bits: OpenSSL computes with no longer one, and verifying would take long. */
const MAX_RSA_BITS = 16_384

/** Smallest public exponent, and the first that is too large (NIST FIPS 186-5 §5.1). */
const MIN_RSA_EXPONENT = 65_537n
const END_RSA_EXPONENT = 1n << 256n

/** An elliptic curve for ECDSA keys. */
export interface Curve {
  /** Name by NIST, as in `--curve`. */
  readonly name: 'P-256' | 'P-384' | 'P-521'
  /** Name in node:crypto. */
  readonly nodeName: string
  /** Object identifier, as in `urn:oid:…` of NamedCurve. */
  readonly oid: string
  /** Length of one coordinate, and of r and s each. */
  readonly coordinateBytes: number
}

/** The curves, by increasing size. */
export const CURVES: readonly Curve[] = [
  { name: 'P-256', nodeName: 'prime256v1', oid: '1.2.840.10045.3.1.7', coordinateBytes: 32 },
  { name: 'P-384', nodeName: 'secp384r1', oid: '1.3.132.0.34', coordinateBytes: 48 },
  { name: 'P-521', nodeName: 'secp521r1', oid: '1.3.132.0.35', coordinateBytes: 66 },
]

/** A supported key. */
export type KeyKind =
  | { readonly family: 'rsa'; readonly bits: number; readonly description: string }
  | { readonly family: 'ecdsa'; readonly curve: Curve; readonly description: string }

/** A key that can neither sign nor verify, such as `a key of type ed25519`. */
export interface UnsupportedKey {
  readonly family: 'unsupported'
  readonly description: string
}

/** Returns the kind of a private or public key. Its description is for example `RSA 3072` or `ECDSA P-256`. */
export function keyKind(key: KeyObject): KeyKind | UnsupportedKey {
  const details = key.asymmetricKeyDetails
  if (key.asymmetricKeyType === 'rsa') {
    const bits = details?.modulusLength ?? 0
    const weakness = rsaWeakness(key)
    return weakness === undefined
      ? { family: 'rsa', bits, description: `RSA ${bits}` }
      : { family: 'unsupported', description: weakness }
  }
  if (key.asymmetricKeyType === 'ec') {
    const curve = CURVES.find(({ nodeName }) => nodeName === details?.namedCurve)
    return curve === undefined
      ? { family: 'unsupported', description: `an EC key on curve ${details?.namedCurve ?? 'without a name'}` }
      : { family: 'ecdsa', curve, description: `ECDSA ${curve.name}` }
  }
  return { family: 'unsupported', description: `a key of type ${key.asymmetricKeyType ?? key.type}` }
}

/** Returns what is wrong with the size or the public exponent of an RSA key, such as `an RSA key of 1024 bits`. */
function rsaWeakness({ asymmetricKeyDetails }: KeyObject): string | undefined {
  const { modulusLength: bits = 0, publicExponent: exponent = 0n } = asymmetricKeyDetails ?? {}
  if (bits < MIN_RSA_BITS || bits > MAX_RSA_BITS) return `an RSA key of ${bits} bits`
  if (exponent >= MIN_RSA_EXPONENT && exponent < END_RSA_EXPONENT && exponent % 2n === 1n) return undefined
  return `an RSA key with the public exponent ${exponent < END_RSA_EXPONENT ? exponent : 'of more than 256 bits'}`
}

/**
 * Returns what is wrong with the key of a certificate authority; `undefined` when it is as strong as a signer's must be.
 * Authorities may also have an Ed25519, Ed448 or RSASSA-PSS key, which sign certificates but not reports.
 */
export function authorityWeakness(key: KeyObject): string | undefined {
  if (key.asymmetricKeyType === 'ed25519' || key.asymmetricKeyType === 'ed448') return undefined
  if (key.asymmetricKeyType === 'rsa-pss') return rsaWeakness(key)
  const kind = keyKind(key)
  return kind.family === 'unsupported' ? kind.description : undefined
}

/** Returns the signature method of a key family with a digest. */
export function signatureMethod(family: KeyFamily, digest: DigestName): SignatureMethod {
  const found = SIGNATURE_METHODS.find((method) => method.family === family && method.digest === digest)
  if (found === undefined) throw new TypeError(`no signature method ${family}-${digest}`)
  return found
}

/** The supported keys, for messages. */
export const ACCEPTED_KEYS = `RSA of ${MIN_RSA_BITS} bits or more, or ECDSA on ${CURVES.map(({ name }) => name).join(', ')}`

const fingerprints = new WeakMap<KeyObject, string>()

/** Returns the fingerprint of a public key: SHA-256 of its SubjectPublicKeyInfo in DER, in lower-case hex. */
export function keyFingerprint(publicKey: KeyObject): string {
  // A verification needs it several times.
  const known = fingerprints.get(publicKey)
  if (known !== undefined) return known
  const fingerprint = createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex')
  fingerprints.set(publicKey, fingerprint)
  return fingerprint
}

/** Returns the subject of a certificate on one line, such as `CN=Prod, O=Org`; `undefined` when it is empty. */
export function subjectOf(certificate: X509Certificate): string | undefined {
  // Node returns `undefined` for an empty subject, contrary to the type.
  const subject: string | undefined = certificate.subject
  return subject ? subject.split('\n').join(', ') : undefined
}
