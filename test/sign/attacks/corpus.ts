/**
 * Material for the attacks: keys, good reports, and helpers to write variants with their expected reasons.
 *
 * @module
 */
import { generateKeyPairSync, type X509Certificate } from 'node:crypto'
import type { XmlReason } from '../../../src/reasons.js'
import type { Trust, VerificationReason, VerifyOptions } from '../../../src/sign/verify.js'
import { makeCertificate } from '../../support/certificates.js'
import { type KeyPair, newKeyPair } from '../../support/keys.js'
import { type Recipe, signedReport, x509Data } from '../../support/signatures.js'

/** A hostile report. */
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
  /** The key of the attacker. */
  readonly evil: KeyPair
  readonly weak: KeyPair
  readonly certificate: X509Certificate
  readonly evilCertificate: X509Certificate
  /** Trust in the keys of the signer. */
  readonly trust: Trust
  /** A report signed with the RSA key, KeyInfo with the certificate. */
  readonly good: string
  /** Signs a report with changed parts. */
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

/** One attack of a family: its name, the expected reason, and the report. */
export type Row = readonly [
  name: string,
  expected: Attack['expected'],
  report: string | Uint8Array,
  more?: Pick<Attack, 'trust' | 'options'>,
]

export function family(name: string, rows: readonly Row[]): Attack[] {
  return rows.map(([variant, expected, report, more]) => ({ family: name, name: variant, expected, report, ...more }))
}

/** Inserts text before the first occurrence of a mark, which must exist. */
export function before(report: string, mark: string, text: string): string {
  return replaced(report, mark, text + mark)
}

/** Inserts text after the first occurrence of a mark, which must exist. */
export function after(report: string, mark: string, text: string): string {
  return replaced(report, mark, mark + text)
}

/** Replaces the first occurrence of a mark, which must exist. */
export function replaced(report: string, mark: string | RegExp, text: string): string {
  const found = typeof mark === 'string' ? report.includes(mark) : mark.test(report)
  if (!found) throw new Error(`no ${mark} in the report`)
  return report.replace(mark, () => text)
}

/** Splits a report into its Signature and the rest. */
export function taken(report: string): { signature: string; rest: string } {
  const signature = /<(\w+:)?Signature[ >].*<\/\1Signature>/s.exec(report)?.[0]
  if (signature === undefined) throw new Error('no Signature in the report')
  return { signature, rest: report.replace(signature, () => '') }
}
