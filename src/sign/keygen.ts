/**
 * New keys, and certificates that they sign for themselves.
 *
 * @module
 */
import { generateKeyPair, type KeyObject, webcrypto } from 'node:crypto'
import { promisify } from 'node:util'
import { type Curve, keyKind } from './algorithms.js'
import { parseDistinguishedName, type RelativeName } from './distinguished-name.js'

/** What key to make. */
export type KeySpec =
  | { readonly family: 'rsa'; readonly bits: 2048 | 3072 | 4096 }
  | { readonly family: 'ecdsa'; readonly curve: Curve['name'] }

/** Private and public half. */
export interface KeyPair {
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

/** What a certificate says. */
export interface CertificateSpec {
  /** Distinguished name, such as `CN=Prod,O=Org,C=US`. */
  readonly subject: string
  readonly validFrom: Date
  readonly daysValid: number
}

/** Makes a key; RSA takes a second or so. */
export async function generateKey(spec: KeySpec): Promise<KeyPair> {
  const generate = promisify(generateKeyPair)
  return spec.family === 'rsa'
    ? await generate('rsa', { modulusLength: spec.bits, publicExponent: 0x10001 })
    : await generate('ec', { namedCurve: spec.curve })
}

/**
 * A self-signed certificate for the key: X.509 v3, SHA-256, for digital signatures and no CA.
 *
 * @returns PEM
 * @throws {JuxError} `INVALID_ARGUMENT` when the subject is not a distinguished name
 */
export async function selfSignedCertificate(pair: KeyPair, spec: CertificateSpec): Promise<string> {
  const name = nameParts(parseDistinguishedName(spec.subject))
  // It takes a quarter of a second to load, needs a polyfill of its own, and only here.
  await import('reflect-metadata')
  const x509 = await import('@peculiar/x509')
  const keys = await toCryptoKeys(pair)
  const notBefore = new Date(Math.floor(spec.validFrom.getTime() / 1_000) * 1_000)
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: new x509.Name(name),
    notBefore,
    notAfter: new Date(notBefore.getTime() + spec.daysValid * MS_PER_DAY),
    signingAlgorithm: { name: keys.publicKey.algorithm.name, hash: 'SHA-256' },
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return `${certificate.toString('pem').trimEnd()}\n`
}

const MS_PER_DAY = 86_400_000

function nameParts(names: readonly RelativeName[]) {
  return names.map((attributes) => {
    const byOid: Record<string, Record<string, string>[]> = {}
    for (const { oid, form, value } of attributes) byOid[oid] = [...(byOid[oid] ?? []), { [form]: value }]
    return byOid
  })
}

async function toCryptoKeys({ privateKey, publicKey }: KeyPair): Promise<webcrypto.CryptoKeyPair> {
  const kind = keyKind(privateKey)
  const algorithm =
    kind.family === 'ecdsa'
      ? { name: 'ECDSA', namedCurve: kind.curve.name }
      : { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
  const { subtle } = webcrypto
  const [spki, pkcs8] = [
    publicKey.export({ type: 'spki', format: 'der' }),
    privateKey.export({ type: 'pkcs8', format: 'der' }),
  ]
  return {
    publicKey: await subtle.importKey('spki', spki, algorithm, true, ['verify']),
    privateKey: await subtle.importKey('pkcs8', pkcs8, algorithm, false, ['sign']),
  }
}
