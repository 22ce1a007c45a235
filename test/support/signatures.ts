/**
 * Makes signed reports of any form, valid and invalid. Digest and signature value are always computed, even if other parts of
 * the Signature are wrong.
 *
 * @module
 */
import { createHash, createHmac, type KeyObject, sign, type X509Certificate } from 'node:crypto'
import { type CanonicalForm, canonicalizeElement, canonicalizeReport } from '../../src/xml/canonical.js'

export const URIS = {
  dsig: 'http://www.w3.org/2000/09/xmldsig#',
  dsig11: 'http://www.w3.org/2009/xmldsig11#',
  exclusive: 'http://www.w3.org/2001/10/xml-exc-c14n#',
  c14n10: 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315',
  c14n11: 'http://www.w3.org/2006/12/xml-c14n11',
  enveloped: 'http://www.w3.org/2000/09/xmldsig#enveloped-signature',
  sha256: 'http://www.w3.org/2001/04/xmlenc#sha256',
  more: 'http://www.w3.org/2001/04/xmldsig-more#',
} as const

/** The parts of a signed report. Every part has a valid default. */
export interface Recipe {
  readonly key: KeyObject
  /** Start tag of the root. */
  readonly root?: string
  readonly body?: string
  /** Where in the body the Signature goes. Default: at its end. */
  readonly at?: number
  /** Prefix of the Signature's elements; `''` for a default namespace. */
  readonly prefix?: string
  readonly dsig?: string
  /** Attributes of Signature, SignedInfo, Reference, … with a leading blank. */
  readonly attributes?: Partial<Record<'Signature' | 'SignedInfo' | 'SignatureValue' | 'KeyInfo', string>>
  readonly canonicalizationMethod?: string
  readonly signatureMethod?: string
  /** The algorithm that is used to sign. */
  readonly signWith?: 'sha256' | 'sha384' | 'sha512' | 'sha1' | 'hmac' | 'der'
  readonly references?: (reference: string) => string
  readonly uri?: string
  readonly transforms?: string
  readonly digestMethod?: string
  /** The algorithm that is used for the digest. */
  readonly digestWith?: string
  readonly digestValue?: (base64: string) => string
  readonly signatureValue?: (base64: string) => string
  readonly keyInfo?: string
  /** Changes SignedInfo before it is signed. */
  readonly signedInfo?: (xml: string) => string
  /** Elements before and after the three of the Signature. */
  readonly before?: string
  readonly after?: string
  /** The canonical form that is used for report and SignedInfo. */
  readonly form?: CanonicalForm
  readonly declaration?: string
  readonly tail?: string
  /** What is digested instead of the report. */
  readonly digestOf?: string
}

export const ROOT = '<testsuites failures="1" tests="3">'
export const BODY =
  '<testsuite name="suite &amp; co"><properties><property name="git:commit" value="abc"></property></properties>' +
  '<testcase classname="a" name="passes" time="0.1"></testcase>' +
  '<testcase classname="a" name="fails"><failure message="expected &quot;1&quot;">line 1\nline 2 &lt;x&gt;</failure></testcase>' +
  '<testcase name="skips"><skipped></skipped></testcase><system-out>out é \u{1F600}</system-out></testsuite>'

/** Writes a signed report. */
export function signedReport(recipe: Recipe): string {
  const {
    root = ROOT,
    body = BODY,
    prefix = 'ds',
    dsig = URIS.dsig,
    attributes = {},
    form = { exclusive: true },
  } = recipe
  const end = `</${/^<([^\s>]+)/.exec(root)?.[1]}>`
  const name = (local: string) => (prefix === '' ? local : `${prefix}:${local}`)
  const element = (local: string, attribute: string, content: string) =>
    `<${name(local)}${attribute}>${content}</${name(local)}>`
  const digest = createHash(recipe.digestWith ?? 'sha256')
    .update(recipe.digestOf ?? canonical(`${root}${body}${end}`, form))
    .digest('base64')
  const transforms =
    recipe.transforms ??
    element('Transform', ` Algorithm="${URIS.enveloped}"`, '') +
      element('Transform', ` Algorithm="${URIS.exclusive}"`, '')
  const reference = element(
    'Reference',
    recipe.uri ?? ' URI=""',
    element('Transforms', '', transforms) +
      element('DigestMethod', ` Algorithm="${recipe.digestMethod ?? URIS.sha256}"`, '') +
      element('DigestValue', '', (recipe.digestValue ?? same)(digest)),
  )
  const signedInfo = (recipe.signedInfo ?? same)(
    element(
      'SignedInfo',
      attributes.SignedInfo ?? '',
      element('CanonicalizationMethod', ` Algorithm="${recipe.canonicalizationMethod ?? URIS.exclusive}"`, '') +
        element('SignatureMethod', ` Algorithm="${recipe.signatureMethod ?? methodOf(recipe.key)}"`, '') +
        (recipe.references ?? same)(reference),
    ),
  )
  const declared = ` xmlns${prefix === '' ? '' : `:${prefix}`}="${dsig}"`
  const octets = canonicalInside(root, `<${name('Signature')}${declared}>`, signedInfo, form)
  const signature =
    `<${name('Signature')}${declared}${attributes.Signature ?? ''}>${recipe.before ?? ''}${signedInfo}` +
    element(
      'SignatureValue',
      attributes.SignatureValue ?? '',
      (recipe.signatureValue ?? same)(compute(recipe, octets)),
    ) +
    (recipe.keyInfo === undefined ? '' : element('KeyInfo', attributes.KeyInfo ?? '', recipe.keyInfo)) +
    `${recipe.after ?? ''}</${name('Signature')}>`
  const at = recipe.at ?? body.length
  const declaration = recipe.declaration ?? '<?xml version="1.0" encoding="UTF-8"?>\n'
  return `${declaration}${root}${body.slice(0, at)}${signature}${body.slice(at)}${end}${recipe.tail ?? '\n'}`
}

