/**
 * What the attack suite is made of: keys, good reports, and a way to say what a variant must come to.
 *
 * @module
 */
import { generateKeyPairSync, type X509Certificate } from 'node:crypto'
import type { XmlReason } from '../../../src/reasons.js'
import type { Trust, VerificationReason, VerifyOptions } from '../../../src/sign/verify.js'
import { makeCertificate } from '../../support/certificates.js'
import { type KeyPair, newKeyPair } from '../../support/keys.js'
import { type Recipe, signedReport, x509Data } from '../../support/signatures.js'

/** A report that somebody hostile made. */
export interface Attack {
  readonly family: string
  readonly name: string
  readonly expected: VerificationReason | XmlReason
  readonly report: string | Uint8Array
  /** Default: the signer's public key. */
  readonly trust?: Trust
  readonly options?: VerifyOptions
}

/** Keys and good reports to start from. */
export interface Material {
  readonly rsa: KeyPair
  readonly ec: KeyPair
  readonly p521: KeyPair
  /** The attacker's. */
  readonly evil: KeyPair
  readonly weak: KeyPair
  readonly certificate: X509Certificate
  readonly evilCertificate: X509Certificate
  /** Trust in the signer's keys. */
  readonly trust: Trust
  /** A report signed with the RSA key, KeyInfo with the certificate. */
  readonly good: string
  /** The same, changed before it is signed. */
  sign(recipe: Partial<Recipe>): string
}

export async function makeMaterial(): Promise<Material> {
  const [rsa, ec, p521, evil] = [newKeyPair('rsa'), newKeyPair('P-256'), newKeyPair('P-521'), newKeyPair('rsa')]
  const weak = generateKeyPairSync('rsa', { modulusLength: 1024 })
  const certificate = await makeCertificate({ subject: 'CN=signer', keys: rsa })
  const evilCertificate = await makeCertificate({ subject: 'CN=signer', keys: evil })
  const sign = (recipe: Partial<Recipe>) =>
    signedReport({ key: rsa.privateKey, keyInfo: x509Data(certificate), ...recipe })
  const trust = { publicKeys: [rsa.publicKey, ec.publicKey, p521.publicKey] }
  return { rsa, ec, p521, evil, weak, certificate, evilCertificate, trust, good: sign({}), sign }
}

/** One family: each row is a name, the reason it must be refused for, and the report. */
export type Row = readonly [
  name: string,
  expected: Attack['expected'],
  report: string | Uint8Array,
  more?: Pick<Attack, 'trust' | 'options'>,
]

export function family(name: string, rows: readonly Row[]): Attack[] {
  return rows.map(([variant, expected, report, more]) => ({ family: name, name: variant, expected, report, ...more }))
}

/** Puts text before the first occurrence of a mark, which must be there. */
export function before(report: string, mark: string, text: string): string {
  return replaced(report, mark, text + mark)
}

/** Puts text behind the first occurrence of a mark. */
export function after(report: string, mark: string, text: string): string {
  return replaced(report, mark, mark + text)
}

/** Replaces the first occurrence of a mark. */
export function replaced(report: string, mark: string | RegExp, text: string): string {
  const found = typeof mark === 'string' ? report.includes(mark) : mark.test(report)
  if (!found) throw new Error(`no ${mark} in the report`)
  return report.replace(mark, () => text)
}

/** The Signature of a report, and the report without it. */
export function taken(report: string): { signature: string; rest: string } {
  const signature = /<(\w+:)?Signature[ >].*<\/\1Signature>/s.exec(report)?.[0]
  if (signature === undefined) throw new Error('no Signature in the report')
  return { signature, rest: report.replace(signature, () => '') }
}
