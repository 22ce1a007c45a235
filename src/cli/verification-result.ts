/**
 * The result of `jux verify` for a report, as JSON and as text.
 *
 * @module
 */
import { type JuxError, toJuxError } from '../errors.js'
import type { VerifiedReport } from '../sign/trust-types.js'
import type { Paint } from '../terminal.js'
import type { VerifyJson, VerifyManyJson } from './json.js'
import { errorFields, oneLine } from './output.js'

const NOT_TRUSTED = {
  error: 'the report is intact, but its signer is unknown: it was verified with its own key',
  code: 'XML_SIGNATURE_INVALID',
  reason: 'untrusted-key',
} as const

/**
 * The result for a report with a valid signature.
 *
 * @param acceptUntrusted whether integrity alone is enough
 */
export function resultOf(file: string, report: VerifiedReport, acceptUntrusted: boolean): VerifyJson {
  const valid = report.trusted || acceptUntrusted
  return {
    valid,
    ...(valid ? {} : NOT_TRUSTED),
    file,
    trusted: report.trusted,
    signer: {
      subject: report.subject,
      fingerprint: report.fingerprint,
      key: report.keyDescription,
      basis: report.basis,
    },
    algorithm: report.algorithm,
    digest: report.digest,
    canonicalization: report.canonicalization,
    content_hash: report.contentHash,
    ...factsOf(report),
  }
}

/** Facts that tell one run from another, in the order in which they are shown. */
const SHOWN_FACTS = { project: 'project', commit: 'git:commit', time: 'jux:timestamp' } as const
const SHOWN_COMMIT_DIGITS = 12

// Of the summary that was read from the verified bytes. A fact with several values is left out: another reader could take another one.
function factsOf({ summary }: VerifiedReport): Pick<VerifyJson, keyof typeof SHOWN_FACTS> {
  const factOf = (wanted: string) => {
    const values = (summary?.properties ?? []).filter(({ name }) => name === wanted)
    return values.length === 1 ? values[0]?.value : undefined
  }
  return {
    project: factOf(SHOWN_FACTS.project),
    commit: factOf(SHOWN_FACTS.commit),
    time: factOf(SHOWN_FACTS.time),
  }
}

/** The result for a report that was refused, or could not be read. */
export function failedResult(file: string, thrown: unknown): { result: VerifyJson; error: JuxError } {
  const error = toJuxError(thrown)
  return { result: { valid: false, ...errorFields(error), file }, error }
}

/** All results as one JSON object. */
export function summarizeResults(results: readonly VerifyJson[]): VerifyManyJson {
  const accepted = results.filter(({ valid }) => valid).length
  return {
    valid: accepted === results.length,
    total: results.length,
    accepted,
    refused: results.length - accepted,
    results,
  }
}

/** Formats a result as one line. */
export function formatResult(result: VerifyJson, paint: Paint): string {
  const { valid, trusted, file, signer, error, reason, code } = result
  const name = oneLine(file === '-' ? '(standard input)' : file)
  if (signer === undefined) {
    return `${paint.bad('invalid')}  ${name}  ${oneLine(error ?? '')} ${paint.faint(`(${reason ?? code})`)}\n`
  }
  const key = `${signer.key}, sha256:${signer.fingerprint.slice(0, 16)}…`
  if (!trusted) {
    const status = valid ? 'intact' : paint.bad('intact')
    return `${status}   ${name}  signed by an unknown signer ${paint.faint(`(${key})`)}\n`
  }
  if (result.attestation !== undefined && result.content_hash === undefined) {
    const { predicate_type, result: stated } = result.attestation
    const kind = predicate_type.includes('verification_summary') ? 'decision of a gate' : 'results of a report'
    return `${paint.good('valid')}    ${name}  ${kind}: ${oneLine(stated)}  signed by ${oneLine(signer.subject ?? 'the trusted key')} ${paint.faint(`(${key})`)}${stamped(result)}\n`
  }
  const facts = [result.project, result.commit?.slice(0, SHOWN_COMMIT_DIGITS), result.time]
  const shown = facts.filter((fact) => fact !== undefined && fact !== '').map((fact) => oneLine(fact ?? ''))
  const run = shown.length === 0 ? '' : `  ${shown.join(' ')}`
  const attested =
    result.attestation === undefined ? '' : `, attested as ${oneLine(result.attestation.result)}${stamped(result)}`
  return `${paint.good('valid')}    ${name}${run}  signed by ${oneLine(signer.subject ?? 'the trusted key')} ${paint.faint(`(${key})`)}${attested}${receiptText(result)}\n`
}

function receiptText({ receipt }: VerifyJson): string {
  if (receipt === undefined) return ''
  const bytes = receipt.same_bytes ? '' : ' (with another signature or encoding)'
  return `, received by ${oneLine(receipt.server)} at ${oneLine(receipt.received_at)} as ${oneLine(receipt.id)}${bytes}`
}

function stamped({ attestation }: VerifyJson): string {
  return attestation?.stamped_at === undefined ? '' : `, stamped ${attestation.stamped_at}`
}
