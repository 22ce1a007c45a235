/**
 * What `jux verify` says about a report, for people and for programs.
 *
 * @module
 */
import { type JuxError, toJuxError } from '../errors.js'
import type { VerifiedReport } from '../sign/trust-types.js'
import type { Paint } from '../terminal.js'
import { errorFields, oneLine } from './output.js'

/** As in JSON output: `valid` and `error` are the fields that the Python tools print. */
export interface Verdict {
  readonly valid: boolean
  readonly error?: string
  readonly code?: string
  readonly reason?: string
  readonly suggestions?: readonly string[]
  readonly file: string
  /** Whether the signer is one that the caller named; false where only integrity was looked at. */
  readonly trusted?: boolean
  readonly signer?: {
    readonly subject?: string
    /** SHA-256 of the public key. */
    readonly fingerprint: string
    readonly key: string
    /** Why the key was believed. */
    readonly basis: string
  }
  readonly algorithm?: string
  readonly digest?: string
  readonly canonicalization?: string
  readonly content_hash?: string
}

/**
 * A report whose signature holds.
 *
 * @param acceptUntrusted whether integrity alone is enough
 */
export function verdictOf(file: string, report: VerifiedReport, acceptUntrusted: boolean): Verdict {
  const valid = report.trusted || acceptUntrusted
  return {
    valid,
    ...(valid ? {} : NOT_TRUSTED),
    file,
    trusted: report.trusted,
    signer: {
      ...(report.subject === undefined ? {} : { subject: report.subject }),
      fingerprint: report.fingerprint,
      key: report.keyDescription,
      basis: report.basis,
    },
    algorithm: report.algorithm,
    digest: report.digest,
    canonicalization: report.canonicalization,
    content_hash: report.contentHash,
  }
}

/** A report that is refused, or that could not be read. */
export function refusedVerdict(file: string, thrown: unknown): { verdict: Verdict; error: JuxError } {
  const error = toJuxError(thrown)
  return { verdict: { valid: false, ...errorFields(error), file }, error }
}

/** All verdicts in one JSON object. */
export function summaryOf(results: readonly Verdict[]) {
  const accepted = results.filter(({ valid }) => valid).length
  return {
    valid: accepted === results.length,
    total: results.length,
    accepted,
    refused: results.length - accepted,
    results,
  }
}

/** One line for a person. */
export function formatVerdict({ valid, trusted, file, signer, error, reason, code }: Verdict, paint: Paint): string {
  const name = oneLine(file === '-' ? '(standard input)' : file)
  if (signer === undefined) {
    return `${paint.bad('invalid')}  ${name}  ${oneLine(error ?? '')} ${paint.faint(`(${reason ?? code})`)}\n`
  }
  const key = `${signer.key}, sha256:${signer.fingerprint.slice(0, 16)}…`
  if (!trusted) {
    const word = valid ? 'intact' : paint.bad('intact')
    return `${word}   ${name}  signed by whoever has the key ${paint.faint(`(${key})`)}\n`
  }
  return `${paint.good('valid')}    ${name}  signed by ${oneLine(signer.subject ?? 'the trusted key')} ${paint.faint(`(${key})`)}\n`
}

const NOT_TRUSTED = {
  error: 'the report is intact, but nothing shows who signed it: its own key was used',
  code: 'XML_SIGNATURE_INVALID',
  reason: 'untrusted-key',
} as const