const same = (text: string) => text

function methodOf(key: KeyObject): string {
  return `${URIS.more}${key.asymmetricKeyType === 'rsa' ? 'rsa' : 'ecdsa'}-sha256`
}

function compute({ key, signWith = 'sha256' }: Recipe, octets: Buffer): string {
  if (signWith === 'hmac') {
    // A verifier that uses the public key as an HMAC secret would compute this value.
    return createHmac('sha256', key.export({ type: 'pkcs8', format: 'pem' }))
      .update(octets)
      .digest('base64')
  }
  const digest = signWith === 'der' ? 'sha256' : signWith
  const encoding = signWith === 'der' ? 'der' : 'ieee-p1363'
  return sign(digest, octets, key.asymmetricKeyType === 'rsa' ? key : { key, dsaEncoding: encoding }).toString('base64')
}

function canonical(source: string, form: CanonicalForm): Buffer {
  const chunks: Buffer[] = []
  const sink = { write: (bytes: Uint8Array) => chunks.push(Buffer.from(bytes)) }
  try {
    canonicalizeReport(Buffer.from(source), sink, form)
  } catch {
    // The report of an attack may be malformed.
    return Buffer.from(source)
  }
  return Buffer.concat(chunks)
}

function canonicalInside(root: string, signature: string, signedInfo: string, form: CanonicalForm): Buffer {
  const namespaces = new Map<string, string>()
  for (const tag of [root, signature]) {
    for (const [, prefix = '', uri = ''] of tag.matchAll(/ xmlns(?::([\w-]+))?="([^"]*)"/g)) namespaces.set(prefix, uri)
  }
  const xmlAttributes = new Map(
    [...root.matchAll(/ xml:(\w+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]),
  )
  const chunks: Buffer[] = []
  const sink = { write: (bytes: Uint8Array) => chunks.push(Buffer.from(bytes)) }
  try {
    canonicalizeElement(Buffer.from(signedInfo), sink, { ...form, inherited: { namespaces, xmlAttributes } })
  } catch {
    return Buffer.from(signedInfo)
  }
  return Buffer.concat(chunks)
}

/** X509Data with these certificates. */
export function x509Data(...certificates: readonly X509Certificate[]): string {
  const elements = certificates.map((one) => `<ds:X509Certificate>${one.raw.toString('base64')}</ds:X509Certificate>`)
  return `<ds:X509Data>${elements.join('')}</ds:X509Data>`
}

/** KeyValue of a key. */
export function keyValue(key: KeyObject): string {
  const jwk = key.export({ format: 'jwk' })
  const bytes = (part: unknown) => Buffer.from(String(part), 'base64url')
  if (jwk.kty === 'RSA') {
    const [n, e] = [bytes(jwk.n).toString('base64'), bytes(jwk.e).toString('base64')]
    return `<ds:KeyValue><ds:RSAKeyValue><ds:Modulus>${n}</ds:Modulus><ds:Exponent>${e}</ds:Exponent></ds:RSAKeyValue></ds:KeyValue>`
  }
  const point = Buffer.concat([Buffer.of(4), bytes(jwk.x), bytes(jwk.y)])
  const oids: Record<string, string> = {
    'P-256': '1.2.840.10045.3.1.7',
    'P-384': '1.3.132.0.34',
    'P-521': '1.3.132.0.35',
    secp256k1: '1.3.132.0.10',
  }
  return ecKeyValue(oids[String(jwk.crv)] ?? '', point)
}

/** ECKeyValue with any point. */
export function ecKeyValue(oid: string, point: Uint8Array): string {
  return (
    `<ds:KeyValue><dsig11:ECKeyValue xmlns:dsig11="${URIS.dsig11}"><dsig11:NamedCurve URI="urn:oid:${oid}"></dsig11:NamedCurve>` +
    `<dsig11:PublicKey>${Buffer.from(point).toString('base64')}</dsig11:PublicKey></dsig11:ECKeyValue></ds:KeyValue>`
  )
}
