/**
 * What a certificate may be used for (RFC 5280 §4.2.1), as far as node:crypto does not say it.
 *
 * @module
 */
import type { X509Certificate } from 'node:crypto'
import {
  DER_BIT_STRING,
  DER_BOOLEAN,
  DER_INTEGER,
  DER_OBJECT_IDENTIFIER,
  DER_OCTET_STRING,
  DER_SEQUENCE,
  type DerValue,
  derValues,
  dottedOid,
} from './der.js'

/** Constraints of one certificate. */
export interface CertificateConstraints {
  /** Whether it may sign reports: keyUsage is absent, or has digitalSignature. */
  readonly maySign: boolean
  /** Whether it may issue certificates: basicConstraints says so, and keyUsage is absent or has keyCertSign. */
  readonly mayIssue: boolean
  /** How many authorities may stand between it and a signer. */
  readonly pathLength: number
}

const SIGNATURE_OIDS: ReadonlySet<string> = new Set([
  '1.2.840.113549.1.1.10', // RSASSA-PSS
  '1.2.840.113549.1.1.11', // sha256WithRSAEncryption
  '1.2.840.113549.1.1.12',
  '1.2.840.113549.1.1.13',
  '1.2.840.10045.4.3.2', // ecdsa-with-SHA256
  '1.2.840.10045.4.3.3',
  '1.2.840.10045.4.3.4',
  '1.3.101.112', // Ed25519
  '1.3.101.113',
])

const KEY_USAGE = '2.5.29.15'
const BASIC_CONSTRAINTS = '2.5.29.19'
/** Extensions that may be critical, because they are honoured here or do not bear on signing a report. */
const UNDERSTOOD: ReadonlySet<string> = new Set([KEY_USAGE, BASIC_CONSTRAINTS, '2.5.29.17', '2.5.29.32', '2.5.29.37'])

const DIGITAL_SIGNATURE = 0x80
const KEY_CERT_SIGN = 0x04
const EXTENSIONS_TAG = 0xa3

/**
 * Reads the constraints.
 *
 * @returns `undefined` when the certificate cannot be read, is signed with an algorithm that is no longer good enough, or has a
 *   critical extension that is not understood
 */
export function readConstraints(certificate: X509Certificate): CertificateConstraints | undefined {
  const [body, algorithm] = sequence(only(derValues(certificate.raw), DER_SEQUENCE)) ?? []
  const [oid] = sequence(algorithm) ?? []
  if (oid?.tag !== DER_OBJECT_IDENTIFIER || !SIGNATURE_OIDS.has(dottedOid(oid.content))) return undefined
  const wrapped = sequence(body)?.find(({ tag }) => tag === EXTENSIONS_TAG)
  const extensions = wrapped === undefined ? [] : sequence(only(derValues(wrapped.content), DER_SEQUENCE))
  if (extensions === undefined) return undefined
  let usage = 0xff
  let pathLength = Number.POSITIVE_INFINITY
  for (const extension of extensions) {
    const [id, ...rest] = sequence(extension) ?? []
    const value = rest.at(-1)
    if (id === undefined || value?.tag !== DER_OCTET_STRING) return undefined
    const name = dottedOid(id.content)
    const critical = rest[0]?.tag === DER_BOOLEAN && rest[0].content[0] !== 0
    if (critical && !UNDERSTOOD.has(name)) return undefined
    if (name === KEY_USAGE) {
      // The first octet counts unused bits; the flags that matter are in the second.
      usage = only(derValues(value.content), DER_BIT_STRING)?.content[1] ?? 0
    } else if (name === BASIC_CONSTRAINTS) {
      const length = sequence(only(derValues(value.content), DER_SEQUENCE))?.find(({ tag }) => tag === DER_INTEGER)
      if (length !== undefined) pathLength = length.content.length === 1 ? (length.content[0] ?? 0) : pathLength
    }
  }
  return {
    maySign: (usage & DIGITAL_SIGNATURE) !== 0,
    mayIssue: certificate.ca && (usage & KEY_CERT_SIGN) !== 0,
    pathLength,
  }
}

function only(values: readonly DerValue[] | undefined, tag: number): DerValue | undefined {
  return values?.length === 1 && values[0]?.tag === tag ? values[0] : undefined
}

function sequence(value: DerValue | undefined): readonly DerValue[] | undefined {
  return value?.tag === DER_SEQUENCE ? derValues(value.content) : undefined
}
